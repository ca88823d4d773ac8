//! Writing tracks.

use diesel::prelude::*;
use wing_contracts::{AlbumId, ArtistId, Timestamp, TrackId};
use wing_kit::{Conn, Tx};

use crate::model::{Genre, TrackStatus};
use crate::store::schema::tracks;
use crate::store::search;

/// A new track, before anything is known of its file.
pub struct New<'a> {
    /// The track.
    pub id: TrackId,
    /// Whose it is.
    pub artist: ArtistId,
    /// What it is on.
    pub album: Option<AlbumId>,
    /// Its address.
    pub slug: &'a str,
    /// Its title.
    pub title: &'a str,
    /// Its place on the album.
    pub track_number: Option<i32>,
    /// Its genre.
    pub genre: Genre,
    /// May be empty.
    pub lyrics: &'a str,
    /// Whether others may download it.
    pub downloadable: bool,
    /// Publish as soon as it is ready.
    pub publish_when_ready: bool,
}

/// Writes a new track, processing.
pub fn insert(tx: &mut Tx<'_>, new: &New<'_>, now: Timestamp) -> QueryResult<()> {
    diesel::insert_into(tracks::table)
        .values((
            tracks::id.eq(new.id),
            tracks::artist_id.eq(new.artist),
            tracks::album_id.eq(new.album),
            tracks::slug.eq(new.slug),
            tracks::title.eq(new.title),
            tracks::track_number.eq(new.track_number),
            tracks::genre.eq(new.genre.id()),
            tracks::lyrics.eq(new.lyrics),
            tracks::downloadable.eq(new.downloadable),
            tracks::status.eq(TrackStatus::Processing.as_str()),
            tracks::publish_when_ready.eq(new.publish_when_ready),
            tracks::duration_ms.eq(0),
            tracks::play_count.eq(0),
            tracks::like_count.eq(0),
            tracks::created_at.eq(now.0),
            tracks::updated_at.eq(now.0),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// What of a track its manager can write.
pub struct Fields<'a> {
    /// Its title.
    pub title: &'a str,
    /// What it is on.
    pub album: Option<AlbumId>,
    /// Its place on the album.
    pub track_number: Option<i32>,
    /// Its genre.
    pub genre: Genre,
    /// May be empty.
    pub lyrics: &'a str,
    /// Whether others may download it.
    pub downloadable: bool,
}

/// Writes all of a track's fields.
pub fn update(
    tx: &mut Tx<'_>,
    id: TrackId,
    fields: &Fields<'_>,
    now: Timestamp,
) -> QueryResult<()> {
    diesel::update(tracks::table.find(id))
        .set((
            tracks::title.eq(fields.title),
            tracks::album_id.eq(fields.album),
            tracks::track_number.eq(fields.track_number),
            tracks::genre.eq(fields.genre.id()),
            tracks::lyrics.eq(fields.lyrics),
            tracks::downloadable.eq(fields.downloadable),
            tracks::updated_at.eq(now.0),
        ))
        .execute(tx.conn())?;
    search::refresh_track(tx, id)
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
        .set((
            tracks::status.eq(status.as_str()),
            tracks::updated_at.eq(now.0),
        ))
        .execute(tx.conn())?;
    search::refresh_track(tx, id)
}

/// Whether the track publishes itself when its file is ready.
pub fn publishes_when_ready(conn: &mut Conn, id: TrackId) -> QueryResult<bool> {
    Ok(tracks::table
        .find(id)
        .select(tracks::publish_when_ready)
        .first(conn)
        .optional()?
        .unwrap_or(false))
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

/// Sets or takes away a track's own cover.
pub fn set_cover(
    tx: &mut Tx<'_>,
    id: TrackId,
    hash: Option<&str>,
    now: Timestamp,
) -> QueryResult<()> {
    diesel::update(tracks::table.find(id))
        .set((tracks::cover.eq(hash), tracks::updated_at.eq(now.0)))
        .execute(tx.conn())?;
    Ok(())
}
