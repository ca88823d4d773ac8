//! The musician's desk: artists, albums, tracks and their files, and how they
//! are heard.

mod album;
mod artist;
mod artist_form;
mod home;
mod stats;
mod track;
mod unfinished;
mod upload;

use actix_web::{HttpRequest, web};
use wing_kit::auth::Viewer;
use wing_ui::form;
use wing_ui::{Meta, Nav, Page};

use crate::error::Error;
use crate::service::Music;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    super::desk_events::configure(config);
    home::configure(config);
    // `…/new` before `…/{id}`, which would take it for an id.
    artist_form::configure(config);
    artist::configure(config);
    album::configure(config);
    track::configure(config);
    upload::configure(config);
    unfinished::configure(config);
    form::lead_back(config, FORMS);
}

/// Forms that come back at an address of their own.
const FORMS: &[&str] = &[
    "/desk/albums/{id}/order",
    "/desk/albums/{id}/cover",
    "/desk/tracks/{id}/cover",
    "/desk/artists/{id}/portrait",
    "/desk/artists/{id}/upload",
];

/// A page of the desk; `?did=` says what went well before it.
fn page(music: &Music, req: &HttpRequest, title: impl Into<String>) -> Page {
    let page = super::page(music, req, title).nav(Nav::Desk);
    let page = page.meta(Meta {
        noindex: true,
        ..Meta::default()
    });
    form::with_done(page, req, crate::t, DONE)
}

/// What can go well, each a text `did.…`.
const DONE: &[&str] = &[
    "saved",
    "created",
    "published",
    "unpublished",
    "awaited",
    "cover",
    "cover_removed",
    "ordered",
    "uploaded",
    "artist_deleted",
    "album_deleted",
    "track_deleted",
    "restored",
    "discarded",
];

/// Only musicians go on.
fn musician(viewer: &Viewer) -> Result<(), Error> {
    if viewer.role.makes_music() {
        Ok(())
    } else {
        Err(Error::NotMusician)
    }
}

#[cfg(test)]
pub(super) mod samples {
    pub(in crate::pages) use super::album::{AlbumPage, Place, fields as album_fields};
    pub(in crate::pages) use super::artist::{ArtistDesk, Row};
    pub(in crate::pages) use super::artist_form::ArtistForm;
    pub(in crate::pages) use super::home::DeskHome;
    pub(in crate::pages) use super::stats::Chart;
    pub(in crate::pages) use super::track::{TrackForm, Written};
}
