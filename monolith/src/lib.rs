//! The monolith: all domains in one process on one database.
//!
//! Nothing but wiring lives here: which domains are mounted, and that they reach
//! each other in the process. No feature and no rule; a service's wiring differs
//! from this only in its adapters.

mod api;
mod demo;

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::web;
use anyhow::Context as _;
use tokio_util::sync::CancellationToken;
use utoipa_actix_web::service_config::ServiceConfig;
use wing_kit::auth::Revocations;
use wing_kit::events::Dispatcher;
use wing_kit::http::{ApiDocument, Background, Gate, Ready};
use wing_kit::jobs::Runner;
use wing_kit::media::MediaStore;
use wing_kit::{Clock, Config, Db};
use wing_music::Music;
use wing_user::Users;

pub use api::openapi;

/// Opens the database with the tables of every domain.
pub fn open_database(config: &Config) -> anyhow::Result<Db> {
    std::fs::create_dir_all(&config.data).context("making the data directory")?;
    Db::open(
        &config.database_url(),
        config.database_connections,
        &[wing_user::MIGRATIONS, wing_music::MIGRATIONS],
    )
}

/// Serves on `config.addr` until SIGTERM, SIGINT or `stop`.
pub async fn serve(
    config: Config,
    clock: Clock,
    demo: bool,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let listener =
        TcpListener::bind(config.addr).with_context(|| format!("listening on {}", config.addr))?;
    serve_on(listener, config, clock, demo, stop).await
}

/// [`serve`] on a socket that is open already; with `config.addr` ignored.
pub async fn serve_on(
    listener: TcpListener,
    config: Config,
    clock: Clock,
    demo: bool,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    run(listener, config, clock, demo, |_| {}, stop).await
}

/// [`serve`] with more routes behind the same gate: how benchmarks put a known
/// answer beside ours, in the same process.
pub async fn serve_with(
    config: Config,
    clock: Clock,
    more: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let listener =
        TcpListener::bind(config.addr).with_context(|| format!("listening on {}", config.addr))?;
    run(listener, config, clock, false, more, stop).await
}

async fn run(
    listener: TcpListener,
    config: Config,
    clock: Clock,
    demo: bool,
    more: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    // Whole huge pages for what needs a few small ones would double what the
    // process holds. Where the system refuses, it only holds more.
    let _ = rustix::thread::disable_transparent_huge_pages(true);
    let db = open_database(&config)?;
    let media = MediaStore::open(&config)?;
    let revocations = Revocations::new();
    let runner = Runner::new(db.clone(), clock.clone()).await?;

    let consumers = vec![
        wing_user::revocation_consumer(revocations.clone(), clock.clone()),
        Arc::new(wing_music::service::plays::Bookkeeper),
    ];
    let dispatcher = Dispatcher::new(db.clone(), clock.clone(), consumers);
    let users = Users::new(wing_user::Parts {
        config: &config,
        db: db.clone(),
        clock: clock.clone(),
        media: media.clone(),
        revocations,
        waker: dispatcher.waker(),
    })?;
    users.prime_revocations().await?;
    let music = Music::new(wing_music::Parts {
        config: &config,
        db: db.clone(),
        media: media.clone(),
        clock: clock.clone(),
        users: Arc::new(users.clone()),
        events: dispatcher.waker(),
        work: runner.waker(),
        stop: stop.clone(),
    })?;

    let gate = Gate::new(&config, users.verifier(), wing_ui::problem_page);
    let ready = ready(&db, &media);
    let mut background: Vec<Background> = vec![
        Box::pin(dispatcher.run(stop.clone())),
        Box::pin(users.clone().keep_house(stop.clone())),
        Box::pin(runner.run(wing_music::jobs::handlers(&music), stop.clone())),
    ];
    background.extend(wing_music::jobs::background(&music, &stop));
    if demo {
        // Uploads run on the thread of this system, as those of requests do on
        // their workers'.
        let (users, music, data) = (users.clone(), music.clone(), config.data.clone());
        actix_web::rt::spawn(demo::fill(users, music, data, stop.clone()));
    }
    let document = ApiDocument::new(openapi);
    let mount = move |services: &mut ServiceConfig<'_>| {
        // The busiest first: routes are looked at in this order.
        wing_music::configure(services, &music);
        wing_user::configure(services, &users);
        document.configure(services);
        services.map(|plain| plain.configure(wing_ui::configure).configure(more.clone()));
    };
    wing_kit::http::serve(&config, listener, gate, ready, mount, background, stop).await
}

fn ready(db: &Db, media: &MediaStore) -> Ready {
    let (db, media) = (db.clone(), media.clone());
    Ready::default()
        .needs("database", move || {
            let db = db.clone();
            async move { db.ping().await.is_ok() }
        })
        .needs("media", move || {
            let media = media.clone();
            async move { media.ping().await.is_ok() }
        })
}
