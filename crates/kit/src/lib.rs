//! What every domain leans on: configuration ([`config`]), access to the
//! database ([`db`]), what people write ([`mod@draft`]), who is calling ([`auth`]),
//! refusals ([`problem`]), events ([`events`]), work after commit ([`jobs`]), files
//! ([`media`]) and pictures ([`images`]), doing something once however often it is
//! asked for ([`idempotency`]), what processes of one site know of each other ([`peers`],
//! [`context`]), the HTTP server around it all ([`http`]), how its threads share
//! a processor ([`threads`]), and what operators read ([`telemetry`]).
//!
//! Never here: anything that knows what a track, an artist or an account is.
//! A domain may use kit; kit knows no domain.

pub mod auth;
pub mod clock;
pub mod config;
pub mod context;
pub mod cursor;
pub mod db;
pub mod draft;
pub mod events;
pub mod http;
pub mod idempotency;
pub mod images;
pub mod jobs;
pub mod limits;
pub mod media;
mod money;
pub mod peers;
pub mod problem;
pub mod telemetry;
pub mod text;
pub mod threads;
mod view;

pub use clock::Clock;
pub use config::Config;

pub use db::{Conn, Db, Tx};
pub use problem::Problem;
