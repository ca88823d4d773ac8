//! `/`: one release large, then rails. Rails of other domains join the list in
//! `home.html` as frames that their domain renders.

use actix_web::{HttpRequest, HttpResponse, get, web};
use askama::Template;
use wing_kit::auth::Viewer;
use wing_ui::view::{AlbumItem, ArtistItem, TrackItem};
use wing_ui::{GENRES, Meta, Page};

use super::{lists, page, view};
use crate::error::Error;
use crate::model::Track;
use crate::service::Music;
use crate::service::albums::AlbumQuery;
use crate::service::artists::ArtistQuery;
use crate::service::track_lists::{Sort, TrackQuery};

/// How long a release counts as new, in milliseconds: 14 days.
const NEW: i64 = 14 * 86_400_000;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(home_page);
}

#[derive(Template)]
#[template(path = "home.html")]
pub(super) struct HomePage {
    pub page: Page,
    pub featured: Option<TrackItem>,
    /// Genre of the featured track.
    pub featured_genre: String,
    pub latest: Vec<TrackItem>,
    pub popular: Vec<TrackItem>,
    pub albums: Vec<AlbumItem>,
    pub artists: Vec<ArtistItem>,
    pub genres: &'static [&'static str],
}

#[get("/")]
async fn home_page(music: web::Data<Music>, req: HttpRequest) -> Result<HttpResponse, Error> {
    let viewer = Viewer::of(&req);
    let viewer = viewer.as_ref();
    let ((latest, liked), popular, albums, artists) = tokio::try_join!(
        music.list_tracks(
            viewer,
            TrackQuery {
                limit: Some(24),
                ..Default::default()
            }
        ),
        lists::tracks(
            &music,
            viewer,
            TrackQuery {
                sort: Sort::Popular,
                limit: Some(6),
                ..Default::default()
            }
        ),
        lists::albums(
            &music,
            None,
            AlbumQuery {
                limit: Some(6),
                ..Default::default()
            }
        ),
        lists::artists(
            &music,
            ArtistQuery {
                limit: Some(6),
                ..Default::default()
            }
        ),
    )?;
    let chosen = most_played_new(&latest.items, music.clock.now().0);
    let featured = match chosen {
        Some(track) => {
            let detail = music.track_detail(None, track.id).await?;
            let mut item = view::track(track, liked.contains(&track.id));
            item.peaks = detail.file.and_then(|file| file.peaks).unwrap_or_default();
            Some(item)
        }
        None => None,
    };
    let page = page(&music, &req, "").canonical("/");
    let site = crate::t(page.lang, "feed.latest").into();
    let meta = Meta {
        image: featured
            .as_ref()
            .and_then(|track| track.cover.as_ref())
            .map(|cover| cover.src(1024)),
        feed: Some((site, "/feed.xml".to_owned())),
        ..Meta::default()
    };
    Ok(wing_ui::render(&HomePage {
        page: page.meta(meta),
        featured,
        featured_genre: chosen
            .map(|track| track.genre.as_str().to_owned())
            .unwrap_or_default(),
        latest: view::tracks(latest.items.iter().take(6), &liked),
        popular: popular.items,
        albums: albums.items,
        artists: artists.items,
        genres: &GENRES,
    }))
}

/// The most played of what is new; with nothing new, the last that was published.
fn most_played_new(latest: &[Track], now: i64) -> Option<&Track> {
    let new = |track: &&Track| track.published_at.is_some_and(|at| at.0 > now - NEW);
    // Of equals the first, which is the newest.
    latest
        .iter()
        .filter(new)
        .rev()
        .max_by_key(|track| track.play_count)
        .or(latest.first())
}
