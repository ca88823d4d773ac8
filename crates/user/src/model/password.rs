use std::fmt;

use unicode_normalization::UnicodeNormalization as _;
use wing_kit::problem::Invalid;

use super::Email;
use super::common_passwords::is_common;

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
        let address = email.map_or("", Email::as_str);
        let local = email.map_or("", Email::local_part);
        if is_common(&text, &[address, local]) {
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
            &"eight words make one quite long sentence here. ".repeat(2),
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
