use std::net::TcpListener;
use std::sync::Arc;

use actix_web::web;
use anyhow::Context as _;
use tokio_util::sync::CancellationToken;
use utoipa_actix_web::service_config::ServiceConfig;
use wing_clients::{Calls, Issuer};
use wing_kit::auth::{Revocations, Verifier};
use wing_kit::http::{Background, Gate, Ready};
use wing_kit::peers::Peers;
use wing_kit::{Clock, Config};

/// Adds endpoints to a worker of the server.
pub type Mount = Arc<dyn Fn(&mut ServiceConfig<'_>) + Send + Sync>;

/// The HTTP server of a process: settings, clients of other services, endpoints behind
/// the gate, background tasks. A process that stores nothing needs no more;
/// [`Process`](crate::Process) adds a database, events and jobs.
pub struct Server {
    /// The settings.
    pub config: Config,
    /// The time.
    pub clock: Clock,
    /// Cancelled when the process is asked to stop.
    pub stop: CancellationToken,
    /// Access tokens that were revoked before they expired.
    pub revocations: Revocations,
    pub(crate) name: &'static str,
    peers: Option<Peers>,
    background: Vec<Background>,
    mounts: Vec<Mount>,
}

impl Server {
    /// The server of a process that identifies itself to others as `name`.
    pub fn new(
        name: &'static str,
        config: Config,
        clock: Clock,
        stop: CancellationToken,
    ) -> anyhow::Result<Self> {
        // With transparent huge pages the process would hold about twice the memory.
        // Failing to disable them costs memory only.
        let _ = rustix::thread::disable_transparent_huge_pages(true);
        Ok(Self {
            peers: Peers::new(&config, name, clock.clone())?,
            revocations: Revocations::new(),
            background: Vec::new(),
            mounts: Vec::new(),
            name,
            config,
            clock,
            stop,
        })
    }

    /// Adds a task that runs beside the requests.
    pub fn add_background(&mut self, work: Background) {
        self.background.push(work);
    }

    /// Adds endpoints. Those added last are matched first: a domain is mounted after
    /// those it calls, and gets more requests than they do.
    pub fn add_endpoints(
        &mut self,
        mount: impl Fn(&mut ServiceConfig<'_>) + Send + Sync + 'static,
    ) {
        self.mounts.push(Arc::new(mount));
    }

    /// A client of the service `name`, at the address in the settings.
    ///
    /// # Errors
    /// When the settings hold no address for it, or no secret to sign calls with.
    pub fn peer(&self, name: &'static str) -> anyhow::Result<Calls> {
        let variable = Config::peer_variable(name);
        let base = self.config.peer_url(name);
        let base = base.with_context(|| format!("{variable} is not set: where is {name}?"))?;
        let peers = self.peers.clone().with_context(|| {
            format!("WING_SERVICE_SECRET is not set, so {name} would not answer")
        })?;
        Calls::new(name, base, &self.config, peers).context(variable)
    }

    /// A verifier of access tokens that the service behind `calls` signs. A background
    /// task polls its revocations each second.
    pub async fn remote_verifier(&mut self, calls: Calls) -> Verifier {
        let issuer = Issuer::new(calls, self.revocations.clone(), self.clock.clone());
        issuer.prime().await;
        let verifier = issuer.verifier();
        self.add_background(Box::pin(issuer.watch(self.stop.clone())));
        verifier
    }

    /// Serves the endpoints until asked to stop; the process is ready when all checks
    /// in `ready` pass.
    pub async fn serve(
        self,
        listener: TcpListener,
        verifier: Verifier,
        ready: Ready,
    ) -> anyhow::Result<()> {
        let gate = Gate::new(&self.config, verifier, self.peers, wing_ui::problem_page);
        let mounts = self.mounts;
        let mount = move |services: &mut ServiceConfig<'_>| {
            for mount in mounts.iter().rev() {
                mount(services);
            }
            services.map(|plain: &mut web::ServiceConfig| plain.configure(wing_ui::configure));
        };
        wing_kit::http::serve(
            &self.config,
            listener,
            gate,
            ready,
            mount,
            self.background,
            self.stop,
        )
        .await
    }
}
