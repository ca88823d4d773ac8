use diesel::prelude::*;
use wing_contracts::{SessionId, Timestamp, UserId};
use wing_kit::db::any_of;
use wing_kit::{Conn, Tx, for_update};

use super::schema::{refresh_tokens, sessions};
use crate::model::{Device, Session};

/// Stores a new session.
pub fn insert(
    tx: &mut Tx<'_>,
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
        .execute(tx.conn())?;
    Ok(())
}

/// The sessions of an account that are good at `now`, last used first; at most
/// a hundred.
pub fn active_of(conn: &mut Conn, user: UserId, now: Timestamp) -> QueryResult<Vec<Session>> {
    sessions::table
        .filter(sessions::user_id.eq(user))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now.0))
        .order((sessions::last_used_at.desc(), sessions::id.desc()))
        .limit(100)
        .select(Session::as_select())
        .load(conn)
}

/// Whether a session of an account is good at `now`.
pub fn is_active(
    conn: &mut Conn,
    id: SessionId,
    user: UserId,
    now: Timestamp,
) -> QueryResult<bool> {
    let active = sessions::table
        .filter(sessions::id.eq(id))
        .filter(sessions::user_id.eq(user))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now.0));
    diesel::select(diesel::dsl::exists(active)).get_result(conn)
}

/// Counts a password that is about to be checked in a session, whose account is locked;
/// how many there were since one was right.
pub fn try_confirmation(tx: &mut Tx<'_>, id: SessionId) -> QueryResult<i32> {
    diesel::update(sessions::table.find(id))
        .set(sessions::confirmations.eq(sessions::confirmations + 1))
        .execute(tx.conn())?;
    sessions::table
        .find(id)
        .select(sessions::confirmations)
        .first(tx.conn())
}

/// Notes that a password given in a session was right.
pub fn confirmed(tx: &mut Tx<'_>, id: SessionId) -> QueryResult<()> {
    diesel::update(sessions::table.find(id))
        .set(sessions::confirmations.eq(0))
        .execute(tx.conn())?;
    Ok(())
}

/// Notes that a session was used and lives on until `expires`.
pub fn used(tx: &mut Tx<'_>, id: SessionId, now: Timestamp, expires: Timestamp) -> QueryResult<()> {
    diesel::update(sessions::table.find(id))
        .set((
            sessions::last_used_at.eq(now.0),
            sessions::expires_at.eq(expires.0),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// Ends one session of an account and deletes its tokens; `false` when there is
/// no such session, or it had ended.
pub fn end(tx: &mut Tx<'_>, user: UserId, id: SessionId, now: Timestamp) -> QueryResult<bool> {
    let ended = diesel::update(
        sessions::table
            .find(id)
            .filter(sessions::user_id.eq(user))
            .filter(sessions::ended_at.is_null()),
    )
    .set(sessions::ended_at.eq(Some(now.0)))
    .execute(tx.conn())?;
    if ended == 1 {
        diesel::delete(refresh_tokens::table.filter(refresh_tokens::session_id.eq(id)))
            .execute(tx.conn())?;
    }
    Ok(ended == 1)
}

/// Ends every session of an account and deletes their tokens. Sessions are locked
/// before their tokens, in the order of their ids, as everywhere.
pub fn end_all(tx: &mut Tx<'_>, user: UserId, now: Timestamp) -> QueryResult<()> {
    let open: Vec<SessionId> = for_update!(tx, load sessions::table
        .filter(sessions::user_id.eq(user))
        .filter(sessions::ended_at.is_null())
        .order(sessions::id)
        .select(sessions::id))?;
    // Within what one statement takes of parameters.
    for some in open.chunks(500) {
        diesel::update(sessions::table.filter(any_of(sessions::id, some)))
            .set(sessions::ended_at.eq(Some(now)))
            .execute(tx.conn())?;
        diesel::delete(refresh_tokens::table.filter(any_of(refresh_tokens::session_id, some)))
            .execute(tx.conn())?;
    }
    Ok(())
}

/// Prunes sessions that expired or were ended before `limit`, with their tokens.
pub fn prune(tx: &mut Tx<'_>, limit: Timestamp) -> QueryResult<usize> {
    let expired = diesel::delete(sessions::table.filter(sessions::expires_at.lt(limit.0)))
        .execute(tx.conn())?;
    let ended = diesel::delete(sessions::table.filter(sessions::ended_at.lt(limit.0)))
        .execute(tx.conn())?;
    Ok(expired + ended)
}
