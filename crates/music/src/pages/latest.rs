//! `/latest`: everything, newest first.

use actix_web::{HttpRequest, HttpResponse, get, web};
use askama::Template;
use wing_kit::auth::Viewer;
use wing_ui::view::{AlbumItem, TrackItem};
use wing_ui::{Meta, Nav, Page};

use super::{Listed, lists, page};
use crate::error::Error;
use crate::service::Music;
use crate::service::albums::AlbumQuery;
use crate::service::track_lists::TrackQuery;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(latest_page);
}

#[derive(Template)]
#[template(path = "latest.html")]
pub(super) struct LatestPage {
    pub page: Page,
    /// The cursor this page begins after; empty for the first.
    pub after: String,
    pub albums: Vec<AlbumItem>,
    pub tracks: Vec<TrackItem>,
    pub next: Option<String>,
}

#[get("/latest")]
async fn latest_page(
    music: web::Data<Music>,
    req: HttpRequest,
    query: web::Query<Listed>,
) -> Result<HttpResponse, Error> {
    let viewer = Viewer::of(&req);
    let cursor = query.into_inner().cursor;
    let first = cursor.is_none();
    let after = cursor.clone().unwrap_or_default();
    let tracks = TrackQuery {
        limit: Some(30),
        cursor,
        ..Default::default()
    };
    let tracks = lists::tracks(&music, viewer.as_ref(), tracks).await?;
    let albums = match first {
        true => {
            lists::albums(
                &music,
                None,
                AlbumQuery {
                    limit: Some(6),
                    ..Default::default()
                },
            )
            .await?
            .items
        }
        false => Vec::new(),
    };
    let page = page(&music, &req, "").nav(Nav::Latest).canonical("/latest");
    let lang = page.lang;
    let feed = Some((crate::t(lang, "feed.latest").into(), "/feed.xml".to_owned()));
    let page = Page {
        title: crate::t(lang, "latest.title").into(),
        ..page
    }
    .description(crate::t(lang, "latest.lead"))
    .meta(Meta {
        feed,
        noindex: !first,
        ..Meta::default()
    });
    Ok(wing_ui::render(&LatestPage {
        page,
        after,
        albums,
        tracks: tracks.items,
        next: tracks.next,
    }))
}
