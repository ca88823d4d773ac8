use std::net::TcpListener;
use std::sync::Arc;

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;
use wing_broker::Broker;
use wing_clients::Calls;
use wing_kit::auth::Verifier;
use wing_kit::events::{Consumer, Dispatcher, Inbox, Outbox, Redelivery};
use wing_kit::http::{ApiDocument, Ready};
use wing_kit::idempotency::Idempotency;
use wing_kit::jobs::{Handler, Runner};
use wing_kit::media::MediaStore;
use wing_kit::telemetry::{self, Watched};
use wing_kit::{Clock, Config, Db};

use crate::{Domain, Front};

/// A process on its way up: what domains stand on, and what they bring.
pub struct Process {
    /// Settings, neighbours, endpoints.
    pub front: Front,
    /// The pool of connections to the database.
    pub db: Db,
    /// Files.
    pub media: MediaStore,
    runner: Runner,
    consumers: Vec<Arc<dyn Consumer>>,
    handlers: Vec<Arc<dyn Handler>>,
}

impl Process {
    /// Opens what the process stands on: its directory, its database with the
    /// tables of `domains`, its files. Other processes know it as `name`.
    pub async fn open(
        name: &'static str,
        config: Config,
        clock: Clock,
        domains: &[Domain],
        stop: CancellationToken,
    ) -> anyhow::Result<Self> {
        let front = Front::new(name, config, clock, stop)?;
        let db = open_database(&front.config, domains)?;
        Ok(Self {
            media: MediaStore::open(&front.config)?,
            runner: Runner::new(db.clone(), front.clock.clone()).await?,
            consumers: Vec::new(),
            handlers: Vec::new(),
            front,
            db,
        })
    }

    /// What has to answer for the process to be ready.
    pub fn ready(&self) -> Ready {
        let (db, media) = (self.db.clone(), self.media.clone());
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

    /// Adds a consumer of events.
    pub fn consumes(&mut self, consumer: Arc<dyn Consumer>) {
        self.consumers.push(consumer);
    }

    /// Adds those who do jobs.
    pub fn handles(&mut self, handlers: Vec<Arc<dyn Handler>>) {
        self.handlers.extend(handlers);
    }

    /// Checks access tokens that the process behind `calls` signs; events say
    /// which are void, before it does itself.
    pub async fn trusts(&mut self, calls: Calls) -> Verifier {
        let verifier = self.front.trusts(calls).await;
        let front = &self.front;
        let learner = front.revocations.consumer(front.clock.clone());
        self.consumes(learner);
        verifier
    }

    /// Serves what was mounted, with its document, until asked to stop.
    pub async fn serve(
        mut self,
        listener: TcpListener,
        verifier: Verifier,
        document: ApiDocument,
    ) -> anyhow::Result<()> {
        let ready = self.ready();
        let mut front = self.front;
        let (stop, clock) = (front.stop.clone(), front.clock.clone());
        let watched = Watched {
            db: self.db.clone(),
            ready: ready.clone(),
            data: front.config.data.clone(),
            clock: clock.clone(),
        };
        front.beside(Box::pin(telemetry::watch(watched, stop.clone())));
        let keys = Idempotency::new(self.db.clone(), clock.clone());
        self.handlers.push(keys.pruning());
        let inbox = Inbox::new(self.db.clone(), clock.clone());
        let redelivery = Redelivery::new(inbox.clone(), self.consumers.clone());
        front.beside(Box::pin(redelivery.run(stop.clone())));
        if front.config.nats_url.is_empty() {
            let dispatcher = Dispatcher::new(inbox, self.consumers);
            front.beside(Box::pin(dispatcher.run(stop.clone())));
        } else {
            let broker = Broker::connect(&front.config, front.name).await?;
            let wake = self.db.wakers().outbox();
            let outbox = Outbox::new(self.db, clock);
            front.beside(Box::pin(broker.clone().relay(outbox, wake, stop.clone())));
            for consumer in self.consumers {
                front.beside(Box::pin(broker.clone().consume(
                    consumer,
                    inbox.clone(),
                    stop.clone(),
                )));
            }
        }
        // Whoever does no jobs still writes them down.
        if front.config.jobs {
            front.beside(Box::pin(self.runner.run(self.handlers, stop)));
        }
        front.mounts(move |services| document.configure(services));
        front.serve(listener, verifier, ready).await
    }
}

/// Opens the database of a process with the tables of `domains`.
pub fn open_database(config: &Config, domains: &[Domain]) -> anyhow::Result<Db> {
    std::fs::create_dir_all(&config.data).context("making the data directory")?;
    let tables: Vec<_> = domains.iter().map(|domain| domain.migrations).collect();
    Db::open(&config.database_url(), config.database_connections, &tables)
}
