//! `/artists` and each of them.

use actix_web::{HttpRequest, HttpResponse, get, web};
use askama::Template;
use wing_kit::auth::Viewer;
use wing_ui::view::{AlbumItem, ArtistItem, ImageSet, TrackItem, made_cover};
use wing_ui::{Meta, Page};

use super::{Listed, lists, meta, page, view};
use crate::error::Error;
use crate::model::{Artist, midnight_ms, video_player};
use crate::service::albums::AlbumQuery;
use crate::service::artists::ArtistQuery;
use crate::service::track_lists::{Sort, TrackQuery};
use crate::service::{Music, manages};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(artists_page).service(artist_page);
}

#[derive(Template)]
#[template(path = "artists.html")]
pub(super) struct ArtistsPage {
    pub page: Page,
    pub artists: Vec<ArtistItem>,
    pub next: Option<String>,
}

#[get("/artists")]
async fn artists_page(
    music: web::Data<Music>,
    req: HttpRequest,
    query: web::Query<Listed>,
) -> Result<HttpResponse, Error> {
    let cursor = query.into_inner().cursor;
    let first = cursor.is_none();
    let found = lists::artists(
        &music,
        ArtistQuery {
            limit: Some(48),
            cursor,
            ..Default::default()
        },
    )
    .await?;
    let page = page(&music, &req, "").canonical("/artists");
    let title = crate::t(page.lang, "artists.title").into();
    let lead = crate::t(page.lang, "artists.lead");
    let page = Page { title, ..page }.description(lead).meta(Meta {
        noindex: !first,
        ..Meta::default()
    });
    let next = found.next.map(|cursor| format!("/artists?cursor={cursor}"));
    Ok(wing_ui::render(&ArtistsPage {
        page,
        artists: found.items,
        next,
    }))
}

#[derive(Template)]
#[template(path = "artist.html")]
pub(super) struct ArtistPage {
    pub page: Page,
    pub artist: Artist,
    pub portrait: Option<ImageSet>,
    pub genres: Vec<String>,
    pub debut: Option<i64>,
    /// The name of who manages it, when accounts can be asked.
    pub managed_by: Option<String>,
    pub manages: bool,
    /// The address of an embedded player for its video.
    pub player: Option<String>,
    pub albums: Vec<AlbumItem>,
    pub top: Vec<TrackItem>,
    pub latest: Vec<TrackItem>,
}

impl ArtistPage {
    fn made(&self) -> String {
        made_cover(&self.artist.id.to_string())
    }

    fn path(&self) -> String {
        format!("/artists/{}", self.artist.slug)
    }
}

#[get("/artists/{slug}")]
async fn artist_page(
    music: web::Data<Music>,
    req: HttpRequest,
    slug: web::Path<String>,
) -> Result<HttpResponse, Error> {
    let viewer = Viewer::of(&req);
    let viewer = viewer.as_ref();
    let artist = music.get_artist_by_slug(&slug).await?;
    let manages = manages(viewer, &artist);
    let of = |sort, limit| TrackQuery {
        artist: Some(artist.id),
        sort,
        limit: Some(limit),
        ..Default::default()
    };
    let albums = AlbumQuery {
        artist: Some(artist.id),
        drafts: manages,
        limit: Some(48),
        ..Default::default()
    };
    let (albums, mut top, mut latest, owner) = tokio::try_join!(
        lists::albums(&music, viewer, albums),
        lists::tracks(&music, viewer, of(Sort::Popular, 10)),
        lists::tracks(&music, viewer, of(Sort::Latest, 10)),
        async { Ok(music.owner_of(&artist).await) },
    )?;
    // The same rows twice say nothing: shown apart only where they differ.
    let known = |item: &TrackItem| top.items.iter().any(|other| other.id == item.id);
    if latest.items.iter().all(known) {
        latest.items.clear();
    }
    for (rank, item) in (1..).zip(&mut top.items) {
        item.number = Some(rank);
    }
    let page = page(&music, &req, artist.text.name.as_str())
        .canonical(format!("/artists/{}", artist.slug));
    let described = match meta::summary(&artist.text.bio) {
        bio if bio.is_empty() => crate::t(page.lang, "artist.description")
            .with("artist", &artist.text.name)
            .into(),
        bio => bio,
    };
    let head = meta::artist(&page, &artist);
    Ok(wing_ui::render(&ArtistPage {
        page: page.description(described).meta(head),
        portrait: view::image(artist.portrait.as_ref()),
        genres: artist
            .genres
            .iter()
            .map(|genre| genre.as_str().to_owned())
            .collect(),
        debut: artist.text.debut_on.as_deref().and_then(midnight_ms),
        managed_by: owner.map(|owner| owner.display_name),
        manages,
        player: artist.text.video_url.as_deref().and_then(video_player),
        albums: albums.items,
        latest: latest.items,
        top: top.items,
        artist,
    }))
}
