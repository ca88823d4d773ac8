//! `/desk`: one's artists, or the way to become a musician.

use actix_web::{HttpRequest, HttpResponse, get, web};
use askama::Template;
use wing_kit::auth::Viewer;
use wing_kit::http::links::see_other;
use wing_ui::Page;
use wing_ui::view::ArtistItem;

use super::page;
use crate::error::Error;
use crate::model::Artist;
use crate::pages::{lists, view};
use crate::service::Music;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(desk_home);
}

#[derive(Template)]
#[template(path = "desk/home.html")]
pub(in crate::pages) struct DeskHome {
    pub page: Page,
    pub musician: bool,
    pub artists: Vec<ArtistItem>,
    pub removed: Vec<Artist>,
    pub streams_originals: bool,
}

#[get("/desk")]
async fn desk_home(
    music: web::Data<Music>,
    req: HttpRequest,
    viewer: Viewer,
) -> Result<HttpResponse, Error> {
    let musician = viewer.role.makes_music();
    let (artists, removed) = if musician {
        tokio::try_join!(music.my_artists(&viewer), music.my_removed_artists(&viewer))?
    } else {
        Default::default()
    };
    let page = page(&music, &req, "");
    // With one artist the list is a detour, unless it was asked for to read or undo something.
    if let [only] = artists.as_slice()
        && removed.is_empty()
        && req.query_string().is_empty()
    {
        return Ok(see_other(&format!("/desk/artists/{}", only.id)));
    }
    let counts = lists::artist_counts(&music, &artists).await?;
    let title = crate::t(
        page.lang,
        if musician {
            "desk.title"
        } else {
            "desk.invite.title"
        },
    )
    .into();
    Ok(wing_ui::render(&DeskHome {
        page: Page { title, ..page },
        musician,
        artists: artists
            .iter()
            .map(|artist| view::artist(artist, &counts))
            .collect(),
        removed,
        streams_originals: music.streams_originals().await,
    }))
}
