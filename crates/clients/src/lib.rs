//! The HTTP adapters of the traits in `contracts`: how a domain calls another
//! that lives in another process.
//!
//! [`Calls`] is the client of one other service, with everything that all calls to
//! it share: authentication, deadlines, retries, circuit breaking, trace context. [`RemoteUsers`]
//! adapts `contracts::users::UserDirectory`. [`Issuer`] brings keys and
//! revocations of access tokens.
//!
//! Never here: what a response means for a page. The caller decides what to leave
//! out when there is none.

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
