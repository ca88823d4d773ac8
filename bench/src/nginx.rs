//! nginx with sendfile on a directory: the other side of the streaming
//! comparison.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::bench::SERVER_CORE;
use crate::process::Process;
use crate::site::{answers, free_port};

/// A running nginx with one worker on the servers' core.
pub struct Nginx {
    process: Process,
    base: String,
}

impl Nginx {
    /// Serves the files of `files` under `/`.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(home: &Path, files: &Path) -> Result<Self> {
        let dir = home.join("nginx");
        fs::create_dir_all(&dir)?;
        let port = free_port()?;
        let here = dir.display();
        let temp: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .iter()
            .map(|kind| format!("{kind}_temp_path {here}/{kind};\n"))
            .collect();
        // As for a site with many listeners: no log, no limit on what one
        // connection may ask, head and file in full packets.
        let config = format!(
            "worker_processes 1;\ndaemon off;\nuser {};\npid {here}/pid;\nerror_log {here}/errors;\n\
             events {{ worker_connections 1024; }}\n\
             http {{\naccess_log off;\nsendfile on;\ntcp_nopush on;\nkeepalive_requests 100000000;\n\
             keepalive_timeout 600;\n{temp}default_type audio/ogg;\n\
             server {{ listen 127.0.0.1:{port};\nlocation / {{ root {}; }} }}\n}}\n",
            if rustix::process::geteuid().is_root() {
                "root"
            } else {
                "nobody"
            },
            files.display(),
        );
        let path = dir.join("nginx.conf");
        fs::write(&path, config)?;
        let log = dir.join("log");
        let mut process = Process::start(SERVER_CORE, Path::new("nginx"), &log, |command| {
            command
                .arg("-e")
                .arg(dir.join("errors"))
                .arg("-c")
                .arg(&path);
        })?;
        process.wait_until(&log, || answers(port, "/", "HTTP/1.1"))?;
        Ok(Self {
            process,
            base: format!("http://127.0.0.1:{port}"),
        })
    }

    /// Scheme and address.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The master process; its worker is a child.
    pub fn id(&self) -> u32 {
        self.process.id()
    }
}
