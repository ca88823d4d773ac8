//! What processing writes to a track.

use diesel::prelude::*;
use wing_contracts::{Timestamp, TrackId};
use wing_kit::Conn;

use super::schema::tracks;

/// What of a track its file filled in; `None` leaves what is there.
#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = tracks)]
pub struct Filled {
    /// From the tags.
    pub title: Option<String>,
    /// From that title.
    pub slug: Option<String>,
    /// From the tags.
    pub track_number: Option<i32>,
    /// From the tags.
    pub genre: Option<String>,
    /// From the tags.
    pub lyrics: Option<String>,
    /// Hash of the picture in the file.
    pub cover: Option<String>,
    /// Counted from the samples.
    pub duration_ms: Option<i64>,
    /// When this is written.
    pub updated_at: Option<i64>,
}

/// Writes what the file filled in.
pub fn fill(conn: &mut Conn, track: TrackId, filled: &Filled) -> QueryResult<()> {
    diesel::update(tracks::table.find(track))
        .set(filled)
        .execute(conn)?;
    Ok(())
}

/// Whether the track publishes itself when its file is ready.
pub fn publishes_when_ready(conn: &mut Conn, track: TrackId) -> QueryResult<bool> {
    tracks::table
        .find(track)
        .select(tracks::publish_when_ready)
        .first(conn)
}

/// Holds the track's row until the transaction ends, where others may write
/// at the same time, and tells its status; `None` when there is no such track.
pub fn lock(conn: &mut Conn, track: TrackId) -> QueryResult<Option<String>> {
    let row = tracks::table.find(track).select(tracks::status);
    match conn {
        Conn::Postgres(conn) => row.for_update().first(conn).optional(),
        // An immediate transaction already is alone.
        Conn::Sqlite(conn) => row.first(conn).optional(),
    }
}

/// Moves a track to failed or back to processing.
pub fn set_status(
    conn: &mut Conn,
    track: TrackId,
    status: &str,
    now: Timestamp,
) -> QueryResult<()> {
    diesel::update(tracks::table.find(track))
        .set((tracks::status.eq(status), tracks::updated_at.eq(now.0)))
        .execute(conn)?;
    Ok(())
}
