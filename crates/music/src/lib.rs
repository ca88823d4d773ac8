//! Music: artists, albums, tracks; uploads and what becomes of them; listening,
//! likes, plays, search; their pages and the musician's desk.
//!
//! - [`model`]: values that parse at the edge, and the entities.
//! - [`service`]: the use cases; who may, what must hold, what is told to others.
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
pub use service::Music;

use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use wing_kit::db::Migrations;

/// The tables of this domain.
pub const MIGRATIONS: Migrations = {
    const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
    const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
    Migrations { sqlite: || SQLITE, postgres: || POSTGRES }
};

wing_ui::translations!("locales");
