//! Writes the notes of a track: harmony, bass, accompaniment, melody, drums.
//!
//! A [`style::Style`] says how a genre is played; a plan's seed chooses among
//! its progressions, rhythms and motifs.

mod bass;
mod chord;
mod drumming;
mod harmony;
mod melody;
mod parts;
mod style;
mod styles;
mod voicing;

use crate::TrackPlan;
use crate::rng::Rng;
use crate::synth::{Hit, Room, SAMPLE_RATE, Score, Strip};

use harmony::Chart;
use style::{Role, Style};

/// Composes a track.
pub(crate) fn score(plan: &TrackPlan) -> Score {
    let style = styles::of(plan.genre, plan.arrangement);
    let clock = Clock::new(plan, style);
    let chart = harmony::chart(plan, style);
    let mut writer = Writer::new(plan, style, clock);
    drumming::write(&mut writer, &chart);
    for (index, part) in style.parts.iter().enumerate() {
        writer.strip = index + 1;
        writer.octave_for(part);
        match part.role {
            Role::Bass(patterns) => bass::line(&mut writer, &chart, part, patterns),
            Role::Walk => bass::walk(&mut writer, &chart, part),
            Role::Stabs(patterns) => parts::stabs(&mut writer, &chart, part, patterns),
            Role::Strum(patterns) => parts::strum(&mut writer, &chart, part, patterns),
            Role::Pick(patterns) => parts::pick(&mut writer, &chart, part, patterns),
            Role::Hold => parts::hold(&mut writer, &chart, part),
            Role::Lead(share) => melody::lead(&mut writer, &chart, part, share),
            Role::Answer => melody::answer(&mut writer, &chart, part),
        }
    }
    writer.finish()
}

/// Where the steps (sixteenth notes) of a piece lie in time.
#[derive(Clone, Copy)]
pub(crate) struct Clock {
    /// Frames in a step.
    step: f64,
    steps_per_bar: usize,
    swing: f64,
    /// Steps that a swung note takes: 1 for sixteenths, 2 for eighths.
    unit: usize,
}

impl Clock {
    fn new(plan: &TrackPlan, style: &Style) -> Self {
        Self {
            step: 60.0 / plan.bpm / 4.0 * f64::from(SAMPLE_RATE),
            steps_per_bar: plan.beats * 4,
            swing: style.swing,
            unit: style.swing_unit,
        }
    }

    /// The frame of a step, with swing.
    fn frame(&self, step: usize) -> f64 {
        let pair = self.unit * 2;
        let inside = (step % pair) as f64 / self.unit as f64;
        let straight = (step - step % pair) as f64;
        let swung = if inside < 1.0 {
            inside * 2.0 * self.swing
        } else {
            2.0 * self.swing + (inside - 1.0) * 2.0 * (1.0 - self.swing)
        };
        (straight + swung * self.unit as f64) * self.step
    }
}

/// Collects the hits of a piece.
pub(crate) struct Writer<'a> {
    plan: &'a TrackPlan,
    style: &'a Style,
    clock: Clock,
    rng: Rng,
    hits: Vec<Hit>,
    ducks: Vec<usize>,
    strip: usize,
}

/// A note before it becomes a hit; steps count from the start of the piece.
pub(crate) struct Note {
    step: usize,
    /// Length in steps.
    steps: usize,
    pitch: i32,
    /// 0 to 1.
    force: f32,
    pan: f32,
    /// Seconds by which it comes late, as the strings of a strum do.
    late: f32,
}

impl<'a> Writer<'a> {
    fn new(plan: &'a TrackPlan, style: &'a Style, clock: Clock) -> Self {
        Self {
            plan,
            style,
            clock,
            rng: Rng::new(plan.seed, "performance"),
            hits: Vec::new(),
            ducks: Vec::new(),
            strip: 0,
        }
    }

    /// Every part varies by itself: adding one must not change the others.
    fn octave_for(&mut self, part: &style::Part) {
        self.rng = Rng::new(self.plan.seed ^ part.pan.to_bits() as u64, "part");
    }

    fn note(&mut self, part: &style::Part, note: &Note) {
        let gate = (note.steps as f64 * self.clock.step * 0.96) as usize;
        let force = (note.force + self.rng.signed() * 0.09).clamp(0.05, 1.0);
        let loose =
            f64::from(self.rng.signed() * self.style.loose + note.late) * f64::from(SAMPLE_RATE);
        let frame = (self.clock.frame(note.step) + loose).max(0.0) as usize;
        self.hits.push(Hit {
            frame,
            voice: crate::synth::Voice {
                instrument: part.instrument,
                pitch: note.pitch,
                gate,
                // From the intended force, not the varied one: fewer notes to render.
                touch: touch(note.force),
                take: 0,
            },
            level: 0.25 + 0.75 * force,
            pan: note.pan,
            strip: self.strip,
        });
    }

    fn finish(self) -> Score {
        let style = self.style;
        let drums = Strip {
            gain: style.drum_gain,
            pan: 0.0,
            reverb: style.drum_reverb,
            echo: 0.0,
            ducked: false,
        };
        let strips = std::iter::once(drums)
            .chain(style.parts.iter().map(|part| Strip {
                gain: part.gain,
                pan: part.pan,
                reverb: part.reverb,
                echo: part.echo,
                ducked: part.ducked,
            }))
            .collect();
        Score {
            hits: self.hits,
            strips,
            room: Room {
                seconds: style.room_seconds,
                dark: style.room_dark,
                // A dotted eighth.
                echo: (self.clock.step * 3.0) as usize,
                duck: style.duck,
            },
            ducks: self.ducks,
            frames: (self.plan.seconds() * f64::from(SAMPLE_RATE)) as usize,
        }
    }

    /// The chart's end: where the last chord rings.
    fn end(&self, chart: &Chart) -> usize {
        chart.bars.len() * self.clock.steps_per_bar
    }
}

/// Which of three touches a force from 0 to 1 is.
pub(crate) fn touch(force: f32) -> u8 {
    match force {
        soft if soft < 0.45 => 0,
        middle if middle < 0.78 => 1,
        _ => 2,
    }
}
