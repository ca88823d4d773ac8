//! `/albums/{slug}`

use actix_web::{HttpRequest, HttpResponse, get, web};
use askama::Template;
use wing_kit::auth::Viewer;
use wing_ui::Page;
use wing_ui::view::{AlbumItem, TrackItem};

use super::{lists, meta, page, view};
use crate::error::Error;
use crate::model::{Album, Track, TrackStatus, midnight_ms};
use crate::service::albums::AlbumQuery;
use crate::service::{Music, manages_as};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(album_page);
}

#[derive(Template)]
#[template(path = "album.html")]
pub(super) struct AlbumPage {
    pub page: Page,
    pub album: Album,
    pub item: AlbumItem,
    pub released: Option<i64>,
    pub manages: bool,
    pub tracks: Vec<TrackItem>,
    /// Milliseconds.
    pub length: i64,
    /// Tracks only the manager sees, with why.
    pub unpublished: Vec<Track>,
    pub more: Vec<AlbumItem>,
}

#[get("/albums/{slug}")]
async fn album_page(
    music: web::Data<Music>,
    req: HttpRequest,
    slug: web::Path<String>,
) -> Result<HttpResponse, Error> {
    let viewer = Viewer::of(&req);
    let viewer = viewer.as_ref();
    let album = music.get_album_by_slug(viewer, &slug).await?;
    let others = AlbumQuery {
        artist: Some(album.artist.id),
        limit: Some(7),
        ..Default::default()
    };
    let (tracks, others) = tokio::try_join!(
        music.album_tracks(viewer, &album),
        lists::albums(&music, None, others)
    )?;
    let (tracks, unpublished): (Vec<_>, Vec<_>) = tracks
        .into_iter()
        .partition(|track| track.status == TrackStatus::Published);
    let liked = music.likes_among(viewer, &tracks).await?;
    let item = view::album(
        &album,
        &lists::album_counts(&music, std::slice::from_ref(&album)).await?,
    );
    let tracks = view::tracks(&tracks, &liked);
    let page = page(
        &music,
        &req,
        format!("{} – {}", album.text.title, album.artist.name),
    )
    .canonical(format!("/albums/{}", album.slug));
    let described = match meta::summary(&album.text.description) {
        text if text.is_empty() => crate::t(page.lang, "album.by")
            .with("artist", &album.artist.name)
            .into(),
        text => text,
    };
    let head = meta::album(&page, &album, &tracks);
    Ok(wing_ui::render(&AlbumPage {
        page: page.description(described).meta(head),
        released: album.text.released_on.as_deref().and_then(midnight_ms),
        manages: manages_as(viewer, album.artist.owner),
        length: tracks.iter().map(|track| track.duration_ms).sum(),
        more: others
            .items
            .into_iter()
            .filter(|other| other.id != item.id)
            .take(6)
            .collect(),
        tracks,
        unpublished,
        item,
        album,
    }))
}
