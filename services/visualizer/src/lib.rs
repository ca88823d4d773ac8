//! The operators' page at `/visualizer`: which tasks of which service run on
//! which node, in which version, how they are and what they cost; live.
//!
//! - [`view`] is what runs at one moment; [`source`] reads it: from a Docker Swarm
//!   through its API, from processes on this machine, or from the process itself.
//! - [`history`] holds the events of the last hour, from comparing views.
//! - [`watch`] polls the source and publishes to all listeners.
//! - [`pages`] show it, to admins alone.
//!
//! Never here: a domain, a database, or anything that changes what runs. Nothing
//! of a task's environment, secrets or labels is read into [`view`].

pub mod history;
mod image;
pub mod pages;
pub mod source;
pub mod view;
pub mod watch;

use std::net::TcpListener;

use tokio_util::sync::CancellationToken;
use wing_kit::http::Ready;
use wing_kit::{Clock, Config};
use wing_wiring::{Program, Server};

pub use source::Source;
pub use watch::Visualizer;

wing_ui::translations!("locales");

/// The page as a process of its own.
pub const PROGRAM: Program = Program {
    name: "visualizer",
    domain: None,
    serve: |start| {
        Box::pin(serve_on(
            start.listener,
            start.config,
            start.clock,
            start.stop,
        ))
    },
};

/// Mounts the page in `server`; it shows what `source` reads.
pub fn mount(server: &mut Server, source: Source) -> Visualizer {
    let (visualizer, watching) = watch::begin(source, server.clock.clone(), server.stop.clone());
    server.add_background(Box::pin(watching));
    let mounted = visualizer.clone();
    server.add_endpoints(move |services| {
        services.map(|plain| plain.configure(|config| pages::configure(config, &mounted)));
    });
    visualizer
}

/// Serves on `listener` until SIGTERM, SIGINT or `stop`.
///
/// # Errors
/// When the settings name nothing to look at, or no process that knows who is an
/// admin.
pub async fn serve_on(
    listener: TcpListener,
    config: Config,
    clock: Clock,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mut server = Server::new(PROGRAM.name, config, clock, stop)?;
    let source = Source::of(&server.config)?.ok_or_else(|| {
        anyhow::anyhow!(
            "there is nothing to show: set WING_DOCKER_URL or WING_VISUALIZER_PROCESSES"
        )
    })?;
    let user = server.peer("user")?;
    let verifier = server.remote_verifier(user).await;
    mount(&mut server, source);
    // The source may be away; then the page says so.
    server.serve(listener, verifier, Ready::default()).await
}
