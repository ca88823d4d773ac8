//! The real programs of the split as children of this one, for tests that kill
//! them.

use std::process::Command;

use tempfile::TempDir;

use crate::process::program;
use crate::split::{Broker, Killed, SECRET, free_port, nginx};
use crate::{Client, Database, Musician, Options, SpawnedProcess, wait_until};

/// The services behind nginx, each with a database of its own, and NATS.
#[derive(Debug)]
pub struct Services {
    /// `http://127.0.0.1:PORT` of nginx.
    pub base_url: String,
    /// What carries events between them.
    pub broker: Broker,
    /// Accounts and music, in this order.
    running: [Option<SpawnedProcess>; 2],
    addresses: [String; 2],
    _nginx: Killed,
    // The order matters: first the databases, then the files.
    /// Where accounts and music are stored.
    pub databases: [Database; 2],
    data: TempDir,
}

/// The services by name, in the order of [`Services::databases`].
const NAMES: [&str; 2] = ["user", "music"];

impl Services {
    /// Starts everything and waits until it is ready.
    pub async fn start() -> Self {
        let data = tempfile::Builder::new()
            .prefix("wing-services-")
            .tempdir()
            .expect("a directory");
        let databases = NAMES.map(|name| {
            let home = data.path().join(name);
            std::fs::create_dir_all(&home).expect("a directory");
            Database::create(&home)
        });
        let addresses = NAMES.map(|_| format!("127.0.0.1:{}", free_port()));
        let port = free_port();
        let mut services = Self {
            base_url: format!("http://127.0.0.1:{port}"),
            broker: Broker::start(data.path()),
            running: [None, None],
            _nginx: nginx(data.path(), port, &addresses, None),
            addresses,
            databases,
            data,
        };
        for name in NAMES {
            services.bring_back(name).await;
        }
        services.until_whole().await;
        services
    }

    /// `kill -9` of a service.
    pub fn kill(&mut self, name: &str) {
        let running = self.running[index(name)].take();
        running.expect("it runs").kill();
    }

    /// Starts a service again where it was, and waits until it is ready.
    pub async fn bring_back(&mut self, name: &str) {
        let at = index(name);
        let options = Options::default()
            .set("WING_ADDR", &self.addresses[at])
            .set("WING_PUBLIC_URL", &self.base_url)
            .set("WING_SERVICE_SECRET", SECRET)
            .set("WING_NATS_URL", self.broker.url())
            .set("WING_TRUSTED_PROXIES", 1)
            // Far longer than any answer takes on a busy machine.
            .set("WING_CALL_MS", 5000);
        let options = match name {
            "music" => options.set("WING_USER_URL", format!("http://{}", self.addresses[0])),
            _ => options,
        };
        let path = program(&format!("wing-{name}"), &format!("wing-{name}-service"));
        let home = self.data.path().join(name);
        let url = &self.databases[at].url;
        let process = SpawnedProcess::start_with(Command::new(path), &home, url, &options).await;
        self.running[at] = Some(process);
    }

    /// Waits until the edge reaches every service again.
    pub async fn until_whole(&self) {
        let nobody = self.nobody();
        for path in ["/.well-known/jwks.json", "/api/v1/genres"] {
            wait_until("the edge reaches a service", || async {
                nobody.get(path).await.status == 200
            })
            .await;
        }
    }

    /// What a service has logged since it was last started.
    pub fn output(&self, name: &str) -> String {
        let running = self.running[index(name)].as_ref();
        running.map(SpawnedProcess::output).unwrap_or_default()
    }

    /// Somebody without an account.
    pub fn nobody(&self) -> Client {
        Client::nobody(&self.base_url)
    }

    /// A fan who is logged in.
    pub async fn fan(&self) -> Client {
        Client::signed_up(&self.base_url, "fan").await
    }

    /// A musician who is logged in.
    pub async fn musician(&self) -> Musician {
        Musician::new(Client::signed_up(&self.base_url, "musician").await)
    }
}

fn index(name: &str) -> usize {
    let found = NAMES.iter().position(|one| *one == name);
    found.expect("the name of a service")
}
