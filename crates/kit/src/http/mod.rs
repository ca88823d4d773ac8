//! The HTTP server around the domains.
//!
//! [`gate`](mod@gate) is what every request passes: id, log, metrics, limit,
//! authentication, security headers. [`serve`] runs the server and its
//! background work until it is asked to stop. [`input`] has the extractors that
//! refuse bad bodies with problem details. [`links`] leads from page to page. [`hub`] publishes to whoever is connected,
//! by [`sse`] or [`ws`].

mod bodies;
mod caller;
mod document;
pub mod forms;
pub mod gate;
mod headers;
pub mod health;
pub mod hub;
pub mod input;
pub mod links;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_and_differ() {
        assert_eq!(random_token().len(), 43);
        assert_ne!(random_token(), random_token());
    }
}
