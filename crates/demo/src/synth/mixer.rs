//! Plays the notes of a score into a stereo mix, block by block.

use std::collections::HashMap;
use std::rc::Rc;

use super::effects::{Echo, Reverb};
use super::instrument::Voice;
use super::tone::Tone;

/// Interleaved left and right.
pub(crate) type Mix = Vec<f32>;

/// One channel of the desk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strip {
    /// Linear level.
    pub(crate) gain: f32,
    /// -1 left to 1 right.
    pub(crate) pan: f32,
    /// Share sent to the reverb.
    pub(crate) reverb: f32,
    /// Share sent to the echo.
    pub(crate) echo: f32,
    /// Whether the kick pushes it down.
    pub(crate) ducked: bool,
}

/// The space the music sounds in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// Seconds the reverb takes to fall by 60 dB.
    pub(crate) seconds: f32,
    /// Hertz above which the reverb dies sooner.
    pub(crate) dark: f32,
    /// Frames between repeats of the echo.
    pub(crate) echo: usize,
    /// How far a kick pushes ducked channels down, 0 to 1.
    pub(crate) duck: f32,
}

/// A note to be played.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hit {
    pub(crate) frame: usize,
    pub(crate) voice: Voice,
    /// Linear level of this note.
    pub(crate) level: f32,
    /// Added to the channel's pan.
    pub(crate) pan: f32,
    /// Index of its channel.
    pub(crate) strip: usize,
}

/// A whole piece, ready to be played.
#[derive(Debug)]
pub(crate) struct Score {
    pub(crate) hits: Vec<Hit>,
    pub(crate) strips: Vec<Strip>,
    pub(crate) room: Room,
    /// Frames of kicks that duck.
    pub(crate) ducks: Vec<usize>,
    /// Length of the piece.
    pub(crate) frames: usize,
}

const BLOCK: usize = 1024;

/// A note that is sounding.
struct Sounding {
    tone: Rc<Tone>,
    /// Frame of the tone that sounds at the start of the next block.
    position: usize,
    /// Frames into the next block at which it starts.
    offset: usize,
    left: f32,
    right: f32,
    strip: Strip,
}

#[derive(Default)]
struct Buses {
    left: Vec<f32>,
    right: Vec<f32>,
    ducked_left: Vec<f32>,
    ducked_right: Vec<f32>,
    reverb: Vec<f32>,
    echo: Vec<f32>,
}

impl Buses {
    fn clear(&mut self) {
        for bus in [
            &mut self.left,
            &mut self.right,
            &mut self.ducked_left,
            &mut self.ducked_right,
            &mut self.reverb,
            &mut self.echo,
        ] {
            bus.clear();
            bus.resize(BLOCK, 0.0);
        }
    }
}

/// Plays a score; the result has not been brought to a level yet.
pub(super) fn play(score: &Score) -> Mix {
    let mut order: Vec<&Hit> = score
        .hits
        .iter()
        .filter(|hit| hit.frame < score.frames)
        .collect();
    order.sort_by_key(|hit| hit.frame);
    let mut tones = Tones::counting(&order);
    let mut waiting = order.into_iter().peekable();
    let mut sounding: Vec<Sounding> = Vec::new();
    let mut buses = Buses::default();
    let mut reverb = Reverb::new(score.room.seconds, score.room.dark);
    let mut echo = Echo::new(score.room.echo);
    let mut duck = Ducker::new(&score.ducks, score.room.duck);
    let mut mix = Vec::with_capacity((score.frames + BLOCK) * 2);

    for start in (0..score.frames).step_by(BLOCK) {
        buses.clear();
        while let Some(hit) = waiting.next_if(|hit| hit.frame < start + BLOCK) {
            sounding.push(begin(hit, start, score, tones.take(hit.voice)));
        }
        sounding.retain_mut(|note| note.add_to(&mut buses));
        echo.run(
            &buses.echo,
            &mut buses.left,
            &mut buses.right,
            &mut buses.reverb,
        );
        duck.run(start, &mut buses.ducked_left, &mut buses.ducked_right);
        reverb.run(&buses.reverb, &mut buses.left, &mut buses.right);
        for i in 0..BLOCK {
            mix.push(buses.left[i] + buses.ducked_left[i]);
            mix.push(buses.right[i] + buses.ducked_right[i]);
        }
    }
    mix.truncate(score.frames * 2);
    mix
}

fn begin(hit: &Hit, start: usize, score: &Score, tone: Rc<Tone>) -> Sounding {
    let strip = score.strips[hit.strip];
    // Equal power, so that a panned note is as loud as a centred one.
    let angle = ((strip.pan + hit.pan).clamp(-1.0, 1.0) + 1.0) * std::f32::consts::FRAC_PI_4;
    let level = hit.level * strip.gain;
    Sounding {
        tone,
        position: 0,
        offset: hit.frame - start,
        left: level * angle.cos() * std::f32::consts::SQRT_2,
        right: level * angle.sin() * std::f32::consts::SQRT_2,
        strip,
    }
}

impl Sounding {
    /// Adds one block; false when the note is over.
    fn add_to(&mut self, buses: &mut Buses) -> bool {
        let count = (BLOCK - self.offset).min(self.tone.left.len() - self.position);
        let source = self.position..self.position + count;
        let target = self.offset..self.offset + count;
        let left = &self.tone.left[source.clone()];
        let right = self.tone.right.as_deref().unwrap_or(&self.tone.left);
        let right = &right[source];
        let (out_left, out_right) = if self.strip.ducked {
            (&mut buses.ducked_left, &mut buses.ducked_right)
        } else {
            (&mut buses.left, &mut buses.right)
        };
        add(&mut out_left[target.clone()], left, self.left);
        add(&mut out_right[target.clone()], right, self.right);
        let level = (self.left + self.right) * 0.5;
        if self.strip.reverb > 0.0 {
            add(
                &mut buses.reverb[target.clone()],
                left,
                level * self.strip.reverb,
            );
        }
        if self.strip.echo > 0.0 {
            add(&mut buses.echo[target], right, level * self.strip.echo);
        }
        self.offset = 0;
        self.position += count;
        self.position < self.tone.left.len()
    }
}

fn add(target: &mut [f32], source: &[f32], level: f32) {
    for (out, sample) in target.iter_mut().zip(source) {
        *out += sample * level;
    }
}

/// Rendered notes, kept as long as the score still needs them.
struct Tones {
    left: HashMap<Voice, usize>,
    made: HashMap<Voice, Rc<Tone>>,
}

impl Tones {
    fn counting(hits: &[&Hit]) -> Self {
        let mut left = HashMap::new();
        for hit in hits {
            *left.entry(hit.voice).or_insert(0) += 1;
        }
        Self {
            left,
            made: HashMap::new(),
        }
    }

    fn take(&mut self, voice: Voice) -> Rc<Tone> {
        let tone = Rc::clone(
            self.made
                .entry(voice)
                .or_insert_with(|| Rc::new(voice.render())),
        );
        if let Some(left) = self.left.get_mut(&voice) {
            *left -= 1;
            if *left == 0 {
                self.made.remove(&voice);
            }
        }
        tone
    }
}

/// Lets the kick push other channels down for a moment.
struct Ducker<'a> {
    kicks: &'a [usize],
    depth: f32,
    level: f32,
}

impl<'a> Ducker<'a> {
    fn new(kicks: &'a [usize], depth: f32) -> Self {
        Self {
            kicks,
            depth,
            level: 0.0,
        }
    }

    fn run(&mut self, start: usize, left: &mut [f32], right: &mut [f32]) {
        if self.depth == 0.0 {
            return;
        }
        let recovery = (-1.0 / (0.11 * super::RATE)).exp();
        for (i, (l, r)) in left.iter_mut().zip(right).enumerate() {
            if self.kicks.first().is_some_and(|&kick| kick <= start + i) {
                self.kicks = &self.kicks[1..];
                self.level = self.depth;
            }
            self.level *= recovery;
            *l *= 1.0 - self.level;
            *r *= 1.0 - self.level;
        }
    }
}
