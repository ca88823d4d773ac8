//! The lists that several pages are made of.

use std::collections::HashMap;

use wing_contracts::{AlbumId, ArtistId};
use wing_kit::auth::Viewer;
use wing_kit::cursor::Paged;
use wing_ui::view::{AlbumItem, ArtistItem, TrackItem};

use super::view;
use crate::error::Error;
use crate::model::{Album, Artist};
use crate::service::Music;
use crate::service::albums::AlbumQuery;
use crate::service::artists::ArtistQuery;
use crate::service::track_lists::TrackQuery;

/// A page of tracks as rows.
pub async fn tracks(
    music: &Music,
    viewer: Option<&Viewer>,
    query: TrackQuery,
) -> Result<Paged<TrackItem>, Error> {
    let (page, liked) = music.list_tracks(viewer, query).await?;
    Ok(page.map(|track| view::track(&track, liked.contains(&track.id))))
}

/// A page of albums as cards.
pub async fn albums(
    music: &Music,
    viewer: Option<&Viewer>,
    query: AlbumQuery,
) -> Result<Paged<AlbumItem>, Error> {
    let page = music.list_albums(viewer, query).await?;
    let counts = album_counts(music, &page.items).await?;
    Ok(page.map(|album| view::album(&album, &counts)))
}

/// A page of artists as cards.
pub async fn artists(music: &Music, query: ArtistQuery) -> Result<Paged<ArtistItem>, Error> {
    let page = music.list_artists(query).await?;
    let counts = artist_counts(music, &page.items).await?;
    Ok(page.map(|artist| view::artist(&artist, &counts)))
}

/// How many tracks each of these albums has.
pub async fn album_counts(music: &Music, albums: &[Album]) -> Result<HashMap<AlbumId, i64>, Error> {
    if albums.is_empty() {
        return Ok(HashMap::new());
    }
    music
        .album_track_counts(albums.iter().map(|album| album.id).collect())
        .await
}

/// How many tracks each of these artists has.
pub async fn artist_counts(
    music: &Music,
    artists: &[Artist],
) -> Result<HashMap<ArtistId, i64>, Error> {
    if artists.is_empty() {
        return Ok(HashMap::new());
    }
    music
        .artist_track_counts(artists.iter().map(|artist| artist.id).collect())
        .await
}
