use diesel::prelude::*;
use sha2::{Digest as _, Sha256};
use wing_contracts::{SessionId, Timestamp, UserId};
use wing_kit::{Tx, for_update};

use super::schema::{refresh_tokens, sessions};

/// A refresh token as the database knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenHash(Vec<u8>);

impl TokenHash {
    /// The hash of a token. One round of SHA-256 is enough for 256 random bits.
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token).to_vec())
    }
}

/// A stored token with its session.
#[derive(Queryable)]
pub struct Found {
    pub user: UserId,
    pub session: SessionId,
    pub rotated_at: Option<Timestamp>,
    pub expires_at: Timestamp,
    pub session_expires_at: Timestamp,
    pub session_ended_at: Option<Timestamp>,
}

/// Finds a token and locks its session until the transaction ends, against others who
/// present a token of the same session and against its end.
pub fn lock(tx: &mut Tx<'_>, hash: &TokenHash) -> QueryResult<Option<Found>> {
    let token = refresh_tokens::table.find(&hash.0);
    let session: Option<SessionId> = token
        .select(refresh_tokens::session_id)
        .first(tx.conn())
        .optional()?;
    let Some(session) = session else {
        return Ok(None);
    };
    let _: Option<SessionId> =
        for_update!(tx, first sessions::table.find(session).select(sessions::id))?;
    // Only now: whoever held the lock may have exchanged or deleted the token.
    token
        .inner_join(sessions::table)
        .select((
            sessions::user_id,
            sessions::id,
            refresh_tokens::rotated_at,
            refresh_tokens::expires_at,
            sessions::expires_at,
            sessions::ended_at,
        ))
        .first(tx.conn())
        .optional()
}

/// Stores a new token of a session.
pub fn insert(
    tx: &mut Tx<'_>,
    hash: &TokenHash,
    session: SessionId,
    now: Timestamp,
    expires: Timestamp,
) -> QueryResult<()> {
    diesel::insert_into(refresh_tokens::table)
        .values((
            refresh_tokens::hash.eq(&hash.0),
            refresh_tokens::session_id.eq(session),
            refresh_tokens::created_at.eq(now.0),
            refresh_tokens::expires_at.eq(expires.0),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// Notes that a token was exchanged for a new one.
pub fn rotated(tx: &mut Tx<'_>, hash: &TokenHash, now: Timestamp) -> QueryResult<()> {
    diesel::update(refresh_tokens::table.find(hash.0.clone()))
        .set(refresh_tokens::rotated_at.eq(Some(now.0)))
        .execute(tx.conn())?;
    Ok(())
}

/// Prunes tokens that expired before `limit`.
pub fn prune(tx: &mut Tx<'_>, limit: Timestamp) -> QueryResult<usize> {
    diesel::delete(refresh_tokens::table.filter(refresh_tokens::expires_at.lt(limit.0)))
        .execute(tx.conn())
}
