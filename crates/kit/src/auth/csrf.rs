//! Cross-site request forgery: a token that only our own pages know.
//!
//! A browser's request that changes something must (1) not come from another
//! origin, by `Sec-Fetch-Site` or `Origin`, and (2) repeat the token of its
//! cookie: in the header [`HEADER`] for scripts, in the field [`FORM_FIELD`]
//! for forms. Bearer requests carry nothing a browser adds by itself, and need
//! neither.

use actix_web::http::header;
use actix_web::{HttpMessage as _, HttpRequest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::cookies;
use crate::Problem;

/// The header in which scripts repeat the token.
pub const HEADER: &str = "x-csrf-token";
/// The field in which forms repeat the token.
pub const FORM_FIELD: &str = "csrf";
/// Bytes of a token.
const LENGTH: usize = 32;

/// The token of this browser: from its cookie, or made for this answer.
#[derive(Clone, Debug)]
pub struct CsrfToken {
    value: String,
    fresh: bool,
}

impl CsrfToken {
    /// Reads the cookie, or makes a token that the gate sets as a cookie with
    /// the answer.
    pub(crate) fn read_or_make(cookie: Option<String>) -> Self {
        match cookie.filter(|value| value.len() == 43) {
            Some(value) => Self {
                value,
                fresh: false,
            },
            None => Self {
                value: crate::http::random_token(),
                fresh: true,
            },
        }
    }

    /// The token, as its cookie holds it.
    pub(crate) fn value(&self) -> &str {
        &self.value
    }

    /// What a page writes into its forms: another text each time, so that the
    /// length of compressed pages says nothing of the token (BREACH, 2013).
    pub fn masked(&self) -> String {
        let mask: [u8; LENGTH] = rand::random();
        let token = URL_SAFE_NO_PAD.decode(&self.value).unwrap_or_default();
        let hidden = token.iter().zip(&mask).map(|(byte, mask)| byte ^ mask);
        let both: Vec<u8> = mask.iter().copied().chain(hidden).collect();
        URL_SAFE_NO_PAD.encode(both)
    }

    /// Whether the browser does not have it yet.
    pub(crate) fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// The token of a request.
    pub fn of(req: &HttpRequest) -> Self {
        if let Some(token) = req.extensions().get::<Self>() {
            return token.clone();
        }
        Self::read_or_make(cookies::read(req, cookies::CSRF))
    }

    /// Refuses unless `given` is this browser's token.
    pub fn check(&self, given: &str) -> Result<(), Problem> {
        // Hashing first makes the comparison's time say nothing of the token.
        let given = unmasked(given).unwrap_or_else(|| given.to_owned());
        let same = Sha256::digest(given) == Sha256::digest(&self.value);
        if same && !self.fresh {
            Ok(())
        } else {
            Err(refusal())
        }
    }

    /// Refuses unless the request's header repeats the token.
    pub fn check_header(req: &HttpRequest) -> Result<(), Problem> {
        let given = req
            .headers()
            .get(HEADER)
            .and_then(|value| value.to_str().ok());
        Self::of(req).check(given.unwrap_or_default())
    }
}

/// The token behind what [`CsrfToken::masked`] made.
fn unmasked(text: &str) -> Option<String> {
    let both = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (mask, hidden) = both.split_at_checked(LENGTH)?;
    let token: Vec<u8> = mask.iter().zip(hidden).map(|(a, b)| a ^ b).collect();
    (token.len() == LENGTH && hidden.len() == LENGTH).then(|| URL_SAFE_NO_PAD.encode(token))
}

fn refusal() -> Problem {
    Problem::forbidden(
        "csrf",
        "The form was not sent from this page, or the page is old. Load it again and repeat.",
    )
}

/// Whether a browser says that another site sent this request.
pub(crate) fn foreign_origin(req: &HttpRequest, public_url: &str) -> bool {
    let header = |name: header::HeaderName| {
        req.headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    match header(header::HeaderName::from_static("sec-fetch-site")) {
        Some(site) => !matches!(site, "same-origin" | "none"),
        None => match header(header::ORIGIN) {
            None => false,
            Some(origin) => !is_own_origin(req, origin, public_url),
        },
    }
}

/// Whether a page of `origin` is one of this site's.
pub(crate) fn is_own_origin(req: &HttpRequest, origin: &str, public_url: &str) -> bool {
    let host = req.connection_info().host().to_owned();
    let from = origin.split_once("://").map(|(_, from)| from);
    origin == public_url || from == Some(&*host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_s_token_differs_each_time_and_is_good_each_time() {
        let token = CsrfToken::read_or_make(Some(crate::http::random_token()));
        let (one, two) = (token.masked(), token.masked());
        assert_ne!(one, two);
        for good in [&one, &two, &token.value] {
            assert!(token.check(good).is_ok());
        }
        let other = CsrfToken::read_or_make(Some(crate::http::random_token()));
        let cut = &one[..one.len() - 4];
        for bad in [&other.masked(), cut, "", "AAAA", &"A".repeat(500)] {
            assert!(token.check(bad).is_err(), "{bad}");
        }
    }
}
