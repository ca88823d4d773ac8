//! Tracks, always with their artist and album.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use wing_contracts::{AlbumId, ArtistId, Timestamp, TrackId, UserId};
use wing_kit::Conn;
use wing_kit::db::MultiBackend;

use super::plain::{AtMost, Published, Written, columns};
use super::schema::{albums, artists, likes, tracks};
use super::{search, time};
use crate::model::{AlbumRef, ArtistRef, Genre, Track, TrackStatus};

/// Id, slug, title, cover, when it was published.
type AlbumRow = (AlbumId, String, String, Option<String>, Option<i64>);

#[derive(Queryable)]
struct Row {
    id: TrackId,
    slug: String,
    title: String,
    track_number: Option<i32>,
    genre: String,
    downloadable: bool,
    status: String,
    cover: Option<String>,
    duration_ms: i64,
    play_count: i64,
    like_count: i64,
    published_at: Option<i64>,
    created_at: i64,
    deleted_at: Option<i64>,
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
            genre: row.genre.parse().unwrap_or(Genre::Other),
            downloadable: row.downloadable,
            status: row.status.parse().unwrap_or(TrackStatus::Failed),
            cover: row.cover.or(album_cover),
            duration_ms: row.duration_ms,
            play_count: row.play_count,
            like_count: row.like_count,
            published_at: time(row.published_at),
            created_at: Timestamp(row.created_at),
            deleted_at: time(row.deleted_at),
        }
    }
}

/// In which order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// Published last comes first.
    #[default]
    Latest,
    /// Played most comes first.
    Popular,
}

/// Where a page of tracks begins.
pub type Mark = (i64, TrackId);

/// Which tracks.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Folded words, each part of title, artist or album.
    pub words: Vec<String>,
    /// Of this genre.
    pub genre: Option<Genre>,
    /// By this artist.
    pub artist: Option<ArtistId>,
    /// On this album.
    pub album: Option<AlbumId>,
    /// In which order.
    pub sort: Sort,
    /// Begin after this one.
    pub after: Option<Mark>,
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

/// A track's lyrics; they are long and few want them.
pub fn lyrics(conn: &mut Conn, id: TrackId) -> QueryResult<String> {
    Ok(tracks::table
        .find(id)
        .select(tracks::lyrics)
        .get_result(conn)
        .optional()?
        .unwrap_or_default())
}

/// Published tracks, at most `limit`.
pub fn list(conn: &mut Conn, filter: &Filter, limit: i64) -> QueryResult<Vec<Track>> {
    let mut query = joined()
        .filter(Published)
        .filter(tracks::deleted_at.is_null());
    if let Some(genre) = filter.genre {
        query = query.filter(tracks::genre.eq(genre.id()));
    }
    if let Some(artist) = filter.artist {
        query = query.filter(tracks::artist_id.eq(artist));
    }
    if let Some(album) = filter.album {
        query = query.filter(tracks::album_id.eq(Some(album)));
    }
    match filter.sort {
        Sort::Latest => {
            query = query.order((tracks::published_at.desc(), tracks::id.desc()));
            if let Some((at, id)) = filter.after {
                query = query.filter(
                    tracks::published_at
                        .lt(Some(at))
                        .or(tracks::published_at.eq(Some(at)).and(tracks::id.lt(id))),
                );
            }
        }
        Sort::Popular => {
            query = query.order((tracks::play_count.desc(), tracks::id.desc()));
            if let Some((plays, id)) = filter.after {
                query = query.filter(
                    tracks::play_count
                        .lt(plays)
                        .or(tracks::play_count.eq(plays).and(tracks::id.lt(id))),
                );
            }
        }
    }
    for word in &filter.words {
        let (holds, end) = search::holding(conn, search::Kind::Track, "tracks.id");
        query = query.filter(
            sql::<Bool>(&holds)
                .bind::<Text, _>(search::pattern(word))
                .sql(end),
        );
    }
    Ok(all(AtMost { query, limit }.load(conn)?))
}

/// The tracks of an album in its order; all of them for its manager, else the
/// published.
pub fn of_album(conn: &mut Conn, album: AlbumId, drafts: bool) -> QueryResult<Vec<Track>> {
    let mut query = joined()
        .filter(tracks::album_id.eq(Some(album)))
        .filter(tracks::deleted_at.is_null())
        .order((
            tracks::track_number.is_null(),
            tracks::track_number,
            tracks::created_at,
            tracks::id,
        ))
        .limit(500);
    if !drafts {
        query = query.filter(tracks::status.eq("published"));
    }
    Ok(all(query.load(conn)?))
}

/// Every track of an artist for its manager, newest first, after `after`.
pub fn of_artist(
    conn: &mut Conn,
    artist: ArtistId,
    after: Option<Mark>,
    limit: i64,
) -> QueryResult<Vec<Track>> {
    let mut query = joined()
        .filter(tracks::artist_id.eq(artist))
        .filter(tracks::deleted_at.is_null())
        .order((tracks::created_at.desc(), tracks::id.desc()))
        .limit(limit);
    if let Some((at, id)) = after {
        query = query.filter(
            tracks::created_at
                .lt(at)
                .or(tracks::created_at.eq(at).and(tracks::id.lt(id))),
        );
    }
    Ok(all(query.load(conn)?))
}

/// Removed tracks of an artist that can come back, latest first.
pub fn removed_of(conn: &mut Conn, artist: ArtistId) -> QueryResult<Vec<Track>> {
    let query = joined()
        .filter(tracks::artist_id.eq(artist))
        .filter(tracks::deleted_at.is_not_null())
        .order((tracks::deleted_at.desc(), tracks::id.desc()))
        .limit(100);
    Ok(all(query.load(conn)?))
}

/// The published tracks among `ids`, in any order.
pub fn by_ids(conn: &mut Conn, ids: &[TrackId]) -> QueryResult<Vec<Track>> {
    let query = joined()
        .filter(tracks::id.eq_any(ids.to_vec()))
        .filter(tracks::status.eq("published"))
        .filter(tracks::deleted_at.is_null());
    Ok(all(query.load(conn)?))
}

/// What a user likes, liked last first, with when, at most `limit`.
pub fn liked_by(
    conn: &mut Conn,
    user: UserId,
    after: Option<Mark>,
    limit: i64,
) -> QueryResult<Vec<(Track, i64)>> {
    let mut query = likes::table
        .filter(likes::user_id.eq(user))
        .order((likes::liked_at.desc(), likes::track_id.desc()))
        .select((likes::track_id, likes::liked_at))
        .limit(limit)
        .into_boxed::<MultiBackend>();
    if let Some((at, id)) = after {
        query = query.filter(
            likes::liked_at
                .lt(at)
                .or(likes::liked_at.eq(at).and(likes::track_id.lt(id))),
        );
    }
    query = query.filter(
        likes::track_id.eq_any(
            tracks::table
                .filter(tracks::status.eq("published"))
                .filter(tracks::deleted_at.is_null())
                .select(tracks::id),
        ),
    );
    let liked: Vec<(TrackId, i64)> = query.load(conn)?;
    let ids: Vec<TrackId> = liked.iter().map(|(id, _)| *id).collect();
    let mut found: std::collections::HashMap<TrackId, Track> = by_ids(conn, &ids)?
        .into_iter()
        .map(|track| (track.id, track))
        .collect();
    Ok(liked
        .into_iter()
        .filter_map(|(id, at)| Some((found.remove(&id)?, at)))
        .collect())
}

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
pub fn insert(conn: &mut Conn, new: &New<'_>, now: Timestamp) -> QueryResult<()> {
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
        .execute(conn)?;
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
    conn: &mut Conn,
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
        .execute(conn)?;
    search::refresh_track(conn, id)
}

/// Writes a track's place on its album.
pub fn set_number(
    conn: &mut Conn,
    id: TrackId,
    number: Option<i32>,
    now: Timestamp,
) -> QueryResult<()> {
    diesel::update(tracks::table.find(id))
        .set((
            tracks::track_number.eq(number),
            tracks::updated_at.eq(now.0),
        ))
        .execute(conn)?;
    Ok(())
}

/// Moves a track between draft and published; the first publication's time
/// stays.
pub fn set_status(
    conn: &mut Conn,
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
        .execute(conn)?;
    }
    diesel::update(tracks::table.find(id))
        .set((
            tracks::status.eq(status.as_str()),
            tracks::updated_at.eq(now.0),
        ))
        .execute(conn)?;
    search::refresh_track(conn, id)
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
pub fn set_publish_when_ready(conn: &mut Conn, id: TrackId, publish: bool) -> QueryResult<()> {
    diesel::update(tracks::table.find(id))
        .set(tracks::publish_when_ready.eq(publish))
        .execute(conn)?;
    Ok(())
}

/// Removes the track or brings it back.
pub fn set_removed(conn: &mut Conn, id: TrackId, at: Option<Timestamp>) -> QueryResult<()> {
    diesel::update(tracks::table.find(id))
        .set(tracks::deleted_at.eq(at.map(|at| at.0)))
        .execute(conn)?;
    search::refresh_track(conn, id)
}

/// Sets or takes away a track's own cover.
pub fn set_cover(
    conn: &mut Conn,
    id: TrackId,
    hash: Option<&str>,
    now: Timestamp,
) -> QueryResult<()> {
    diesel::update(tracks::table.find(id))
        .set((tracks::cover.eq(hash), tracks::updated_at.eq(now.0)))
        .execute(conn)?;
    Ok(())
}
