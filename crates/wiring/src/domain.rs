use std::net::TcpListener;
use std::pin::Pin;

use tokio_util::sync::CancellationToken;
use utoipa_actix_web::service_config::ServiceConfig;
use wing_kit::db::Migrations;
use wing_kit::{Clock, Config};

/// What a domain brings to every process that mounts it.
#[derive(Clone, Copy)]
pub struct Domain {
    /// Its name, as in the list of services.
    pub name: &'static str,
    /// Its tables.
    pub migrations: Migrations,
    /// The chapters of its API's document: names and descriptions.
    pub tags: &'static [(&'static str, &'static str)],
    /// Registers the documented endpoints.
    pub configure_api: fn(&mut ServiceConfig<'_>),
}

/// A service as a process of its own, started by whoever has the means: its
/// program, or a test.
#[derive(Clone, Copy)]
pub struct Program {
    /// Its name, as in the list of services.
    pub name: &'static str,
    /// The domain that it serves, if it serves one.
    pub domain: Option<Domain>,
    /// Serves until asked to stop.
    pub serve: fn(Start) -> Serving,
}

/// A service that runs; it ends with an error when it cannot go on.
pub type Serving = Pin<Box<dyn Future<Output = anyhow::Result<()>>>>;

/// What a service is started with.
pub struct Start {
    /// Where it listens; `config.addr` is ignored.
    pub listener: TcpListener,
    /// Its settings.
    pub config: Config,
    /// Its time.
    pub clock: Clock,
    /// Whether an empty instance is filled with demo content.
    pub demo: bool,
    /// Cancelled to stop it; SIGTERM and SIGINT do, too.
    pub stop: CancellationToken,
}
