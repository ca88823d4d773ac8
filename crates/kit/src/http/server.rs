use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_server::Server;
use actix_web::middleware::from_fn;
use actix_web::{App, web};
use anyhow::Context as _;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use utoipa_actix_web::AppExt as _;
use utoipa_actix_web::service_config::ServiceConfig;
use wing_stream::Timeouts;

use super::gate::{Gate, gate};
use super::{health, input};
use crate::telemetry::metrics;
use crate::{Config, Problem};

type Answer = Pin<Box<dyn Future<Output = bool> + Send>>;
type Probe = Arc<dyn Fn() -> Answer + Send + Sync>;

/// What a process needs to be ready, by name.
#[derive(Clone, Default)]
pub struct Ready {
    needs: Vec<(&'static str, Probe)>,
    /// Whether all of it was there once.
    once: Arc<AtomicBool>,
}

impl Ready {
    /// Adds something that must answer.
    pub fn needs<F, A>(mut self, name: &'static str, probe: F) -> Self
    where
        F: Fn() -> A + Send + Sync + 'static,
        A: Future<Output = bool> + Send + 'static,
    {
        self.needs.push((name, Arc::new(move || Box::pin(probe()))));
        self
    }

    /// Asks for each, and whether it answers within two seconds.
    pub async fn check(&self) -> Vec<(&'static str, bool)> {
        let timeout = Duration::from_secs(2);
        let mut answers = Vec::with_capacity(self.needs.len());
        for (name, probe) in &self.needs {
            let there = tokio::time::timeout(timeout, probe())
                .await
                .unwrap_or(false);
            metrics::READY.with_label_values(&[name]).set(there.into());
            answers.push((*name, there));
        }
        answers
    }

    /// Whether all of it is there, or was there before.
    pub(super) async fn was_ready(&self) -> bool {
        if !self.once.load(Ordering::Relaxed) {
            let all = self.check().await.iter().all(|(_, ready)| *ready);
            self.once.fetch_or(all, Ordering::Relaxed);
        }
        self.once.load(Ordering::Relaxed)
    }
}

/// Work beside the requests, which ends when its token is cancelled.
pub type Background = Pin<Box<dyn Future<Output = ()> + Send>>;

/// How long an idle connection is kept; browsers and proxies come back on it.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// Serves until SIGTERM, SIGINT or `stop`, then finishes what runs and returns.
///
/// `mount` adds the domains' endpoints; it is called once a worker. `background`
/// is started with the server and awaited at the end.
pub async fn serve<M>(
    config: &Config,
    listener: TcpListener,
    gate_state: Arc<Gate>,
    ready: Ready,
    mount: M,
    background: Vec<Background>,
    stop: CancellationToken,
) -> anyhow::Result<()>
where
    M: Fn(&mut ServiceConfig<'_>) + Clone + Send + 'static,
{
    let address: SocketAddr = listener.local_addr()?;
    let workers = match config.workers {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        n => n,
    };
    let gate_state = web::Data::new(gate_state);
    let ready = web::Data::new(ready);
    let app = move || {
        let mount = mount.clone();
        App::new()
            .wrap(from_fn(gate))
            .app_data(gate_state.clone())
            .app_data(ready.clone())
            .configure(input::configure)
            .configure(health::configure)
            .into_utoipa_app()
            .configure(|services| mount(services))
            .into_app()
            .default_service(web::to(|| async { Err::<String, _>(Problem::not_found()) }))
    };
    let server = Server::build()
        .workers(workers)
        .shutdown_timeout(config.stop_seconds)
        .disable_signals();
    // Before anything is answered: whoever sees it answer may ask it to stop.
    let asked = Asked::listen();
    // Instead of `HttpServer`, for answers that the kernel sends from a file.
    let timeouts = Timeouts {
        keep_alive: KEEP_ALIVE,
        ..Timeouts::default()
    };
    let server = wing_stream::listen(server, listener, timeouts, app)
        .context("listening")?
        .run();

    let handle = server.handle();
    let tasks: Vec<_> = background.into_iter().map(tokio::spawn).collect();
    let signals = tokio::spawn({
        let stop = stop.clone();
        let drain = Duration::from_secs(config.drain_seconds);
        async move {
            wait_for_signal(asked, &stop, drain).await;
            stop.cancel();
            handle.stop(true).await;
        }
    });
    tracing::info!(%address, workers, "listening");
    server.await.context("serving")?;
    stop.cancel();
    signals.abort();
    for task in tasks {
        let timeout = Duration::from_secs(2);
        if tokio::time::timeout(timeout, task).await.is_err() {
            tracing::warn!("background work did not end in time; it is resumed at the next start");
        }
    }
    tracing::info!("stopped");
    Ok(())
}

/// The signals that ask to stop.
struct Asked {
    term: Signal,
    int: Signal,
}

impl Asked {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            term: signal(SignalKind::terminate())?,
            int: signal(SignalKind::interrupt())?,
        })
    }
}

/// Waits until somebody asks to stop, and then for as long as `drain`: nobody
/// is turned away who was sent here before it was known. Who asks twice, or who
/// cancels `stop`, means now.
async fn wait_for_signal(asked: std::io::Result<Asked>, stop: &CancellationToken, drain: Duration) {
    let mut asked = match asked {
        Ok(asked) => asked,
        Err(error) => {
            tracing::error!(%error, "signals cannot be listened to");
            return stop.cancelled().await;
        }
    };
    tokio::select! {
        _ = asked.term.recv() => tracing::info!("asked to stop (SIGTERM)"),
        _ = asked.int.recv() => tracing::info!("asked to stop (SIGINT)"),
        () = stop.cancelled() => return tracing::info!("asked to stop"),
    }
    tokio::select! {
        () = tokio::time::sleep(drain) => {}
        _ = asked.term.recv() => {}
        _ = asked.int.recv() => {}
        () = stop.cancelled() => {}
    }
}
