//! What was removed long ago, and the files that nothing else needs.

use diesel::dsl::exists;
use diesel::prelude::*;
use wing_contracts::{AlbumId, ArtistId, Timestamp, TrackId, UploadId};
use wing_kit::{Conn, Tx};

use super::schema::{albums, artists, renditions, search_entries, track_days, track_files, tracks};

/// What hung on a deleted track.
#[derive(Debug)]
pub struct Gone {
    /// The part file that may be left of its upload.
    pub upload: Option<UploadId>,
    /// Its stored files. Tracks of the same content share an original.
    pub files: Vec<String>,
    /// Hash of its cover.
    pub cover: Option<String>,
}

/// Tracks removed before `limit`, alone or with their artist, at most `count`.
pub fn tracks_to_purge(conn: &mut Conn, limit: Timestamp, count: i64) -> QueryResult<Vec<TrackId>> {
    tracks::table
        .inner_join(artists::table)
        .filter(
            tracks::deleted_at
                .lt(limit.0)
                .or(artists::deleted_at.lt(limit.0)),
        )
        .select(tracks::id)
        .limit(count)
        .load(conn)
}

/// Deletes a track's rows and answers what hung on it; `None` when it came back
/// meanwhile.
pub fn delete_track(tx: &mut Tx<'_>, id: TrackId, limit: Timestamp) -> QueryResult<Option<Gone>> {
    type Row = (
        Option<UploadId>,
        Option<String>,
        Option<String>,
        Option<String>,
    );
    // Against its return, and whoever plays it at this moment.
    super::processing::lock(tx, id)?;
    let row: Option<Row> = track_files::table
        .inner_join(tracks::table.inner_join(artists::table))
        .filter(tracks::id.eq(id))
        .filter(
            tracks::deleted_at
                .lt(limit.0)
                .or(artists::deleted_at.lt(limit.0)),
        )
        .select((
            track_files::upload_id,
            track_files::original_key,
            track_files::download_key,
            tracks::cover,
        ))
        .first(tx.conn())
        .optional()?;
    let Some((upload, original, download, cover)) = row else {
        return Ok(None);
    };
    let mut files: Vec<String> = renditions::table
        .filter(renditions::track_id.eq(id))
        .filter(renditions::kind.ne("original"))
        .select(renditions::key)
        .load(tx.conn())?;
    files.extend(original.into_iter().chain(download));
    diesel::delete(
        search_entries::table
            .filter(search_entries::kind.eq("track"))
            .filter(search_entries::id.eq(id)),
    )
    .execute(tx.conn())?;
    diesel::delete(track_days::table.filter(track_days::track_id.eq(id))).execute(tx.conn())?;
    // Files, renditions, likes and plays go with it.
    diesel::delete(tracks::table.find(id)).execute(tx.conn())?;
    Ok(Some(Gone {
        upload,
        files,
        cover,
    }))
}

/// Whether any track still has this file: an original, a rendition or a download.
pub fn file_is_used(conn: &mut Conn, key: &str) -> QueryResult<bool> {
    let files = track_files::table.filter(
        track_files::original_key
            .eq(key)
            .or(track_files::download_key.eq(key)),
    );
    let rendered = renditions::table.filter(renditions::key.eq(key));
    Ok(diesel::select(exists(files)).get_result(conn)?
        || diesel::select(exists(rendered)).get_result(conn)?)
}

/// Whether anything still shows this picture.
pub fn picture_is_used(conn: &mut Conn, hash: &str) -> QueryResult<bool> {
    let of_tracks = tracks::table.filter(tracks::cover.eq(hash));
    let of_albums = albums::table.filter(albums::cover.eq(hash));
    let of_artists = artists::table.filter(artists::portrait.eq(hash));
    Ok(diesel::select(exists(of_tracks)).get_result(conn)?
        || diesel::select(exists(of_albums)).get_result(conn)?
        || diesel::select(exists(of_artists)).get_result(conn)?)
}

/// Deletes albums removed before `limit`, and artists that have no tracks left;
/// answers the hashes of their pictures.
pub fn delete_shells(tx: &mut Tx<'_>, limit: Timestamp) -> QueryResult<Vec<String>> {
    let old_albums: Vec<(AlbumId, Option<String>)> = albums::table
        .inner_join(artists::table)
        .filter(
            albums::deleted_at
                .lt(limit.0)
                .or(artists::deleted_at.lt(limit.0)),
        )
        .select((albums::id, albums::cover))
        .limit(100)
        .load(tx.conn())?;
    let mut pictures = Vec::new();
    for (id, cover) in old_albums {
        diesel::delete(
            search_entries::table
                .filter(search_entries::kind.eq("album"))
                .filter(search_entries::id.eq(id)),
        )
        .execute(tx.conn())?;
        diesel::delete(albums::table.find(id)).execute(tx.conn())?;
        pictures.extend(cover);
    }
    let bare = diesel::dsl::not(exists(
        tracks::table.filter(tracks::artist_id.eq(artists::id)),
    ));
    let old_artists: Vec<(ArtistId, Option<String>)> = artists::table
        .filter(artists::deleted_at.lt(limit.0))
        .filter(bare)
        .select((artists::id, artists::portrait))
        .limit(100)
        .load(tx.conn())?;
    for (id, portrait) in old_artists {
        diesel::delete(
            search_entries::table
                .filter(search_entries::kind.eq("artist"))
                .filter(search_entries::id.eq(id)),
        )
        .execute(tx.conn())?;
        diesel::delete(artists::table.find(id)).execute(tx.conn())?;
        pictures.extend(portrait);
    }
    Ok(pictures)
}
