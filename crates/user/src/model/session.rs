use diesel::prelude::*;
use wing_contracts::{SessionId, Timestamp};
use wing_kit::db::MultiBackend;

use crate::store::schema::sessions;

/// A log-in of an account that is still good.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = sessions, check_for_backend(MultiBackend))]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// When somebody logged in.
    pub created_at: Timestamp,
    /// When its tokens were last renewed.
    pub last_used_at: Timestamp,
    /// When it ends unless it is used.
    pub expires_at: Timestamp,
    /// The `User-Agent` that logged in.
    pub user_agent: String,
}
