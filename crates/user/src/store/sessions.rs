use diesel::prelude::*;
use wing_contracts::{SessionId, Timestamp, UserId};
use wing_kit::Conn;
use wing_kit::db::any_of;
use wing_kit::db::sql_types::Time;

use super::schema::{refresh_tokens, sessions};
use crate::model::{Device, Session};

#[derive(Queryable)]
struct Row {
    id: SessionId,
    #[diesel(deserialize_as = Time)]
    created_at: Timestamp,
    #[diesel(deserialize_as = Time)]
    last_used_at: Timestamp,
    #[diesel(deserialize_as = Time)]
    expires_at: Timestamp,
    user_agent: String,
}

/// Stores a new session.
pub fn insert(
    conn: &mut Conn,
    id: SessionId,
    user: UserId,
    device: &Device,
    now: Timestamp,
    expires: Timestamp,
) -> QueryResult<()> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(id),
            sessions::user_id.eq(user),
            sessions::created_at.eq(now.0),
            sessions::last_used_at.eq(now.0),
            sessions::expires_at.eq(expires.0),
            sessions::user_agent.eq(device.as_str()),
        ))
        .execute(conn)?;
    Ok(())
}

/// The sessions of an account that are good at `now`, last used first; at most
/// a hundred.
pub fn active_of(conn: &mut Conn, user: UserId, now: Timestamp) -> QueryResult<Vec<Session>> {
    let rows: Vec<Row> = sessions::table
        .filter(sessions::user_id.eq(user))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now.0))
        .order((sessions::last_used_at.desc(), sessions::id.desc()))
        .limit(100)
        .select((
            sessions::id,
            sessions::created_at,
            sessions::last_used_at,
            sessions::expires_at,
            sessions::user_agent,
        ))
        .load(conn)?;
    let session = |row: Row| Session {
        id: row.id,
        created_at: row.created_at,
        last_used_at: row.last_used_at,
        expires_at: row.expires_at,
        user_agent: row.user_agent,
    };
    Ok(rows.into_iter().map(session).collect())
}

/// Notes that a session was used and lives on until `expires`.
pub fn used(conn: &mut Conn, id: SessionId, now: Timestamp, expires: Timestamp) -> QueryResult<()> {
    diesel::update(sessions::table.find(id))
        .set((
            sessions::last_used_at.eq(now.0),
            sessions::expires_at.eq(expires.0),
        ))
        .execute(conn)?;
    Ok(())
}

/// Ends one session of an account and forgets its tokens; `false` when there is
/// no such session, or it had ended.
pub fn end(conn: &mut Conn, user: UserId, id: SessionId, now: Timestamp) -> QueryResult<bool> {
    let ended = diesel::update(
        sessions::table
            .find(id)
            .filter(sessions::user_id.eq(user))
            .filter(sessions::ended_at.is_null()),
    )
    .set(sessions::ended_at.eq(Some(now.0)))
    .execute(conn)?;
    if ended == 1 {
        diesel::delete(refresh_tokens::table.filter(refresh_tokens::session_id.eq(id)))
            .execute(conn)?;
    }
    Ok(ended == 1)
}

/// Ends every session of an account and forgets their tokens.
pub fn end_all(conn: &mut Conn, user: UserId, now: Timestamp) -> QueryResult<()> {
    let open: Vec<SessionId> = sessions::table
        .filter(sessions::user_id.eq(user))
        .filter(sessions::ended_at.is_null())
        .select(sessions::id)
        .load(conn)?;
    // Within what one statement takes of parameters.
    for some in open.chunks(500) {
        diesel::delete(refresh_tokens::table.filter(any_of(refresh_tokens::session_id, some)))
            .execute(conn)?;
    }
    diesel::update(
        sessions::table
            .filter(sessions::user_id.eq(user))
            .filter(sessions::ended_at.is_null()),
    )
    .set(sessions::ended_at.eq(Some(now.0)))
    .execute(conn)?;
    Ok(())
}

/// Drops sessions that expired or were ended before `limit`, with their tokens.
pub fn forget(conn: &mut Conn, limit: Timestamp) -> QueryResult<usize> {
    let expired =
        diesel::delete(sessions::table.filter(sessions::expires_at.lt(limit.0))).execute(conn)?;
    let ended =
        diesel::delete(sessions::table.filter(sessions::ended_at.lt(limit.0))).execute(conn)?;
    Ok(expired + ended)
}
