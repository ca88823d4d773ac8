//! Music: artists, albums, tracks; uploads and what becomes of them; listening,
//! likes, plays, search; their pages and the musician's desk.
//!
//! - [`model`]: values that parse at the edge, and the entities.
//! - [`service`]: the use cases; who may, what must hold, which events follow.
//! - `store`: the SQL, as plain functions over a connection.
//! - [`http`]: the JSON API. [`pages`]: the HTML.
//! - [`jobs`]: what happens after a commit: processing of files, clearing away.
//!
//! Never here: accounts (ask `contracts::users::UserDirectory`), anything of
//! another domain, any knowledge of which process this runs in.

pub mod error;
pub mod http;
pub mod jobs;
pub mod model;
pub mod pages;
pub mod service;
mod store;

pub use error::Error;
pub use http::configure as configure_api;
pub use service::{Music, Parts};

use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use utoipa_actix_web::service_config::ServiceConfig;
use wing_kit::db::Migrations;

/// The tables of this domain.
pub const MIGRATIONS: Migrations = {
    const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
    const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
    Migrations {
        domain: "music",
        sqlite: || SQLITE,
        postgres: || POSTGRES,
    }
};

/// Where this domain's pictures stand: `/media/music/images/…`.
pub(crate) const SPACE: &str = "music";

/// Mounts the API, the pictures and the pages.
pub fn configure(services: &mut ServiceConfig<'_>, music: &Music) {
    services.app_data(actix_web::web::Data::new(music.clone()));
    http::configure(services);
    services.map(|plain| {
        plain
            .configure(wing_kit::images::configure(SPACE, music.media.clone()))
            .configure(pages::configure)
    });
}

wing_ui::translations!("locales");
