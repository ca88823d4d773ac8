//! The HTTP server around the domains.
//!
//! [`gate`](mod@gate) is what every request passes: id, log, metrics, limit,
//! authentication, security headers. [`serve`] runs the server and its
//! background work until it is asked to stop. [`input`] has the extractors that
//! refuse bad bodies with problem details. [`hub`] publishes to whoever is connected,
//! by [`sse`] or [`ws`].

mod caller;
mod connections;
mod document;
pub mod gate;
mod headers;
pub mod health;
pub mod hub;
pub mod input;
pub mod multipart;
mod openapi;
pub mod origins;
mod pass;
mod server;
pub mod sse;
#[cfg(test)]
pub(crate) mod testing;
pub mod ws;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

pub use caller::{ClientAddress, Peer, RequestId};
pub use document::ApiDocument;
pub use gate::Gate;
pub use openapi::finish as finish_openapi;
pub use server::{Background, Ready, serve};

/// 32 random bytes as 43 characters that need no escaping: for tokens.
pub fn random_token() -> String {
    let bytes: [u8; 32] = rand::random();
    URL_SAFE_NO_PAD.encode(bytes)
}

/// `next` if it is a path of this site, else `/`: what may follow a redirect
/// that a visitor can influence.
pub fn local_path(next: &str) -> &str {
    let plain = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains(|c: char| c == '\\' || c.is_control())
        && next.len() <= 2048;
    if plain { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_follow() {
        assert_eq!(local_path("/albums/x?y=1#z"), "/albums/x?y=1#z");
        for foreign in [
            "//evil.example",
            "https://evil.example",
            "/\\evil",
            "",
            "x",
            "/a\r\nb",
        ] {
            assert_eq!(local_path(foreign), "/", "{foreign:?}");
        }
        assert_eq!(local_path(&format!("/{}", "a".repeat(2048))), "/");
    }

    proptest::proptest! {
        /// As a browser reads it: it drops tabs and line breaks and takes a backslash
        /// for a slash (WHATWG URL, 4.4).
        #[test]
        fn what_follows_stays_on_this_site(next in "[/\\\\a-z:@.?#%\\t\\r\\n\\x00 ]{0,12}") {
            let path = local_path(&next);
            let read = path.replace(['\t', '\r', '\n'], "").replace('\\', "/");
            proptest::prop_assert!(read.starts_with('/') && !read.starts_with("//"), "{path:?}");
        }
    }

    #[test]
    fn tokens_are_long_and_differ() {
        assert_eq!(random_token().len(), 43);
        assert_ne!(random_token(), random_token());
    }
}
