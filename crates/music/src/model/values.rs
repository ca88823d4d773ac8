use unicode_normalization::UnicodeNormalization as _;
use wing_kit::problem::Invalid;
use wing_kit::text;

wing_kit::texts! {
    /// The name of an artist, a label or a distributor: one line.
    Name = text::line, 100;
    /// The title of a track or an album: one line.
    Title = text::line, 200;
    /// A biography or description: lines; may be empty.
    Description = text::lines, 5_000;
    /// Lyrics: lines; may be empty.
    Lyrics = text::lines, 20_000;
}

impl Name {
    /// One line that may be empty.
    pub fn parse_optional(given: &str) -> Result<String, Invalid> {
        if text::clean_line(given).is_empty() {
            Ok(String::new())
        } else {
            Ok(Self::parse(given)?.0)
        }
    }
}

/// A track's place on its album, 1 to 999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TrackNumber(i32);

impl TrackNumber {
    /// The number as entities keep it; a track may have none.
    pub fn checked(given: &Option<i32>) -> Result<Option<i32>, Invalid> {
        given
            .map(|number| Self::parse(number).map(Self::get))
            .transpose()
    }

    /// Checks the range.
    pub fn parse(number: i32) -> Result<Self, Invalid> {
        if (1..=999).contains(&number) {
            Ok(Self(number))
        } else {
            Err(Invalid::new(
                "out_of_range",
                "A track number is between 1 and 999.",
            ))
        }
    }

    /// The number.
    pub fn get(self) -> i32 {
        self.0
    }
}

/// Text as search compares it: compatibility-decomposed (so that Hangul
/// syllables become jamo and half a syllable is found), lower-cased, accents
/// dropped, everything but letters and digits a single blank.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkd().flat_map(char::to_lowercase) {
        if unicode_normalization::char::is_combining_mark(c) {
            continue;
        }
        if c.is_alphanumeric() {
            folded.push(jamo(c));
        } else if !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// Trailing consonants as leading ones, so that a syllable still being typed
/// matches wherever its consonant ends up (노 + ㄹ finds 놀 and 노래).
fn jamo(c: char) -> char {
    const TAILS: &str = "ᄀᄁᆪᄂᆬᆭᄃᄅᆰᆱᆲᆳᆴᆵᆶᄆᄇᆹᄉᄊᄋᄌᄎᄏᄐᄑᄒ";
    match u32::from(c).checked_sub(0x11A8) {
        Some(index @ 0..=26) => TAILS.chars().nth(index as usize).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_syllable_is_part_of_a_word() {
        for (word, part) in [
            ("밤 산책", "산"),
            ("노래", "노"),
            ("노래", "놀"),
            ("Café del Mar", "cafe"),
            ("밤", "ㅂ"),
        ] {
            assert!(
                fold(word).contains(&fold(part)),
                "{word} {part}: {} {}",
                fold(word),
                fold(part)
            );
        }
        assert_eq!(fold("  A!!  b "), "a b");
        assert!(!fold("밤").contains('%'));
    }
}
