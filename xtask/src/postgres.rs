//! A PostgreSQL server for one run of the tests, thrown away afterwards.

use std::fs;
use std::io::Read;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::Signal;
use tempfile::TempDir;

use crate::cluster::Account;
use crate::process::{self, Session};

/// The oldest major version the product supports.
const OLDEST: u32 = 15;

/// Where Debian keeps the server programs of each version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// How long the server may take to start and to stop.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A running server with its files. Dropping it stops the server and deletes the files.
pub struct Server {
    child: Child,
    url: String,
    // Deleted last, when the server no longer writes to it.
    _home: TempDir,
}

impl Server {
    /// Makes a cluster and starts it on a free port of the loopback address.
    ///
    /// It does not sync to the disk, for speed. The URL holds a random password, since a
    /// superuser of the server can start programs on this machine.
    ///
    /// # Errors
    /// When no server is installed, or it does not start; the message holds
    /// the end of its log.
    pub fn start(session: &Session) -> Result<Self> {
        let programs = server_programs().context("PostgreSQL's server is not installed")?;
        let account = Account::for_server()?;
        let home = account.make_home()?;
        let password = random_password()?;
        account.make_cluster(session, &programs, home.path(), &password)?;

        let port = free_port()?;
        let log = home.path().join("log");
        let mut command = account.command(&programs.join("postgres"), home.path());
        command
            .arg("-D")
            .arg(home.path().join("data"))
            .args(settings(port))
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log)?)
            // The terminal's Ctrl-C is for the tests; they need the server
            // until they are done.
            .process_group(0);
        let mut server = Self {
            child: process::spawn(&mut command)?,
            url: format!("postgres://wing:{password}@127.0.0.1:{port}/postgres"),
            _home: home,
        };
        server.wait_until_ready(session, &programs, port, &log)?;
        Ok(server)
    }

    /// The URL of a database on the server, as a user who may create others.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Makes an empty database and gives its URL.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn create_database(&self, session: &Session, name: &str) -> Result<String> {
        let programs = server_programs().context("PostgreSQL's server is not installed")?;
        session.run(
            Command::new(programs.join("psql"))
                .args(["--quiet", "--no-psqlrc", "--command"])
                .arg(format!("CREATE DATABASE {name}"))
                .arg(&self.url),
        )?;
        let (server, _) = self.url.rsplit_once('/').context("a URL with a database")?;
        Ok(format!("{server}/{name}"))
    }

    fn wait_until_ready(
        &mut self,
        session: &Session,
        programs: &Path,
        port: u16,
        log: &Path,
    ) -> Result<()> {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            session.refuse_if_interrupted()?;
            let ready = Command::new(programs.join("pg_isready"))
                .args(["--quiet", "--host=127.0.0.1", "--dbname=postgres"])
                .arg(format!("--port={port}"))
                .status()?
                .success();
            let ended = self.child.try_wait()?.is_some();
            if ready && !ended {
                return Ok(());
            }
            if ended || Instant::now() > deadline {
                let log = fs::read_to_string(log).unwrap_or_default();
                bail!("PostgreSQL did not start:\n{}", last_lines(&log, 20));
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGINT is its fast shutdown: end all connections, then leave.
        process::send(&self.child, Signal::INT);
        if let Err(error) = process::finish(&mut self.child, TIMEOUT) {
            eprintln!("PostgreSQL may still run: {error:#}");
        }
    }
}

/// The directory of the newest installed server that is new enough.
pub fn server_programs() -> Option<PathBuf> {
    let versions = fs::read_dir(DEBIAN).ok()?;
    let names = versions.flatten().map(|entry| entry.file_name());
    let version = newest(names.filter_map(|name| name.to_str()?.parse().ok()))?;
    let programs = Path::new(DEBIAN).join(version.to_string()).join("bin");
    programs.join("initdb").is_file().then_some(programs)
}

fn newest(versions: impl Iterator<Item = u32>) -> Option<u32> {
    versions.filter(|version| *version >= OLDEST).max()
}

fn settings(port: u16) -> impl Iterator<Item = String> {
    [
        "listen_addresses=127.0.0.1".to_owned(),
        format!("port={port}"),
        "unix_socket_directories=".to_owned(),
        // Every test has a database and a pool of its own.
        "max_connections=400".to_owned(),
        "shared_buffers=64MB".to_owned(),
        // Containers often have little shared memory for parallel queries.
        "max_parallel_workers_per_gather=0".to_owned(),
        // Nothing here has to outlive a power cut.
        "fsync=off".to_owned(),
        "synchronous_commit=off".to_owned(),
        "full_page_writes=off".to_owned(),
        "wal_level=minimal".to_owned(),
        "max_wal_senders=0".to_owned(),
    ]
    .into_iter()
    .flat_map(|setting| ["-c".to_owned(), setting])
}

/// A port of the loopback address that nobody listens on.
///
/// # Errors
/// When there is none.
pub fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

/// 32 hexadecimal digits that nobody can guess.
///
/// # Errors
/// When the system has no randomness.
pub fn random_password() -> Result<String> {
    let mut bytes = [0; 16];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_wins_and_old_ones_do_not_count() {
        assert_eq!(newest([13, 15, 17, 16].into_iter()), Some(17));
        assert_eq!(newest([13, 14].into_iter()), None);
    }

    #[test]
    fn passwords_differ_and_need_no_escaping_in_a_url() {
        let (one, two) = (random_password().unwrap(), random_password().unwrap());
        assert_ne!(one, two);
        assert!(one.len() == 32 && one.chars().all(|c| c.is_ascii_hexdigit()));
    }

    #[test]
    fn a_long_log_is_cut_at_its_start() {
        assert_eq!(last_lines("a\nb\nc", 2), "b\nc");
        assert_eq!(last_lines("", 2), "");
    }
}
