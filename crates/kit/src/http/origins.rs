//! Other sites that pages may load from, as operators name them.

use std::fmt;
use std::str::FromStr;

/// Origins on the web, such as `https://tile.example.org`; `https://*.example.org`
/// are all hosts below that one. Nothing else can be in here, so it can be
/// written into a policy as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(Vec<String>);

/// Why a text does not name origins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// Only `https` is safe to load from.
    #[error("an origin does not begin with https://")]
    NotHttps,
    /// It has a path, or characters that no host name has.
    #[error("an origin is https://HOST or https://HOST:PORT, without a path or a slash at the end")]
    NotAnOrigin,
}

/// Reads origins with commas between; nothing for none.
impl FromStr for Origins {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let parts = text
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty());
        parts.map(origin).collect::<Result<_, _>>().map(Self)
    }
}

fn origin(text: &str) -> Result<String, OriginError> {
    let authority = text.strip_prefix("https://").ok_or(OriginError::NotHttps)?;
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    // A wildcard for a whole top-level domain is a mistake.
    let (name, least) = match host.strip_prefix("*.") {
        Some(name) => (name, 2),
        None => (host, 1),
    };
    let is_port = |port: &str| port.parse::<u16>().is_ok_and(|port| port > 0);
    let is_good = host.len() <= 253
        && name.split('.').all(is_label)
        && name.split('.').count() >= least
        && port.is_none_or(is_port);
    if is_good {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(OriginError::NotAnOrigin)
    }
}

/// Whether this is one part of a host name (RFC 1123, 2.1).
fn is_label(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=63).contains(&text.len())
        && text.bytes().all(is_letter)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// As sources of a policy: each with a space before it.
impl fmt::Display for Origins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|origin| write!(f, " {origin}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_of_the_web_are_taken() {
        for (text, sources) in [
            ("", ""),
            ("https://tile.example.org", " https://tile.example.org"),
            (
                "https://A.example:8443, https://*.b.example,",
                " https://a.example:8443 https://*.b.example",
            ),
        ] {
            let origins: Origins = text.parse().expect(text);
            assert_eq!(origins.to_string(), sources);
        }
    }

    #[test]
    fn nothing_else_gets_into_a_policy() {
        for text in [
            "http://tile.example.org",
            "tile.example.org",
            "*",
            "https:",
            "data:",
            "'unsafe-inline'",
        ] {
            assert_eq!(
                text.parse::<Origins>(),
                Err(OriginError::NotHttps),
                "{text}"
            );
        }
        for text in [
            "https://",
            "https://*",
            "https://*.org",
            "https://a.*.org",
            "https://a.example/",
            "https://a.example/tiles",
            "https://a.example;script-src *",
            "https://a.example 'unsafe-eval'",
            "https://a.example\r\nX-Header: 1",
            "https://user@a.example",
            "https://a.example:0",
            "https://a.example:x",
            "https://-a.example",
            "https://a..example",
            "https://b\u{fc}cher.example",
        ] {
            let parsed = text.parse::<Origins>();
            assert_eq!(parsed, Err(OriginError::NotAnOrigin), "{text}");
        }
    }
}
