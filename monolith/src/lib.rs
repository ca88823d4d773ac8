//! The monolith: all domains in one process on one database.
//!
//! Nothing but wiring lives here: which domains are mounted, how they reach each
//! other, and what the operators' page shows. No feature and no rule; a service
//! differs from this only in its adapters. A domain whose address is configured
//! is another process' work: so one moves out at a time.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::web;
use anyhow::Context as _;
use tokio_util::sync::CancellationToken;
use utoipa_actix_web::service_config::ServiceConfig;
use wing_clients::RemoteUsers;
use wing_contracts::users::UserDirectory;
use wing_kit::db::Migrations;
use wing_kit::http::ApiDocument;
use wing_kit::{Clock, Config, Db};
use wing_wiring::Process;

/// Which domains are mounted here.
#[derive(Clone, Copy)]
struct Mounted {
    user: bool,
    music: bool,
}

impl Mounted {
    const ALL: Self = Self {
        user: true,
        music: true,
    };

    fn of(config: &Config) -> Self {
        Self {
            user: config.user_url.is_empty(),
            music: config.music_url.is_empty(),
        }
    }

    fn migrations(self) -> Vec<Migrations> {
        let user = self.user.then_some(wing_user::MIGRATIONS);
        let music = self.music.then_some(wing_music::MIGRATIONS);
        user.into_iter().chain(music).collect()
    }

    fn openapi(self) -> utoipa::openapi::OpenApi {
        wing_wiring::openapi(|services: &mut ServiceConfig<'_>| {
            if self.user {
                wing_user::configure_api(services);
            }
            if self.music {
                wing_music::configure_api(services);
            }
        })
    }
}

/// The OpenAPI document of all domains.
pub fn openapi() -> utoipa::openapi::OpenApi {
    Mounted::ALL.openapi()
}

/// The migrations of all domains, which run on one database here.
pub fn migrations() -> Vec<Migrations> {
    Mounted::ALL.migrations()
}

/// Opens the database with the tables of every domain that is mounted.
pub fn open_database(config: &Config) -> anyhow::Result<Db> {
    wing_wiring::open_database(config, &Mounted::of(config).migrations())
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
    more: impl Fn(&mut web::ServiceConfig) + Clone + Send + Sync + 'static,
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
    more: impl Fn(&mut web::ServiceConfig) + Clone + Send + Sync + 'static,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mounted = Mounted::of(&config);
    let mut process = Process::open("monolith", config, clock, &mounted.migrations(), stop).await?;
    // Accounts first: music asks them.
    let (verifier, directory, users) = if mounted.user {
        let users = wing_user_service::mount(&mut process).await?;
        let directory: Arc<dyn UserDirectory> = Arc::new(users.clone());
        (users.verifier(), directory, Some(users))
    } else {
        let calls =
            process
                .front
                .neighbour("user", &process.front.config.user_url, "WING_USER_URL")?;
        let verifier = process.trusts(calls.clone()).await;
        let directory: Arc<dyn UserDirectory> = Arc::new(RemoteUsers::new(calls));
        (verifier, directory, None)
    };
    if let (true, Some(users)) = (demo, users) {
        wing_user_service::demo::start(&process, users);
    }
    if mounted.music {
        let music = wing_music_service::mount(&mut process, Arc::clone(&directory))?;
        if demo {
            wing_music_service::demo::start(&process, music, directory);
        }
    }
    let source = match wing_visualizer::Source::of(&process.front.config)? {
        Some(source) => source,
        None => wing_visualizer::Source::itself("monolith", process.ready()),
    };
    wing_visualizer::mount(&mut process.front, source);
    process.front.mounts(move |services| {
        services.map(|plain| plain.configure(more.clone()));
    });
    let document = ApiDocument::new(&process.front.config, move || mounted.openapi());
    process.serve(listener, verifier, document).await
}
