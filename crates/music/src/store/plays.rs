//! Plays, and what is counted from them.

use diesel::prelude::*;
use wing_contracts::{ArtistId, EventId, Timestamp, TrackId, UserId};
use wing_kit::{Conn, Tx};

use super::schema::{plays, search_entries, track_days, tracks};

/// Who listened to what.
pub struct New<'a> {
    /// The track.
    pub track: TrackId,
    /// Stands for one listener: an account, or a browser without one.
    pub listener: &'a str,
    /// The account.
    pub user: Option<UserId>,
    /// A hash of the network of a listener without one.
    pub network: Option<&'a str>,
    /// Seconds heard.
    pub seconds: i32,
}

/// Whether this listener's play of this track was counted after `since`.
pub fn counted_since(conn: &mut Conn, new: &New<'_>, since: Timestamp) -> QueryResult<bool> {
    let query = plays::table
        .filter(plays::listener.eq(new.listener))
        .filter(plays::track_id.eq(new.track))
        .filter(plays::played_at.gt(since.0));
    diesel::select(diesel::dsl::exists(query)).get_result(conn)
}

/// How many plays without an account of this network were counted after `since`, and
/// how many of those of this track.
pub fn counted_of_network(
    conn: &mut Conn,
    network: &str,
    track: TrackId,
    since: Timestamp,
) -> QueryResult<(i64, i64)> {
    let of_network = plays::table
        .filter(plays::network.eq(network))
        .filter(plays::played_at.gt(since.0));
    let all = of_network.count().get_result(conn)?;
    let of_track = of_network.filter(plays::track_id.eq(track));
    Ok((all, of_track.count().get_result(conn)?))
}

/// Removes from which network plays before `limit` came.
pub fn prune_networks(tx: &mut Tx<'_>, limit: Timestamp) -> QueryResult<usize> {
    diesel::update(
        plays::table
            .filter(plays::network.is_not_null())
            .filter(plays::played_at.lt(limit.0)),
    )
    .set(plays::network.eq(None::<String>))
    .execute(tx.conn())
}

/// Writes and counts a play.
pub fn insert(tx: &mut Tx<'_>, new: &New<'_>, now: Timestamp) -> QueryResult<()> {
    diesel::insert_into(plays::table)
        .values((
            plays::id.eq(EventId::new()),
            plays::track_id.eq(new.track),
            plays::listener.eq(new.listener),
            plays::user_id.eq(new.user),
            plays::seconds.eq(new.seconds),
            plays::played_at.eq(now.0),
            plays::network.eq(new.network),
        ))
        .execute(tx.conn())?;
    diesel::update(tracks::table.find(new.track))
        .set(tracks::play_count.eq(tracks::play_count + 1))
        .execute(tx.conn())?;
    Ok(())
}

/// Removes who played, keeps that it was played.
pub fn forget_user(tx: &mut Tx<'_>, user: UserId) -> QueryResult<()> {
    diesel::update(plays::table.filter(plays::user_id.eq(Some(user))))
        .set((
            plays::user_id.eq(None::<UserId>),
            plays::listener.eq("gone"),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// Adds to a track's day.
pub fn count_day(
    tx: &mut Tx<'_>,
    track: TrackId,
    at: Timestamp,
    plays: i64,
    likes: i64,
) -> QueryResult<()> {
    let day = i32::try_from(at.0.div_euclid(86_400_000)).unwrap_or(0);
    // Two may count the day's first at once.
    let insert = diesel::insert_into(track_days::table)
        .values((
            track_days::track_id.eq(track),
            track_days::day.eq(day),
            track_days::plays.eq(plays),
            track_days::likes.eq(likes),
        ))
        .on_conflict_do_nothing();
    let new = match tx.conn() {
        Conn::Postgres(conn) => insert.execute(conn)?,
        Conn::Sqlite(conn) => insert.execute(conn)?,
    };
    if new == 0 {
        diesel::update(track_days::table.find((track, day)))
            .set((
                track_days::plays.eq(track_days::plays + plays),
                track_days::likes.eq(track_days::likes + likes),
            ))
            .execute(tx.conn())?;
    }
    diesel::update(
        search_entries::table
            .filter(search_entries::kind.eq("track"))
            .filter(search_entries::id.eq(track)),
    )
    .set(search_entries::weight.eq(search_entries::weight + plays + 3 * likes))
    .execute(tx.conn())?;
    Ok(())
}

/// Plays and likes of an artist's tracks by day since `from` (days since 1970),
/// oldest first; days without any are left out.
pub fn days_of(conn: &mut Conn, artist: ArtistId, from: i32) -> QueryResult<Vec<(i32, i64, i64)>> {
    let of_artist = tracks::table
        .filter(tracks::artist_id.eq(artist))
        .select(tracks::id);
    let rows: Vec<(i32, i64, i64)> = track_days::table
        .filter(track_days::track_id.eq_any(of_artist))
        .filter(track_days::day.ge(from))
        .order(track_days::day)
        .select((track_days::day, track_days::plays, track_days::likes))
        .load(conn)?;
    let mut days: Vec<(i32, i64, i64)> = Vec::new();
    for (day, plays, likes) in rows {
        match days.last_mut() {
            Some(last) if last.0 == day => {
                last.1 += plays;
                last.2 += likes;
            }
            _ => days.push((day, plays, likes)),
        }
    }
    Ok(days)
}
