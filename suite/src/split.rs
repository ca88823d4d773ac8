//! The services behind nginx, with NATS between them: what stands where the
//! monolith stands in the other shape.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use tokio_util::sync::CancellationToken;
use wing_edge::{Edge, Owner};
use wing_kit::{Clock, Config};

use crate::{Database, Options, wait_until};

/// Whether the suite runs on the services behind nginx.
pub fn is_split() -> bool {
    match std::env::var("WING_TEST_SHAPE").as_deref() {
        Err(_) | Ok("" | "monolith") => false,
        Ok("split") => true,
        Ok(other) => panic!("WING_TEST_SHAPE is monolith or split, not {other}"),
    }
}

/// A program that is killed when dropped.
#[derive(Debug)]
pub struct Killed(Child);

impl Killed {
    /// Starts a program that ends with this one, however this one ends.
    fn start(program: &str, arguments: impl FnOnce(&mut Command)) -> Self {
        let mut command = Command::new("setpriv");
        arguments(command.args(["--pdeathsig", "KILL", program]));
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self(child.unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a split site has besides what every site has.
#[derive(Debug)]
pub struct Split {
    /// `http://127.0.0.1:PORT` of nginx.
    pub base_url: String,
    /// The settings of `services/music`.
    pub config: Config,
    /// The servers of the services.
    pub servers: Vec<JoinHandle<()>>,
    /// Cancelled to stop one of them.
    pub stops: [CancellationToken; 2],
    /// Where each answers without the edge.
    pub services: [String; 2],
    /// Where the accounts are.
    pub user_database: Database,
    /// What carries events between them.
    pub broker: Broker,
    _nginx: Killed,
}

/// What the services of one test sign their calls with.
pub(crate) const SECRET: &str = "a-secret-that-only-this-tests-services-know";

/// A NATS server that a test may take away.
#[derive(Debug)]
pub struct Broker {
    port: u16,
    store: PathBuf,
    running: Mutex<Option<Killed>>,
}

impl Broker {
    /// Starts one that stores in `home`.
    pub(crate) fn start(home: &Path) -> Self {
        let broker = Self {
            port: free_port(),
            store: home.join("nats"),
            running: Mutex::default(),
        };
        broker.bring_back();
        broker
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://wing:known%20only%20here@127.0.0.1:{}", self.port)
    }

    /// Kills it; what it has stored stays.
    pub fn take_away(&self) {
        *self.running() = None;
    }

    /// Starts it again on what it had stored.
    pub fn bring_back(&self) {
        let port = self.port.to_string();
        *self.running() = Some(Killed::start("nats-server", |command| {
            command
                .args(["--addr", "127.0.0.1", "--port", &port])
                .args(["--user", "wing", "--pass", "known only here"])
                .args(["--jetstream", "--store_dir"])
                .arg(&self.store);
        }));
    }

    /// Has it forget all that it had stored, as a disk that is lost does.
    pub fn empty(&self) {
        self.take_away();
        std::fs::remove_dir_all(&self.store).expect("emptied");
        self.bring_back();
    }

    fn running(&self) -> MutexGuard<'_, Option<Killed>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Split {
    /// Starts everything; music's files are in `data`, its database is given.
    pub async fn start(
        options: &Options,
        data: &Path,
        music_url: &str,
        clock: &Clock,
        stop: &CancellationToken,
    ) -> Self {
        let user_data = data.join("user-service");
        std::fs::create_dir_all(&user_data).expect("a directory");
        let user_database = Database::create(&user_data);
        let listeners = [(); 2].map(|()| listener());
        let addresses = [0, 1].map(|index: usize| address_of(&listeners[index]));
        let edge_port = free_port();
        let base_url = format!("http://127.0.0.1:{edge_port}");
        let broker = Broker::start(data);

        let settings = |index: usize, data: &Path, database_url: &str| {
            Config::from_lookup(|variable| {
                options.own(variable).or_else(|| {
                    Some(match variable {
                        "WING_DATA" => data.display().to_string(),
                        "WING_DATABASE_URL" => database_url.to_owned(),
                        "WING_PUBLIC_URL" => base_url.clone(),
                        "WING_ADDR" => addresses[index].clone(),
                        "WING_SERVICE_SECRET" => SECRET.into(),
                        "WING_NATS_URL" => broker.url(),
                        "WING_TRUSTED_PROXIES" => "1".into(),
                        "WING_API_DOCS" => "user,music".into(),
                        "WING_USER_URL" if index == 1 => format!("http://{}", addresses[0]),
                        // Far longer than any answer takes on a busy machine.
                        "WING_CALL_MS" => "5000".into(),
                        other => return options.lookup(other),
                    })
                })
            })
            .expect("settings")
        };
        let user = settings(0, &user_data, &user_database.url);
        let music = settings(1, data, music_url);
        let [user_listener, music_listener] = listeners;
        let services = addresses.clone().map(|address| format!("http://{address}"));

        let stops = [stop.child_token(), stop.child_token()];
        let mut servers = Vec::new();
        servers.push(serve({
            let (clock, stop) = (clock.clone(), stops[0].clone());
            move || wing_user_service::serve_on(user_listener, user, clock, false, stop)
        }));
        until_ready(&services[0], &servers).await;
        servers.push(serve({
            let (config, clock, stop) = (music.clone(), clock.clone(), stops[1].clone());
            move || wing_music_service::serve_on(music_listener, config, clock, false, stop)
        }));
        until_ready(&services[1], &servers).await;
        let visualizer = if options.visualized {
            let listener = listener();
            let at = address_of(&listener);
            let list = format!("user={},music={}", services[0], services[1]);
            let config = visualizer(options, &music, &at, &list);
            let (clock, stop) = (clock.clone(), stop.child_token());
            servers.push(serve(move || {
                wing_visualizer::serve_on(listener, config, clock, stop)
            }));
            Some(at)
        } else {
            None
        };
        let nginx = nginx(data, edge_port, &addresses, visualizer);
        until_ready(&base_url, &servers).await;
        Self {
            base_url,
            config: music,
            servers,
            stops,
            services,
            user_database,
            broker,
            _nginx: nginx,
        }
    }
}

/// The settings of the operators' page at `at`, which finds accounts where music
/// does, and looks at `processes` unless the test names something else.
fn visualizer(options: &Options, music: &Config, at: &str, processes: &str) -> Config {
    Config::from_lookup(|variable| {
        options.own(variable).or_else(|| {
            Some(match variable {
                "WING_ADDR" => at.to_owned(),
                "WING_PUBLIC_URL" => music.public_url.clone(),
                "WING_SERVICE_SECRET" => SECRET.into(),
                "WING_TRUSTED_PROXIES" => "1".into(),
                "WING_USER_URL" => music.user_url.clone(),
                "WING_VISUALIZER_PROCESSES" => processes.to_owned(),
                "WING_CALL_MS" => "5000".into(),
                other => return options.lookup(other),
            })
        })
    })
    .expect("settings")
}

fn serve<F>(start: impl FnOnce() -> F + Send + 'static) -> JoinHandle<()>
where
    F: Future<Output = anyhow::Result<()>>,
{
    std::thread::spawn(move || {
        if let Err(error) = actix_web::rt::System::new().block_on(start()) {
            eprintln!("a service ended: {error:#}");
        }
    })
}

async fn until_ready(base: &str, servers: &[JoinHandle<()>]) {
    let http = reqwest::Client::new();
    let url = format!("{base}/readyz");
    wait_until("a part of the site is ready", || {
        assert!(
            servers.iter().all(|server| !server.is_finished()),
            "a service ended"
        );
        let request = http.get(&url).send();
        async move { request.await.is_ok_and(|answer| answer.status() == 200) }
    })
    .await;
}

/// nginx in front of accounts and music, which answer at these addresses, and of
/// the operators' page, if there is one.
pub(crate) fn nginx(
    data: &Path,
    port: u16,
    services: &[String; 2],
    visualizer: Option<String>,
) -> Killed {
    let edge = Edge {
        listen: format!("127.0.0.1:{port}"),
        replicas: Owner::SERVICES.map(|service| match service {
            Owner::User => vec![services[0].clone()],
            Owner::Music | Owner::Visualizer | Owner::Anyone => vec![services[1].clone()],
        }),
        visualizer: visualizer.into_iter().collect(),
        ..Edge::by_names()
    };
    start_nginx(data, edge)
}

/// Starts nginx with the configuration of `edge`, and all it writes in `data`.
pub fn start_nginx(data: &Path, edge: Edge) -> Killed {
    let home = data.join("nginx");
    std::fs::create_dir_all(&home).expect("a directory");
    let edge = Edge {
        rate: 100_000,
        home: Some(home.clone()),
        single_process: true,
        user: rustix::process::geteuid().is_root().then(|| "root".into()),
        ..edge
    };
    let path = home.join("nginx.conf");
    std::fs::write(&path, edge.render()).expect("written");
    Killed::start("nginx", |command| {
        command
            .arg("-e")
            .arg(home.join("error.log"))
            .arg("-c")
            .arg(&path);
    })
}

/// An open socket at a port of its own.
fn listener() -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port")
}

fn address_of(listener: &TcpListener) -> String {
    listener.local_addr().expect("an address").to_string()
}

/// A port for a program that cannot be given an open socket. Below those that
/// the system gives to others, and apart from those of tests beside this one.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let mine = u16::try_from(std::process::id() % 2200).unwrap_or_default() * 10;
    (0..1000)
        .map(|_| 10_000 + (mine + NEXT.fetch_add(1, Ordering::Relaxed)) % 22_000)
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .expect("a free port")
}
