use std::fmt;

use unicode_normalization::UnicodeNormalization as _;
use wing_kit::problem::Invalid;

use super::Email;

/// A password somebody chose: 8 to 128 characters after NFKC, neither their
/// address nor one of those tried first (NIST SP 800-63B, 5.1.1.2). Blanks at
/// the ends belong to it.
#[derive(Clone)]
pub struct NewPassword(String);

/// A password somebody gives to show who they are: in the same normal form, but
/// judged by no rule, since it may be older than the rules.
#[derive(Clone)]
pub struct GivenPassword(String);

/// More than any password has; keeps normalising cheap.
const MAX_BYTES: usize = 4096;

impl NewPassword {
    /// The fewest characters.
    pub const MIN: usize = 8;
    /// The most characters.
    pub const MAX: u32 = 128;

    /// Reads a password for the account of `email`.
    pub fn parse(text: &str, email: Option<&Email>) -> Result<Self, Invalid> {
        if text.len() > MAX_BYTES {
            return Err(TOO_LONG);
        }
        let text: String = text.nfkc().collect();
        let length = text.chars().count();
        if length < Self::MIN {
            return Err(Invalid::new(
                "password_too_short",
                "A password has at least 8 characters.",
            ));
        }
        if length > Self::MAX as usize {
            return Err(TOO_LONG);
        }
        let lower = text.to_lowercase();
        if email.is_some_and(|e| lower == e.as_str() || lower == e.local_part()) {
            return Err(Invalid::new(
                "password_is_email",
                "The password must not be the address itself.",
            ));
        }
        if is_common(&lower) {
            return Err(Invalid::new(
                "password_common",
                "This password is among the first that anybody would try.",
            ));
        }
        Ok(Self(text))
    }

    /// The bytes to hash.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const TOO_LONG: Invalid = Invalid::new(
    "password_too_long",
    "A password has at most 128 characters.",
);

impl GivenPassword {
    /// Takes what was typed. Something longer than any password becomes the
    /// empty one, which fits no account, and costs as much to check.
    pub fn new(text: &str) -> Self {
        if text.len() > MAX_BYTES {
            return Self(String::new());
        }
        Self(text.nfkc().collect())
    }

    /// The bytes to check.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<NewPassword> for GivenPassword {
    fn from(password: NewPassword) -> Self {
        Self(password.0)
    }
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword(…)")
    }
}

impl fmt::Debug for GivenPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GivenPassword(…)")
    }
}

/// Words that passwords are made of when nobody thinks about them; with digits
/// and marks around them they are still the same word.
const WORDS: [&str; 26] = [
    "password",
    "passw",
    "qwerty",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "letmein",
    "welcome",
    "iloveyou",
    "admin",
    "administrator",
    "monkey",
    "dragon",
    "sunshine",
    "princess",
    "football",
    "baseball",
    "superman",
    "master",
    "login",
    "abc",
    "abcd",
    "qazwsx",
    "changeme",
    "wing",
    "music",
];

/// Runs on a keyboard or in the alphabet.
const RUNS: [&str; 7] = [
    "01234567890123456789",
    "09876543210987654321",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb",
    "q1w2e3r4t5y6u7i8o9p0",
];

fn is_common(lower: &str) -> bool {
    // One or two characters over and over, or a block twice.
    let mut distinct: Vec<char> = lower.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() <= 2 {
        return true;
    }
    if RUNS.iter().any(|run| run.contains(lower)) {
        return true;
    }
    let plain: String = lower
        .chars()
        .map(|c| match c {
            '@' => 'a',
            '$' => 's',
            other => other,
        })
        .collect();
    let word = plain.trim_matches(|c: char| !c.is_alphabetic());
    let word_zero = word.replace('0', "o");
    WORDS.contains(&word) || WORDS.contains(&word_zero.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Option<&'static str> {
        let email = Email::parse("ann.lee@example.com").expect("address");
        NewPassword::parse(text, Some(&email)).err().map(|e| e.code)
    }

    #[test]
    fn phrases_and_blanks_at_the_ends_are_fine() {
        for text in [
            "correct horse",
            "  eight  x",
            "밤의 산책을 하자",
            &"ab1".repeat(42),
        ] {
            assert_eq!(code(text), None, "{text:?}");
        }
    }

    #[test]
    fn what_anybody_would_try_is_refused_with_its_reason() {
        for text in [
            "password",
            "Password1!",
            "12345678",
            "qwertyui",
            "aaaaaaaa",
            "1q2w3e4r",
            "p@ssw0rd",
            "abababab",
            "iloveyou123",
            "welcome2024",
        ] {
            assert_eq!(code(text), Some("password_common"), "{text}");
        }
        assert_eq!(code("short"), Some("password_too_short"));
        assert_eq!(code("Ann.Lee@example.com"), Some("password_is_email"));
        assert_eq!(code(&"x1y".repeat(43)), Some("password_too_long"));
        assert_eq!(code(&"x".repeat(1 << 20)), Some("password_too_long"));
    }

    #[test]
    fn the_same_letters_typed_otherwise_are_the_same_password() {
        let composed = NewPassword::parse("비밀번호입니다요", None).expect("a password");
        let decomposed: String = "비밀번호입니다요".nfd().collect();
        assert_eq!(GivenPassword::new(&decomposed).as_str(), composed.as_str());
        assert!(!format!("{composed:?}").contains('비'));
    }
}
