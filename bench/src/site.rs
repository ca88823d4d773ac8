//! The server under test: the whole site, one worker, pinned to its core.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::bench::{Bench, SERVER_CORE};
use crate::client::Client;
use crate::process::Process;

/// A running site.
pub struct Site {
    process: Process,
    base: String,
    answers: PathBuf,
    /// From the start of the process until it said that it was ready.
    pub took: Duration,
}

/// Fixed answers stand under this path, by name.
pub const FIXED: &str = "/api/v1/bench/fixed";
/// What is put here is written to the disk and nothing else is done.
pub const BARE: &str = "/api/v1/bench/bare";

impl Site {
    /// Starts the site on the benchmark's catalogue.
    ///
    /// # Errors
    /// When it does not get ready.
    pub fn start(bench: &Bench) -> Result<Self> {
        Self::start_on(bench.home(), &bench.data(), None)
    }

    /// Starts the site on a data directory, and another database than its own.
    ///
    /// # Errors
    /// When it does not get ready.
    pub fn start_on(home: &Path, data: &Path, database: Option<&str>) -> Result<Self> {
        let answers_dir = home.join("answers");
        fs::create_dir_all(&answers_dir)?;
        let port = free_port()?;
        let log = home.join("site.log");
        let program = std::env::current_exe().context("finding this program")?;
        let began = Instant::now();
        let mut process = Process::start(SERVER_CORE, &program, &log, |command| {
            command.arg("--serve").arg(&answers_dir);
            command.env("WING_ADDR", format!("127.0.0.1:{port}"));
            command.env("WING_PUBLIC_URL", format!("http://127.0.0.1:{port}"));
            command.env("WING_DATA", data);
            command.env("WING_WORKERS", "1");
            // Limits stay in place, out of the way.
            for limit in ["WING_RATE_LIMIT", "WING_LOGIN_LIMIT", "WING_SIGNUP_LIMIT"] {
                command.env(limit, "1000000");
            }
            command.env("WING_ACCESS_SECONDS", "3600");
            if let Some(url) = database {
                command.env("WING_DATABASE_URL", url);
            }
        })?;
        process.wait_until(&log, || answers(port, "/readyz", "HTTP/1.1 200"))?;
        let took = began.elapsed();
        Ok(Self {
            process,
            base: format!("http://127.0.0.1:{port}"),
            answers: answers_dir,
            took,
        })
    }

    /// Scheme and address.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// A client of it.
    ///
    /// # Errors
    /// When no connection can be prepared.
    pub fn client(&self) -> Result<Client> {
        Client::new(&self.base)
    }

    /// Gives the path of a fixed answer of what `path` answers now.
    ///
    /// # Errors
    /// When it does not answer with success.
    pub fn fix(
        &self,
        client: &Client,
        name: &str,
        path: &str,
        token: Option<&str>,
    ) -> Result<String> {
        let body = client.get(path, token)?;
        fs::write(self.answers.join(name), body)?;
        Ok(format!("{FIXED}/{name}"))
    }
}

/// A port that nobody uses.
///
/// # Errors
/// When there is none.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}

/// Whether a server's answer begins with these words.
pub fn answers(port: u16, path: &str, words: &str) -> bool {
    let limit = Duration::from_secs(2);
    let ask = || -> std::io::Result<bool> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut stream = TcpStream::connect_timeout(&address, limit)?;
        stream.set_read_timeout(Some(limit))?;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n"
        )?;
        let mut start = vec![0; words.len()];
        stream.read_exact(&mut start)?;
        Ok(start == words.as_bytes())
    };
    ask().unwrap_or(false)
}
