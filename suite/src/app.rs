//! The whole site in this process.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::OnceLock;
use std::thread::JoinHandle;

use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use wing_kit::{Clock, Config, Db};

use crate::client::Client;
use crate::split::{Broker, Split, is_split};
use crate::{Browser, Database, Musician, Remote, wait_until};

/// Settings that differ from those of most tests, by variable.
#[derive(Clone, Debug, Default)]
pub struct Options {
    settings: Vec<(String, String)>,
    pub(crate) visualized: bool,
}

impl Options {
    /// Sets a variable of [`Config`], such as `WING_LOGIN_LIMIT`.
    pub fn set(mut self, variable: &str, value: impl ToString) -> Self {
        self.settings.push((variable.to_owned(), value.to_string()));
        self
    }

    /// Has the split show `/visualizer`, too, which the monolith always does.
    pub fn visualized(mut self) -> Self {
        self.visualized = true;
        self
    }

    /// What this test alone sets.
    pub(crate) fn own(&self, variable: &str) -> Option<String> {
        let set = self.settings.iter().rev();
        set.into_iter()
            .find(|(name, _)| name == variable)
            .map(|(_, value)| value.clone())
    }

    /// What a test's site is told: limits nobody meets, unless set otherwise.
    pub(crate) fn lookup(&self, variable: &str) -> Option<String> {
        if let Some(value) = self.own(variable) {
            return Some(value);
        }
        let value = match variable {
            "WING_RATE_LIMIT" | "WING_LOGIN_LIMIT" | "WING_SIGNUP_LIMIT" => "1000000",
            "WING_WORKERS" | "WING_PASSWORD_CHECKS" => "2",
            "WING_DATABASE_CONNECTIONS" => "4",
            "WING_STOP_SECONDS" => "5",
            _ => return None,
        };
        Some(value.to_owned())
    }

    /// Every variable that has a value here.
    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        let presets = [
            "WING_RATE_LIMIT",
            "WING_LOGIN_LIMIT",
            "WING_SIGNUP_LIMIT",
            "WING_WORKERS",
            "WING_PASSWORD_CHECKS",
            "WING_DATABASE_CONNECTIONS",
            "WING_STOP_SECONDS",
        ];
        let own = self.settings.iter().map(|(name, _)| name.as_str());
        presets
            .into_iter()
            .chain(own)
            .filter_map(|name| Some((name.to_owned(), self.lookup(name)?)))
            .collect()
    }

    /// Starts a site with these settings and waits until it is ready.
    pub async fn spawn(self) -> App {
        App::start(self).await
    }
}

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
    servers: Vec<JoinHandle<()>>,
    db: OnceLock<DbHolder>,
    user_db: OnceLock<DbHolder>,
    split: Option<Split>,
    // The order matters: first the database, then the files.
    /// Where its database is.
    pub database: Database,
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
    async fn start(options: Options) -> Self {
        start_logs();
        let data = tempfile::Builder::new()
            .prefix("wing-suite-")
            .tempdir()
            .expect("a directory");
        let database = Database::create(data.path());
        let (clock, stop) = (Clock::system(), CancellationToken::new());
        if let Some(remote) = Remote::named() {
            return Self::elsewhere(remote, &options, data, database, clock, stop);
        }
        let split = if is_split() {
            let url = &database.url;
            Some(Split::start(&options, data.path(), url, &clock, &stop).await)
        } else {
            None
        };
        let (base_url, config, servers, split) = match split {
            Some(mut split) => {
                let servers = std::mem::take(&mut split.servers);
                let config = split.config.clone();
                (split.base_url.clone(), config, servers, Some(split))
            }
            None => {
                let (base_url, config, server) =
                    monolith(&options, data.path(), &database, &clock, &stop);
                (base_url, config, vec![server], None)
            }
        };
        let app = Self {
            base_url,
            clock,
            config,
            stop,
            servers,
            db: OnceLock::new(),
            user_db: OnceLock::new(),
            split,
            database,
            data,
        };
        app.wait_until_ready().await;
        app
    }

    /// A site that runs already, of which nothing can be set.
    fn elsewhere(
        remote: &Remote,
        options: &Options,
        data: TempDir,
        database: Database,
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
            servers: Vec::new(),
            db: OnceLock::new(),
            user_db: OnceLock::new(),
            split: None,
            database,
            data,
        }
    }

    async fn wait_until_ready(&self) {
        let http = reqwest::Client::new();
        let url = format!("{}/readyz", self.base_url);
        wait_until("the site is ready", || {
            let ended = self.servers.iter().any(JoinHandle::is_finished);
            assert!(!ended, "the site ended");
            let request = http.get(&url).send();
            async move { request.await.is_ok_and(|answer| answer.status() == 200) }
        })
        .await;
    }

    /// The stored state, to look at.
    pub fn db(&self) -> &Db {
        &self
            .db
            .get_or_init(|| DbHolder(Db::open(&self.database.url, 1, &[]).expect("the database")))
            .0
    }

    /// Where accounts are stored: the same, or another service's database.
    pub fn user_db(&self) -> &Db {
        let Some(split) = &self.split else {
            return self.db();
        };
        let url = &split.user_database.url;
        &self
            .user_db
            .get_or_init(|| DbHolder(Db::open(url, 1, &[]).expect("the database")))
            .0
    }

    /// Where the process answers that has music, without the edge.
    pub fn behind_the_edge(&self) -> Client {
        let direct = self.split.as_ref().map(|split| &split.services[1]);
        Client::nobody(direct.unwrap_or(&self.base_url))
    }

    /// Where the OpenAPI documents are.
    pub fn documents(&self) -> &'static [&'static str] {
        match (&self.split, Remote::named()) {
            (Some(_), _) | (_, Some(_)) => &["/api-docs/user.json", "/api-docs/music.json"],
            (None, None) => &["/api-docs/openapi.json"],
        }
    }

    /// Stops one service of the split, by its name, as SIGTERM would.
    pub async fn stop_service(&self, name: &str) {
        let split = self.split.as_ref().expect("the split");
        let index = usize::from(name == "music");
        split.stops[index].cancel();
        wait_until("a service ends", || async {
            self.servers[index].is_finished()
        })
        .await;
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
            self.user_db().clone(),
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
        self.servers.iter().all(JoinHandle::is_finished)
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.stop.cancel();
        for server in self.servers.drain(..) {
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
