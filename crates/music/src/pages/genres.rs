//! `/genres` and each of them.

use actix_web::{HttpRequest, HttpResponse, get, web};
use askama::Template;
use wing_kit::Problem;
use wing_kit::auth::Viewer;
use wing_ui::view::{AlbumItem, ArtistItem, TrackItem};
use wing_ui::{GENRES, Meta, Nav, Page};

use super::{Listed, lists, page};
use crate::error::Error;
use crate::model::Genre;
use crate::service::Music;
use crate::service::albums::AlbumQuery;
use crate::service::artists::ArtistQuery;
use crate::service::track_lists::{Sort, TrackQuery, parse_sort};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(genres_page).service(genre_page);
}

#[derive(Template)]
#[template(path = "genres.html")]
pub(super) struct GenresPage {
    pub page: Page,
    pub genres: &'static [&'static str],
}

#[get("/genres")]
async fn genres_page(music: web::Data<Music>, req: HttpRequest) -> HttpResponse {
    let page = page(&music, &req, "").nav(Nav::Genres).canonical("/genres");
    let title = crate::t(page.lang, "genres.title").into();
    let lead = crate::t(page.lang, "genres.lead");
    let page = Page { title, ..page }.description(lead);
    wing_ui::render(&GenresPage {
        page,
        genres: &GENRES,
    })
}

#[derive(Template)]
#[template(path = "genre.html")]
pub(super) struct GenrePage {
    pub page: Page,
    pub genre: &'static str,
    pub popular: bool,
    pub after: String,
    pub albums: Vec<AlbumItem>,
    pub artists: Vec<ArtistItem>,
    pub tracks: Vec<TrackItem>,
    pub next: Option<String>,
}

impl GenrePage {
    fn more(&self) -> String {
        let sort = if self.popular { "popular" } else { "latest" };
        format!("/genres/{}?sort={sort}&cursor=", self.genre)
    }
}

#[get("/genres/{genre}")]
async fn genre_page(
    music: web::Data<Music>,
    req: HttpRequest,
    genre: web::Path<String>,
    query: web::Query<Listed>,
) -> Result<HttpResponse, Error> {
    let genre: Genre = genre.parse().map_err(|_| Error::NotFound)?;
    let viewer = Viewer::of(&req);
    let sort = parse_sort(query.sort.as_deref())
        .map_err(|wrong| Problem::invalid_field("sort", wrong.code, wrong.detail))?;
    let cursor = query.into_inner().cursor;
    let first = cursor.is_none();
    let after = cursor.clone().unwrap_or_default();
    let tracks = TrackQuery {
        genre: Some(genre),
        sort,
        limit: Some(30),
        cursor,
        ..Default::default()
    };
    let tracks = lists::tracks(&music, viewer.as_ref(), tracks).await?;
    let (albums, artists) = if first {
        let albums = AlbumQuery {
            genre: Some(genre),
            limit: Some(6),
            ..Default::default()
        };
        let artists = ArtistQuery {
            genre: Some(genre),
            limit: Some(6),
            ..Default::default()
        };
        tokio::try_join!(
            lists::albums(&music, None, albums),
            lists::artists(&music, artists)
        )
        .map(|(albums, artists)| (albums.items, artists.items))?
    } else {
        Default::default()
    };
    let page = page(&music, &req, "")
        .nav(Nav::Genres)
        .canonical(format!("/genres/{genre}"));
    let name = page.genre(genre.as_str());
    let lead = crate::t(page.lang, "genre.lead").with("genre", &name);
    let page = Page {
        title: name,
        ..page
    }
    .description(lead)
    .meta(Meta {
        noindex: !first,
        ..Meta::default()
    });
    Ok(wing_ui::render(&GenrePage {
        page,
        genre: genre.as_str(),
        popular: sort == Sort::Popular,
        after,
        albums,
        artists,
        tracks: tracks.items,
        next: tracks.next,
    }))
}
