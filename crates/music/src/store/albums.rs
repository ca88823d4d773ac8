//! Albums.

use std::collections::HashMap;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use wing_contracts::{AlbumId, ArtistId, Timestamp, UserId};
use wing_kit::db::{MultiBackend, any_of};
use wing_kit::further_down;
use wing_kit::{Conn, Tx, for_update};

use super::plain::columns;
use super::schema::{albums, artists, tracks};
use super::{search, time};
use crate::model::{Album, ArtistRef, Genre};

columns! {
    type Columns;
    const COLUMNS;
    albums::id,
    albums::slug,
    albums::title,
    albums::description,
    albums::label,
    albums::distributor,
    albums::released_on,
    albums::cover,
    albums::published_at,
    albums::created_at,
    albums::deleted_at,
    artists::id,
    artists::slug,
    artists::name,
    artists::owner_id,
}

#[derive(Queryable)]
struct Row {
    id: AlbumId,
    slug: String,
    title: String,
    description: String,
    label: String,
    distributor: String,
    released_on: Option<String>,
    cover: Option<String>,
    published_at: Option<i64>,
    created_at: i64,
    deleted_at: Option<i64>,
    artist_id: ArtistId,
    artist_slug: String,
    artist_name: String,
    owner: UserId,
}

impl From<Row> for Album {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            artist: ArtistRef {
                id: row.artist_id,
                slug: row.artist_slug,
                name: row.artist_name,
                owner: row.owner,
            },
            slug: row.slug,
            title: row.title,
            description: row.description,
            label: row.label,
            distributor: row.distributor,
            released_on: row.released_on,
            cover: row.cover,
            published_at: time(row.published_at),
            created_at: Timestamp(row.created_at),
            deleted_at: time(row.deleted_at),
        }
    }
}

/// A new album.
#[derive(Insertable)]
#[diesel(table_name = albums)]
pub struct New<'a> {
    /// Its id.
    pub id: AlbumId,
    /// Whose it is.
    pub artist_id: ArtistId,
    /// Its address.
    pub slug: &'a str,
    /// See [`Album`].
    pub title: &'a str,
    /// Lines.
    pub description: &'a str,
    /// May be empty.
    pub label: &'a str,
    /// May be empty.
    pub distributor: &'a str,
    /// `YYYY-MM-DD`.
    pub released_on: Option<&'a str>,
    /// None for a draft.
    pub published_at: Option<Timestamp>,
    /// The same.
    pub first_published_at: Option<Timestamp>,
    /// Now.
    pub created_at: Timestamp,
    /// Now.
    pub updated_at: Timestamp,
}

/// What changes of an album; `None` stays as it is.
#[derive(AsChangeset, Clone, Copy, Debug, Default)]
#[diesel(table_name = albums)]
pub struct Changes<'a> {
    /// See [`Album`].
    pub title: Option<&'a str>,
    /// Lines.
    pub description: Option<&'a str>,
    /// May be empty.
    pub label: Option<&'a str>,
    /// May be empty.
    pub distributor: Option<&'a str>,
    /// `YYYY-MM-DD`.
    pub released_on: Option<Option<&'a str>>,
    /// Its picture's hash.
    pub cover: Option<Option<&'a str>>,
}

/// Where a page of albums begins.
pub type Mark = (i64, AlbumId);

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
    pub after: Option<Mark>,
}

/// The album, removed or not.
pub fn find(conn: &mut Conn, id: AlbumId) -> QueryResult<Option<Album>> {
    let row: Option<Row> = albums::table
        .inner_join(artists::table)
        .filter(albums::id.eq(id))
        .select(COLUMNS)
        .get_result(conn)
        .optional()?;
    Ok(row.map(Album::from))
}

/// The album at an address, removed or not.
pub fn find_by_slug(conn: &mut Conn, slug: &str) -> QueryResult<Option<Album>> {
    let row: Option<Row> = albums::table
        .inner_join(artists::table)
        .filter(albums::slug.eq(slug))
        .select(COLUMNS)
        .get_result(conn)
        .optional()?;
    Ok(row.map(Album::from))
}

/// Albums that are there, latest first (drafts before all), at most `limit`.
pub fn list(conn: &mut Conn, filter: &Filter, limit: i64) -> QueryResult<Vec<Album>> {
    let mut query = albums::table
        .inner_join(artists::table)
        .filter(albums::deleted_at.is_null())
        .filter(artists::deleted_at.is_null())
        .select(COLUMNS)
        .limit(limit)
        .into_boxed::<MultiBackend>();
    if filter.drafts {
        query = query.order((albums::created_at.desc(), albums::id.desc()));
        if let Some(mark) = filter.after {
            query = query.filter(further_down!(albums::created_at, albums::id, mark));
        }
    } else {
        query = query
            .filter(albums::published_at.is_not_null())
            .order((albums::published_at.desc(), albums::id.desc()));
        if let Some(mark) = filter.after {
            query = query.filter(further_down!(albums::published_at, albums::id, mark));
        }
    }
    if let Some(artist) = filter.artist {
        query = query.filter(albums::artist_id.eq(artist));
    }
    if let Some(genre) = filter.genre {
        query = query.filter(
            albums::id.nullable().eq_any(
                tracks::table
                    .filter(tracks::genre.eq(genre.id()))
                    .filter(tracks::status.eq("published"))
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
    Ok(query
        .load::<Row>(conn)?
        .into_iter()
        .map(Album::from)
        .collect())
}

/// The published albums among `ids`.
pub fn by_ids(conn: &mut Conn, ids: &[AlbumId]) -> QueryResult<Vec<Album>> {
    let rows: Vec<Row> = albums::table
        .inner_join(artists::table)
        .filter(any_of(albums::id, ids))
        .filter(albums::deleted_at.is_null())
        .filter(albums::published_at.is_not_null())
        .select(COLUMNS)
        .load(conn)?;
    Ok(rows.into_iter().map(Album::from).collect())
}

/// Removed albums of an artist that can come back, latest first.
pub fn removed_of(conn: &mut Conn, artist: ArtistId) -> QueryResult<Vec<Album>> {
    let rows: Vec<Row> = albums::table
        .inner_join(artists::table)
        .filter(albums::artist_id.eq(artist))
        .filter(albums::deleted_at.is_not_null())
        .order(albums::deleted_at.desc())
        .limit(50)
        .select(COLUMNS)
        .load(conn)?;
    Ok(rows.into_iter().map(Album::from).collect())
}

/// How many published tracks each of these albums has.
pub fn track_counts(conn: &mut Conn, ids: &[AlbumId]) -> QueryResult<HashMap<AlbumId, i64>> {
    let rows: Vec<(Option<AlbumId>, i64)> = tracks::table
        .filter(any_of(tracks::album_id, ids))
        .filter(tracks::status.eq("published"))
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
pub fn insert(tx: &mut Tx<'_>, album: &New<'_>) -> QueryResult<()> {
    diesel::insert_into(albums::table)
        .values(album)
        .execute(tx.conn())?;
    search::refresh_album(tx, album.id)
}

/// Writes what changed of an album, which the caller has locked.
pub fn update(
    tx: &mut Tx<'_>,
    id: AlbumId,
    changes: Changes<'_>,
    now: Timestamp,
) -> QueryResult<()> {
    diesel::update(albums::table.find(id))
        .set((changes, albums::updated_at.eq(now)))
        .execute(tx.conn())?;
    search::refresh_album_and_tracks(tx, id)
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
