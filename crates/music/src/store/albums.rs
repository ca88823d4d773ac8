//! Albums.

use std::collections::HashMap;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use wing_contracts::{AlbumId, ArtistId, Timestamp};
use wing_kit::db::{MultiBackend, any_of};
use wing_kit::further_down;
use wing_kit::images::ImageRef;
use wing_kit::{Conn, Tx, for_update};

use super::schema::{albums, artists, tracks};
use super::search;
use crate::model::{Album, AlbumChanges, AlbumText, Genre, TrackStatus};

/// What a new album has beside its text.
#[derive(Insertable)]
#[diesel(table_name = albums)]
pub struct New<'a> {
    /// Its id.
    pub id: AlbumId,
    /// Whose it is.
    pub artist_id: ArtistId,
    /// Its address.
    pub slug: &'a str,
    /// None for a draft.
    pub published_at: Option<Timestamp>,
    /// The same.
    pub first_published_at: Option<Timestamp>,
    /// Now.
    pub created_at: Timestamp,
    /// Now.
    pub updated_at: Timestamp,
}

/// Where a page of albums begins.
pub type Position = (i64, AlbumId);

/// Which albums.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Folded words, each part of title or artist.
    pub words: Vec<String>,
    /// Having a published track of this genre.
    pub genre: Option<Genre>,
    /// By this artist.
    pub artist: Option<ArtistId>,
    /// Drafts too: the artist's manager asks.
    pub drafts: bool,
    /// Begin after this one.
    pub after: Option<Position>,
}

/// The album, removed or not.
pub fn find(conn: &mut Conn, id: AlbumId) -> QueryResult<Option<Album>> {
    albums::table
        .inner_join(artists::table)
        .filter(albums::id.eq(id))
        .select(Album::as_select())
        .get_result(conn)
        .optional()
}

/// The album at an address, removed or not.
pub fn find_by_slug(conn: &mut Conn, slug: &str) -> QueryResult<Option<Album>> {
    albums::table
        .inner_join(artists::table)
        .filter(albums::slug.eq(slug))
        .select(Album::as_select())
        .get_result(conn)
        .optional()
}

/// Albums that are there, latest first (drafts before all), at most `limit`.
pub fn list(conn: &mut Conn, filter: &Filter, limit: i64) -> QueryResult<Vec<Album>> {
    let mut query = albums::table
        .inner_join(artists::table)
        .filter(albums::deleted_at.is_null())
        .filter(artists::deleted_at.is_null())
        .select(Album::as_select())
        .limit(limit)
        .into_boxed::<MultiBackend>();
    if filter.drafts {
        query = query.order((albums::created_at.desc(), albums::id.desc()));
        if let Some(position) = filter.after {
            query = query.filter(further_down!(albums::created_at, albums::id, position));
        }
    } else {
        query = query
            .filter(albums::published_at.is_not_null())
            .order((albums::published_at.desc(), albums::id.desc()));
        if let Some(position) = filter.after {
            query = query.filter(further_down!(albums::published_at, albums::id, position));
        }
    }
    if let Some(artist) = filter.artist {
        query = query.filter(albums::artist_id.eq(artist));
    }
    if let Some(genre) = filter.genre {
        query = query.filter(
            albums::id.nullable().eq_any(
                tracks::table
                    .filter(tracks::genre.eq(genre))
                    .filter(tracks::status.eq(TrackStatus::Published))
                    .filter(tracks::deleted_at.is_null())
                    .select(tracks::album_id),
            ),
        );
    }
    for word in &filter.words {
        let (holds, end) = search::holding(conn, search::Kind::Album, "albums.id");
        query = query.filter(
            sql::<Bool>(&holds)
                .bind::<Text, _>(search::pattern(word))
                .sql(end),
        );
    }
    query.load(conn)
}

/// The published albums among `ids`.
pub fn by_ids(conn: &mut Conn, ids: &[AlbumId]) -> QueryResult<Vec<Album>> {
    albums::table
        .inner_join(artists::table)
        .filter(any_of(albums::id, ids))
        .filter(albums::deleted_at.is_null())
        .filter(albums::published_at.is_not_null())
        .select(Album::as_select())
        .load(conn)
}

/// Removed albums of an artist that can come back, latest first.
pub fn removed_of(conn: &mut Conn, artist: ArtistId) -> QueryResult<Vec<Album>> {
    albums::table
        .inner_join(artists::table)
        .filter(albums::artist_id.eq(artist))
        .filter(albums::deleted_at.is_not_null())
        .order(albums::deleted_at.desc())
        .limit(50)
        .select(Album::as_select())
        .load(conn)
}

/// How many published tracks each of these albums has.
pub fn track_counts(conn: &mut Conn, ids: &[AlbumId]) -> QueryResult<HashMap<AlbumId, i64>> {
    let rows: Vec<(Option<AlbumId>, i64)> = tracks::table
        .filter(any_of(tracks::album_id, ids))
        .filter(tracks::status.eq(TrackStatus::Published))
        .filter(tracks::deleted_at.is_null())
        .group_by(tracks::album_id)
        .select((tracks::album_id, diesel::dsl::count_star()))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .filter_map(|(id, count)| Some((id?, count)))
        .collect())
}

/// Locks the album's row until the transaction ends; `false` when there is none.
pub fn lock(tx: &mut Tx<'_>, id: AlbumId) -> QueryResult<bool> {
    let row: Option<AlbumId> = for_update!(tx, first albums::table.find(id).select(albums::id))?;
    Ok(row.is_some())
}

/// Locks every album of an artist, in the order of their ids.
pub fn lock_all_of(tx: &mut Tx<'_>, artist: ArtistId) -> QueryResult<()> {
    let _: Vec<AlbumId> = for_update!(tx, load albums::table
        .filter(albums::artist_id.eq(artist))
        .order(albums::id)
        .select(albums::id))?;
    Ok(())
}

/// Writes a new album; a unique violation when its slug is taken.
pub fn insert(tx: &mut Tx<'_>, album: &New<'_>, text: &AlbumText) -> QueryResult<()> {
    diesel::insert_into(albums::table)
        .values((album, text))
        .execute(tx.conn())?;
    search::refresh_album(tx, album.id)
}

/// Writes what changed of an album that the caller has locked.
pub fn update(
    tx: &mut Tx<'_>,
    id: AlbumId,
    changes: AlbumChanges,
    now: Timestamp,
) -> QueryResult<()> {
    diesel::update(albums::table.find(id))
        .set((changes, albums::updated_at.eq(now)))
        .execute(tx.conn())?;
    search::refresh_album_and_tracks(tx, id)
}

/// Writes the cover of an album that the caller has locked, or takes it away.
pub fn set_cover(
    tx: &mut Tx<'_>,
    id: AlbumId,
    cover: Option<&ImageRef>,
    now: Timestamp,
) -> QueryResult<()> {
    let hash = cover.map(ImageRef::as_str);
    diesel::update(albums::table.find(id))
        .set((albums::cover.eq(hash), albums::updated_at.eq(now)))
        .execute(tx.conn())?;
    Ok(())
}

/// Publishes an album that the caller has locked, or takes it back. One that was
/// published before gets the time of the first publication again.
pub fn set_published(
    tx: &mut Tx<'_>,
    id: AlbumId,
    published: bool,
    now: Timestamp,
) -> QueryResult<()> {
    let album = albums::table.find(id);
    if published {
        diesel::update(album.filter(albums::first_published_at.is_null()))
            .set(albums::first_published_at.eq(now))
            .execute(tx.conn())?;
        diesel::update(album)
            .set((
                albums::published_at.eq(albums::first_published_at),
                albums::updated_at.eq(now),
            ))
            .execute(tx.conn())?;
    } else {
        diesel::update(album)
            .set((
                albums::published_at.eq(None::<i64>),
                albums::updated_at.eq(now),
            ))
            .execute(tx.conn())?;
    }
    search::refresh_album_and_tracks(tx, id)
}

/// Removes the album or brings it back, with the tracks that went with it.
pub fn set_removed(tx: &mut Tx<'_>, id: AlbumId, at: Option<Timestamp>) -> QueryResult<()> {
    let before: Option<i64> = albums::table
        .find(id)
        .select(albums::deleted_at)
        .first(tx.conn())
        .optional()?
        .flatten();
    let of_album = tracks::table.filter(tracks::album_id.eq(Some(id)));
    match at {
        Some(at) => {
            diesel::update(of_album.filter(tracks::deleted_at.is_null()))
                .set(tracks::deleted_at.eq(Some(at.0)))
                .execute(tx.conn())?;
        }
        None => {
            diesel::update(of_album.filter(tracks::deleted_at.eq(before)))
                .set(tracks::deleted_at.eq(None::<i64>))
                .execute(tx.conn())?;
        }
    }
    diesel::update(albums::table.find(id))
        .set(albums::deleted_at.eq(at.map(|at| at.0)))
        .execute(tx.conn())?;
    search::refresh_album_and_tracks(tx, id)
}
