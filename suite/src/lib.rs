//! The harness of the behaviour suite: a site of one's own for every test.
//!
//! - [`spawn_app`] runs the whole product in this process, on a free port, with
//!   its own files and its own database (SQLite, or PostgreSQL when
//!   `WING_TEST_DATABASE=postgres` and `WING_TEST_POSTGRES` say so), and a clock
//!   whose hands a test may move. With `WING_TEST_SHAPE=split` the product is
//!   the services behind nginx, with NATS between them; with `WING_TEST_SITE` it
//!   is one that runs already ([`Remote`]).
//! - [`SpawnedProcess`] runs the real binary, for tests that kill it; [`Services`]
//!   those of the split.
//! - [`chromium`] is a real browser; `examples/screenshots.rs` takes pictures with it.
//! - [`docker`] is a Swarm that is only acted, for the visualizer to look at.
//! - [`Client`] speaks the JSON API, [`Browser`] the pages without JavaScript,
//!   [`tus`] uploads; [`Musician`] makes artists, albums and tracks.
//!
//! Tests act over HTTP and look at what a user would notice. Never here: a
//! sleep as synchronisation ([`wait_until`] looks until something holds), a
//! retry, or anything two tests share but the sound of [`sound`].

mod answer;
mod app;
mod broker;
mod browser;
pub mod chromium;
mod client;
mod database;
pub mod docker;
mod musician;
mod nginx;
mod options;
mod process;
mod remote;
mod services;
pub mod sound;
mod split;
mod template;
pub mod tus;
mod wait;

pub use answer::Answer;
pub use app::{App, spawn_app};
pub use broker::Broker;
pub use browser::{Browser, csrf_in, form_body};
pub use client::{Client, PASSWORD, text};
pub use database::{Database, on_postgres};
pub use musician::{Musician, NewTrack};
pub use nginx::start_nginx;
pub use options::Options;
pub use process::{Killed, SpawnedProcess, binary, free_port};
pub use remote::{Remote, http};
pub use services::Services;
pub use split::{Part, is_split};
pub use wait::{wait_for, wait_until};
