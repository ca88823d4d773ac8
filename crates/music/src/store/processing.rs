//! What processing writes to a track.

use diesel::prelude::*;
use wing_contracts::{Timestamp, TrackId};
use wing_kit::{Conn, Tx, for_update};

use super::schema::tracks;
use crate::model::{Genre, TrackStatus};

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
    pub genre: Option<Genre>,
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
pub fn fill(tx: &mut Tx<'_>, track: TrackId, filled: &Filled) -> QueryResult<()> {
    diesel::update(tracks::table.find(track))
        .set(filled)
        .execute(tx.conn())?;
    Ok(())
}

/// Whether the track publishes itself when its file is ready.
pub fn publishes_when_ready(conn: &mut Conn, track: TrackId) -> QueryResult<bool> {
    tracks::table
        .find(track)
        .select(tracks::publish_when_ready)
        .first(conn)
}

/// Locks the track's row until the transaction ends and returns its status; `None`
/// when there is no such track.
pub fn lock(tx: &mut Tx<'_>, track: TrackId) -> QueryResult<Option<TrackStatus>> {
    for_update!(tx, first tracks::table.find(track).select(tracks::status))
}

/// Moves a track to failed or back to processing.
pub fn set_status(
    tx: &mut Tx<'_>,
    track: TrackId,
    status: TrackStatus,
    now: Timestamp,
) -> QueryResult<()> {
    diesel::update(tracks::table.find(track))
        .set((tracks::status.eq(status), tracks::updated_at.eq(now)))
        .execute(tx.conn())?;
    Ok(())
}
