//! Which octave each tone of a chord is played in, so that voices move little.

use super::chord::Chord;

/// Voices `chord` over `tonic` (MIDI) near `before`, around `centre`, with at
/// most `voices` tones. Ascending.
pub(super) fn voice(
    chord: &Chord,
    tonic: i32,
    centre: i32,
    voices: usize,
    before: &[i32],
) -> Vec<i32> {
    let mut tones: Vec<i32> = chord.tones.to_vec();
    // With more tones than fingers the fifth goes first, then the root: the bass has it.
    if tones.len() > voices && tones.len() > 3 {
        if let Some(fifth) = tones.iter().position(|&tone| tone == 7) {
            tones.remove(fifth);
        } else {
            tones.remove(0);
        }
    }
    if tones.len() > voices && tones[0] == 0 {
        tones.remove(0);
    }
    let mut classes: Vec<i32> = tones
        .iter()
        .map(|tone| (tonic + chord.root + tone).rem_euclid(12))
        .collect();
    classes.sort_unstable();
    classes.dedup();
    (centre - 10..centre + 2)
        .filter(|low| classes.contains(&low.rem_euclid(12)))
        .map(|low| stack(&classes, low, voices))
        .min_by_key(|candidate| cost(candidate, centre, before))
        .unwrap_or_default()
}

/// The close position that starts on `low`.
fn stack(classes: &[i32], low: i32, voices: usize) -> Vec<i32> {
    let mut stacked: Vec<i32> = classes
        .iter()
        .map(|class| low + (class - low).rem_euclid(12))
        .collect();
    stacked.sort_unstable();
    // A triad asked for in four voices doubles its lowest tone.
    if stacked.len() < voices {
        stacked.push(stacked[0] + 12);
    }
    stacked
}

fn cost(candidate: &[i32], centre: i32, before: &[i32]) -> i32 {
    let middle = candidate.iter().sum::<i32>() / candidate.len().max(1) as i32;
    let moved: i32 = candidate
        .iter()
        .map(|pitch| {
            before
                .iter()
                .map(|old| (pitch - old).abs())
                .min()
                .unwrap_or(0)
        })
        .sum();
    // Seconds at the bottom of a chord sound muddy.
    let muddy = if candidate.len() > 1 && candidate[1] - candidate[0] < 3 && candidate[0] < 55 {
        4
    } else {
        0
    };
    moved * 2 + (middle - centre).abs() + muddy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn voices_move_by_steps_through_a_cadence() {
        let chords = ["I", "vi", "ii7", "V7", "I"].map(|text| Chord::parse(text).unwrap());
        let mut before = voice(&chords[0], 60, 60, 4, &[]);
        for chord in &chords[1..] {
            let next = voice(chord, 60, 60, 4, &before);
            for pitch in &next {
                let moved = before.iter().map(|old| (pitch - old).abs()).min().unwrap();
                assert!(moved <= 4, "{before:?} to {next:?}");
            }
            before = next;
        }
    }

    #[test]
    fn keeps_every_colour_tone_when_fingers_are_few() {
        let chord = Chord::parse("V13").unwrap();
        let classes: Vec<i32> = voice(&chord, 60, 60, 4, &[])
            .iter()
            .map(|p| p % 12)
            .collect();
        // The third, the seventh, the ninth and the thirteenth of G.
        for colour in [11, 5, 9, 4] {
            assert!(
                classes.contains(&colour),
                "{colour} is missing from {classes:?}"
            );
        }
    }
}
