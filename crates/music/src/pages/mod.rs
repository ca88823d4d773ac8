//! The HTML of music: what everybody hears and the musician's desk.
//!
//! A refusal is answered as in the JSON API; the gate shows it as a page.

mod albums;
mod artists;
mod desk;
pub mod desk_events;
mod embed;
mod feeds;
mod form;
mod genres;
mod home;
mod latest;
mod likes;
mod lists;
mod meta;
mod search;
mod sitemap;
#[cfg(test)]
mod tests;
mod tracks;
mod view;

use actix_web::{HttpRequest, web};
use serde::Deserialize;
use wing_ui::Page;
use wing_ui::view::{made_cover, wave_path};

use crate::model::TrackStatus;
use crate::service::Music;

/// Mounts the pages; the service itself is app data.
pub fn configure(config: &mut web::ServiceConfig) {
    home::configure(config);
    latest::configure(config);
    genres::configure(config);
    artists::configure(config);
    albums::configure(config);
    tracks::configure(config);
    embed::configure(config);
    search::configure(config);
    likes::configure(config);
    feeds::configure(config);
    sitemap::configure(config);
    desk::configure(config);
    desk_events::configure(config);
}

/// Where a page of a list begins, and in which order it is.
#[derive(Debug, Default, Deserialize)]
struct Listed {
    #[serde(default)]
    cursor: Option<String>,
    #[serde(default)]
    sort: Option<String>,
}

/// The key of a status' name.
fn status_key(status: impl std::borrow::Borrow<TrackStatus>) -> &'static str {
    match status.borrow() {
        TrackStatus::Processing => "status.processing",
        TrackStatus::Draft => "status.draft",
        TrackStatus::Published => "status.published",
        TrackStatus::Failed => "status.failed",
    }
}

/// The picture of a genre.
fn genre_picture(genre: &str) -> String {
    made_cover(&format!("genre {genre}"))
}

/// The waveform of a site nobody plays on yet: silence, and one swell to come.
fn silence() -> String {
    let swell = |bar: i32| {
        let away = f64::from(bar - 168) / 26.0;
        (-away * away).exp() * (0.45 + 0.55 * (f64::from(bar) * 1.7).sin().abs()) * 255.0
    };
    let peaks: Vec<u8> = (0..240).map(|bar| swell(bar) as u8).collect();
    wave_path(&peaks, 240)
}

/// Where a track's player for other sites is.
fn embed_path(slug: &str) -> String {
    format!("/tracks/{slug}/embed")
}

fn page(music: &Music, req: &HttpRequest, title: impl Into<String>) -> Page {
    Page::of(req, title).origin(&music.config.public_url)
}
