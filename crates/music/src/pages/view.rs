//! From entities to what the shared components take.

use std::collections::{HashMap, HashSet};
use wing_contracts::{AlbumId, ArtistId, TrackId};
use wing_ui::view::{AlbumItem, ArtistItem, ImageSet, TrackItem};

use crate::SPACE;
use crate::model::{Album, Artist, Track, midnight_ms};

/// A stored picture by its hash.
pub fn image(hash: Option<&String>) -> Option<ImageSet> {
    ImageSet::stored(SPACE, hash.map(String::as_str))
}

/// A track for a row; an album that others may not see is not named.
pub fn track(track: &Track, liked: bool) -> TrackItem {
    let album = track.album.as_ref().filter(|album| album.published);
    TrackItem {
        id: track.id.to_string(),
        slug: track.slug.clone(),
        title: track.title.clone(),
        artist: track.artist.name.clone(),
        artist_slug: track.artist.slug.clone(),
        album: album.map(|album| album.title.clone()),
        album_slug: album.map(|album| album.slug.clone()),
        cover: image(track.cover.as_ref()),
        duration_ms: track.duration_ms,
        number: track.track_number,
        plays: track.play_count,
        likes: track.like_count,
        liked,
        peaks: Vec::new(),
    }
}

/// Tracks for a list.
pub fn tracks<'a>(
    list: impl IntoIterator<Item = &'a Track>,
    liked: &HashSet<TrackId>,
) -> Vec<TrackItem> {
    list.into_iter()
        .map(|one| track(one, liked.contains(&one.id)))
        .collect()
}

/// When an album is said to be released: its own day, else its publication.
pub fn released_at(album: &Album) -> Option<i64> {
    album
        .text
        .released_on
        .as_deref()
        .and_then(midnight_ms)
        .or(album.published_at.map(|at| at.0))
}

/// An album for a card.
pub fn album(album: &Album, counts: &HashMap<AlbumId, i64>) -> AlbumItem {
    AlbumItem {
        id: album.id.to_string(),
        slug: album.slug.clone(),
        title: album.text.title.clone(),
        artist: album.artist.name.clone(),
        artist_slug: album.artist.slug.clone(),
        cover: image(album.cover.as_ref()),
        released_at: released_at(album),
        track_count: counts.get(&album.id).copied(),
        draft: album.published_at.is_none(),
    }
}

/// An artist for a card.
pub fn artist(artist: &Artist, counts: &HashMap<ArtistId, i64>) -> ArtistItem {
    ArtistItem {
        id: artist.id.to_string(),
        slug: artist.slug.clone(),
        name: artist.text.name.clone(),
        portrait: image(artist.portrait.as_ref()),
        genres: artist
            .genres
            .iter()
            .map(|genre| genre.as_str().to_owned())
            .collect(),
        track_count: counts.get(&artist.id).copied(),
    }
}
