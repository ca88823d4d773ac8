//! Accompaniment: who plays chords, and what all parts share.

use super::chord::Chord;
use super::harmony::Chart;
use super::style::Part;
use super::voicing::voice;
use super::{Note, Writer};

/// The note nearest `centre` that lies `above` semitones over the tonic.
pub(super) fn near(tonic: i32, above: i32, centre: i32) -> i32 {
    let low = centre - 6;
    low + (tonic + above - low).rem_euclid(12)
}

/// Steps from `at` for which `pattern` holds.
pub(super) fn held(pattern: &[u8], at: usize) -> usize {
    1 + pattern[at + 1..]
        .iter()
        .take_while(|&&mark| mark == b'-')
        .count()
}

/// The steps of `pattern` that belong to bar `index`.
pub(super) fn bar_of(pattern: &str, index: usize, steps: usize) -> &[u8] {
    let bars = (pattern.len() / steps).max(1);
    let start = (index % bars) * steps;
    &pattern.as_bytes()[start..start + steps]
}

pub(super) fn stabs(writer: &mut Writer<'_>, chart: &Chart, part: &Part, patterns: &[&str]) {
    let steps = writer.clock.steps_per_bar;
    let choice = *writer.rng.pick(patterns);
    let mut before = Vec::new();
    for (number, bar) in chart.bars.iter().enumerate() {
        if !bar.is_in(part.when) {
            continue;
        }
        let pattern = bar_of(choice, bar.index, steps);
        for (at, &mark) in pattern.iter().enumerate() {
            let force = match mark {
                b'X' => 0.85,
                b'x' => 0.6,
                b'o' => 0.35,
                _ => continue,
            };
            let chord = bar.chord_at(at, steps);
            before = chord_tones(writer, part, chord, &before);
            let pitches = before.clone();
            for (i, pitch) in pitches.into_iter().enumerate() {
                let note = Note {
                    step: number * steps + at,
                    steps: held(pattern, at),
                    pitch,
                    force: force - 0.03 * i as f32,
                    pan: 0.0,
                    late: 0.004 * i as f32,
                };
                writer.note(part, &note);
            }
        }
    }
    let last = chord_tones(writer, part, &chart.last, &before);
    ring(writer, chart, part, &last);
}

/// A power chord is one voice; other instruments play four.
fn chord_tones(writer: &Writer<'_>, part: &Part, chord: &Chord, before: &[i32]) -> Vec<i32> {
    let tonic = writer.plan.key.tonic;
    if part.instrument == crate::synth::Instrument::PowerChord {
        return vec![near(tonic, chord.root, part.centre)];
    }
    voice(chord, tonic, part.centre, 4, before)
}

pub(super) fn strum(writer: &mut Writer<'_>, chart: &Chart, part: &Part, patterns: &[&str]) {
    let steps = writer.clock.steps_per_bar;
    let choice = *writer.rng.pick(patterns);
    let tonic = writer.plan.key.tonic;
    let mut before = Vec::new();
    for (number, bar) in chart.bars.iter().enumerate() {
        if !bar.is_in(part.when) {
            continue;
        }
        let pattern = bar_of(choice, bar.index, steps);
        for (at, &mark) in pattern.iter().enumerate() {
            let (down, force) = match mark {
                b'D' => (true, 0.85),
                b'd' => (true, 0.55),
                b'U' => (false, 0.6),
                b'u' => (false, 0.4),
                _ => continue,
            };
            let chord = bar.chord_at(at, steps);
            before = voice(chord, tonic, part.centre, 4, &before);
            let mut strings = before.clone();
            if down {
                strings.insert(0, near(tonic, chord.bass, part.centre - 14));
            } else {
                strings.reverse();
                strings.truncate(3);
            }
            for (i, pitch) in strings.into_iter().enumerate() {
                let note = Note {
                    step: number * steps + at,
                    steps: held(pattern, at),
                    pitch,
                    force: force * (1.0 - 0.05 * i as f32),
                    pan: 0.0,
                    late: 0.009 * i as f32,
                };
                writer.note(part, &note);
            }
        }
    }
    let last = voice(&chart.last, tonic, part.centre, 4, &before);
    ring(writer, chart, part, &last);
}

pub(super) fn pick(writer: &mut Writer<'_>, chart: &Chart, part: &Part, patterns: &[&str]) {
    let steps = writer.clock.steps_per_bar;
    let first = *writer.rng.pick(patterns);
    let second = *writer.rng.pick(patterns);
    let tonic = writer.plan.key.tonic;
    let mut before = Vec::new();
    for (number, bar) in chart.bars.iter().enumerate() {
        if !bar.is_in(part.when) {
            continue;
        }
        let choice = if bar.kind == crate::SectionKind::Chorus {
            second
        } else {
            first
        };
        let pattern = bar_of(choice, bar.index, steps);
        let mut sounding: Option<Chord> = None;
        for (at, &mark) in pattern.iter().enumerate() {
            let finger = match mark {
                digit @ b'0'..=b'6' => usize::from(digit - b'0'),
                _ => continue,
            };
            let chord = bar.chord_at(at, steps);
            if sounding.as_ref() != Some(chord) {
                before = voice(chord, tonic, part.centre, 4, &before);
                sounding = Some(chord.clone());
            }
            let pitch = if finger == 0 {
                near(tonic, chord.bass, part.centre - 14)
            } else {
                let count = before.len();
                before[(finger - 1) % count] + 12 * ((finger - 1) / count) as i32
            };
            // Strings ring on, but not far into the next chord.
            let note = Note {
                step: number * steps + at,
                steps: if steps - at >= 8 { 8 } else { 4 },
                pitch,
                force: if at % 4 == 0 { 0.7 } else { 0.5 },
                pan: 0.12 * (finger as f32 - 2.0) * 0.5,
                late: 0.0,
            };
            writer.note(part, &note);
        }
    }
    let last = voice(&chart.last, tonic, part.centre, 4, &before);
    ring(writer, chart, part, &last);
}

pub(super) fn hold(writer: &mut Writer<'_>, chart: &Chart, part: &Part) {
    let steps = writer.clock.steps_per_bar;
    let mut before = Vec::new();
    for (number, bar) in chart.bars.iter().enumerate() {
        if !bar.is_in(part.when) {
            continue;
        }
        let each = steps / bar.chords.len();
        for (i, chord) in bar.chords.iter().enumerate() {
            before = chord_tones(writer, part, chord, &before);
            for pitch in before.clone() {
                let note = Note {
                    step: number * steps + i * each,
                    steps: each,
                    pitch,
                    force: 0.6,
                    pan: 0.0,
                    late: 0.0,
                };
                writer.note(part, &note);
            }
        }
    }
    let last = chord_tones(writer, part, &chart.last, &before);
    ring(writer, chart, part, &last);
}

/// Lets the last chord ring, by those who play at the end.
pub(super) fn ring(writer: &mut Writer<'_>, chart: &Chart, part: &Part, pitches: &[i32]) {
    let plays = chart.bars.last().is_some_and(|bar| bar.is_in(part.when));
    if !plays {
        return;
    }
    let step = writer.end(chart);
    let steps = writer.clock.steps_per_bar;
    for (i, &pitch) in pitches.iter().enumerate() {
        let late = 0.012 * i as f32;
        writer.note(
            part,
            &Note {
                step,
                steps,
                pitch,
                force: 0.6,
                pan: 0.0,
                late,
            },
        );
    }
}
