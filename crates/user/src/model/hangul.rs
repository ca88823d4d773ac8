//! Latin keys as the Hangul that they are on a Korean keyboard (두벌식, KS X 5002): many
//! passwords are a Korean word typed with the keyboard left in English.

/// Leading consonants in the order of their code (Unicode 17, 3.12).
const LEADING: [char; 19] = [
    'ㄱ', 'ㄲ', 'ㄴ', 'ㄷ', 'ㄸ', 'ㄹ', 'ㅁ', 'ㅂ', 'ㅃ', 'ㅅ', 'ㅆ', 'ㅇ', 'ㅈ', 'ㅉ', 'ㅊ', 'ㅋ',
    'ㅌ', 'ㅍ', 'ㅎ',
];
/// Vowels in the order of their code.
const VOWELS: [char; 21] = [
    'ㅏ', 'ㅐ', 'ㅑ', 'ㅒ', 'ㅓ', 'ㅔ', 'ㅕ', 'ㅖ', 'ㅗ', 'ㅘ', 'ㅙ', 'ㅚ', 'ㅛ', 'ㅜ', 'ㅝ', 'ㅞ',
    'ㅟ', 'ㅠ', 'ㅡ', 'ㅢ', 'ㅣ',
];
/// Trailing consonants in the order of their code; the first is none.
const TRAILING: [char; 28] = [
    '\0', 'ㄱ', 'ㄲ', 'ㄳ', 'ㄴ', 'ㄵ', 'ㄶ', 'ㄷ', 'ㄹ', 'ㄺ', 'ㄻ', 'ㄼ', 'ㄽ', 'ㄾ', 'ㄿ', 'ㅀ',
    'ㅁ', 'ㅂ', 'ㅄ', 'ㅅ', 'ㅆ', 'ㅇ', 'ㅈ', 'ㅊ', 'ㅋ', 'ㅌ', 'ㅍ', 'ㅎ',
];
/// What two vowels or two trailing consonants one after the other become.
const PAIRS: [(char, char, char); 18] = [
    ('ㅗ', 'ㅏ', 'ㅘ'),
    ('ㅗ', 'ㅐ', 'ㅙ'),
    ('ㅗ', 'ㅣ', 'ㅚ'),
    ('ㅜ', 'ㅓ', 'ㅝ'),
    ('ㅜ', 'ㅔ', 'ㅞ'),
    ('ㅜ', 'ㅣ', 'ㅟ'),
    ('ㅡ', 'ㅣ', 'ㅢ'),
    ('ㄱ', 'ㅅ', 'ㄳ'),
    ('ㄴ', 'ㅈ', 'ㄵ'),
    ('ㄴ', 'ㅎ', 'ㄶ'),
    ('ㄹ', 'ㄱ', 'ㄺ'),
    ('ㄹ', 'ㅁ', 'ㄻ'),
    ('ㄹ', 'ㅂ', 'ㄼ'),
    ('ㄹ', 'ㅅ', 'ㄽ'),
    ('ㄹ', 'ㅌ', 'ㄾ'),
    ('ㄹ', 'ㅍ', 'ㄿ'),
    ('ㄹ', 'ㅎ', 'ㅀ'),
    ('ㅂ', 'ㅅ', 'ㅄ'),
];

/// The text as it shows with the keyboard set to Korean: `dkssud` is 안녕. What is no
/// letter of the Latin alphabet stays.
pub(super) fn typed_in_korean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut syllable = Syllable::default();
    for key in text.chars() {
        match letter(key) {
            Some(letter) => syllable.add(letter, &mut out),
            None => {
                syllable.end(&mut out);
                out.push(key);
            }
        }
    }
    syllable.end(&mut out);
    out
}

/// The letter on a key.
fn letter(key: char) -> Option<char> {
    // Only these differ with the shift key.
    let key = match key {
        'Q' | 'W' | 'E' | 'R' | 'T' | 'O' | 'P' => key,
        other => other.to_ascii_lowercase(),
    };
    Some(match key {
        'q' => 'ㅂ',
        'w' => 'ㅈ',
        'e' => 'ㄷ',
        'r' => 'ㄱ',
        't' => 'ㅅ',
        'y' => 'ㅛ',
        'u' => 'ㅕ',
        'i' => 'ㅑ',
        'o' => 'ㅐ',
        'p' => 'ㅔ',
        'a' => 'ㅁ',
        's' => 'ㄴ',
        'd' => 'ㅇ',
        'f' => 'ㄹ',
        'g' => 'ㅎ',
        'h' => 'ㅗ',
        'j' => 'ㅓ',
        'k' => 'ㅏ',
        'l' => 'ㅣ',
        'z' => 'ㅋ',
        'x' => 'ㅌ',
        'c' => 'ㅊ',
        'v' => 'ㅍ',
        'b' => 'ㅠ',
        'n' => 'ㅜ',
        'm' => 'ㅡ',
        'Q' => 'ㅃ',
        'W' => 'ㅉ',
        'E' => 'ㄸ',
        'R' => 'ㄲ',
        'T' => 'ㅆ',
        'O' => 'ㅒ',
        'P' => 'ㅖ',
        _ => return None,
    })
}

/// The syllable that is being typed.
#[derive(Default)]
struct Syllable {
    leading: Option<char>,
    vowel: Option<char>,
    /// One consonant, or two that are written as one.
    trailing: Option<(char, Option<char>)>,
}

impl Syllable {
    fn add(&mut self, letter: char, out: &mut String) {
        if VOWELS.contains(&letter) {
            self.add_vowel(letter, out);
        } else {
            self.add_consonant(letter, out);
        }
    }

    fn add_vowel(&mut self, vowel: char, out: &mut String) {
        match (self.vowel, self.trailing) {
            // The last consonant begins the next syllable.
            (_, Some((first, second))) => {
                self.trailing = second.map(|_| (first, None));
                let leading = second.unwrap_or(first);
                self.end(out);
                self.leading = Some(leading);
                self.vowel = Some(vowel);
            }
            (Some(before), None) => match pair(before, vowel) {
                Some(both) => self.vowel = Some(both),
                None => {
                    self.end(out);
                    self.vowel = Some(vowel);
                }
            },
            (None, None) => self.vowel = Some(vowel),
        }
    }

    fn add_consonant(&mut self, consonant: char, out: &mut String) {
        let open = self.leading.is_some() && self.vowel.is_some();
        match self.trailing {
            None if open && TRAILING.contains(&consonant) => {
                self.trailing = Some((consonant, None));
            }
            Some((first, None)) if pair(first, consonant).is_some() => {
                self.trailing = Some((first, Some(consonant)));
            }
            _ => {
                self.end(out);
                self.leading = Some(consonant);
            }
        }
    }

    /// Writes what was typed, and begins anew.
    fn end(&mut self, out: &mut String) {
        let typed = std::mem::take(self);
        let trailing = typed.trailing.map(|(first, second)| match second {
            Some(second) => pair(first, second).unwrap_or(first),
            None => first,
        });
        match (typed.leading, typed.vowel) {
            (Some(leading), Some(vowel)) => out.extend(composed(leading, vowel, trailing)),
            (leading, vowel) => out.extend(leading.into_iter().chain(vowel)),
        }
    }
}

fn pair(first: char, second: char) -> Option<char> {
    let found = PAIRS.iter().find(|(a, b, _)| (*a, *b) == (first, second));
    found.map(|(.., both)| *both)
}

fn composed(leading: char, vowel: char, trailing: Option<char>) -> Option<char> {
    let place = |letters: &[char], letter: char| letters.iter().position(|one| *one == letter);
    let leading = place(&LEADING, leading)?;
    let vowel = place(&VOWELS, vowel)?;
    let trailing = place(&TRAILING, trailing.unwrap_or('\0'))?;
    let code = (leading * VOWELS.len() + vowel) * TRAILING.len() + trailing;
    char::from_u32(0xAC00 + u32::try_from(code).ok()?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_become_the_words_they_are() {
        for (keys, word) in [
            ("dkssudgktpdy", "안녕하세요"),
            ("tkfkdgo", "사랑해"),
            ("eogksalsrnr", "대한민국"),
            ("qlalfqjsgh", "비밀번호"),
            ("dlrjtdmsQkfrkdtor", "이것은빨강색"),
            ("ghksdud", "환영"),
            ("dmlwk", "의자"),
            ("djqtdj", "없어"),
            ("rkqtdl", "값이"),
            ("ekfrdl", "닭이"),
            ("dksgdma", "않음"),
            ("tkfkd123!", "사랑123!"),
            ("rrr", "ㄱㄱㄱ"),
            ("hhk", "ㅗㅘ"),
            ("", ""),
        ] {
            assert_eq!(typed_in_korean(keys), word, "{keys}");
        }
    }

    proptest! {
        /// Whatever is typed comes out, letter for letter.
        #[test]
        fn no_letter_is_lost(keys in "[a-z]{0,30}") {
            use unicode_normalization::UnicodeNormalization as _;
            let split = |letter: char| match PAIRS.iter().find(|(.., both)| *both == letter) {
                Some((first, second, _)) => vec![*first, *second],
                None => vec![letter],
            };
            let typed: Vec<char> = keys.chars().filter_map(letter).collect();
            let shown: Vec<char> = typed_in_korean(&keys)
                .nfd()
                .map(|jamo| match u32::from(jamo) {
                    code @ 0x1100..=0x1112 => LEADING[(code - 0x1100) as usize],
                    code @ 0x1161..=0x1175 => VOWELS[(code - 0x1161) as usize],
                    code @ 0x11A8..=0x11C2 => TRAILING[(code - 0x11A7) as usize],
                    _ => jamo,
                })
                .flat_map(split)
                .collect();
            prop_assert_eq!(shown, typed);
        }
    }
}
