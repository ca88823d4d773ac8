//! Search over artists, albums and tracks.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use wing_contracts::{Id, TrackId};
use wing_kit::auth::Viewer;
use wing_kit::cursor;
use wing_kit::problem::Invalid;

use super::Music;
use crate::error::Error;
use crate::model::{Album, Artist, Genre, Track};
use crate::store;
use crate::store::search::Kind;

/// How many of one kind are looked at before the best are chosen.
const CANDIDATES: i64 = 300;

/// What to look for.
#[derive(Clone, Debug, Default)]
pub struct SearchQuery {
    /// Words or parts of words.
    pub q: String,
    /// Only these kinds; none for all.
    pub only: Option<SearchKind>,
    /// Only of this genre.
    pub genre: Option<Genre>,
    /// At most this many of each kind, 1 to 100.
    pub limit: Option<i64>,
}

/// A kind of thing that is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchKind {
    /// Artists.
    Artists,
    /// Albums.
    Albums,
    /// Tracks.
    Tracks,
}

impl SearchKind {
    /// Reads `artist`, `album` or `track`, or their plurals.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match text {
            "artist" | "artists" => Ok(Self::Artists),
            "album" | "albums" => Ok(Self::Albums),
            "track" | "tracks" => Ok(Self::Tracks),
            _ => Err(Invalid::new(
                "unknown_type",
                "The type is `artist`, `album` or `track`.",
            )),
        }
    }
}

/// What was found, best first.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Artists by name.
    pub artists: Vec<Artist>,
    /// Albums by title and artist.
    pub albums: Vec<Album>,
    /// Tracks by title, artist and album.
    pub tracks: Vec<Track>,
    /// Which of the tracks the viewer likes.
    pub liked: HashSet<TrackId>,
}

impl Music {
    /// Finds what holds every word of the query, wherever in a word it stands;
    /// what begins with it comes first, then what is played most.
    pub async fn search(
        &self,
        viewer: Option<&Viewer>,
        query: SearchQuery,
    ) -> Result<Found, Error> {
        let limit = cursor::limit(query.limit)?;
        let words = store::search::words(&query.q);
        if words.is_empty() {
            return Ok(Found::default());
        }
        let user = viewer.map(|viewer| viewer.id);
        let wants = move |kind| query.only.is_none_or(|only| only == kind);
        let size = usize::try_from(limit).unwrap_or(20);
        self.db
            .read(move |conn| {
                let mut found = Found::default();
                if wants(SearchKind::Artists) {
                    let ids = best(
                        store::search::candidates(conn, Kind::Artist, &words, CANDIDATES)?,
                        &words,
                    );
                    let rows = store::artists::by_ids(conn, &ids)?;
                    found.artists = in_order(rows, &ids, |artist| artist.id);
                    if let Some(genre) = query.genre {
                        found
                            .artists
                            .retain(|artist| artist.genres.contains(&genre));
                    }
                    found.artists.truncate(size);
                }
                if wants(SearchKind::Albums) && query.genre.is_none() {
                    let ids = best(
                        store::search::candidates(conn, Kind::Album, &words, CANDIDATES)?,
                        &words,
                    );
                    let rows = store::albums::by_ids(conn, &ids)?;
                    found.albums = in_order(rows, &ids, |album| album.id);
                    found.albums.truncate(size);
                }
                if wants(SearchKind::Tracks) {
                    let ids = best(
                        store::search::candidates(conn, Kind::Track, &words, CANDIDATES)?,
                        &words,
                    );
                    let rows = store::tracks::by_ids(conn, &ids)?;
                    found.tracks = in_order(rows, &ids, |track| track.id);
                    if let Some(genre) = query.genre {
                        found.tracks.retain(|track| track.genre == genre);
                    }
                    found.tracks.truncate(size);
                    if let Some(user) = user {
                        let ids: Vec<_> = found.tracks.iter().map(|track| track.id).collect();
                        found.liked = store::likes::among(conn, user, &ids)?;
                    }
                }
                Ok(found)
            })
            .await
    }
}

/// The best hundred candidates: those whose text begins with the query, then
/// those with a word that does, then the rest; heavier first within each.
fn best<K>(candidates: Vec<(Id<K>, String, i64)>, words: &[String]) -> Vec<Id<K>> {
    let query = words.join(" ");
    let rank = |text: &str| {
        if text.starts_with(&query) {
            0
        } else if words
            .iter()
            .all(|word| text.split(' ').any(|part| part.starts_with(word.as_str())))
        {
            1
        } else {
            2
        }
    };
    let mut ranked: Vec<_> = candidates
        .into_iter()
        .map(|(id, text, weight)| (rank(&text), std::cmp::Reverse(weight), id))
        .collect();
    ranked.sort_unstable();
    ranked.into_iter().take(100).map(|(_, _, id)| id).collect()
}

fn in_order<T, I: Hash + Eq + Copy>(rows: Vec<T>, ids: &[I], id: impl Fn(&T) -> I) -> Vec<T> {
    let mut by_id: HashMap<I, T> = rows.into_iter().map(|row| (id(&row), row)).collect();
    ids.iter().filter_map(|id| by_id.remove(id)).collect()
}
