//! The services behind nginx, with NATS between them: what stands where the
//! monolith stands in the other shape.

use std::fmt;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::OnceLock;
use std::thread::JoinHandle;

use tokio_util::sync::CancellationToken;
use wing_edge::{SERVICES, Service};
use wing_kit::{Clock, Config, Db};
use wing_wiring::{Program, Start};

use crate::nginx::nginx;
use crate::{Broker, Database, Killed, Options, free_port, wait_until};

/// Whether the suite runs on the services behind nginx.
pub fn is_split() -> bool {
    match std::env::var("WING_TEST_SHAPE").as_deref() {
        Err(_) | Ok("" | "monolith") => false,
        Ok("split") => true,
        Ok(other) => panic!("WING_TEST_SHAPE is monolith or split, not {other}"),
    }
}

/// The services of a split site, and what is around them.
#[derive(Debug)]
pub struct Split {
    /// `http://127.0.0.1:PORT` of nginx.
    pub base_url: String,
    /// The services, each after those that it calls.
    pub parts: Vec<Part>,
    /// What carries events between them.
    pub broker: Broker,
    _nginx: Killed,
}

/// One service of a split site.
pub struct Part {
    /// Its name in the list of services.
    pub name: &'static str,
    /// Where it answers without the edge.
    pub base_url: String,
    /// Its settings.
    pub config: Config,
    /// Cancelled to stop it alone.
    pub stop: CancellationToken,
    /// The thread that serves it, until somebody waits for its end.
    pub server: Option<JoinHandle<()>>,
    db: OnceLock<Db>,
    /// Where it stores, if it stores anything.
    pub database: Option<Database>,
}

impl Part {
    /// The stored state, to look at.
    pub fn db(&self) -> &Db {
        let database = self.database.as_ref().expect("a service with a database");
        self.db
            .get_or_init(|| Db::open(&database.url, 3, &[]).expect("the database"))
    }

    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        self.server.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Part");
        debug
            .field("name", &self.name)
            .field("base_url", &self.base_url);
        debug.finish_non_exhaustive()
    }
}

/// What the services of one test sign their calls with.
pub(crate) const SECRET: &str = "a-secret-that-only-this-tests-services-know";

impl Split {
    /// Starts the services that the options name and those they call. The files of
    /// the one that has the home page are in `data`, those of each other in a
    /// directory there.
    pub async fn start(
        options: &Options,
        data: &Path,
        clock: &Clock,
        stop: &CancellationToken,
    ) -> Self {
        let edge_port = free_port();
        let base_url = format!("http://127.0.0.1:{edge_port}");
        let broker = Broker::start(data);
        let mut parts: Vec<Part> = Vec::new();
        for service in options.started_services() {
            let program = program_of(&service);
            let home = match wing_edge::owner_of("/") == Some(service.name) {
                true => data.to_path_buf(),
                false => data.join(format!("{}-service", service.name)),
            };
            std::fs::create_dir_all(&home).expect("a directory");
            let database = program
                .domain
                .map(|domain| Database::with_tables(&home, &[domain.migrations]));
            let listener = listener();
            let place = Place {
                address: address_of(&listener),
                public_url: &base_url,
                data: &home,
                database_url: database.as_ref().map(|database| &*database.url),
                broker: &broker,
                before: &parts,
            };
            let mut config = place.settings(options);
            for asked in service.asks {
                config = config.with_peer(asked, &part(&parts, asked).base_url);
            }
            let stop = stop.child_token();
            let start = Start {
                listener,
                config: config.clone(),
                clock: clock.clone(),
                demo: false,
                stop: stop.clone(),
            };
            parts.push(Part {
                name: service.name,
                base_url: format!("http://{}", place.address),
                config,
                stop,
                server: Some(serve(program, start)),
                database,
                db: OnceLock::new(),
            });
            until_ready(&parts[parts.len() - 1].base_url, &parts).await;
        }
        let addresses: Vec<_> = parts
            .iter()
            .map(|part| (part.name, part.base_url.clone()))
            .collect();
        let nginx = nginx(data, edge_port, &addresses);
        until_ready(&base_url, &parts).await;
        Self {
            base_url,
            parts,
            broker,
            _nginx: nginx,
        }
    }

    /// The service of this name, which has to be among those started.
    pub fn part(&self, name: &str) -> &Part {
        part(&self.parts, name)
    }

    /// The service that has the home page; the last one where it was not started.
    pub fn main(&self) -> &Part {
        let home = wing_edge::owner_of("/");
        let found = self.parts.iter().find(|part| Some(part.name) == home);
        found.or(self.parts.last()).expect("a service")
    }
}

fn part<'a>(parts: &'a [Part], name: &str) -> &'a Part {
    let found = parts.iter().find(|part| part.name == name);
    found.unwrap_or_else(|| panic!("{name} was not started"))
}

fn program_of(service: &Service) -> Program {
    let found = wing_monolith::PROGRAMS
        .iter()
        .find(|program| program.name == service.name);
    *found.unwrap_or_else(|| panic!("{} has no program", service.name))
}

/// Where a service of a test is, and what is around it.
struct Place<'a> {
    address: String,
    public_url: &'a str,
    data: &'a Path,
    database_url: Option<&'a str>,
    broker: &'a Broker,
    /// The services that were started before it.
    before: &'a [Part],
}

impl Place<'_> {
    fn settings(&self, options: &Options) -> Config {
        let config = Config::from_lookup(|variable| {
            options.own(variable).or_else(|| match variable {
                "WING_DATA" => Some(self.data.display().to_string()),
                "WING_DATABASE_URL" => self.database_url.map(ToOwned::to_owned),
                "WING_PUBLIC_URL" => Some(self.public_url.to_owned()),
                "WING_ADDR" => Some(self.address.clone()),
                "WING_SERVICE_SECRET" => Some(SECRET.into()),
                "WING_NATS_URL" => Some(self.broker.url()),
                "WING_TRUSTED_PROXIES" => Some("1".into()),
                "WING_API_DOCS" => Some(domain_names().join(",")),
                "WING_VISUALIZER_PROCESSES" => Some(self.processes()),
                // Far longer than any answer takes on a busy machine.
                "WING_CALL_MS" => Some("5000".into()),
                other => options.lookup(other),
            })
        });
        config.expect("settings")
    }

    fn processes(&self) -> String {
        let before = self.before.iter();
        let before = before.map(|part| format!("{}={}", part.name, part.base_url));
        before.collect::<Vec<_>>().join(",")
    }
}

/// The names of the services that have a domain.
pub(crate) fn domain_names() -> Vec<&'static str> {
    let domains = SERVICES.iter().filter(|service| service.has_domain);
    domains.map(|service| service.name).collect()
}

fn serve(program: Program, start: Start) -> JoinHandle<()> {
    std::thread::spawn(move || {
        if let Err(error) = actix_web::rt::System::new().block_on((program.serve)(start)) {
            eprintln!("{} ended: {error:#}", program.name);
        }
    })
}

async fn until_ready(base: &str, parts: &[Part]) {
    let http = reqwest::Client::new();
    let url = format!("{base}/readyz");
    wait_until("a part of the site is ready", || {
        let ended = parts.iter().find(|part| part.has_ended());
        assert!(ended.is_none(), "{ended:?} ended");
        let request = http.get(&url).send();
        async move { request.await.is_ok_and(|answer| answer.status() == 200) }
    })
    .await;
}

/// An open socket at a port of its own.
fn listener() -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port")
}

fn address_of(listener: &TcpListener) -> String {
    listener.local_addr().expect("an address").to_string()
}
