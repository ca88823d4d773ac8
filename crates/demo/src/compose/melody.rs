//! Melodies: a motif of two bars, repeated, varied and answered.

use super::chord::Chord;
use super::harmony::{Bar, Chart};
use super::style::Part;
use super::{Note, Writer};
use crate::SectionKind;
use crate::rng::Rng;

/// A two-bar idea: where notes begin, how long they last, how the line moves.
#[derive(Clone)]
struct Motif {
    /// (step, length in steps, scale steps from the previous note).
    notes: Vec<(usize, usize, i32)>,
}

/// Semitones of the scale a melody moves in.
fn scale(minor: bool, pentatonic: bool) -> &'static [i32] {
    match (minor, pentatonic) {
        (false, false) => &[0, 2, 4, 5, 7, 9, 11],
        (true, false) => &[0, 2, 3, 5, 7, 8, 10],
        (false, true) => &[0, 2, 4, 7, 9],
        (true, true) => &[0, 3, 5, 7, 10],
    }
}

/// Writes the melody, `share` of full force.
pub(super) fn lead(writer: &mut Writer<'_>, chart: &Chart, part: &Part, share: f32) {
    let steps = writer.clock.steps_per_bar;
    for (number, bar) in chart.bars.iter().enumerate() {
        let begins_phrase = bar.index % 2 == 0;
        if begins_phrase && bar.is_in(part.when) {
            phrase(writer, chart, part, number, steps, share);
        }
    }
}

/// Two bars of melody, starting with bar `number`.
fn phrase(
    writer: &mut Writer<'_>,
    chart: &Chart,
    part: &Part,
    number: usize,
    steps: usize,
    share: f32,
) {
    let bar = &chart.bars[number];
    let place = (bar.index / 2) % 4;
    let motif = motif_for(writer, bar, place, steps);
    let closes = bar.index + 2 >= bar.of || place == 3;
    let height = match bar.kind {
        SectionKind::Chorus => 4,
        SectionKind::Bridge => 2,
        SectionKind::Solo => 3,
        SectionKind::Intro | SectionKind::Verse | SectionKind::Outro => 0,
    };
    let ladder = ladder(writer, part.centre + height);
    let mut rung = ladder.len() / 2 + [0, 1, 0, 2][place];
    let count = motif.notes.len();
    let scale = scale(writer.plan.key.minor, false);
    let mut before = None;
    for (i, &(at, length, by)) in motif.notes.iter().enumerate() {
        let step = number * steps + at;
        let Some(bar) = chart.bars.get(step / steps) else {
            break;
        };
        let chord = bar.chord_at(step % steps, steps);
        let tonic = writer.plan.key.tonic;
        rung = towards(rung, by, ladder.len());
        let strong = at % 8 == 0 || length >= 4;
        let mut pitch = ladder[rung];
        if strong && !chord.has(pitch - tonic) {
            pitch = settle(chord, tonic, pitch, before, by);
            rung = closest(&ladder, pitch);
        } else if !strong && clashes(chord, pitch - tonic, scale) {
            pitch -= 1;
        }
        before = Some(pitch);
        let mut length = length;
        if closes && i + 1 == count {
            let home = (0..12).flat_map(|d| [pitch - d, pitch + d]).find(|p| {
                (p - tonic - chord.root).rem_euclid(12) == 0
                    || (place == 3 && chord.has(p - tonic) && (p - tonic).rem_euclid(12) == 0)
            });
            pitch = home.unwrap_or(pitch);
            length += 2;
        }
        let arch = 1.0 - (i as f32 / count as f32 - 0.45).abs() * 0.4;
        let force = share * arch * if at % 4 == 0 { 1.0 } else { 0.88 };
        writer.note(
            part,
            &Note {
                step,
                steps: length,
                pitch,
                force,
                pan: 0.0,
                late: 0.006,
            },
        );
    }
}

/// The chord tone nearest to `pitch`: what is held must fit the harmony. One
/// that keeps the line moving `by` as intended goes before one that turns it.
fn settle(chord: &Chord, tonic: i32, pitch: i32, before: Option<i32>, by: i32) -> i32 {
    let turned = |to: i32| before.is_some_and(|from| (to - from).signum() != by.signum());
    (pitch - 6..=pitch + 6)
        .filter(|to| chord.has(to - tonic))
        .min_by_key(|&to| (to - pitch).abs() * 2 + if turned(to) { 5 } else { 0 })
        .unwrap_or(pitch)
}

/// Under a chord from outside the `scale`, a passing note a semitone above one
/// of its tones rubs; within the scale it is what passing notes are for.
fn clashes(chord: &Chord, pitch: i32, scale: &[i32]) -> bool {
    let borrowed = chord
        .tones
        .iter()
        .any(|tone| !scale.contains(&((chord.root + tone) % 12)));
    borrowed && !chord.has(pitch) && chord.has(pitch - 1)
}

/// The pitches of the scale an octave and a half around `centre`.
fn ladder(writer: &Writer<'_>, centre: i32) -> Vec<i32> {
    let key = writer.plan.key;
    let scale = scale(key.minor, writer.style.pentatonic);
    (centre - 10..=centre + 10)
        .filter(|pitch| scale.contains(&(pitch - key.tonic).rem_euclid(12)))
        .collect()
}

fn closest(ladder: &[i32], pitch: i32) -> usize {
    (0..ladder.len())
        .min_by_key(|&i| (ladder[i] - pitch).abs())
        .unwrap_or(0)
}

/// Moves along the ladder and bounces off its ends.
fn towards(rung: usize, by: i32, count: usize) -> usize {
    let top = count as i32 - 1;
    let to = rung as i32 + by;
    let to = if to < 0 {
        -to
    } else if to > top {
        2 * top - to
    } else {
        to
    };
    to.clamp(0, top) as usize
}

/// The motif of a phrase: A A' A B in verses, another pair in choruses. The
/// same section always brings back the same tune; later rounds ornament it.
fn motif_for(writer: &Writer<'_>, bar: &Bar, place: usize, steps: usize) -> Motif {
    let rhythms = match bar.kind {
        SectionKind::Chorus => writer.style.rhythms.chorus,
        _ => writer.style.rhythms.verse,
    };
    let salt = match (bar.kind, place) {
        (SectionKind::Chorus, 0 | 2) => "chorus a",
        (SectionKind::Chorus, 1) => "chorus b",
        (SectionKind::Chorus, _) => "chorus c",
        (SectionKind::Bridge, _) => "bridge",
        (SectionKind::Solo, 0) => "solo a",
        (SectionKind::Solo, 1) => "solo b",
        (SectionKind::Solo, 2) => "solo c",
        (SectionKind::Solo, _) => "solo d",
        (_, 0 | 2) => "verse a",
        (_, 1) => "verse a",
        (_, _) => "verse b",
    };
    let mut rng = Rng::new(writer.plan.seed, salt);
    // Steps of a pentatonic scale are wide already.
    let leap = if writer.style.pentatonic { 2 } else { 3 };
    let mut motif = invent(rng.pick::<&str>(rhythms), steps, leap, &mut rng);
    if place == 1 || bar.round > 0 {
        let salt = if bar.round > 0 {
            "ornament"
        } else {
            "variation"
        };
        vary(
            &mut motif,
            &mut Rng::new(writer.plan.seed ^ (place as u64) << 8, salt),
        );
    }
    if bar.kind == SectionKind::Solo {
        enliven(&mut motif, &mut rng);
    }
    motif
}

/// Reads a rhythm and gives it a contour: mostly steps, a leap now and then
/// that the next note answers by turning back.
fn invent(rhythm: &str, steps: usize, leap: i32, rng: &mut Rng) -> Motif {
    let marks = rhythm.as_bytes();
    let mut notes = Vec::new();
    let mut leapt = 0i32;
    let rising = rng.chance(0.55);
    let total = marks.iter().filter(|&&mark| mark == b'x').count().max(1);
    for at in (0..marks.len().min(steps * 2)).filter(|&at| marks[at] == b'x') {
        let length = 1 + marks[at + 1..]
            .iter()
            .take_while(|&&mark| mark == b'-')
            .count();
        let way = notes.len() as f32 / total as f32;
        let by = if notes.is_empty() {
            rng.below(3) as i32 - 1
        } else if leapt != 0 {
            -leapt.signum()
        } else if rng.chance(0.13) {
            // Say it again: repeated notes are what makes a tune singable.
            0
        } else {
            let up = rng.chance(if (way < 0.5) == rising { 0.72 } else { 0.28 });
            let size = if rng.chance(0.18) {
                leap
            } else if rng.chance(0.25) {
                2
            } else {
                1
            };
            if up { size } else { -size }
        };
        leapt = if by.abs() >= leap { by } else { 0 };
        notes.push((at, length, by));
    }
    Motif { notes }
}

/// Changes the end of a motif, as a second line of a verse does.
fn vary(motif: &mut Motif, rng: &mut Rng) {
    let count = motif.notes.len();
    for note in motif.notes.iter_mut().skip(count * 2 / 3) {
        if rng.chance(0.6) {
            note.2 = -note.2;
        }
    }
    // Split one long note into two.
    if let Some(long) = motif.notes.iter().position(|note| note.1 >= 4) {
        let (at, length, by) = motif.notes[long];
        let half = length / 2;
        motif.notes[long] = (at, half, by);
        motif.notes.insert(
            long + 1,
            (
                at + half,
                length - half,
                if rng.chance(0.5) { 1 } else { -1 },
            ),
        );
    }
}

/// Fills longer notes with running ones, for solos.
fn enliven(motif: &mut Motif, rng: &mut Rng) {
    let notes = std::mem::take(&mut motif.notes);
    for (at, length, by) in notes {
        if length >= 4 && rng.chance(0.75) {
            let direction = if rng.chance(0.5) { 1 } else { -1 };
            motif.notes.push((at, 2, by));
            for i in 1..length / 2 {
                motif
                    .notes
                    .push((at + 2 * i, 2, direction * (1 + rng.below(2) as i32)));
            }
        } else {
            motif.notes.push((at, length, by));
        }
    }
}

/// A few high chord tones at the end of every second bar, where the melody breathes.
pub(super) fn answer(writer: &mut Writer<'_>, chart: &Chart, part: &Part) {
    let steps = writer.clock.steps_per_bar;
    let tonic = writer.plan.key.tonic;
    let shape = [*writer
        .rng
        .pick(&[[0, 1, 2], [2, 1, 0], [0, 2, 1], [1, 2, 1]])][0];
    let places = *writer.rng.pick(&[[6usize, 4, 2], [8, 6, 4], [5, 4, 2]]);
    for (number, bar) in chart.bars.iter().enumerate() {
        if bar.index % 2 == 0 || !bar.is_in(part.when) {
            continue;
        }
        let chord = bar.chord_at(steps - 1, steps);
        let tones: Vec<i32> = (part.centre - 6..part.centre + 14)
            .filter(|p| chord.has(p - tonic))
            .collect();
        for (finger, back) in shape.into_iter().zip(places) {
            let Some(&pitch) = tones.get(finger + 1) else {
                continue;
            };
            let step = number * steps + steps - back;
            writer.note(
                part,
                &Note {
                    step,
                    steps: 4,
                    pitch,
                    force: 0.55,
                    pan: 0.0,
                    late: 0.0,
                },
            );
        }
    }
}
