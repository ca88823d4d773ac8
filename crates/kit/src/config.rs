//! Configuration by environment, with defaults that run.
//!
//! Every setting is a variable `WING_…`; each can also be given as the path of
//! a file that holds the value, `WING_…_FILE`, as Docker secrets want it.
//! [`Config::help`] lists them, and it is the same table that reads them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context as _, bail};

use crate::http::origins::Origins;

/// A value that never shows itself in a log.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The value, for where it is needed.
    pub fn expose(&self) -> &str {
        &self.0
    }
    /// Whether none was given.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

impl FromStr for Secret {
    type Err = std::convert::Infallible;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For reading in a terminal.
    Text,
}

impl FromStr for LogFormat {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "json" => Ok(Self::Json),
            "text" => Ok(Self::Text),
            _ => Err("is neither json nor text"),
        }
    }
}

/// What `--help` says of the settings that [`Config::peer_url`] reads.
const PEERS_HELP: &str = "  WING_{NAME}_URL
      Address of the process that serves NAME (WING_USER_URL that of user), such as `http://127.0.0.1:8081`, \
     where another one does; of several, with commas between.
      default: none
";

macro_rules! settings {
    ($($(#[doc = $doc:literal])+ $field:ident: $type:ty = $variable:literal, $default:literal;)*) => {
        /// All settings of a process.
        #[derive(Clone, Debug)]
        pub struct Config {
            $(
                $(#[doc = $doc])+
                pub $field: $type,
            )*
            /// The addresses of other services, by variable.
            peers: BTreeMap<String, String>,
        }

        impl Config {
            /// Reads the settings through `lookup`, which answers for the name
            /// of a variable. Fails on the first that does not parse, naming it
            /// but not its value. Addresses of other services, whose names it does
            /// not know, are added with [`Config::with_peer`].
            pub fn from_lookup(
                lookup: impl Fn(&str) -> Option<String>,
            ) -> anyhow::Result<Self> {
                Ok(Self {
                    $($field: read(&lookup, $variable, $default)?,)*
                    peers: BTreeMap::new(),
                })
            }

            /// Whether this variable is one of the table.
            fn has_setting(variable: &str) -> bool {
                [$($variable),*].contains(&variable)
            }

            /// The table of all settings, for `--help`.
            pub fn help() -> String {
                let mut help = String::new();
                $(
                    let doc = [$($doc.trim()),+].join(" ");
                    let default = if $default.is_empty() { "none" } else { $default };
                    let _ = writeln!(help, "  {}\n      {doc}\n      default: {default}", $variable);
                )*
                help.push_str(PEERS_HELP);
                help
            }
        }
    };
}

settings! {
    /// Address and port to listen on.
    addr: SocketAddr = "WING_ADDR", "127.0.0.1:8080";
    /// Directory of the embedded database, media, keys and unfinished work.
    data: PathBuf = "WING_DATA", "./data";
    /// `sqlite://PATH` or `postgres://…`; empty for SQLite in the data directory.
    database_url: Secret = "WING_DATABASE_URL", "";
    /// `s3://BUCKET/PREFIX` for media in an object store; empty for the data directory.
    media_url: String = "WING_MEDIA_URL", "";
    /// The object store's address, such as `https://s3.example.org`; empty for Amazon's of the region.
    s3_endpoint: String = "WING_S3_ENDPOINT", "";
    /// The object store's region.
    s3_region: String = "WING_S3_REGION", "us-east-1";
    /// Access key of the object store; empty for what the machine's role gives.
    s3_access_key_id: Secret = "WING_S3_ACCESS_KEY_ID", "";
    /// Secret of that access key.
    s3_secret_access_key: Secret = "WING_S3_SECRET_ACCESS_KEY", "";
    /// Whether the object store may be spoken to without TLS.
    s3_allow_http: bool = "WING_S3_ALLOW_HTTP", "false";
    /// Connections to the database.
    database_connections: u32 = "WING_DATABASE_CONNECTIONS", "8";
    /// The address people type, without a slash at the end; `https` makes cookies `Secure`.
    public_url: String = "WING_PUBLIC_URL", "http://127.0.0.1:8080";
    /// How many proxies in front are trusted to add to `X-Forwarded-For`.
    trusted_proxies: usize = "WING_TRUSTED_PROXIES", "0";
    /// Threads that serve requests; 0 for one a core.
    workers: usize = "WING_WORKERS", "0";
    /// Requests a second that one client address may make; ten times as many at once.
    rate_limit: u32 = "WING_RATE_LIMIT", "100";
    /// Failed log-ins from one network in 15 minutes; a third as many on a device that an account logged in on, two thirds an hour on all others together.
    login_limit: u32 = "WING_LOGIN_LIMIT", "30";
    /// New accounts an hour from one client address.
    signup_limit: u32 = "WING_SIGNUP_LIMIT", "30";
    /// Bytes of the data directory's disk that media leaves free, so that the database can always write.
    disk_reserve_bytes: u64 = "WING_DISK_RESERVE_BYTES", "268435456";
    /// Bytes of music that one account may keep, with what it is uploading.
    storage_bytes: u64 = "WING_STORAGE_BYTES", "53687091200";
    /// Seconds in which a body ends or brings its next part, of 1 KiB for each of them.
    body_seconds: u64 = "WING_BODY_SECONDS", "30";
    /// Plays without an account that are counted in an hour from one network, a sixth of them of one track.
    anonymous_plays: u32 = "WING_ANONYMOUS_PLAYS", "60";
    /// Password checks (19 MiB each) that run at once.
    password_checks: usize = "WING_PASSWORD_CHECKS", "2";
    /// Seconds an access token is good for.
    access_seconds: i64 = "WING_ACCESS_SECONDS", "600";
    /// Days a session lives without being used.
    session_days: i64 = "WING_SESSION_DAYS", "30";
    /// Private key that signs tokens, PKCS#8 PEM (Ed25519); empty for one made in the data directory.
    signing_key: Secret = "WING_SIGNING_KEY", "";
    /// What the processes of one site sign their calls to each other with, at least 32 characters; of several
    /// lines the first signs and all are accepted. Without it nobody may call.
    service_secret: Secret = "WING_SERVICE_SECRET", "";
    /// The NATS server that carries events between processes, `nats://…`; empty where one process has all domains.
    nats_url: Secret = "WING_NATS_URL", "";
    /// Name of the stream there; sites that share a server each have their own.
    nats_stream: String = "WING_NATS_STREAM", "WING";
    /// On how many servers of a NATS cluster each event is stored: 1, 3 or 5.
    nats_replicas: usize = "WING_NATS_REPLICAS", "1";
    /// Whether this process does the jobs of its database; `false` where others do, and this one only answers.
    jobs: bool = "WING_JOBS", "true";
    /// Milliseconds that all calls to other processes may take together for one request.
    call_ms: u64 = "WING_CALL_MS", "400";
    /// Names of the documents that Swagger UI offers, by commas, each at `/api-docs/NAME.json`; empty for this
    /// process' own.
    api_docs: String = "WING_API_DOCS", "";
    /// Docker API of a manager of the Swarm that `/visualizer` shows, as `http://HOST:PORT` of a proxy that only
    /// reads, or `unix:///PATH`; empty for none.
    docker_url: String = "WING_DOCKER_URL", "";
    /// Processes that `/visualizer` shows where there is no Swarm, as `NAME=http://HOST:PORT`, with commas between;
    /// replicas have the same name.
    visualizer_processes: String = "WING_VISUALIZER_PROCESSES", "";
    /// Where maps get their tiles, such as `https://tile.example.org`, with commas between: pages may load pictures
    /// and data from there.
    tile_origins: Origins = "WING_TILE_ORIGINS", "";
    /// Where sound and pictures of live streams come from, if not from this site, such as `https://hls.example.org`,
    /// with commas between; `https://*.example.org` are all hosts below.
    media_origins: Origins = "WING_MEDIA_ORIGINS", "";
    /// Whose players pages may show in a frame, with commas between.
    frame_origins: Origins = "WING_FRAME_ORIGINS", "https://www.youtube-nocookie.com,https://player.vimeo.com";
    /// Largest file to upload, in bytes.
    upload_max_bytes: u64 = "WING_UPLOAD_MAX_BYTES", "2147483648";
    /// Hours an upload may rest before it is dropped.
    upload_hours: i64 = "WING_UPLOAD_HOURS", "24";
    /// Longest track, in seconds.
    track_max_seconds: u64 = "WING_TRACK_MAX_SECONDS", "10800";
    /// Audio files processed at once.
    processing: usize = "WING_PROCESSING", "1";
    /// The ffmpeg to use; empty to look for it in `PATH`, `off` for none.
    ffmpeg: String = "WING_FFMPEG", "";
    /// `json` or `text`.
    log_format: LogFormat = "WING_LOG_FORMAT", "json";
    /// What to log, as `level` or `target=level,…`.
    log: String = "WING_LOG", "info";
    /// Seconds that running requests get to finish when the process is asked to stop.
    stop_seconds: u64 = "WING_STOP_SECONDS", "8";
    /// Seconds that the process goes on as before when it is asked to stop, until whoever sends requests has
    /// noticed: as long as the edge takes to look names up again.
    drain_seconds: u64 = "WING_DRAIN_SECONDS", "0";
}

impl Config {
    /// Reads the settings from the environment.
    pub fn from_env() -> anyhow::Result<Self> {
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        Self::from_names(names, |name| std::env::var(name).ok())
    }

    /// [`Config::from_lookup`], with the addresses of other services among the
    /// variables of these names.
    fn from_names(
        names: impl Iterator<Item = String>,
        lookup: impl Fn(&str) -> Option<String>,
    ) -> anyhow::Result<Self> {
        let mut config = Self::from_lookup(&lookup)?;
        for name in names {
            let variable = name.strip_suffix("_FILE").unwrap_or(&name);
            if is_peer(variable) && !Self::has_setting(variable) {
                let address = read(&lookup, variable, "")?;
                config.peers.insert(variable.to_owned(), address);
            }
        }
        Ok(config)
    }

    /// The address of the process that serves `name`, or several with commas
    /// between, as `WING_{NAME}_URL` gives it; none where no other process is known
    /// to.
    pub fn peer_url(&self, name: &str) -> Option<&str> {
        let address = self.peers.get(&Self::peer_variable(name))?;
        (!address.is_empty()).then_some(address)
    }

    /// The variable that [`Config::peer_url`] reads for `name`.
    pub fn peer_variable(name: &str) -> String {
        format!("WING_{}_URL", name.to_uppercase())
    }

    /// The same settings with another process serving `name`, at `address`.
    #[must_use]
    pub fn with_peer(mut self, name: &str, address: impl Into<String>) -> Self {
        let variable = Self::peer_variable(name);
        self.peers.insert(variable, address.into());
        self
    }

    /// The database's URL with the default filled in.
    pub fn database_url(&self) -> String {
        if self.database_url.is_empty() {
            format!("sqlite://{}", self.data.join("wing.sqlite3").display())
        } else {
            self.database_url.expose().to_owned()
        }
    }

    /// Whether browsers reach us over TLS.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

/// Whether a variable has the form of `WING_{NAME}_URL`.
fn is_peer(variable: &str) -> bool {
    let name = variable
        .strip_prefix("WING_")
        .and_then(|rest| rest.strip_suffix("_URL"));
    name.is_some_and(|name| !name.is_empty())
}

fn read<T: FromStr>(
    lookup: &impl Fn(&str) -> Option<String>,
    variable: &str,
    default: &str,
) -> anyhow::Result<T>
where
    T::Err: std::fmt::Display,
{
    let file = format!("{variable}_FILE");
    let text = match (lookup(variable), lookup(&file)) {
        (Some(_), Some(_)) => bail!("{variable} and {file} are both set; keep one"),
        (Some(text), None) => text,
        (None, Some(path)) => std::fs::read_to_string(&path)
            .with_context(|| format!("{file}: cannot read {path}"))?
            .trim_end_matches(['\r', '\n'])
            .to_owned(),
        (None, None) => default.to_owned(),
    };
    text.parse()
        .map_err(|error| anyhow::anyhow!("{variable}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_run_and_help_lists_every_variable() {
        let config = Config::from_lookup(|_| None).expect("defaults");
        assert_eq!(config.addr.to_string(), "127.0.0.1:8080");
        assert_eq!(config.database_url(), "sqlite://./data/wing.sqlite3");
        let help = Config::help();
        assert!(help.contains("WING_UPLOAD_MAX_BYTES") && help.contains("WING_{NAME}_URL"));
    }

    #[test]
    fn other_services_are_found_by_their_variables() {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("url");
        std::fs::write(&path, "http://music:8080\n").expect("write");
        let variables = [
            (
                "WING_USER_URL",
                "http://user:8080,http://user-2:8080".to_owned(),
            ),
            ("WING_MUSIC_URL_FILE", path.display().to_string()),
            ("WING_CHAT_URL", String::new()),
            ("WING_PUBLIC_URL", "https://wing.example".to_owned()),
        ];
        let config = Config::from_names(
            variables.iter().map(|(name, _)| (*name).to_owned()),
            |name| {
                let found = variables.iter().find(|(of, _)| *of == name);
                found.map(|(_, value)| value.clone())
            },
        )
        .expect("reads");
        assert_eq!(
            config.peer_url("user"),
            Some("http://user:8080,http://user-2:8080")
        );
        assert_eq!(config.peer_url("music"), Some("http://music:8080"));
        assert_eq!(config.peer_url("chat"), None, "an empty one is none");
        assert_eq!(config.peer_url("public"), None, "a setting is no service");
        assert_eq!(config.public_url, "https://wing.example");
        let moved = config.with_peer("chat", "http://chat:8080");
        assert_eq!(moved.peer_url("chat"), Some("http://chat:8080"));
    }

    #[test]
    fn no_service_has_the_variable_of_another_setting() {
        for service in wing_edge::SERVICES {
            let variable = Config::peer_variable(service.name);
            assert_eq!(variable, service.address_variable());
            assert!(!Config::has_setting(&variable), "{variable}");
        }
    }

    #[test]
    fn a_file_holds_a_secret_and_the_log_does_not() {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("url");
        std::fs::write(&path, "postgres://u:hunter2@h/db\n").expect("write");
        let config = Config::from_lookup(|name| {
            (name == "WING_DATABASE_URL_FILE").then(|| path.display().to_string())
        })
        .expect("reads");
        assert_eq!(config.database_url(), "postgres://u:hunter2@h/db");
        assert!(!format!("{config:?}").contains("hunter2"));
    }

    #[test]
    fn a_wrong_value_names_its_variable_and_not_itself() {
        let error = Config::from_lookup(|name| (name == "WING_ADDR").then(|| "s3cret".into()))
            .expect_err("refused");
        assert!(error.to_string().contains("WING_ADDR"));
        assert!(!error.to_string().contains("s3cret"));
    }
}
