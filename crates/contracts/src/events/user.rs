//! Events of accounts.

use super::{Envelope, Event as _, events};
use crate::{Role, SessionId, UserId};

events! {
    /// Somebody signed up.
    "user.registered" => UserRegistered {
        /// The account.
        user_id: UserId,
        /// What it may do.
        role: Role,
    }
    /// A name, picture, role or status changed.
    "user.changed" => UserChanged {
        /// The account.
        user_id: UserId,
    }
    /// An account is gone; what hangs on it goes too.
    "user.deleted" => UserDeleted {
        /// The account.
        user_id: UserId,
    }
    /// Tokens of an account below this version are void.
    "user.sessions_ended" => SessionsEnded {
        /// The account.
        user_id: UserId,
        /// Tokens carrying a lower version are refused from now on.
        min_version: i32,
    }
    /// One session was logged out.
    "user.session_ended" => SessionEnded {
        /// The session.
        session_id: SessionId,
    }
}

/// The types that void access tokens which were good before.
pub const VOIDING: &[&str] = &[UserDeleted::TYPE, SessionsEnded::TYPE, SessionEnded::TYPE];

/// Whether access tokens that were good before the event are void after it.
pub fn voids_tokens(event: &Envelope) -> bool {
    VOIDING.contains(&event.kind.as_str())
}
