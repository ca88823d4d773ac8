//! The SQL of this domain: plain functions over a connection.

pub mod albums;
pub mod artists;
pub mod files;
pub mod likes;
pub mod plain;
pub mod plays;
pub mod processing;
pub mod purge;
pub mod schema;
pub mod search;
pub mod sitemap;
pub mod slugs;
pub mod tracks;
pub mod uploads;
