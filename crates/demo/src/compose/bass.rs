//! Bass lines: by pattern, and walking.

use super::chord::Chord;
use super::harmony::Chart;
use super::parts::{bar_of, held, near, ring};
use super::style::Part;
use super::{Note, Writer};

/// A line of one-bar patterns: one for most sections, another for choruses.
pub(super) fn line(writer: &mut Writer<'_>, chart: &Chart, part: &Part, patterns: &[&str]) {
    let steps = writer.clock.steps_per_bar;
    let tonic = writer.plan.key.tonic;
    let calm = *writer.rng.pick(patterns);
    let lively = *writer.rng.pick(patterns);
    for (number, bar) in chart.bars.iter().enumerate() {
        if !bar.is_in(part.when) {
            continue;
        }
        let choice = if bar.kind == crate::SectionKind::Chorus {
            lively
        } else {
            calm
        };
        let pattern = bar_of(choice, bar.index, steps);
        let next = chart
            .bars
            .get(number + 1)
            .map_or(&chart.last, |bar| &bar.chords[0]);
        for (at, &mark) in pattern.iter().enumerate() {
            let chord = bar.chord_at(at, steps);
            let root = near(tonic, chord.bass, part.centre);
            let third = if chord.has(chord.root + 3) { 3 } else { 4 };
            // Inversions keep to their bass note.
            let inverted = chord.bass != chord.root;
            let pitch = match mark {
                b'R' => root,
                b'5' if inverted => root,
                b'5' => root + if root + 7 > part.centre + 9 { -5 } else { 7 },
                b'8' => root + 12,
                b'3' if inverted => root,
                b'3' => root + third,
                b'7' if inverted => root + 12,
                b'7' => root + 10,
                b'a' => {
                    let target = near(tonic, next.bass, part.centre);
                    if target > root {
                        target - 1
                    } else {
                        target + 1
                    }
                }
                _ => continue,
            };
            writer.note(
                part,
                &Note {
                    step: number * steps + at,
                    steps: held(pattern, at),
                    pitch,
                    force: if at == 0 { 0.85 } else { 0.66 },
                    pan: 0.0,
                    late: 0.0,
                },
            );
        }
    }
    ring(
        writer,
        chart,
        part,
        &[near(tonic, chart.last.root, part.centre)],
    );
}

/// Quarter notes that walk from root to root through chord and scale tones.
pub(super) fn walk(writer: &mut Writer<'_>, chart: &Chart, part: &Part) {
    let steps = writer.clock.steps_per_bar;
    let beats = steps / 4;
    let tonic = writer.plan.key.tonic;
    let mut last = near(tonic, chart.last.root, part.centre);
    for (number, bar) in chart.bars.iter().enumerate() {
        if !bar.is_in(part.when) {
            continue;
        }
        for beat in 0..beats {
            let chord = bar.chord_at(beat * 4, steps);
            let changes = beat == 0 || bar.chord_at(beat * 4 - 4, steps) != chord;
            let next_chord = if beat + 1 < beats {
                bar.chord_at(beat * 4 + 4, steps)
            } else {
                chart
                    .bars
                    .get(number + 1)
                    .map_or(&chart.last, |bar| &bar.chords[0])
            };
            let leads_on = next_chord != chord;
            let pitch = if changes {
                near(tonic, chord.bass, (last + part.centre) / 2)
            } else if leads_on {
                let target = near(tonic, next_chord.bass, (last + part.centre) / 2);
                target
                    + if writer.rng.chance(0.5) == (last > target) {
                        1
                    } else {
                        -1
                    }
            } else {
                passing(writer, chord, tonic, last, part.centre)
            };
            last = pitch;
            let step = number * steps + beat * 4;
            let force = if beat % 2 == 1 { 0.82 } else { 0.7 };
            writer.note(
                part,
                &Note {
                    step,
                    steps: 4,
                    pitch,
                    force,
                    pan: 0.0,
                    late: 0.0,
                },
            );
            // A skipped eighth now and then.
            if beat % 2 == 1 && writer.rng.chance(0.12) {
                writer.note(
                    part,
                    &Note {
                        step: step + 2,
                        steps: 2,
                        pitch,
                        force: 0.35,
                        pan: 0.0,
                        late: 0.0,
                    },
                );
            }
        }
    }
    ring(
        writer,
        chart,
        part,
        &[near(tonic, chart.last.root, part.centre)],
    );
}

/// A chord tone next to `last`, but not `last` itself.
fn passing(writer: &mut Writer<'_>, chord: &Chord, tonic: i32, last: i32, centre: i32) -> i32 {
    let up = if last > centre + 6 {
        false
    } else if last < centre - 5 {
        true
    } else {
        writer.rng.chance(0.55)
    };
    let direction = if up { 1 } else { -1 };
    (2..9)
        .map(|by| last + by * direction)
        .find(|pitch| chord.has(pitch - tonic))
        .unwrap_or(last + direction * 2)
}
