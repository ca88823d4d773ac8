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
use wing_clients::RemoteUsers;
use wing_contracts::users::UserDirectory;
use wing_kit::auth::Verifier;
use wing_kit::db::Migrations;
use wing_kit::http::ApiDocument;
use wing_kit::{Clock, Config, Db};
use wing_wiring::{Domain, Process, Program};

/// Every service that can be mounted here, each after those that it calls; a test
/// holds them to the list of services. How each is mounted is below, in `mount`.
pub const PROGRAMS: &[Program] = &[
    wing_user_service::PROGRAM,
    wing_music_service::PROGRAM,
    wing_visualizer_service::PROGRAM,
];

/// The domains that are mounted here: those that no other process serves.
fn mounted(config: &Config) -> Vec<Domain> {
    let here = |domain: &Domain| config.peer_url(domain.name).is_none();
    domains().filter(here).collect()
}

fn domains() -> impl Iterator<Item = Domain> {
    PROGRAMS.iter().filter_map(|program| program.domain)
}

/// The OpenAPI document of all domains.
pub fn openapi() -> utoipa::openapi::OpenApi {
    wing_wiring::openapi(&domains().collect::<Vec<_>>())
}

/// The migrations of all domains, which run on one database here.
pub fn migrations() -> Vec<Migrations> {
    domains().map(|domain| domain.migrations).collect()
}

/// Opens the database with the tables of every domain that is mounted.
pub fn open_database(config: &Config) -> anyhow::Result<Db> {
    wing_wiring::open_database(config, &mounted(config))
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
    let here = mounted(&config);
    let mut process = Process::open("monolith", config, clock, &here, stop).await?;
    let verifier = mount(&mut process, &here, demo).await?;
    process.server.add_endpoints(move |services| {
        services.map(|plain| plain.configure(more.clone()));
    });
    let document = ApiDocument::new(&process.server.config, move || wing_wiring::openapi(&here));
    process.serve(listener, verifier, document).await
}

/// Mounts the domains that are `here`, each with those that it calls: in the process
/// where they are mounted, else over HTTP. Gives what access tokens are checked by.
async fn mount(process: &mut Process, here: &[Domain], demo: bool) -> anyhow::Result<Verifier> {
    let is_here = |domain: Domain| here.iter().any(|one| one.name == domain.name);

    let (verifier, users): (_, Arc<dyn UserDirectory>) = if is_here(wing_user_service::DOMAIN) {
        let users = wing_user_service::mount(process).await?;
        if demo {
            wing_user_service::demo::start(process, users.clone());
        }
        (users.verifier(), Arc::new(users))
    } else {
        let calls = process.server.peer(wing_user_service::DOMAIN.name)?;
        let verifier = process.remote_verifier(calls.clone()).await;
        (verifier, Arc::new(RemoteUsers::new(calls)))
    };

    if is_here(wing_music_service::DOMAIN) {
        let music = wing_music_service::mount(process, Arc::clone(&users))?;
        if demo {
            wing_music_service::demo::start(process, music, users);
        }
    }

    let source = match wing_visualizer_service::Source::of(&process.server.config)? {
        Some(source) => source,
        None => wing_visualizer_service::Source::itself("monolith", process.ready()),
    };
    wing_visualizer_service::mount(&mut process.server, source);
    Ok(verifier)
}
