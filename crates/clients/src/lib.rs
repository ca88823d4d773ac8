//! The HTTP adapters of the traits in `contracts`: how a domain asks another
//! that lives in another process.
//!
//! [`Calls`] is one neighbour, and everything that all calls to it share: who
//! we are, deadlines, retries, circuit breaking, trace context. [`RemoteUsers`]
//! adapts `contracts::users::UserDirectory`. [`Issuer`] brings keys and
//! revocations of access tokens.
//!
//! Never here: what an answer means for a page. Whoever asks decides what to
//! leave out when there is none.

mod calls;
mod issuer;
mod users;

pub use calls::Calls;
pub use issuer::Issuer;
pub use users::RemoteUsers;

/// Several things in one answer.
#[derive(serde::Deserialize)]
struct Items<T> {
    items: Vec<T>,
}
