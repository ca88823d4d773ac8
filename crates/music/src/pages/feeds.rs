//! Atom feeds (RFC 4287) of what was published last.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};
use askama::Template;
use wing_kit::Problem;
use wing_ui::Page;
use wing_ui::view::TrackItem;

use super::{page, view};
use crate::error::Error;
use crate::model::Track;
use crate::service::Music;
use crate::service::track_lists::TrackQuery;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(latest_feed).service(artist_feed);
}

/// A published track and when that was.
pub(super) struct Entry {
    pub item: TrackItem,
    pub published: i64,
    pub summary: String,
}

#[derive(Template)]
#[template(path = "feed.xml")]
pub(super) struct Feed {
    pub page: Page,
    /// The local path of the page it is the feed of.
    pub about: String,
    pub path: String,
    pub entries: Vec<Entry>,
    /// When anything in it changed last (ms, UTC).
    pub updated: i64,
}

impl Feed {
    fn answer(
        page: Page,
        about: String,
        path: String,
        tracks: &[Track],
    ) -> Result<HttpResponse, Error> {
        let entries: Vec<_> = tracks
            .iter()
            .map(|track| Entry {
                item: view::track(track, false),
                published: track.published_at.map_or(0, |at| at.0),
                summary: crate::t(page.lang, "track.description")
                    .with("genre", page.genre(track.genre.as_str()))
                    .with("length", page.duration(track.duration_ms))
                    .with("artist", &track.artist.name)
                    .into(),
            })
            .collect();
        let updated = entries
            .iter()
            .map(|entry| entry.published)
            .max()
            .unwrap_or(0);
        let feed = Self {
            page,
            about,
            path,
            entries,
            updated,
        }
        .render()
        .map_err(|_| Problem::internal())?;
        Ok(HttpResponse::Ok()
            .content_type("application/atom+xml; charset=utf-8")
            .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
            .insert_header((header::VARY, "Accept-Language, Cookie"))
            .body(feed))
    }
}

#[get("/feed.xml")]
async fn latest_feed(music: web::Data<Music>, req: HttpRequest) -> Result<HttpResponse, Error> {
    let query = TrackQuery {
        limit: Some(50),
        ..Default::default()
    };
    let (tracks, _) = music.list_tracks(None, query).await?;
    let page = page(&music, &req, "");
    let page = Page {
        title: crate::t(page.lang, "feed.latest").into(),
        ..page
    };
    Feed::answer(page, "/latest".into(), "/feed.xml".into(), &tracks.items)
}

#[get("/artists/{slug}/feed.xml")]
async fn artist_feed(
    music: web::Data<Music>,
    req: HttpRequest,
    slug: web::Path<String>,
) -> Result<HttpResponse, Error> {
    let artist = music.get_artist_by_slug(&slug).await?;
    let query = TrackQuery {
        artist: Some(artist.id),
        limit: Some(50),
        ..Default::default()
    };
    let (tracks, _) = music.list_tracks(None, query).await?;
    let about = format!("/artists/{}", artist.slug);
    let path = format!("{about}/feed.xml");
    let page = page(&music, &req, artist.text.name);
    Feed::answer(page, about, path, &tracks.items)
}
