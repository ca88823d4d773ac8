use std::net::TcpListener;
use std::sync::Arc;

use actix_web::web;
use anyhow::Context as _;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use utoipa_actix_web::service_config::ServiceConfig;
use wing_broker::Broker;
use wing_clients::{Calls, Issuer};
use wing_kit::auth::{Revocations, Verifier};
use wing_kit::db::Migrations;
use wing_kit::events::{Consumer, Dispatcher, Inbox, Outbox};
use wing_kit::http::{ApiDocument, Background, Gate, Ready};
use wing_kit::jobs::{Handler, Runner};
use wing_kit::media::MediaStore;
use wing_kit::peers::Peers;
use wing_kit::{Clock, Config, Db};

/// Adds endpoints to a worker of the server.
pub type Mount = Arc<dyn Fn(&mut ServiceConfig<'_>) + Send + Sync>;

/// A process on its way up: what domains stand on, and what they bring.
pub struct Process {
    /// The settings.
    pub config: Config,
    /// The time.
    pub clock: Clock,
    /// Cancelled when the process is asked to stop.
    pub stop: CancellationToken,
    /// The door to the database.
    pub db: Db,
    /// Files.
    pub media: MediaStore,
    /// Tokens that are void before their time.
    pub revocations: Revocations,
    name: &'static str,
    peers: Option<Peers>,
    events: Arc<Notify>,
    runner: Runner,
    consumers: Vec<Arc<dyn Consumer>>,
    handlers: Vec<Arc<dyn Handler>>,
    background: Vec<Background>,
    mounts: Vec<Mount>,
}

impl Process {
    /// Opens what the process stands on: its directory, its database with the
    /// tables of `domains`, its files. Other processes know it as `name`.
    pub async fn open(
        name: &'static str,
        config: Config,
        clock: Clock,
        domains: &[Migrations],
        stop: CancellationToken,
    ) -> anyhow::Result<Self> {
        // Whole huge pages for what needs a few small ones would double what
        // the process holds. Where the system refuses, it only holds more.
        let _ = rustix::thread::disable_transparent_huge_pages(true);
        let db = open_database(&config, domains)?;
        Ok(Self {
            media: MediaStore::open(&config)?,
            peers: Peers::new(&config, name, clock.clone())?,
            runner: Runner::new(db.clone(), clock.clone()).await?,
            revocations: Revocations::new(),
            events: Arc::new(Notify::new()),
            consumers: Vec::new(),
            handlers: Vec::new(),
            background: Vec::new(),
            mounts: Vec::new(),
            name,
            config,
            clock,
            stop,
            db,
        })
    }

    /// Notified when an event was written.
    pub fn events(&self) -> Arc<Notify> {
        Arc::clone(&self.events)
    }

    /// Notified when a job was written.
    pub fn work(&self) -> Arc<Notify> {
        self.runner.waker()
    }

    /// Adds somebody who acts on events.
    pub fn consumes(&mut self, consumer: Arc<dyn Consumer>) {
        self.consumers.push(consumer);
    }

    /// Adds those who do jobs.
    pub fn handles(&mut self, handlers: Vec<Arc<dyn Handler>>) {
        self.handlers.extend(handlers);
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

    /// The way to the process `name`, which `variable` says is at `base`.
    pub fn neighbour(
        &self,
        name: &'static str,
        base: &str,
        variable: &str,
    ) -> anyhow::Result<Calls> {
        anyhow::ensure!(!base.is_empty(), "{variable} is not set: where is {name}?");
        let peers = self.peers.clone().with_context(|| {
            format!("WING_SERVICE_SECRET is not set, so {name} would not answer")
        })?;
        Calls::new(name, base, &self.config, peers).with_context(|| variable.to_owned())
    }

    /// Checks access tokens that the process behind `calls` signs.
    pub async fn trusts(&mut self, calls: Calls) -> Verifier {
        let issuer = Issuer::new(calls, self.revocations.clone(), self.clock.clone());
        issuer.prime().await;
        let verifier = issuer.verifier();
        self.beside(Box::pin(issuer.watch(self.stop.clone())));
        self.consumes(self.revocations.consumer(self.clock.clone()));
        verifier
    }

    /// Serves what was mounted, with its document, until asked to stop.
    pub async fn serve(
        mut self,
        listener: TcpListener,
        verifier: Verifier,
        document: ApiDocument,
    ) -> anyhow::Result<()> {
        let gate = Gate::new(&self.config, verifier, self.peers, wing_ui::problem_page);
        let ready = ready(&self.db, &self.media);
        if self.config.nats_url.is_empty() {
            let dispatcher = Dispatcher::new(self.db, self.clock, self.consumers, self.events);
            self.background
                .push(Box::pin(dispatcher.run(self.stop.clone())));
        } else {
            let broker = Broker::connect(&self.config, self.name).await?;
            let outbox = Outbox::new(self.db.clone(), self.clock.clone());
            let inbox = Inbox::new(self.db, self.clock);
            self.background.push(Box::pin(broker.clone().relay(
                outbox,
                self.events,
                self.stop.clone(),
            )));
            for consumer in self.consumers {
                self.background.push(Box::pin(broker.clone().consume(
                    consumer,
                    inbox.clone(),
                    self.stop.clone(),
                )));
            }
        }
        // Whoever does no jobs still writes them down.
        if self.config.jobs {
            self.background
                .push(Box::pin(self.runner.run(self.handlers, self.stop.clone())));
        }
        let mounts = self.mounts;
        let mount = move |services: &mut ServiceConfig<'_>| {
            for mount in mounts.iter().rev() {
                mount(services);
            }
            document.configure(services);
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

/// Opens the database of a process with the tables of `domains`.
pub fn open_database(config: &Config, domains: &[Migrations]) -> anyhow::Result<Db> {
    std::fs::create_dir_all(&config.data).context("making the data directory")?;
    Db::open(&config.database_url(), config.database_connections, domains)
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
