//! A NATS server, a database and consumers whose behaviour a test chooses.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::jetstream::{self, Context};
use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use wing_broker::Broker;
use wing_contracts::EventId;
use wing_contracts::events::Envelope;
use wing_kit::db::DbError;
use wing_kit::db::schema::outbox;
use wing_kit::events::{Consumer, ConsumerError, Inbox, Outbox, Parked, Redelivery, Repair};
use wing_kit::{Clock, Config, Conn, Db, Tx};

pub const PLAYED: &str = "track.played";
pub const DELETED: &str = "user.deleted";
/// No release knows it.
pub const REMIXED: &str = "track.remixed";
/// The stream, and what its subjects begin with.
pub const STREAM: &str = "events";

/// A server of its own; killed when dropped.
struct Nats {
    server: Child,
    url: String,
}

impl Nats {
    async fn start(dir: &Path) -> Self {
        let server = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "nats-server"])
            .args(["--addr", "127.0.0.1", "--port", "-1", "--jetstream"])
            .arg("--store_dir")
            .arg(dir.join("nats"))
            .arg("--ports_file_dir")
            .arg(dir)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("nats-server");
        let url = wait_for("the server names its port", || async { port_file(dir) });
        Self {
            server,
            url: url.await,
        }
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The address that the server wrote to its file of ports.
fn port_file(dir: &Path) -> Option<String> {
    let files = std::fs::read_dir(dir).ok()?.flatten();
    let mut ports = files.filter(|file| file.path().extension().is_some_and(|ext| ext == "ports"));
    let text = std::fs::read_to_string(ports.next()?.path()).ok()?;
    let ports: Value = serde_json::from_str(&text).ok()?;
    Some(ports["nats"][0].as_str()?.to_owned())
}

pub async fn wait_for<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut look: impl FnMut() -> F,
) -> T {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(Instant::now() < deadline, "it never happened: {what}");
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
}

pub async fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    wait_for(what, || {
        let holds = holds();
        async move { holds.then_some(()) }
    })
    .await;
}

type Act = fn(&Envelope) -> Result<(), ConsumerError>;

/// A consumer of one release.
pub struct Probe {
    pub name: &'static str,
    pub wants: &'static [&'static str],
    pub everywhere: bool,
    pub act: Act,
    pub committed: Mutex<Vec<EventId>>,
}

impl Probe {
    pub fn new(wants: &'static [&'static str]) -> Self {
        Self {
            name: "music.probe",
            wants,
            everywhere: false,
            act: |_| Ok(()),
            committed: Mutex::default(),
        }
    }

    /// Which events were delivered to it after the commit, sorted.
    pub fn committed(&self) -> Vec<EventId> {
        let mut all = self.committed.lock().clone();
        all.sort();
        all
    }
}

impl Consumer for Probe {
    fn name(&self) -> &'static str {
        self.name
    }

    fn wants(&self) -> &'static [&'static str] {
        self.wants
    }

    fn consume(&self, _: &mut Tx<'_>, event: &Envelope) -> Result<(), ConsumerError> {
        (self.act)(event)
    }

    fn everywhere(&self) -> bool {
        self.everywhere
    }

    fn committed(&self, event: &Envelope) {
        self.committed.lock().push(event.id);
    }
}

/// A site's broker and the database of the service `music`.
pub struct World {
    pub db: Db,
    pub clock: Clock,
    config: Config,
    nats: Nats,
    _dir: tempfile::TempDir,
}

/// On PostgreSQL where there is a server, for transactions that are open at once.
pub async fn world() -> World {
    let dir = tempfile::tempdir().expect("dir");
    let url = match std::env::var("WING_TEST_POSTGRES") {
        Ok(server) => new_database(&server),
        Err(_) => format!("sqlite://{}", dir.path().join("db").display()),
    };
    let nats = Nats::start(dir.path()).await;
    let config = Config::from_lookup(|name| match name {
        "WING_NATS_URL" => Some(nats.url.clone()),
        "WING_NATS_STREAM" => Some(STREAM.into()),
        _ => None,
    });
    World {
        db: Db::open(&url, 4, &[]).expect("opens"),
        clock: Clock::system(),
        config: config.expect("settings"),
        nats,
        _dir: dir,
    }
}

fn new_database(server: &str) -> String {
    let name = format!("wing_broker_{}", EventId::new().uuid().simple());
    Conn::establish(server)
        .expect("the server")
        .batch_execute(&format!("CREATE DATABASE {name}"))
        .expect("a database");
    let (stem, _) = server.rsplit_once('/').expect("a database in the address");
    format!("{stem}/{name}")
}

/// A running process, or a part of one.
pub struct Replica {
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl Replica {
    pub async fn end(mut self) {
        self.stop.cancel();
        for task in self.tasks.drain(..) {
            task.await.expect("it ends");
        }
    }
}

impl World {
    pub async fn broker(&self) -> Broker {
        let broker = Broker::connect(&self.config, "music").await;
        broker.expect("the broker")
    }

    /// Starts a replica of music with this consumer.
    pub async fn replica(&self, consumer: &Arc<Probe>) -> Replica {
        let (broker, stop) = (self.broker().await, CancellationToken::new());
        let inbox = Inbox::new(self.db.clone(), self.clock.clone());
        let consumer: Arc<dyn Consumer> = Arc::clone(consumer) as _;
        let redelivery = Redelivery::new(inbox.clone(), vec![Arc::clone(&consumer)]);
        let tasks = vec![
            tokio::spawn(broker.consume(consumer, inbox, stop.clone())),
            tokio::spawn(redelivery.run(stop.clone())),
        ];
        Replica { stop, tasks }
    }

    /// Starts a process that publishes what is in the outbox.
    pub async fn relay(&self) -> Replica {
        let (broker, stop) = (self.broker().await, CancellationToken::new());
        let outbox = Outbox::new(self.db.clone(), self.clock.clone());
        let wake = self.db.wakers().outbox();
        let tasks = vec![tokio::spawn(broker.relay(outbox, wake, stop.clone()))];
        Replica { stop, tasks }
    }

    pub async fn jetstream(&self) -> Context {
        let client = async_nats::connect(&self.nats.url).await;
        jetstream::new(client.expect("the server"))
    }

    pub fn event(&self, kind: &str) -> Value {
        json!({
            "id": EventId::new(), "occurred_at": self.clock.now(), "type": kind,
            "data": {"by": "somebody"},
        })
    }

    /// Writes such an event to the outbox, as the release that knows its type does.
    pub fn write(&self, kind: &str) -> EventId {
        let event = self.event(kind);
        let row = (
            outbox::id.eq(id(&event)),
            outbox::payload.eq(event.to_string()),
            outbox::occurred_at.eq(self.clock.now().0),
        );
        let written = self.db.write_blocking(|tx| {
            let insert = diesel::insert_into(outbox::table).values(row.clone());
            insert.execute(tx.conn()).map_err(DbError::Query)
        });
        assert_eq!(written.expect("the database"), 1);
        id(&event)
    }

    /// Publishes such an event, past any outbox.
    pub async fn publish(&self, jetstream: &Context, kind: &str) -> EventId {
        let event = self.event(kind);
        let subject = format!("{STREAM}.{kind}");
        let stored = jetstream.publish(subject, event.to_string().into()).await;
        stored.expect("published").await.expect("stored");
        id(&event)
    }

    pub fn parked(&self) -> Vec<Parked> {
        let repair = Repair::new(self.db.clone(), self.clock.clone());
        repair.parked().expect("the database")
    }
}

fn id(event: &Value) -> EventId {
    let text = event["id"].as_str().expect("an id");
    text.parse().expect("an id")
}
