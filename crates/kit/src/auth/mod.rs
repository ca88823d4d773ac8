//! Who is calling.
//!
//! A request is authenticated once, in the [gate](crate::http::gate): by an
//! `Authorization: Bearer` header, or by the cookies of a browser. Handlers
//! take a [`Viewer`] (somebody must be logged in) or an `Option<Viewer>`.
//! Whether the viewer may do what they ask is decided in the use case.

pub mod cookies;
mod csrf;
mod keys;
mod revocations;
mod tokens;
mod viewer;

pub use csrf::{CsrfToken, FORM_FIELD as CSRF_FORM_FIELD, HEADER as CSRF_HEADER};
pub(crate) use csrf::{foreign_origin, is_own_origin};
pub use keys::KeySource;
pub use revocations::Revocations;
pub use tokens::{AUDIENCE, Claims, ISSUER, TokenError, Verifier};
pub use viewer::{Via, Viewer};
