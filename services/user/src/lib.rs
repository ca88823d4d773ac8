//! Accounts as a process of their own: which domain is mounted, and on what.
//!
//! No feature and no rule lives here. [`mount`] is how any process mounts the
//! domain, the monolith included. [`demo`] fills it by its use cases.

pub mod demo;

use std::net::TcpListener;

use tokio_util::sync::CancellationToken;
use wing_kit::http::ApiDocument;
use wing_kit::{Clock, Config, Db};
use wing_user::{Parts, Users};
use wing_wiring::{Domain, Process, Program};

/// What accounts bring to a process.
pub const DOMAIN: Domain = Domain {
    name: "user",
    migrations: wing_user::MIGRATIONS,
    tags: &[("user", "Accounts, sessions, profiles.")],
    configure_api: wing_user::configure_api,
};

/// Accounts as a process of their own.
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

/// Mounts accounts in `process`.
pub async fn mount(process: &mut Process) -> anyhow::Result<Users> {
    let users = Users::new(Parts {
        config: &process.server.config,
        db: process.db.clone(),
        clock: process.server.clock.clone(),
        media: process.media.clone(),
        revocations: process.server.revocations.clone(),
    })?;
    users.prime_revocations().await?;
    process.add_consumer(
        process
            .server
            .revocations
            .consumer(process.server.clock.clone()),
    );
    process.add_handlers(users.handlers());
    let mounted = users.clone();
    process
        .server
        .add_endpoints(move |services| wing_user::configure(services, &mounted));
    Ok(users)
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
    let users = mount(&mut process).await?;
    if demo {
        demo::start(&process, users.clone());
    }
    let document = ApiDocument::new(&process.server.config, openapi);
    process.serve(listener, users.verifier(), document).await
}

/// The OpenAPI document of this process.
pub fn openapi() -> utoipa::openapi::OpenApi {
    wing_wiring::openapi(&[DOMAIN])
}
