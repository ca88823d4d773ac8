//! The real programs of the split as children of this one, for tests that kill
//! them.

use std::process::Command;

use tempfile::TempDir;
use wing_edge::{SERVICES, Service};

use crate::nginx::nginx;
use crate::process::program;
use crate::split::SECRET;
use crate::{
    Broker, Client, Database, Killed, Musician, Options, SpawnedProcess, free_port, wait_until,
};

/// The services behind nginx, each with a database of its own, and NATS.
#[derive(Debug)]
pub struct Services {
    /// `http://127.0.0.1:PORT` of nginx.
    pub base_url: String,
    /// What carries events between them.
    pub broker: Broker,
    parts: Vec<Part>,
    _nginx: Killed,
    // After the databases.
    data: TempDir,
}

/// One service.
#[derive(Debug)]
struct Part {
    service: Service,
    /// `http://127.0.0.1:PORT`
    base_url: String,
    running: Option<SpawnedProcess>,
    database: Database,
}

impl Services {
    /// Starts every service that has a domain, and waits until all are ready.
    pub async fn start() -> Self {
        let data = tempfile::Builder::new()
            .prefix("wing-services-")
            .tempdir()
            .expect("a directory");
        let part = |service: &Service| {
            let program = wing_monolith::PROGRAMS
                .iter()
                .find(|program| program.name == service.name);
            let domain = program?.domain?;
            let home = data.path().join(service.name);
            std::fs::create_dir_all(&home).expect("a directory");
            Some(Part {
                service: *service,
                base_url: format!("http://127.0.0.1:{}", free_port()),
                running: None,
                database: Database::with_tables(&home, &[domain.migrations]),
            })
        };
        let parts: Vec<Part> = SERVICES.iter().filter_map(part).collect();
        let addresses: Vec<_> = parts
            .iter()
            .map(|part| (part.service.name, part.base_url.clone()))
            .collect();
        let port = free_port();
        let mut services = Self {
            base_url: format!("http://127.0.0.1:{port}"),
            broker: Broker::start(data.path()),
            _nginx: nginx(data.path(), port, &addresses),
            parts,
            data,
        };
        for (name, _) in addresses {
            services.bring_back(name).await;
        }
        services.until_whole().await;
        services
    }

    fn part(&self, name: &str) -> &Part {
        let found = self.parts.iter().find(|part| part.service.name == name);
        found.expect("the name of a service")
    }

    fn part_mut(&mut self, name: &str) -> &mut Part {
        let mut parts = self.parts.iter_mut();
        let found = parts.find(|part| part.service.name == name);
        found.expect("the name of a service")
    }

    /// Where a service stores.
    pub fn database(&self, name: &str) -> &Database {
        &self.part(name).database
    }

    /// `kill -9` of a service.
    pub fn kill(&mut self, name: &str) {
        let running = self.part_mut(name).running.take();
        running.expect("it runs").kill();
    }

    /// Starts a service again where it was, and waits until it is ready.
    pub async fn bring_back(&mut self, name: &str) {
        let part = self.part(name);
        let mut options = Options::default()
            .set("WING_ADDR", part.base_url.trim_start_matches("http://"))
            .set("WING_PUBLIC_URL", &self.base_url)
            .set("WING_SERVICE_SECRET", SECRET)
            .set("WING_NATS_URL", self.broker.url())
            .set("WING_TRUSTED_PROXIES", 1)
            // Far longer than any answer takes on a busy machine.
            .set("WING_CALL_MS", 5000);
        for asked in part.service.asks {
            let variable = wing_edge::address_variable(asked);
            options = options.set(&variable, &self.part(asked).base_url);
        }
        let name_of_program = part.service.program();
        let path = program(&name_of_program, &format!("{name_of_program}-service"));
        let home = self.data.path().join(name);
        let url = &part.database.url;
        let process = SpawnedProcess::start_with(Command::new(path), &home, url, &options).await;
        self.part_mut(name).running = Some(process);
    }

    /// Waits until the edge reaches every service again.
    pub async fn until_whole(&self) {
        let nobody = self.nobody();
        for part in &self.parts {
            let path = format!("/api-docs/{}.json", part.service.name);
            wait_until("the edge reaches a service", || async {
                nobody.get(&path).await.status == 200
            })
            .await;
        }
    }

    /// What a service has logged since it was last started.
    pub fn output(&self, name: &str) -> String {
        let running = self.part(name).running.as_ref();
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
