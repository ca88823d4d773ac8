//! `/search`: artists, albums and tracks on one page. The list stands in a frame
//! that the search box of the header fills while one types.

use actix_web::{HttpRequest, HttpResponse, get, web};
use askama::Template;
use serde::Deserialize;
use wing_kit::Problem;
use wing_kit::auth::Viewer;
use wing_ui::view::{AlbumItem, ArtistItem, TrackItem};
use wing_ui::{GENRES, Meta, Nav, Page, Text};

use super::{lists, page, view};
use crate::error::Error;
use crate::service::Music;
use crate::service::search::{SearchKind, SearchQuery};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(search_page);
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default, rename = "type")]
    kind: String,
}

#[derive(Template)]
#[template(path = "search.html")]
pub(super) struct SearchPage {
    pub page: Page,
    pub q: String,
    /// `artist`, `album`, `track`, or empty for all.
    pub kind: &'static str,
    pub artists: Vec<ArtistItem>,
    pub albums: Vec<AlbumItem>,
    pub tracks: Vec<TrackItem>,
    pub genres: &'static [&'static str],
}

impl SearchPage {
    fn found(&self) -> usize {
        self.artists.len() + self.albums.len() + self.tracks.len()
    }

    fn label(&self, kind: &str) -> Text {
        crate::t(
            self.page.lang,
            &format!("search.kind.{}", if kind.is_empty() { "all" } else { kind }),
        )
    }

    /// The same search, of one kind.
    fn of(&self, kind: &str) -> String {
        let mut query = wing_kit::http::links::encode(&self.q);
        if !kind.is_empty() {
            query.push_str("&type=");
            query.push_str(kind);
        }
        format!("/search?q={query}")
    }
}

/// The four ways to look, in the order of their links.
pub(super) const KINDS: [&str; 4] = ["", "artist", "album", "track"];

#[get("/search")]
async fn search_page(
    music: web::Data<Music>,
    req: HttpRequest,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, Error> {
    let viewer = Viewer::of(&req);
    let Asked { q, kind } = asked.into_inner();
    let q: String = wing_kit::text::clean_line(&q).chars().take(200).collect();
    let only = match kind.as_str() {
        "" => None,
        kind => Some(
            SearchKind::parse(kind)
                .map_err(|wrong| Problem::invalid_field("type", wrong.code, wrong.detail))?,
        ),
    };
    // All kinds at once are an overview, one kind is the whole list.
    let limit = if only.is_some() { 100 } else { 12 };
    let query = SearchQuery {
        q: q.clone(),
        only,
        limit: Some(limit),
        ..Default::default()
    };
    let found = music.search(viewer.as_ref(), query).await?;
    let (albums, artists) = tokio::try_join!(
        lists::album_counts(&music, &found.albums),
        lists::artist_counts(&music, &found.artists),
    )?;
    let page = page(&music, &req, "").nav(Nav::Search).query(q.as_str());
    let title = if q.is_empty() {
        crate::t(page.lang, "search.title").into()
    } else {
        crate::t(page.lang, "search.title.for").with("q", &q).into()
    };
    let page = Page { title, ..page }.meta(Meta {
        noindex: true,
        ..Meta::default()
    });
    Ok(wing_ui::render(&SearchPage {
        page,
        q,
        kind: match only {
            None => "",
            Some(SearchKind::Artists) => "artist",
            Some(SearchKind::Albums) => "album",
            Some(SearchKind::Tracks) => "track",
        },
        artists: found
            .artists
            .iter()
            .map(|artist| view::artist(artist, &artists))
            .collect(),
        albums: found
            .albums
            .iter()
            .map(|album| view::album(album, &albums))
            .collect(),
        tracks: view::tracks(&found.tracks, &found.liked),
        genres: &GENRES,
    }))
}
