//! Lists of published tracks, and which of them the viewer likes.

use std::collections::HashSet;
use std::sync::Arc;

use wing_contracts::{AlbumId, ArtistId, TrackId, UserId};
use wing_kit::Conn;
use wing_kit::auth::Viewer;
use wing_kit::cursor::{self, Paged};
use wing_kit::problem::Invalid;

use super::Music;
use super::recent::{Recent, Size};
use crate::error::Error;
use crate::model::{Genre, Track};
use crate::store;
use crate::store::tracks::Filter;
pub use crate::store::tracks::Sort;

/// Lists that were asked for last, by what was asked and how many: they are the
/// same for everybody.
pub type Lists = Recent<(Filter, i64), Paged<Track>>;

/// Bytes of lists that are remembered, about: 150 of 20 tracks.
const REMEMBERED: u64 = 2 << 20;
/// Lists that are expected to fit in.
const LISTS: usize = 256;

/// Room for lists.
pub fn lists() -> Lists {
    Recent::new(REMEMBERED, LISTS)
}

impl Size for Paged<Track> {
    fn bytes(&self) -> usize {
        let names: usize = self.items.iter().map(names).sum();
        // And what was asked, the place in the table.
        self.items.capacity() * size_of::<Track>() + names + 512
    }
}

/// Bytes of what a track points at, with what keeping each takes.
fn names(track: &Track) -> usize {
    let album = track.album.as_ref();
    let texts = [
        Some(&track.slug),
        Some(&track.title),
        track.cover.as_ref(),
        Some(&track.artist.slug),
        Some(&track.artist.name),
        album.map(|album| &album.slug),
        album.map(|album| &album.title),
    ];
    texts.iter().flatten().map(|text| text.capacity() + 8).sum()
}

/// Which tracks a list shows.
#[derive(Clone, Debug, Default)]
pub struct TrackQuery {
    /// Part of title, artist or album.
    pub q: Option<String>,
    /// Of this genre.
    pub genre: Option<Genre>,
    /// By this artist.
    pub artist: Option<ArtistId>,
    /// On this album.
    pub album: Option<AlbumId>,
    /// In which order.
    pub sort: Sort,
    /// 1 to 100.
    pub limit: Option<i64>,
    /// Where the page begins.
    pub cursor: Option<String>,
}

/// A page of tracks, and which of them the viewer likes.
pub type TracksWithLikes = (Paged<Track>, HashSet<TrackId>);

impl Music {
    /// Published tracks, with the viewer's likes among them.
    pub async fn list_tracks(
        &self,
        viewer: Option<&Viewer>,
        query: TrackQuery,
    ) -> Result<TracksWithLikes, Error> {
        let limit = cursor::limit(query.limit)?;
        let filter = Filter {
            words: store::search::words(query.q.as_deref().unwrap_or_default()),
            genre: query.genre,
            artist: query.artist,
            album: query.album,
            sort: query.sort,
            after: query.cursor.as_deref().map(cursor::decode).transpose()?,
        };
        // What somebody searches for hardly anybody asks for again.
        let writes = self.db.writes().filter(|_| filter.words.is_empty());
        let asked = (filter, limit);
        let known = writes.and_then(|writes| self.lists.get(&asked, writes));
        if let Some(page) = known {
            let liked = self.likes_among(viewer, &page.items).await?;
            return Ok(((*page).clone(), liked));
        }
        let (user, wanted) = (viewer.map(|viewer| viewer.id), asked.clone());
        let (page, liked) = self
            .db
            .read(move |conn| {
                let page = read(conn, &wanted.0, limit)?;
                let liked = liked_among(conn, user, &page.items)?;
                Ok::<_, Error>((page, liked))
            })
            .await?;
        if let Some(writes) = writes {
            self.lists.put(asked, Arc::new(page.clone()), writes);
        }
        Ok((page, liked))
    }

    /// Which of these tracks the viewer likes.
    pub async fn likes_among(
        &self,
        viewer: Option<&Viewer>,
        tracks: &[Track],
    ) -> Result<HashSet<TrackId>, Error> {
        let Some(user) = viewer.map(|viewer| viewer.id) else {
            return Ok(HashSet::new());
        };
        let ids: Vec<TrackId> = tracks.iter().map(|track| track.id).collect();
        self.db
            .read(move |conn| Ok(store::likes::among(conn, user, &ids)?))
            .await
    }
}

fn read(conn: &mut Conn, filter: &Filter, limit: i64) -> Result<Paged<Track>, Error> {
    let rows = store::tracks::list(conn, filter, limit + 1)?;
    Ok(Paged::cut(rows, limit, |track| {
        let position = match filter.sort {
            Sort::Latest => track.published_at.map_or(0, |at| at.0),
            Sort::Popular => track.play_count,
        };
        (position, track.id)
    }))
}

pub(super) fn liked_among(
    conn: &mut Conn,
    user: Option<UserId>,
    tracks: &[Track],
) -> Result<HashSet<TrackId>, Error> {
    let Some(user) = user else {
        return Ok(HashSet::new());
    };
    let ids: Vec<TrackId> = tracks.iter().map(|track| track.id).collect();
    Ok(store::likes::among(conn, user, &ids)?)
}

/// Reads an order's name; none is the latest first.
pub fn parse_sort(text: Option<&str>) -> Result<Sort, Invalid> {
    match text {
        None | Some("latest") => Ok(Sort::Latest),
        Some("popular") => Ok(Sort::Popular),
        Some(_) => Err(Invalid::new(
            "unknown_sort",
            "Sort by `latest` or `popular`.",
        )),
    }
}
