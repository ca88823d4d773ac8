//! The monolith: all domains in one process on one database.
//!
//! Nothing but wiring lives here: which domains are mounted, and that they reach
//! each other in the process. No feature and no rule; a service's wiring differs
//! from this only in its adapters.

mod api;
mod demo;

use std::net::TcpListener;
use std::sync::Arc;

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;
use utoipa_actix_web::service_config::ServiceConfig;
use wing_kit::auth::Revocations;
use wing_kit::events::Dispatcher;
use wing_kit::http::{Background, Gate, Ready};
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
    let listener = TcpListener::bind(config.addr)
        .with_context(|| format!("listening on {}", config.addr))?;
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
    let db = open_database(&config)?;
    let media = MediaStore::directory(&config.data.join("media"))?;
    let revocations = Revocations::new();
    let runner = Runner::new(db.clone(), clock.clone()).await?;

    let consumers: Vec<Arc<dyn wing_kit::events::Consumer>> = vec![
        Arc::new(wing_user::SessionWatch::new(revocations.clone(), clock.clone())),
        Arc::new(wing_music::service::plays::Bookkeeper),
    ];
    let dispatcher = Dispatcher::new(db.clone(), clock.clone(), consumers);
    let users = Users::open(wing_user::Parts {
        db: db.clone(),
        media: media.clone(),
        clock: clock.clone(),
        config: config.clone(),
        events: dispatcher.waker(),
        revocations: revocations.clone(),
    })
    .await?;
    let music = Music::new(wing_music::service::Parts {
        db: db.clone(),
        media: media.clone(),
        clock: clock.clone(),
        config: config.clone(),
        users: Arc::new(users.clone()),
        events: dispatcher.waker(),
        work: runner.waker(),
        ffmpeg: wing_music::jobs::find_ffmpeg(&config),
        changes: Default::default(),
        desk: wing_music::jobs::desk::Desk::new(stop.clone()),
        intake: Default::default(),
        sound: Default::default(),
        workshop: wing_music::jobs::workshop::Workshop::open(&config.data)
            .context("making a place for unfinished files")?,
    });

    let gate = Gate::new(&config, users.verifier(), wing_ui::problem_page);
    let ready = ready(&db, &media);
    let mut background: Vec<Background> = vec![
        Box::pin(dispatcher.run(stop.clone())),
        Box::pin(runner.run(wing_music::jobs::handlers(&music), stop.clone())),
    ];
    background.extend(wing_music::jobs::background(&music, &stop));
    if demo {
        // Uploads run on the thread of this system, as those of requests do on
        // their workers'.
        let (users, music, data) = (users.clone(), music.clone(), config.data.clone());
        actix_web::rt::spawn(demo::fill(users, music, data, stop.clone()));
    }
    let document = openapi();
    let mount = move |services: &mut ServiceConfig<'_>| {
        wing_user::configure(services, &users);
        wing_music::configure(services, &music);
        api::configure(services, &document);
        services.map(|plain| plain.configure(wing_ui::configure));
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
