//! Writing tracks.

use diesel::prelude::*;
use wing_contracts::{AlbumId, ArtistId, Timestamp, TrackId};
use wing_kit::{Conn, Tx, for_update};

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

/// What changes of a track by its manager's hand; `None` stays as it is.
#[derive(AsChangeset, Clone, Copy, Debug, Default)]
#[diesel(table_name = tracks)]
pub struct Changes<'a> {
    /// Its title.
    pub title: Option<&'a str>,
    /// What it is on.
    pub album_id: Option<Option<AlbumId>>,
    /// Its place on the album.
    pub track_number: Option<Option<i32>>,
    /// A genre's id.
    pub genre: Option<&'a str>,
    /// May be empty.
    pub lyrics: Option<&'a str>,
    /// Whether others may download it.
    pub downloadable: Option<bool>,
    /// Its own picture's hash.
    pub cover: Option<Option<&'a str>>,
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
    changes: Changes<'_>,
    now: Timestamp,
) -> QueryResult<()> {
    diesel::update(tracks::table.find(id))
        .set((changes, tracks::updated_at.eq(now)))
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
