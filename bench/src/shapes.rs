//! Both shapes of the site behind an edge each, all of it on the servers' core.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use wing_edge::{Edge, SERVICES, Service, Upstream};

use crate::bench::{Bench, SERVER_CORE};
use crate::process::Process;
use crate::site::{answers, free_port};

/// A program of the site that runs.
pub struct Running {
    /// Its name in the list of services; `monolith` is all of them.
    pub name: &'static str,
    process: Process,
    port: u16,
    /// From the start of the process until it said that it was ready.
    pub took: Duration,
}

/// A whole site behind nginx.
pub struct Shape {
    /// Its programs, in the order in which they were started.
    pub programs: Vec<Running>,
    /// What else belongs to it: nginx, and NATS.
    others: Vec<Process>,
    base: String,
}

/// Between the processes of a run, which nobody else reaches.
const SECRET: &str = "only-for-the-processes-of-one-measurement";

impl Running {
    fn start(
        name: &'static str,
        file: &str,
        data: &Path,
        public: &str,
        more: &[(String, String)],
    ) -> Result<Self> {
        let port = free_port()?;
        let log = data.join(format!("{file}.log"));
        let began = Instant::now();
        let mut process = Process::start(SERVER_CORE, &program(file)?, &log, |command| {
            settings(command, port, data, public);
            command.envs(more.iter().cloned());
        })?;
        process.wait_until(&log, || answers(port, "/readyz", "HTTP/1.1 200"))?;
        Ok(Self {
            name,
            process,
            port,
            took: began.elapsed(),
        })
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

fn settings(command: &mut Command, port: u16, data: &Path, public: &str) {
    command.arg("serve");
    command.env("WING_ADDR", format!("127.0.0.1:{port}"));
    command.env("WING_PUBLIC_URL", public);
    command.env("WING_DATA", data);
    command.env("WING_WORKERS", "1");
    command.env("WING_TRUSTED_PROXIES", "1");
    command.env("WING_SERVICE_SECRET", SECRET);
    for limit in ["WING_RATE_LIMIT", "WING_LOGIN_LIMIT", "WING_SIGNUP_LIMIT"] {
        command.env(limit, "1000000");
    }
    command.env("WING_ACCESS_SECONDS", "3600");
}

/// The site's own programs, built beside this one.
fn program(name: &str) -> Result<PathBuf> {
    let this = std::env::current_exe().context("finding this program")?;
    let path = this.with_file_name(name);
    anyhow::ensure!(
        path.is_file(),
        "{} is not built: start this by `cargo xtask bench`",
        path.display()
    );
    Ok(path)
}

impl Shape {
    /// The monolith on the benchmark's catalogue.
    ///
    /// # Errors
    /// When something does not get ready.
    pub fn monolith(bench: &Bench) -> Result<Self> {
        let data = copy(bench, "monolith")?;
        let port = free_port()?;
        let public = format!("http://127.0.0.1:{port}");
        let program = Running::start("monolith", "wing", &data, &public, &[])?;
        let edge = edge(&data, port, |_| vec![program.address()])?;
        Ok(Self {
            programs: vec![program],
            others: vec![edge],
            base: public,
        })
    }

    /// Every service that has a domain, each on a copy of the catalogue, with NATS.
    ///
    /// # Errors
    /// When something does not get ready.
    pub fn split(bench: &Bench) -> Result<Self> {
        let (port, nats_port) = (free_port()?, free_port()?);
        let public = format!("http://127.0.0.1:{port}");
        let home = bench.home().join("between");
        fs::create_dir_all(&home)?;
        let log = home.join("nats.log");
        let nats = Process::start(SERVER_CORE, Path::new("nats-server"), &log, |command| {
            command.args(["--addr", "127.0.0.1", "--port", &nats_port.to_string()]);
            command.arg("--jetstream").arg("--store_dir");
            command.arg(home.join("nats"));
        })?;
        let mut programs: Vec<Running> = Vec::new();
        for service in SERVICES.iter().filter(|service| service.has_domain) {
            let mut settings = vec![(
                "WING_NATS_URL".to_owned(),
                format!("nats://127.0.0.1:{nats_port}"),
            )];
            for asked in service.asks {
                let there = programs.iter().find(|program| program.name == *asked);
                let there = there.with_context(|| format!("{asked} does not run"))?;
                let variable = wing_edge::address_variable(asked);
                settings.push((variable, format!("http://{}", there.address())));
            }
            let data = copy(bench, service.name)?;
            let file = service.program();
            let program = Running::start(service.name, &file, &data, &public, &settings)?;
            programs.push(program);
        }
        let edge = edge(&home, port, |service| {
            let of_it = programs.iter().filter(|one| one.name == service.name);
            of_it.map(Running::address).collect()
        })?;
        Ok(Self {
            programs,
            others: vec![edge, nats],
            base: public,
        })
    }

    /// One of its programs, by the name of the service.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn program(&self, name: &str) -> Result<&Running> {
        let found = self.programs.iter().find(|program| program.name == name);
        found.with_context(|| format!("{name} does not run"))
    }

    /// The address of a path at its edge.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Scheme and address of its edge.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// All of its processes.
    pub fn ids(&self) -> Vec<u32> {
        let programs = self.programs.iter().map(Running::id);
        programs
            .chain(self.others.iter().map(Process::id))
            .collect()
    }
}

/// A data directory of its own, keys included: a token is good in every shape.
fn copy(bench: &Bench, name: &str) -> Result<PathBuf> {
    let data = bench.home().join(name);
    if !data.exists() {
        let copied = Command::new("cp")
            .arg("-r")
            .arg(bench.data())
            .arg(&data)
            .status()?;
        anyhow::ensure!(copied.success(), "the catalogue cannot be copied");
    }
    Ok(data)
}

fn edge(data: &Path, port: u16, replicas: impl FnMut(&Service) -> Vec<String>) -> Result<Process> {
    let home = data.join("edge");
    fs::create_dir_all(&home)?;
    let edge = Edge {
        listen: format!("127.0.0.1:{port}"),
        upstreams: Upstream::each(SERVICES, replicas),
        rate: 1_000_000,
        home: Some(home.clone()),
        single_process: true,
        user: rustix::process::geteuid().is_root().then(|| "root".into()),
        ..Edge::by_names(SERVICES)
    };
    let config = home.join("nginx.conf");
    fs::write(&config, edge.render())?;
    let log = home.join("log");
    let mut nginx = Process::start(SERVER_CORE, Path::new("nginx"), &log, |command| {
        command.arg("-e").arg(home.join("error.log"));
        command.arg("-c").arg(&config);
    })?;
    nginx.wait_until(&log, || answers(port, "/readyz", "HTTP/1.1 200"))?;
    Ok(nginx)
}
