use diesel::prelude::*;
use sha2::{Digest as _, Sha256};
use wing_contracts::{SessionId, Timestamp, UserId};
use wing_kit::Conn;

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
pub struct Found {
    pub user: UserId,
    pub session: SessionId,
    pub rotated_at: Option<Timestamp>,
    pub expires_at: Timestamp,
    pub session_expires_at: Timestamp,
    pub session_ended: bool,
}

type Row = (UserId, SessionId, Option<i64>, i64, i64, Option<i64>);

/// Finds a token and holds it against others who present the same one.
pub fn lock(conn: &mut Conn, hash: &TokenHash) -> QueryResult<Option<Found>> {
    let query = refresh_tokens::table
        .inner_join(sessions::table)
        .filter(refresh_tokens::hash.eq(hash.0.clone()))
        .select((
            sessions::user_id,
            sessions::id,
            refresh_tokens::rotated_at,
            refresh_tokens::expires_at,
            sessions::expires_at,
            sessions::ended_at,
        ));
    let row: Option<Row> = match conn {
        Conn::Postgres(conn) => query.for_update().first(conn).optional()?,
        Conn::Sqlite(conn) => query.first(conn).optional()?,
    };
    Ok(row.map(
        |(user, session, rotated_at, expires_at, session_expires_at, ended_at)| Found {
            user,
            session,
            rotated_at: rotated_at.map(Timestamp),
            expires_at: Timestamp(expires_at),
            session_expires_at: Timestamp(session_expires_at),
            session_ended: ended_at.is_some(),
        },
    ))
}

/// Stores a new token of a session.
pub fn insert(
    conn: &mut Conn,
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
        .execute(conn)?;
    Ok(())
}

/// Notes that a token was exchanged for a new one.
pub fn rotated(conn: &mut Conn, hash: &TokenHash, now: Timestamp) -> QueryResult<()> {
    diesel::update(refresh_tokens::table.find(hash.0.clone()))
        .set(refresh_tokens::rotated_at.eq(Some(now.0)))
        .execute(conn)?;
    Ok(())
}

/// Drops tokens that expired before `limit`.
pub fn forget(conn: &mut Conn, limit: Timestamp) -> QueryResult<usize> {
    diesel::delete(refresh_tokens::table.filter(refresh_tokens::expires_at.lt(limit.0)))
        .execute(conn)
}
