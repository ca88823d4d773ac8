use std::fmt;

use unicode_normalization::UnicodeNormalization as _;
use wing_kit::problem::Invalid;

/// An address of mail (RFC 5321), in the one form it is stored and compared in:
/// NFKC, lower case.
///
/// The local part is lowered too: no provider that matters tells `Ann@` from
/// `ann@`, and people type both. NFKC turns the full-width letters of an Asian
/// keyboard into the plain ones that were meant.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

const WRONG: Invalid = Invalid::new("email_invalid", "This is not an address of mail.");

impl Email {
    /// Reads an address; its domain needs a dot, quoted local parts and
    /// address literals are not taken.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Invalid::new("required", "This must not be empty."));
        }
        if text.len() > 1024 {
            return Err(WRONG);
        }
        let text = text.nfkc().collect::<String>().to_lowercase();
        let (local, domain) = text.rsplit_once('@').ok_or(WRONG)?;
        if text.len() <= 254 && is_local_part(local) && is_domain(domain) {
            Ok(Self(text))
        } else {
            Err(WRONG)
        }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the `@`.
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

/// Addresses of mail are not for logs.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

/// Dot-atom of RFC 5321, 4.1.2, of at most 64 octets.
fn is_local_part(local: &str) -> bool {
    let atom = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
    };
    local.len() <= 64 && local.split('.').all(atom)
}

/// At least two labels of letters, digits and inner hyphens; the last is not a
/// number, so an IPv4 address is none.
fn is_domain(domain: &str) -> bool {
    let label = |part: &str| {
        (1..=63).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    let labels: Vec<&str> = domain.split('.').collect();
    labels.len() >= 2
        && labels.iter().all(|part| label(part))
        && labels
            .last()
            .is_some_and(|top| top.len() >= 2 && !top.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Email;

    #[test]
    fn addresses_people_have_are_read_into_one_form() {
        for (typed, stored) in [
            (" Ann.Lee+wing@Example.COM ", "ann.lee+wing@example.com"),
            ("ａｎｎ＠ｅｘａｍｐｌｅ．ｃｏｍ", "ann@example.com"),
            ("o'neil@mail.example.co.kr", "o'neil@mail.example.co.kr"),
            (
                "a@xn--9n2bp8q.xn--9t4b11yi5a",
                "a@xn--9n2bp8q.xn--9t4b11yi5a",
            ),
        ] {
            assert_eq!(
                Email::parse(typed).map(|e| e.as_str().to_owned()),
                Ok(stored.to_owned())
            );
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.com", "a".repeat(65));
        for typed in [
            "",
            " ",
            "ann",
            "ann@",
            "@example.com",
            "ann@localhost",
            "a b@example.com",
            "a@@b.com",
            "a..b@example.com",
            ".a@example.com",
            "a@-b.com",
            "a@b-.com",
            "a@b..com",
            "a@1.2.3.4",
            "a@[1.2.3.4]",
            "a@b.c\r\nBcc: x@y.z",
            "<a@b.com>",
            "a@b.com\0",
            "한@예.한국",
            &long,
        ] {
            assert!(Email::parse(typed).is_err(), "{typed:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_judged_and_what_is_read_reads_the_same_again(text in "\\PC{0,80}") {
            if let Ok(email) = Email::parse(&text) {
                prop_assert_eq!(Email::parse(email.as_str()), Ok(email));
            }
        }

        #[test]
        fn plain_addresses_are_read(local in "[a-z0-9]{1,20}", host in "[a-z]{1,20}", top in "[a-z]{2,8}") {
            let text = format!("{local}@{host}.{top}");
            let email = Email::parse(&text.to_uppercase()).expect("an address");
            prop_assert_eq!(email.as_str(), text);
            prop_assert_eq!(email.local_part(), local);
        }
    }
}
