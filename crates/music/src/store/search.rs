//! The search entries: what is published, folded to letters.
//!
//! Both databases answer `LIKE '%part%'` from a trigram index: SQLite by an
//! FTS5 table kept by triggers, PostgreSQL by `pg_trgm`.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use wing_contracts::{AlbumId, ArtistId, Id, TrackId};
use wing_kit::db::MultiBackend;
use wing_kit::db::sql_types::Key;
use wing_kit::{Conn, Tx};

use super::schema::{albums, artists, search_entries, tracks};
use crate::model::{TrackStatus, fold};

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An artist.
    Artist,
    /// An album.
    Album,
    /// A track.
    Track,
}

impl Kind {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Artist => "artist",
            Self::Album => "album",
            Self::Track => "track",
        }
    }
}

/// The words of a query, folded; at most six are looked at.
pub fn words(query: &str) -> Vec<String> {
    let query: String = query.chars().take(200).collect();
    fold(&query)
        .split(' ')
        .filter(|word| !word.is_empty())
        .take(6)
        .map(ToOwned::to_owned)
        .collect()
}

/// The condition that a thing of this kind holds a word, as the SQL around the
/// bound pattern; `column` is the thing's id. (A subquery built by diesel cannot
/// stand inside a boxed query over both databases.)
pub fn holding(conn: &Conn, kind: Kind, column: &str) -> (String, &'static str) {
    let kind = kind.as_str();
    let (found, end) = match conn {
        Conn::Postgres(_) => ("e.text LIKE ", ")"),
        Conn::Sqlite(_) => (
            "e.row_id IN (SELECT rowid FROM search_index WHERE text LIKE ",
            "))",
        ),
    };
    (
        format!(
            "{column} IN (SELECT e.id FROM search_entries e WHERE e.kind = '{kind}' AND {found}"
        ),
        end,
    )
}

/// The pattern for a folded word, which has nothing in it to escape.
pub fn pattern(word: &str) -> String {
    format!("%{word}%")
}

/// At most `limit` entries of one kind whose text holds every word, heaviest
/// first: id, folded text, weight.
pub fn candidates<K: 'static>(
    conn: &mut Conn,
    kind: Kind,
    words: &[String],
    limit: i64,
) -> QueryResult<Vec<(Id<K>, String, i64)>>
where
    (Id<K>, String, i64): Queryable<(Key, Text, diesel::sql_types::BigInt), MultiBackend>,
{
    let mut query = search_entries::table
        .select((
            search_entries::id,
            search_entries::text,
            search_entries::weight,
        ))
        .filter(search_entries::kind.eq(kind.as_str()))
        .order((search_entries::weight.desc(), search_entries::row_id))
        .limit(limit)
        .into_boxed::<MultiBackend>();
    for word in words {
        query = match conn {
            Conn::Postgres(_) => query.filter(search_entries::text.like(pattern(word))),
            Conn::Sqlite(_) => query.filter(
                sql::<Bool>(
                    "search_entries.row_id IN (SELECT rowid FROM search_index WHERE text LIKE ",
                )
                .bind::<Text, _>(pattern(word))
                .sql(")"),
            ),
        };
    }
    query.load(conn)
}

fn put<K: 'static>(
    tx: &mut Tx<'_>,
    kind: Kind,
    id: Id<K>,
    entry: Option<(ArtistId, i64, String)>,
) -> QueryResult<()> {
    let stored = search_entries::table
        .filter(search_entries::kind.eq(kind.as_str()))
        .filter(search_entries::id.eq(id));
    let Some((artist, weight, text)) = entry else {
        diesel::delete(stored).execute(tx.conn())?;
        return Ok(());
    };
    let changed = diesel::update(stored)
        .set((
            search_entries::artist_id.eq(artist),
            search_entries::weight.eq(weight),
            search_entries::text.eq(&text),
        ))
        .execute(tx.conn())?;
    if changed == 0 {
        diesel::insert_into(search_entries::table)
            .values((
                search_entries::kind.eq(kind.as_str()),
                search_entries::id.eq(id),
                search_entries::artist_id.eq(artist),
                search_entries::weight.eq(weight),
                search_entries::text.eq(text),
            ))
            .execute(tx.conn())?;
    }
    Ok(())
}

/// Brings an artist's entry up to date.
pub fn refresh_artist(tx: &mut Tx<'_>, id: ArtistId) -> QueryResult<()> {
    let row: Option<(String, Option<i64>)> = artists::table
        .find(id)
        .select((artists::name, artists::deleted_at))
        .first(tx.conn())
        .optional()?;
    let entry = row
        .filter(|(_, deleted)| deleted.is_none())
        .map(|(name, _)| (id, 0, fold(&name)));
    put(tx, Kind::Artist, id, entry)
}

/// Brings an album's entry up to date.
pub fn refresh_album(tx: &mut Tx<'_>, id: AlbumId) -> QueryResult<()> {
    type Row = (String, String, ArtistId);
    let row: Option<Row> = albums::table
        .inner_join(artists::table)
        .filter(albums::id.eq(id))
        .filter(albums::deleted_at.is_null())
        .filter(albums::published_at.is_not_null())
        .filter(artists::deleted_at.is_null())
        .select((albums::title, artists::name, artists::id))
        .first(tx.conn())
        .optional()?;
    let entry = row.map(|(title, name, artist)| (artist, 0, fold(&format!("{title} {name}"))));
    put(tx, Kind::Album, id, entry)
}

/// Brings a track's entry up to date.
pub fn refresh_track(tx: &mut Tx<'_>, id: TrackId) -> QueryResult<()> {
    type Row = (String, String, ArtistId, Option<String>, i64, i64);
    let row: Option<Row> = tracks::table
        .inner_join(artists::table)
        .left_join(albums::table)
        .filter(tracks::id.eq(id))
        .filter(tracks::deleted_at.is_null())
        .filter(tracks::status.eq(TrackStatus::Published))
        .filter(artists::deleted_at.is_null())
        .select((
            tracks::title,
            artists::name,
            artists::id,
            albums::title.nullable(),
            tracks::play_count,
            tracks::like_count,
        ))
        .first(tx.conn())
        .optional()?;
    let entry = row.map(|(title, name, artist, album, plays, likes)| {
        let album = album.unwrap_or_default();
        (
            artist,
            plays + 3 * likes,
            fold(&format!("{title} {name} {album}")),
        )
    });
    put(tx, Kind::Track, id, entry)
}

/// Brings the entries of an album and its tracks up to date.
pub fn refresh_album_and_tracks(tx: &mut Tx<'_>, id: AlbumId) -> QueryResult<()> {
    refresh_album(tx, id)?;
    let ids: Vec<TrackId> = tracks::table
        .filter(tracks::album_id.eq(Some(id)))
        .select(tracks::id)
        .load(tx.conn())?;
    ids.into_iter().try_for_each(|id| refresh_track(tx, id))
}

/// Brings the entries of an artist and everything it released up to date.
pub fn refresh_all_of(tx: &mut Tx<'_>, id: ArtistId) -> QueryResult<()> {
    refresh_artist(tx, id)?;
    let albums: Vec<AlbumId> = albums::table
        .filter(albums::artist_id.eq(id))
        .select(albums::id)
        .load(tx.conn())?;
    albums
        .into_iter()
        .try_for_each(|id| refresh_album(tx, id))?;
    let tracks: Vec<TrackId> = tracks::table
        .filter(tracks::artist_id.eq(id))
        .select(tracks::id)
        .load(tx.conn())?;
    tracks.into_iter().try_for_each(|id| refresh_track(tx, id))
}
