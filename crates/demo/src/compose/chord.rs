//! Chords in Roman numerals, such as `ii7`, `bVImaj7`, `V/7` (third in the bass).

/// A chord relative to the tonic of the piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chord {
    /// Semitones from the tonic to the root, 0 to 11.
    pub(super) root: i32,
    /// Semitones from the tonic to the bass note, 0 to 11.
    pub(super) bass: i32,
    /// Semitones above the root, ascending from 0.
    pub(super) tones: &'static [i32],
}

impl Chord {
    /// Whether a pitch relative to the tonic belongs to the chord.
    pub(super) fn has(&self, pitch: i32) -> bool {
        let above = (pitch - self.root).rem_euclid(12);
        self.tones.iter().any(|tone| tone % 12 == above)
    }

    /// Reads a numeral. Capitals are major, small letters minor; `b` and `#`
    /// shift the root; `/n` puts the n-th degree of the major scale in the bass.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (name, bass) = match text.split_once('/') {
            Some((name, bass)) => (name, Some(bass)),
            None => (text, None),
        };
        let (shift, name) = shifted(name);
        let split = name
            .find(|c| !matches!(c, 'I' | 'V' | 'i' | 'v'))
            .unwrap_or(name.len());
        let (numeral, quality) = name.split_at(split);
        let degree = match numeral.to_ascii_uppercase().as_str() {
            "I" => 0,
            "II" => 2,
            "III" => 4,
            "IV" => 5,
            "V" => 7,
            "VI" => 9,
            "VII" => 11,
            _ => return None,
        };
        let major = numeral.starts_with(['I', 'V']);
        let root = (degree + shift).rem_euclid(12);
        let bass = match bass {
            None => root,
            Some(text) => {
                let (shift, digit) = shifted(text);
                let degree =
                    [0, 2, 4, 5, 7, 9, 11].get(digit.parse::<usize>().ok()?.checked_sub(1)?)?;
                (degree + shift).rem_euclid(12)
            }
        };
        Some(Self {
            root,
            bass,
            tones: tones(major, quality)?,
        })
    }
}

fn shifted(text: &str) -> (i32, &str) {
    if let Some(rest) = text.strip_prefix('b') {
        (-1, rest)
    } else if let Some(rest) = text.strip_prefix('#') {
        (1, rest)
    } else {
        (0, text)
    }
}

fn tones(major: bool, quality: &str) -> Option<&'static [i32]> {
    Some(match (major, quality) {
        (true, "") => &[0, 4, 7],
        (true, "5") => &[0, 7],
        (true, "6") => &[0, 4, 7, 9],
        (true, "69") => &[0, 4, 9, 14],
        (true, "7") => &[0, 4, 7, 10],
        (true, "9") => &[0, 4, 7, 10, 14],
        (true, "13") => &[0, 4, 10, 14, 21],
        (true, "7b9") => &[0, 4, 7, 10, 13],
        (true, "7alt") => &[0, 4, 10, 13, 20],
        (true, "maj7") => &[0, 4, 7, 11],
        (true, "maj9") => &[0, 4, 7, 11, 14],
        (true, "add9") => &[0, 4, 7, 14],
        (_, "sus2") => &[0, 2, 7],
        (_, "sus4") => &[0, 5, 7],
        (_, "7sus4") => &[0, 5, 7, 10],
        (_, "9sus4") => &[0, 5, 10, 14],
        (false, "") => &[0, 3, 7],
        (false, "6") => &[0, 3, 7, 9],
        (false, "7") => &[0, 3, 7, 10],
        (false, "9") => &[0, 3, 7, 10, 14],
        (false, "11") => &[0, 3, 10, 14, 17],
        (false, "add9") => &[0, 3, 7, 14],
        (false, "7b5") => &[0, 3, 6, 10],
        (false, "dim") => &[0, 3, 6],
        (false, "dim7") => &[0, 3, 6, 9],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::Chord;

    #[test]
    fn reads_roots_qualities_and_basses() {
        let cases: [(&str, i32, i32, &[i32]); 5] = [
            ("I", 0, 0, &[0, 4, 7]),
            ("ii7", 2, 2, &[0, 3, 7, 10]),
            ("bVImaj7", 8, 8, &[0, 4, 7, 11]),
            ("V/7", 7, 11, &[0, 4, 7]),
            ("#ivdim7", 6, 6, &[0, 3, 6, 9]),
        ];
        for (text, root, bass, tones) in cases {
            assert_eq!(
                Chord::parse(text),
                Some(Chord { root, bass, tones }),
                "{text}"
            );
        }
    }

    #[test]
    fn rejects_what_is_no_chord() {
        for text in ["", "VIII", "Imaj8", "b", "V/9", "X7"] {
            assert_eq!(Chord::parse(text), None, "{text:?}");
        }
    }
}
