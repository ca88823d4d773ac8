//! Lists of tracks.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use wing_contracts::{AlbumId, ArtistId, TrackId, UserId};
use wing_kit::Conn;
use wing_kit::db::{MultiBackend, any_of};
use wing_kit::further_down;

use super::{all, joined};
use crate::model::{Genre, Track, TrackStatus};
use crate::store::plain::{AtMost, Published};
use crate::store::schema::{likes, tracks};
use crate::store::search;

/// In which order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Sort {
    /// Published last comes first.
    #[default]
    Latest,
    /// Played most comes first.
    Popular,
}

/// Where a page of tracks begins.
pub type Position = (i64, TrackId);

/// Which tracks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
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
    pub after: Option<Position>,
}

/// Published tracks, at most `limit`.
pub fn list(conn: &mut Conn, filter: &Filter, limit: i64) -> QueryResult<Vec<Track>> {
    let mut query = joined()
        .filter(Published)
        .filter(tracks::deleted_at.is_null());
    if let Some(genre) = filter.genre {
        query = query.filter(tracks::genre.eq(genre));
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
            if let Some(position) = filter.after {
                query = query.filter(further_down!(tracks::published_at, tracks::id, position));
            }
        }
        Sort::Popular => {
            query = query.order((tracks::play_count.desc(), tracks::id.desc()));
            if let Some(position) = filter.after {
                query = query.filter(further_down!(tracks::play_count, tracks::id, position));
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
        query = query.filter(tracks::status.eq(TrackStatus::Published));
    }
    Ok(all(query.load(conn)?))
}

/// Every track of an artist for its manager, newest first, after `after`.
pub fn of_artist(
    conn: &mut Conn,
    artist: ArtistId,
    after: Option<Position>,
    limit: i64,
) -> QueryResult<Vec<Track>> {
    let mut query = joined()
        .filter(tracks::artist_id.eq(artist))
        .filter(tracks::deleted_at.is_null())
        .order((tracks::created_at.desc(), tracks::id.desc()))
        .limit(limit);
    if let Some(position) = after {
        query = query.filter(further_down!(tracks::created_at, tracks::id, position));
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
        .filter(any_of(tracks::id, ids))
        .filter(tracks::status.eq(TrackStatus::Published))
        .filter(tracks::deleted_at.is_null());
    Ok(all(query.load(conn)?))
}

/// What a user likes, liked last first, with when, at most `limit`.
pub fn liked_by(
    conn: &mut Conn,
    user: UserId,
    after: Option<Position>,
    limit: i64,
) -> QueryResult<Vec<(Track, i64)>> {
    let mut query = likes::table
        .filter(likes::user_id.eq(user))
        .order((likes::liked_at.desc(), likes::track_id.desc()))
        .select((likes::track_id, likes::liked_at))
        .limit(limit)
        .into_boxed::<MultiBackend>();
    if let Some(position) = after {
        query = query.filter(further_down!(likes::liked_at, likes::track_id, position));
    }
    query = query.filter(
        likes::track_id.eq_any(
            tracks::table
                .filter(tracks::status.eq(TrackStatus::Published))
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
