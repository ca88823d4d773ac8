//! Music as a process of its own: which domain is mounted, on what, and where
//! its peers are.
//!
//! No feature and no rule lives here. [`mount`] is how any process mounts the
//! domain, the monolith included. [`demo`] fills it by its use cases.

pub mod demo;

use std::net::TcpListener;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use wing_clients::RemoteUsers;
use wing_contracts::users::UserDirectory;
use wing_kit::http::ApiDocument;
use wing_kit::{Clock, Config, Db};
use wing_music::service::plays::Bookkeeper;
use wing_music::{Music, Parts};
use wing_wiring::{Domain, Process, Program};

/// What music brings to a process.
pub const DOMAIN: Domain = Domain {
    name: "music",
    migrations: wing_music::MIGRATIONS,
    tags: &[
        (
            "music",
            "Artists, albums, tracks; listening, likes, plays, search.",
        ),
        (
            "uploads",
            "Resumable uploads by tus 1.0; a whole one becomes a track.",
        ),
    ],
    configure_api: wing_music::configure_api,
};

/// Music as a process of its own.
pub const PROGRAM: Program = Program {
    name: DOMAIN.name,
    domain: Some(DOMAIN),
    serve: |start| {
        Box::pin(serve_on(
            start.listener,
            start.config,
            start.clock,
            start.demo,
            start.stop,
        ))
    },
};

/// Mounts music in `process`; `users` knows the accounts, wherever they are.
pub fn mount(process: &mut Process, users: Arc<dyn UserDirectory>) -> anyhow::Result<Music> {
    let music = Music::new(Parts {
        config: &process.server.config,
        db: process.db.clone(),
        media: process.media.clone(),
        clock: process.server.clock.clone(),
        users,
        stop: process.server.stop.clone(),
    })?;
    process.add_consumer(Arc::new(Bookkeeper));
    process.add_handlers(wing_music::jobs::handlers(&music));
    for work in wing_music::jobs::background(&music, &process.server.stop) {
        process.server.add_background(work);
    }
    let mounted = music.clone();
    process
        .server
        .add_endpoints(move |services| wing_music::configure(services, &mounted));
    Ok(music)
}

/// Opens the database of this process with its tables.
pub fn open_database(config: &Config) -> anyhow::Result<Db> {
    wing_wiring::open_database(config, &[DOMAIN])
}

/// Serves on `listener` until SIGTERM, SIGINT or `stop`; with `demo` an empty
/// instance is filled.
pub async fn serve_on(
    listener: TcpListener,
    config: Config,
    clock: Clock,
    demo: bool,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mut process = Process::open(DOMAIN.name, config, clock, &[DOMAIN], stop).await?;
    let user = process.server.peer("user")?;
    let verifier = process.remote_verifier(user.clone()).await;
    let users: Arc<dyn UserDirectory> = Arc::new(RemoteUsers::new(user));
    let music = mount(&mut process, Arc::clone(&users))?;
    if demo {
        demo::start(&process, music, users);
    }
    let document = ApiDocument::new(&process.server.config, openapi);
    process.serve(listener, verifier, document).await
}

/// The OpenAPI document of this process.
pub fn openapi() -> utoipa::openapi::OpenApi {
    wing_wiring::openapi(&[DOMAIN])
}
