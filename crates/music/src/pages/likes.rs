//! `/likes`: what one likes, and the form behind every heart.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use askama::Template;
use serde::Deserialize;
use wing_contracts::TrackId;
use wing_kit::auth::Viewer;
use wing_kit::http::input::Form;
use wing_kit::http::links::{local_path, see_other, to_login};
use wing_ui::view::TrackItem;
use wing_ui::{Meta, Nav, Page};

use super::{Listed, page, view};
use crate::error::Error;
use crate::service::Music;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(likes_page)
        .service(likes_frame)
        .service(set_like);
}

#[derive(Template)]
#[template(path = "likes.html")]
pub(super) struct LikesPage {
    pub page: Page,
    pub after: String,
    pub tracks: Vec<TrackItem>,
    pub next: Option<String>,
}

#[get("/likes")]
async fn likes_page(
    music: web::Data<Music>,
    req: HttpRequest,
    viewer: Viewer,
    query: web::Query<Listed>,
) -> Result<HttpResponse, Error> {
    let cursor = query.into_inner().cursor;
    let liked = music
        .liked_tracks(&viewer, Some(30), cursor.as_deref())
        .await?;
    let page = page(&music, &req, "").nav(Nav::Me);
    let title = crate::t(page.lang, "likes.title").into();
    let page = Page { title, ..page }.meta(Meta {
        noindex: true,
        ..Meta::default()
    });
    Ok(wing_ui::render(&LikesPage {
        page,
        after: cursor.unwrap_or_default(),
        tracks: liked
            .items
            .iter()
            .map(|(track, _)| view::track(track, true))
            .collect(),
        next: liked.next,
    }))
}

#[derive(Template)]
#[template(path = "likes_frame.html")]
pub(super) struct LikesFrame {
    pub page: Page,
    pub tracks: Vec<TrackItem>,
    pub more: bool,
}

/// The beginning of the list, for the page of the account.
#[get("/likes/frame")]
async fn likes_frame(
    music: web::Data<Music>,
    req: HttpRequest,
    viewer: Viewer,
) -> Result<HttpResponse, Error> {
    let liked = music.liked_tracks(&viewer, Some(10), None).await?;
    Ok(wing_ui::render(&LikesFrame {
        page: page(&music, &req, ""),
        tracks: liked
            .items
            .iter()
            .map(|(track, _)| view::track(track, true))
            .collect(),
        more: liked.next.is_some(),
    }))
}

#[derive(Debug, Deserialize)]
struct Wanted {
    liked: bool,
    #[serde(default)]
    next: String,
}

#[post("/likes/{track_id}")]
async fn set_like(
    music: web::Data<Music>,
    req: HttpRequest,
    id: web::Path<TrackId>,
    form: Form<Wanted>,
) -> Result<HttpResponse, Error> {
    let next = local_path(&form.0.next);
    let Some(viewer) = Viewer::of(&req) else {
        return Ok(to_login(next));
    };
    if form.0.liked {
        music.like_track(&viewer, *id).await?;
    } else {
        music.unlike_track(&viewer, *id).await?;
    }
    Ok(see_other(next))
}
