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

use crate::{Domain, Server};

/// A process that is being started: what its domains need, and what they add.
pub struct Process {
    /// Settings, clients of other services, endpoints.
    pub server: Server,
    /// The pool of connections to the database.
    pub db: Db,
    /// The media store.
    pub media: MediaStore,
    runner: Runner,
    consumers: Vec<Arc<dyn Consumer>>,
    handlers: Vec<Arc<dyn Handler>>,
}

impl Process {
    /// Opens the data directory, the database with the tables of `domains` and the media
    /// store. The process identifies itself to others as `name`.
    pub async fn open(
        name: &'static str,
        config: Config,
        clock: Clock,
        domains: &[Domain],
        stop: CancellationToken,
    ) -> anyhow::Result<Self> {
        let server = Server::new(name, config, clock, stop)?;
        let db = open_database(&server.config, domains)?;
        Ok(Self {
            media: MediaStore::open(&server.config)?,
            runner: Runner::new(db.clone(), server.clock.clone()).await?,
            consumers: Vec::new(),
            handlers: Vec::new(),
            server,
            db,
        })
    }

    /// The checks that have to pass for the process to be ready.
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
    pub fn add_consumer(&mut self, consumer: Arc<dyn Consumer>) {
        self.consumers.push(consumer);
    }

    /// Adds handlers of jobs.
    pub fn add_handlers(&mut self, handlers: Vec<Arc<dyn Handler>>) {
        self.handlers.extend(handlers);
    }

    /// A verifier of access tokens that the service behind `calls` signs. Events bring
    /// revocations sooner than polling does.
    pub async fn remote_verifier(&mut self, calls: Calls) -> Verifier {
        let verifier = self.server.remote_verifier(calls).await;
        let server = &self.server;
        let learner = server.revocations.consumer(server.clock.clone());
        self.add_consumer(learner);
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
        let mut server = self.server;
        let (stop, clock) = (server.stop.clone(), server.clock.clone());
        let watched = Watched {
            db: self.db.clone(),
            ready: ready.clone(),
            data: server.config.data.clone(),
            clock: clock.clone(),
        };
        server.add_background(Box::pin(telemetry::watch(watched, stop.clone())));
        let keys = Idempotency::new(self.db.clone(), clock.clone());
        self.handlers.push(keys.pruning());
        let inbox = Inbox::new(self.db.clone(), clock.clone());
        let redelivery = Redelivery::new(inbox.clone(), self.consumers.clone());
        server.add_background(Box::pin(redelivery.run(stop.clone())));
        if server.config.nats_url.is_empty() {
            let dispatcher = Dispatcher::new(inbox, self.consumers);
            server.add_background(Box::pin(dispatcher.run(stop.clone())));
        } else {
            let broker = Broker::connect(&server.config, server.name).await?;
            let wake = self.db.wakers().outbox();
            let outbox = Outbox::new(self.db, clock);
            server.add_background(Box::pin(broker.clone().relay(outbox, wake, stop.clone())));
            for consumer in self.consumers {
                server.add_background(Box::pin(broker.clone().consume(
                    consumer,
                    inbox.clone(),
                    stop.clone(),
                )));
            }
        }
        // A process without job workers still enqueues jobs.
        if server.config.jobs {
            server.add_background(Box::pin(self.runner.run(self.handlers, stop)));
        }
        server.add_endpoints(move |services| document.configure(services));
        server.serve(listener, verifier, ready).await
    }
}

/// Opens the database of a process with the tables of `domains`.
pub fn open_database(config: &Config, domains: &[Domain]) -> anyhow::Result<Db> {
    std::fs::create_dir_all(&config.data).context("making the data directory")?;
    let tables: Vec<_> = domains.iter().map(|domain| domain.migrations).collect();
    Db::open(&config.database_url(), config.database_connections, &tables)
}
