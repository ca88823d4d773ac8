//! The whole site in this process.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::OnceLock;
use std::thread::JoinHandle;

use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use wing_kit::{Clock, Config, Db};

use crate::client::Client;
use crate::split::{Part, Split, domain_names, is_split};
use crate::{Broker, Browser, Database, Musician, Options, Remote, wait_until};

/// A running site. Dropping it stops it gracefully and deletes what it stored.
#[derive(Debug)]
pub struct App {
    /// `http://127.0.0.1:PORT`
    pub base_url: String,
    /// The clock the site goes by.
    pub clock: Clock,
    /// The settings it runs with.
    pub config: Config,
    stop: CancellationToken,
    server: Option<JoinHandle<()>>,
    db: OnceLock<DbHolder>,
    split: Option<Split>,
    // The order matters: first the database, then the files.
    /// Where the monolith's database is.
    database: Option<Database>,
    /// Its data directory.
    pub data: TempDir,
}

struct DbHolder(Db);

impl std::fmt::Debug for DbHolder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Db")
    }
}

/// Starts a site with the usual settings and waits until it is ready.
pub async fn spawn_app() -> App {
    Options::default().spawn().await
}

impl App {
    pub(crate) async fn start(options: Options) -> Self {
        start_logs();
        let data = tempfile::Builder::new()
            .prefix("wing-suite-")
            .tempdir()
            .expect("a directory");
        let (clock, stop) = (Clock::system(), CancellationToken::new());
        if let Some(remote) = Remote::named() {
            return Self::elsewhere(remote, &options, data, clock, stop);
        }
        let mut app = Self {
            base_url: String::new(),
            config: Config::from_lookup(|_| None).expect("settings"),
            clock,
            stop,
            server: None,
            db: OnceLock::new(),
            split: None,
            database: None,
            data,
        };
        if is_split() {
            let split = Split::start(&options, app.data.path(), &app.clock, &app.stop).await;
            app.base_url.clone_from(&split.base_url);
            app.config = split.main().config.clone();
            app.split = Some(split);
        } else {
            let database = Database::create(app.data.path());
            let (base_url, config, server) =
                monolith(&options, app.data.path(), &database, &app.clock, &app.stop);
            app.base_url = base_url;
            app.config = config;
            app.server = Some(server);
            app.database = Some(database);
        }
        app.wait_until_ready().await;
        app
    }

    /// A site that runs already, of which nothing can be set.
    fn elsewhere(
        remote: &Remote,
        options: &Options,
        data: TempDir,
        clock: Clock,
        stop: CancellationToken,
    ) -> Self {
        assert!(
            options.settings.is_empty(),
            "this test sets up its site: it does not apply to one that runs already"
        );
        let config = Config::from_lookup(|variable| match variable {
            "WING_PUBLIC_URL" => Some(remote.base_url.clone()),
            other => options.lookup(other),
        });
        Self {
            base_url: remote.base_url.clone(),
            clock,
            config: config.expect("settings"),
            stop,
            server: None,
            db: OnceLock::new(),
            split: None,
            database: None,
            data,
        }
    }

    async fn wait_until_ready(&self) {
        let http = reqwest::Client::new();
        let url = format!("{}/readyz", self.base_url);
        wait_until("the site is ready", || {
            let mut parts = self.split.iter().flat_map(|split| &split.parts);
            let ended =
                self.server.iter().any(JoinHandle::is_finished) || parts.any(Part::has_ended);
            assert!(!ended, "the site ended");
            let request = http.get(&url).send();
            async move { request.await.is_ok_and(|answer| answer.status() == 200) }
        })
        .await;
    }

    /// The stored state, to look at; of the split, that of the service with the
    /// home page.
    pub fn db(&self) -> &Db {
        if let Some(split) = &self.split {
            return split.main().db();
        }
        let url = &self.database().url;
        &self
            .db
            .get_or_init(|| DbHolder(Db::open(url, 3, &[]).expect("the database")))
            .0
    }

    /// What a service stores; in the monolith, what all of them do.
    pub fn db_of(&self, service: &str) -> &Db {
        match &self.split {
            Some(split) => split.part(service).db(),
            None => self.db(),
        }
    }

    /// Where [`App::db`] is.
    pub fn database(&self) -> &Database {
        let of_split = self.split.as_ref().map(Split::main);
        let of_split = of_split.and_then(|main| main.database.as_ref());
        let database = of_split.or(self.database.as_ref());
        database.expect("a site of this test's own")
    }

    /// Where the process answers that has the home page, without the edge.
    pub fn behind_the_edge(&self) -> Client {
        let direct = self.split.as_ref().map(|split| &split.main().base_url);
        Client::nobody(direct.unwrap_or(&self.base_url))
    }

    /// Where the OpenAPI documents are.
    pub fn documents(&self) -> Vec<String> {
        let is_split = self.split.is_some() || Remote::named().is_some();
        let names = match is_split {
            true => domain_names(),
            false => vec!["openapi"],
        };
        let path = |name| format!("/api-docs/{name}.json");
        names.into_iter().map(path).collect()
    }

    /// Stops one service of the split, as SIGTERM would.
    pub async fn stop_service(&self, name: &str) {
        let part = self.split.as_ref().expect("the split").part(name);
        part.stop.cancel();
        wait_until("a service ends", || async { part.has_ended() }).await;
    }

    /// What carries events between the services, if they are several.
    pub fn broker(&self) -> Option<&Broker> {
        self.split.as_ref().map(|split| &split.broker)
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

    /// An admin who is logged in.
    pub async fn admin(&self) -> Client {
        let mut client = Client::signed_up(&self.base_url, "musician").await;
        let (db, clock, email) = (
            self.db_of("user").clone(),
            self.clock.clone(),
            client.email.clone(),
        );
        tokio::task::spawn_blocking(move || wing_user::grant_admin(&db, &clock, &email))
            .await
            .expect("the task")
            .expect("an admin");
        client.log_in().await;
        client
    }

    /// A browser that nobody has logged in with.
    pub fn browser(&self) -> Browser {
        Browser::new(&self.base_url)
    }

    /// Lets time pass for the site.
    pub fn advance_hours(&self, hours: i64) {
        self.clock.advance_ms(hours * 3_600_000);
    }

    /// Asks the site to stop, as SIGTERM would.
    pub fn ask_to_stop(&self) {
        self.stop.cancel();
    }

    /// Whether the site has ended.
    pub fn has_ended(&self) -> bool {
        let mut parts = self.split.iter().flat_map(|split| &split.parts);
        self.server.iter().all(JoinHandle::is_finished) && parts.all(Part::has_ended)
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.stop.cancel();
        let parts = self.split.iter_mut().flat_map(|split| &mut split.parts);
        let parts = parts.filter_map(|part| part.server.take());
        for server in self.server.take().into_iter().chain(parts) {
            if server.join().is_err() {
                assert!(std::thread::panicking(), "the site panicked");
            }
        }
    }
}

/// Starts the monolith in this process: its address, settings and thread.
fn monolith(
    options: &Options,
    data: &Path,
    database: &Database,
    clock: &Clock,
    stop: &CancellationToken,
) -> (String, Config, JoinHandle<()>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = listener.local_addr().expect("an address");
    let base_url = format!("http://{address}");
    let config = Config::from_lookup(|variable| match variable {
        "WING_DATA" => Some(data.display().to_string()),
        "WING_DATABASE_URL" => Some(database.url.clone()),
        "WING_PUBLIC_URL" => options.lookup(variable).or_else(|| Some(base_url.clone())),
        "WING_ADDR" => Some(address.to_string()),
        other => options.lookup(other),
    })
    .expect("settings");
    let server = std::thread::spawn({
        let (config, clock, stop) = (config.clone(), clock.clone(), stop.clone());
        move || {
            let served = actix_web::rt::System::new().block_on(wing_monolith::serve_on(
                listener, config, clock, false, stop,
            ));
            if let Err(error) = served {
                eprintln!("the site ended: {error:#}");
            }
        }
    });
    (base_url, config, server)
}

/// What sites in this process log goes to the output of a failing test.
fn start_logs() {
    let filter = std::env::var("WING_TEST_LOG").unwrap_or_else(|_| "warn".into());
    let _ = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .try_init();
}
