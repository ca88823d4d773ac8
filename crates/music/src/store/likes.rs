//! Likes.

use std::collections::HashSet;

use diesel::prelude::*;
use wing_contracts::{Timestamp, TrackId, UserId};
use wing_kit::db::any_of;
use wing_kit::{Conn, Tx};

use super::schema::{likes, tracks};

/// Likes a track; `false` when it was liked already.
pub fn insert(tx: &mut Tx<'_>, user: UserId, track: TrackId, now: Timestamp) -> QueryResult<bool> {
    let like = (
        likes::user_id.eq(user),
        likes::track_id.eq(track),
        likes::liked_at.eq(now.0),
    );
    // Asked for twice at once, one of them finds the other's.
    let insert = diesel::insert_into(likes::table)
        .values(like)
        .on_conflict_do_nothing();
    let new = match tx.conn() {
        Conn::Postgres(conn) => insert.execute(conn)?,
        Conn::Sqlite(conn) => insert.execute(conn)?,
    };
    if new > 0 {
        count_up(tx, track, 1)?;
    }
    Ok(new > 0)
}

/// Takes a like back; `false` when there was none.
pub fn delete(tx: &mut Tx<'_>, user: UserId, track: TrackId) -> QueryResult<bool> {
    let gone = diesel::delete(likes::table.find((user, track))).execute(tx.conn())?;
    if gone > 0 {
        count_up(tx, track, -1)?;
    }
    Ok(gone > 0)
}

/// Takes back all likes of an account that is gone.
pub fn delete_all_of(tx: &mut Tx<'_>, user: UserId) -> QueryResult<()> {
    let liked: Vec<TrackId> = likes::table
        .filter(likes::user_id.eq(user))
        .select(likes::track_id)
        .order(likes::track_id)
        .load(tx.conn())?;
    for track in liked {
        delete(tx, user, track)?;
    }
    Ok(())
}

/// Which of these tracks the user likes.
pub fn among(conn: &mut Conn, user: UserId, ids: &[TrackId]) -> QueryResult<HashSet<TrackId>> {
    let liked: Vec<TrackId> = likes::table
        .filter(likes::user_id.eq(user))
        .filter(any_of(likes::track_id, ids))
        .select(likes::track_id)
        .load(conn)?;
    Ok(liked.into_iter().collect())
}

fn count_up(tx: &mut Tx<'_>, track: TrackId, by: i64) -> QueryResult<()> {
    diesel::update(tracks::table.find(track))
        .set(tracks::like_count.eq(tracks::like_count + by))
        .execute(tx.conn())?;
    Ok(())
}
