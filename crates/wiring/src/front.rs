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

/// The side of a process that others see: settings, neighbours, endpoints behind
/// the gate. All there is of one that stores nothing; [`Process`](crate::Process)
/// stands behind it with a database.
pub struct Front {
    /// The settings.
    pub config: Config,
    /// The time.
    pub clock: Clock,
    /// Cancelled when the process is asked to stop.
    pub stop: CancellationToken,
    /// Tokens that are void before their time.
    pub revocations: Revocations,
    pub(crate) name: &'static str,
    peers: Option<Peers>,
    background: Vec<Background>,
    mounts: Vec<Mount>,
}

impl Front {
    /// The front of a process that others know as `name`.
    pub fn new(
        name: &'static str,
        config: Config,
        clock: Clock,
        stop: CancellationToken,
    ) -> anyhow::Result<Self> {
        // Whole huge pages for what needs a few small ones would double what
        // the process holds. The allocator asks for none by itself; this is for
        // systems that give them unasked. One that refuses only holds more.
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

    /// Adds work beside the requests.
    pub fn beside(&mut self, work: Background) {
        self.background.push(work);
    }

    /// Adds endpoints. What was mounted last is looked at first: a domain comes
    /// after those it asks, and people ask it more often than them.
    pub fn mounts(&mut self, mount: impl Fn(&mut ServiceConfig<'_>) + Send + Sync + 'static) {
        self.mounts.push(Arc::new(mount));
    }

    /// The way to the process that serves `name`, wherever the settings say it is.
    ///
    /// # Errors
    /// When the settings do not say where, or hold no secret to sign calls with.
    pub fn neighbour(&self, name: &'static str) -> anyhow::Result<Calls> {
        let variable = Config::peer_variable(name);
        let base = self.config.peer_url(name);
        let base = base.with_context(|| format!("{variable} is not set: where is {name}?"))?;
        let peers = self.peers.clone().with_context(|| {
            format!("WING_SERVICE_SECRET is not set, so {name} would not answer")
        })?;
        Calls::new(name, base, &self.config, peers).context(variable)
    }

    /// Checks access tokens that the process behind `calls` signs, and asks it
    /// each second which of them are void.
    pub async fn trusts(&mut self, calls: Calls) -> Verifier {
        let issuer = Issuer::new(calls, self.revocations.clone(), self.clock.clone());
        issuer.prime().await;
        let verifier = issuer.verifier();
        self.beside(Box::pin(issuer.watch(self.stop.clone())));
        verifier
    }

    /// Serves what was mounted until asked to stop; the process is ready when all
    /// that `ready` names is.
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
