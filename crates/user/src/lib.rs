//! Accounts: signing up and in, sessions and the tokens that stand for them,
//! one's own page and settings, and what others may know of an account.
//!
//! - [`model`]: values that parse at the edge, and the entities.
//! - [`service`]: the use cases; who may, what must hold, which events follow.
//! - `store`: the SQL, as plain functions over a connection.
//! - [`http`]: the JSON API. [`pages`]: the HTML.
//!
//! Invariants: a password leaves this crate in no form and a refresh token only
//! to whom it was given; whether an address has an account is revealed to nobody;
//! what voids tokens raises the account's token version and is an event.
//!
//! Never here: artists, music, anything of another domain, any knowledge of
//! which process this runs in.

pub mod error;
pub mod http;
pub mod model;
pub mod pages;
pub mod service;
mod store;

pub use error::Error;
pub use http::configure_api;
pub use service::{Parts, Users, grant_admin, revoke_admin};

use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use utoipa_actix_web::service_config::ServiceConfig;
use wing_kit::db::Migrations;

/// The tables of this domain.
pub const MIGRATIONS: Migrations = {
    const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
    const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
    Migrations {
        domain: "user",
        sqlite: || SQLITE,
        postgres: || POSTGRES,
    }
};

/// Where this domain's pictures stand: `/media/user/images/…`.
pub(crate) const SPACE: &str = "user";

/// Mounts the API, the pictures and the pages.
pub fn configure(services: &mut ServiceConfig<'_>, users: &Users) {
    http::configure(services, users);
    services.map(|plain| plain.configure(pages::configure));
}

wing_ui::translations!("locales");
