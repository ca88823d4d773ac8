//! Both shapes of the site behind an edge each, all of it on the servers' core.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use wing_edge::{Edge, Owner};

use crate::bench::{Bench, SERVER_CORE};
use crate::process::Process;
use crate::site::{answers, free_port};

/// A program of the site that runs.
pub struct Running {
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
    fn start(name: &str, data: &Path, public: &str, more: &[(&str, String)]) -> Result<Self> {
        let port = free_port()?;
        let log = data.join(format!("{name}.log"));
        let began = Instant::now();
        let mut process = Process::start(SERVER_CORE, &program(name)?, &log, |command| {
            settings(command, port, data, public);
            command.envs(more.iter().cloned());
        })?;
        process.wait_until(&log, || answers(port, "/readyz", "HTTP/1.1 200"))?;
        Ok(Self {
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
        let program = Running::start("wing", &data, &public, &[])?;
        let edge = edge(&data, port, [program.address(), program.address()])?;
        Ok(Self {
            programs: vec![program],
            others: vec![edge],
            base: public,
        })
    }

    /// Accounts and music, each on a copy of the catalogue, with NATS.
    ///
    /// # Errors
    /// When something does not get ready.
    pub fn split(bench: &Bench) -> Result<Self> {
        let (users, music) = (copy(bench, "user")?, copy(bench, "music")?);
        let (port, nats_port) = (free_port()?, free_port()?);
        let public = format!("http://127.0.0.1:{port}");
        let log = music.join("nats.log");
        let nats = Process::start(SERVER_CORE, Path::new("nats-server"), &log, |command| {
            command.args(["--addr", "127.0.0.1", "--port", &nats_port.to_string()]);
            command.arg("--jetstream").arg("--store_dir");
            command.arg(music.join("nats"));
        })?;
        let nats_url = ("WING_NATS_URL", format!("nats://127.0.0.1:{nats_port}"));
        let user = Running::start(
            "wing-user",
            &users,
            &public,
            std::slice::from_ref(&nats_url),
        )?;
        let user_url = ("WING_USER_URL", format!("http://{}", user.address()));
        let music_program = Running::start("wing-music", &music, &public, &[nats_url, user_url])?;
        let edge = edge(&music, port, [user.address(), music_program.address()])?;
        Ok(Self {
            programs: vec![user, music_program],
            others: vec![edge, nats],
            base: public,
        })
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

fn edge(data: &Path, port: u16, services: [String; 2]) -> Result<Process> {
    let home = data.join("edge");
    fs::create_dir_all(&home)?;
    let edge = Edge {
        listen: format!("127.0.0.1:{port}"),
        replicas: Owner::SERVICES.map(|service| match service {
            Owner::User => vec![services[0].clone()],
            Owner::Music | Owner::Visualizer | Owner::Anyone => vec![services[1].clone()],
        }),
        visualizer: Vec::new(),
        rate: 1_000_000,
        home: Some(home.clone()),
        single_process: true,
        user: rustix::process::geteuid().is_root().then(|| "root".into()),
        ..Edge::by_names()
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
