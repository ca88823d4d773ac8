//! Tracks, always with their artist and album.

mod changes;
mod lists;

use diesel::prelude::*;
use wing_contracts::{AlbumId, ArtistId, Timestamp, TrackId, UserId};
use wing_kit::Conn;
use wing_kit::db::MultiBackend;

pub use self::changes::*;
pub use self::lists::*;
use super::files;
use super::plain::{Written, columns};
use super::schema::{albums, artists, track_files, tracks};
use crate::model::{AlbumRef, ArtistRef, AudioFile, Genre, Track, TrackStatus};

/// Id, slug, title, cover, when it was published.
type AlbumRow = (AlbumId, String, String, Option<String>, Option<i64>);

#[derive(Queryable)]
struct Row {
    id: TrackId,
    slug: String,
    title: String,
    track_number: Option<i32>,
    genre: Genre,
    downloadable: bool,
    status: TrackStatus,
    cover: Option<String>,
    duration_ms: i64,
    play_count: i64,
    like_count: i64,
    published_at: Option<Timestamp>,
    created_at: Timestamp,
    deleted_at: Option<Timestamp>,
    artist_id: ArtistId,
    artist_slug: String,
    artist_name: String,
    owner: UserId,
    album: Option<AlbumRow>,
}

columns! {
    type Columns;
    const COLUMNS;
    tracks::id,
    tracks::slug,
    tracks::title,
    tracks::track_number,
    tracks::genre,
    tracks::downloadable,
    tracks::status,
    tracks::cover,
    tracks::duration_ms,
    tracks::play_count,
    tracks::like_count,
    tracks::published_at,
    tracks::created_at,
    tracks::deleted_at,
    artists::id,
    artists::slug,
    artists::name,
    artists::owner_id;
    optional
    albums::id,
    albums::slug,
    albums::title,
    albums::cover,
    albums::published_at,
}

impl From<Row> for Track {
    fn from(row: Row) -> Self {
        let (album, album_cover) = match row.album {
            Some((id, slug, title, cover, published_at)) => (
                Some(AlbumRef {
                    id,
                    slug,
                    title,
                    published: published_at.is_some(),
                }),
                cover,
            ),
            None => (None, None),
        };
        Self {
            id: row.id,
            artist: ArtistRef {
                id: row.artist_id,
                slug: row.artist_slug,
                name: row.artist_name,
                owner: row.owner,
            },
            album,
            slug: row.slug,
            title: row.title,
            track_number: row.track_number,
            genre: row.genre,
            downloadable: row.downloadable,
            status: row.status,
            own_cover: row.cover.is_some(),
            cover: row.cover.or(album_cover),
            duration_ms: row.duration_ms,
            play_count: row.play_count,
            like_count: row.like_count,
            published_at: row.published_at,
            created_at: row.created_at,
            deleted_at: row.deleted_at,
        }
    }
}

type WithArtist = diesel::dsl::InnerJoin<tracks::table, artists::table>;
type Joined =
    diesel::dsl::Select<diesel::dsl::LeftJoin<WithArtist, albums::table>, Written<Columns>>;

fn joined<'a>() -> diesel::helper_types::IntoBoxed<'a, Joined, MultiBackend> {
    tracks::table
        .inner_join(artists::table)
        .left_join(albums::table)
        .select(COLUMNS)
        .into_boxed::<MultiBackend>()
}

fn all(rows: Vec<Row>) -> Vec<Track> {
    rows.into_iter().map(Track::from).collect()
}

/// The track, removed or not, whatever its status.
pub fn find(conn: &mut Conn, id: TrackId) -> QueryResult<Option<Track>> {
    // Not boxed, so that its SQL is made once; `get_result`, as the limit that
    // `first` binds would have SQLite prepare the statement anew each time.
    let row: Option<Row> = tracks::table
        .inner_join(artists::table)
        .left_join(albums::table)
        .filter(tracks::id.eq(id))
        .select(COLUMNS)
        .get_result(conn)
        .optional()?;
    Ok(row.map(Track::from))
}

/// The track at an address, removed or not, whatever its status.
pub fn find_by_slug(conn: &mut Conn, slug: &str) -> QueryResult<Option<Track>> {
    let row: Option<Row> = joined()
        .filter(tracks::slug.eq(slug.to_owned()))
        .get_result(conn)
        .optional()?;
    Ok(row.map(Track::from))
}

/// The track, removed or not, whatever its status, with its lyrics and what is
/// known of its file: in one question, since this is asked more than any other.
pub fn find_whole(
    conn: &mut Conn,
    id: TrackId,
) -> QueryResult<Option<(Track, String, Option<AudioFile>)>> {
    let row: Option<(Row, String, Option<files::Row>)> = tracks::table
        .inner_join(artists::table)
        .left_join(albums::table)
        .left_join(track_files::table)
        .filter(tracks::id.eq(id))
        .select((COLUMNS, tracks::lyrics, files::COLUMNS.maybe()))
        .get_result(conn)
        .optional()?;
    Ok(row.map(|(track, lyrics, file)| (track.into(), lyrics, file.map(AudioFile::from))))
}

/// A track's lyrics; they are long and few want them.
pub fn lyrics(conn: &mut Conn, id: TrackId) -> QueryResult<String> {
    Ok(tracks::table
        .find(id)
        .select(tracks::lyrics)
        .get_result(conn)
        .optional()?
        .unwrap_or_default())
}
