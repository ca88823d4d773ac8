//! Artists and their genres.

use std::collections::HashMap;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use wing_contracts::{ArtistId, Timestamp, UserId};
use wing_kit::db::{MultiBackend, any_of};
use wing_kit::further_down;
use wing_kit::images::ImageRef;
use wing_kit::{Conn, Tx, for_update};

use super::schema::{albums, artist_genres, artists, tracks};
use super::search;
use crate::model::{Artist, ArtistChanges, ArtistText, Genre, TrackStatus};

/// An artist without its genres, which have a table of their own.
#[derive(Queryable, Selectable)]
#[diesel(table_name = artists, check_for_backend(MultiBackend))]
struct Row {
    id: ArtistId,
    #[diesel(column_name = owner_id)]
    owner: UserId,
    slug: String,
    #[diesel(embed)]
    text: ArtistText,
    portrait: Option<String>,
    created_at: Timestamp,
    deleted_at: Option<Timestamp>,
}

/// What a new artist has beside its text and its genres.
#[derive(Insertable)]
#[diesel(table_name = artists)]
pub struct New<'a> {
    /// Its id.
    pub id: ArtistId,
    /// The account that manages it.
    pub owner_id: UserId,
    /// Its address.
    pub slug: &'a str,
    /// Now.
    pub created_at: Timestamp,
    /// Now.
    pub updated_at: Timestamp,
}

/// Where a page of artists begins.
pub type Position = (i64, ArtistId);

/// Which artists.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Folded words, each part of the name.
    pub words: Vec<String>,
    /// Of this genre.
    pub genre: Option<Genre>,
    /// Managed by this account.
    pub owner: Option<UserId>,
    /// Begin after this one.
    pub after: Option<Position>,
}

fn whole(conn: &mut Conn, rows: Vec<Row>) -> QueryResult<Vec<Artist>> {
    let ids: Vec<ArtistId> = rows.iter().map(|row| row.id).collect();
    let mut genres = genres_of(conn, &ids)?;
    Ok(rows
        .into_iter()
        .map(|row| Artist {
            id: row.id,
            owner: row.owner,
            slug: row.slug,
            text: row.text,
            portrait: row.portrait,
            genres: genres.remove(&row.id).unwrap_or_default(),
            created_at: row.created_at,
            deleted_at: row.deleted_at,
        })
        .collect())
}

fn genres_of(conn: &mut Conn, ids: &[ArtistId]) -> QueryResult<HashMap<ArtistId, Vec<Genre>>> {
    let rows: Vec<(ArtistId, Genre)> = artist_genres::table
        .filter(any_of(artist_genres::artist_id, ids))
        .order((artist_genres::artist_id, artist_genres::position))
        .select((artist_genres::artist_id, artist_genres::genre))
        .load(conn)?;
    let mut genres: HashMap<ArtistId, Vec<Genre>> = HashMap::new();
    for (id, genre) in rows {
        genres.entry(id).or_default().push(genre);
    }
    Ok(genres)
}

/// The artist, removed or not.
pub fn find(conn: &mut Conn, id: ArtistId) -> QueryResult<Option<Artist>> {
    let rows = artists::table
        .find(id)
        .select(Row::as_select())
        .load(conn)?;
    Ok(whole(conn, rows)?.pop())
}

/// The artist at an address, removed or not.
pub fn find_by_slug(conn: &mut Conn, slug: &str) -> QueryResult<Option<Artist>> {
    let rows = artists::table
        .filter(artists::slug.eq(slug))
        .select(Row::as_select())
        .load(conn)?;
    Ok(whole(conn, rows)?.pop())
}

/// Artists that are there, newest first, at most `limit`.
pub fn list(conn: &mut Conn, filter: &Filter, limit: i64) -> QueryResult<Vec<Artist>> {
    let mut query = artists::table
        .filter(artists::deleted_at.is_null())
        .select(Row::as_select())
        .order((artists::created_at.desc(), artists::id.desc()))
        .limit(limit)
        .into_boxed::<MultiBackend>();
    if let Some(genre) = filter.genre {
        query = query.filter(
            artists::id.eq_any(
                artist_genres::table
                    .filter(artist_genres::genre.eq(genre))
                    .select(artist_genres::artist_id),
            ),
        );
    }
    if let Some(owner) = filter.owner {
        query = query.filter(artists::owner_id.eq(owner));
    }
    if let Some(position) = filter.after {
        query = query.filter(further_down!(artists::created_at, artists::id, position));
    }
    for word in &filter.words {
        let (holds, end) = search::holding(conn, search::Kind::Artist, "artists.id");
        query = query.filter(
            sql::<Bool>(&holds)
                .bind::<Text, _>(search::pattern(word))
                .sql(end),
        );
    }
    let rows = query.load(conn)?;
    whole(conn, rows)
}

/// The artists among `ids` that are there.
pub fn by_ids(conn: &mut Conn, ids: &[ArtistId]) -> QueryResult<Vec<Artist>> {
    let rows = artists::table
        .filter(any_of(artists::id, ids))
        .filter(artists::deleted_at.is_null())
        .select(Row::as_select())
        .load(conn)?;
    whole(conn, rows)
}

/// Artists of an account that were removed and can come back, latest first.
pub fn removed_of(conn: &mut Conn, owner: UserId) -> QueryResult<Vec<Artist>> {
    let rows = artists::table
        .filter(artists::owner_id.eq(owner))
        .filter(artists::deleted_at.is_not_null())
        .order(artists::deleted_at.desc())
        .limit(50)
        .select(Row::as_select())
        .load(conn)?;
    whole(conn, rows)
}

/// How many artists an account has.
pub fn count_of(conn: &mut Conn, owner: UserId) -> QueryResult<i64> {
    artists::table
        .filter(artists::owner_id.eq(owner))
        .filter(artists::deleted_at.is_null())
        .count()
        .get_result(conn)
}

/// How many published tracks each of these artists has.
pub fn track_counts(conn: &mut Conn, ids: &[ArtistId]) -> QueryResult<HashMap<ArtistId, i64>> {
    let rows: Vec<(ArtistId, i64)> = tracks::table
        .filter(any_of(tracks::artist_id, ids))
        .filter(tracks::status.eq(TrackStatus::Published))
        .filter(tracks::deleted_at.is_null())
        .group_by(tracks::artist_id)
        .select((tracks::artist_id, diesel::dsl::count_star()))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

/// Locks the artist's row until the transaction ends; `false` when there is none.
pub fn lock(tx: &mut Tx<'_>, id: ArtistId) -> QueryResult<bool> {
    let row: Option<ArtistId> = for_update!(tx, first artists::table.find(id).select(artists::id))?;
    Ok(row.is_some())
}

/// Writes a new artist; a unique violation when its slug is taken.
pub fn insert(
    tx: &mut Tx<'_>,
    artist: &New<'_>,
    text: &ArtistText,
    genres: &[Genre],
) -> QueryResult<()> {
    diesel::insert_into(artists::table)
        .values((artist, text))
        .execute(tx.conn())?;
    set_genres(tx, artist.id, genres)?;
    search::refresh_artist(tx, artist.id)
}

/// Writes what changed of an artist that the caller has locked; the address as well,
/// if one is given.
pub fn update(
    tx: &mut Tx<'_>,
    id: ArtistId,
    changes: ArtistChanges,
    slug: Option<&str>,
    now: Timestamp,
) -> QueryResult<()> {
    let slug = slug.map(|slug| artists::slug.eq(slug));
    diesel::update(artists::table.find(id))
        .set((changes, slug, artists::updated_at.eq(now)))
        .execute(tx.conn())?;
    search::refresh_all_of(tx, id)
}

/// Writes the portrait of an artist that the caller has locked, or takes it away.
pub fn set_portrait(
    tx: &mut Tx<'_>,
    id: ArtistId,
    portrait: Option<&ImageRef>,
    now: Timestamp,
) -> QueryResult<()> {
    let hash = portrait.map(ImageRef::as_str);
    diesel::update(artists::table.find(id))
        .set((artists::portrait.eq(hash), artists::updated_at.eq(now)))
        .execute(tx.conn())?;
    Ok(())
}

/// Removes the artist or brings it back, with everything that goes or went with
/// it: what was removed at the same moment.
pub fn set_removed(tx: &mut Tx<'_>, id: ArtistId, at: Option<Timestamp>) -> QueryResult<()> {
    let before: Option<i64> = artists::table
        .find(id)
        .select(artists::deleted_at)
        .first(tx.conn())
        .optional()?
        .flatten();
    let of_albums = albums::table.filter(albums::artist_id.eq(id));
    let of_tracks = tracks::table.filter(tracks::artist_id.eq(id));
    match at {
        Some(at) => {
            let set = Some(at.0);
            diesel::update(of_albums.filter(albums::deleted_at.is_null()))
                .set(albums::deleted_at.eq(set))
                .execute(tx.conn())?;
            diesel::update(of_tracks.filter(tracks::deleted_at.is_null()))
                .set(tracks::deleted_at.eq(set))
                .execute(tx.conn())?;
        }
        None => {
            diesel::update(of_albums.filter(albums::deleted_at.eq(before)))
                .set(albums::deleted_at.eq(None::<i64>))
                .execute(tx.conn())?;
            diesel::update(of_tracks.filter(tracks::deleted_at.eq(before)))
                .set(tracks::deleted_at.eq(None::<i64>))
                .execute(tx.conn())?;
        }
    }
    diesel::update(artists::table.find(id))
        .set(artists::deleted_at.eq(at.map(|at| at.0)))
        .execute(tx.conn())?;
    search::refresh_all_of(tx, id)
}

/// Writes the genres of an artist that the caller has locked, in this order.
pub fn set_genres(tx: &mut Tx<'_>, id: ArtistId, genres: &[Genre]) -> QueryResult<()> {
    diesel::delete(artist_genres::table.filter(artist_genres::artist_id.eq(id)))
        .execute(tx.conn())?;
    for (position, genre) in (0..).zip(genres) {
        diesel::insert_into(artist_genres::table)
            .values((
                artist_genres::artist_id.eq(id),
                artist_genres::genre.eq(genre),
                artist_genres::position.eq(position),
            ))
            .execute(tx.conn())?;
    }
    Ok(())
}
