//! What domains may know of each other, and nothing else.
//!
//! Here live the ids, the summaries one domain shows of another's things, the
//! [`events`] that travel between them, and one small trait per provider
//! domain ([`users::UserDirectory`]), holding only the calls that are made
//! today, each of them by batch.
//!
//! A trait has two adapters: the domain's own service in the same process, and
//! an HTTP client. Nobody behind the trait can tell which one answers.
//!
//! Never here: SQL, HTTP handlers, rules of a domain. This crate reaches
//! neither diesel nor actix, and a test holds it to that; the one exception is
//! the feature `diesel`, off by default, that lets kit store the ids.

pub mod events;
pub mod id;
pub mod money;
pub mod role;
#[cfg(feature = "diesel")]
pub mod sql;
pub mod time;
pub mod users;

mod provider_error;

pub use id::{AlbumId, ArtistId, EventId, Id, JobId, SessionId, TrackId, UploadId, UserId};
pub use money::{Currency, Money};
pub use provider_error::{ProviderError, Refusal};
pub use role::Role;
pub use time::Timestamp;
