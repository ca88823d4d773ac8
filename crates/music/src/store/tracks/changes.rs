//! Writing tracks.

use diesel::prelude::*;
use wing_contracts::{AlbumId, ArtistId, Timestamp, TrackId};
use wing_kit::images::ImageRef;
use wing_kit::{Conn, Tx, for_update};

use crate::model::{TrackChanges, TrackStatus, TrackText};
use crate::store::schema::tracks;
use crate::store::search;

/// What a new track has beside its text, before anything is known of its file.
#[derive(Insertable)]
#[diesel(table_name = tracks)]
pub struct New<'a> {
    /// The track.
    pub id: TrackId,
    /// Whose it is.
    pub artist_id: ArtistId,
    /// Its address.
    pub slug: &'a str,
    /// Processing.
    pub status: TrackStatus,
    /// Publish as soon as it is ready.
    pub publish_when_ready: bool,
    /// 0 until it is known.
    pub duration_ms: i64,
    /// 0.
    pub play_count: i64,
    /// 0.
    pub like_count: i64,
    /// Now.
    pub created_at: Timestamp,
    /// Now.
    pub updated_at: Timestamp,
}

/// Writes a new track; a unique violation when its slug is taken.
pub fn insert(tx: &mut Tx<'_>, track: &New<'_>, text: &TrackText) -> QueryResult<()> {
    diesel::insert_into(tracks::table)
        .values((track, text))
        .execute(tx.conn())?;
    Ok(())
}

/// What is written about a track, its lyrics too.
pub fn text(conn: &mut Conn, id: TrackId) -> QueryResult<Option<TrackText>> {
    tracks::table
        .find(id)
        .select(TrackText::as_select())
        .get_result(conn)
        .optional()
}

/// Locks every track of an album, in the order of their ids.
pub fn lock_all_on(tx: &mut Tx<'_>, album: AlbumId) -> QueryResult<()> {
    let _: Vec<TrackId> = for_update!(tx, load tracks::table
        .filter(tracks::album_id.eq(Some(album)))
        .order(tracks::id)
        .select(tracks::id))?;
    Ok(())
}

/// Locks every track of an artist, in the order of their ids.
pub fn lock_all_of(tx: &mut Tx<'_>, artist: ArtistId) -> QueryResult<()> {
    let _: Vec<TrackId> = for_update!(tx, load tracks::table
        .filter(tracks::artist_id.eq(artist))
        .order(tracks::id)
        .select(tracks::id))?;
    Ok(())
}

/// Writes what changed of a track, which the caller has locked.
pub fn update(
    tx: &mut Tx<'_>,
    id: TrackId,
    changes: TrackChanges,
    now: Timestamp,
) -> QueryResult<()> {
    diesel::update(tracks::table.find(id))
        .set((changes, tracks::updated_at.eq(now)))
        .execute(tx.conn())?;
    search::refresh_track(tx, id)
}

/// Writes the own cover of a track that the caller has locked, or takes it away.
pub fn set_cover(
    tx: &mut Tx<'_>,
    id: TrackId,
    cover: Option<&ImageRef>,
    now: Timestamp,
) -> QueryResult<()> {
    let hash = cover.map(ImageRef::as_str);
    diesel::update(tracks::table.find(id))
        .set((tracks::cover.eq(hash), tracks::updated_at.eq(now)))
        .execute(tx.conn())?;
    Ok(())
}

/// Writes a track's place on its album.
pub fn set_number(
    tx: &mut Tx<'_>,
    id: TrackId,
    number: Option<i32>,
    now: Timestamp,
) -> QueryResult<()> {
    diesel::update(tracks::table.find(id))
        .set((
            tracks::track_number.eq(number),
            tracks::updated_at.eq(now.0),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// Moves a track between draft and published; the first publication's time
/// stays.
pub fn set_status(
    tx: &mut Tx<'_>,
    id: TrackId,
    status: TrackStatus,
    now: Timestamp,
) -> QueryResult<()> {
    if status == TrackStatus::Published {
        diesel::update(
            tracks::table
                .find(id)
                .filter(tracks::published_at.is_null()),
        )
        .set(tracks::published_at.eq(Some(now.0)))
        .execute(tx.conn())?;
    }
    diesel::update(tracks::table.find(id))
        .set((tracks::status.eq(status), tracks::updated_at.eq(now.0)))
        .execute(tx.conn())?;
    search::refresh_track(tx, id)
}

/// Says whether the track publishes itself when its file is ready.
pub fn set_publish_when_ready(tx: &mut Tx<'_>, id: TrackId, publish: bool) -> QueryResult<()> {
    diesel::update(tracks::table.find(id))
        .set(tracks::publish_when_ready.eq(publish))
        .execute(tx.conn())?;
    Ok(())
}

/// Removes the track or brings it back.
pub fn set_removed(tx: &mut Tx<'_>, id: TrackId, at: Option<Timestamp>) -> QueryResult<()> {
    diesel::update(tracks::table.find(id))
        .set(tracks::deleted_at.eq(at.map(|at| at.0)))
        .execute(tx.conn())?;
    search::refresh_track(tx, id)
}
