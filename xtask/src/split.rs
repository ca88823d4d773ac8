//! `cargo xtask split`: the services on this machine, as they run elsewhere:
//! each with its own database, behind nginx, with events by NATS.

mod plan;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use anyhow::{Result, bail};
use tempfile::TempDir;
use wing_edge::{SERVICES, Service};

use crate::postgres::Server;
use crate::process::Session;
use crate::supervisor::{Program, Supervisor};
use crate::{machine, run, workspace};
use plan::{Plan, database_of};

#[derive(clap::Args)]
pub struct Args {
    /// The port of nginx on 127.0.0.1
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Build with optimisations: slower to build, faster to use
    #[arg(long)]
    release: bool,
    /// How many processes of a service, for example music=2
    #[arg(long, value_name = "SERVICE=COUNT", value_parser = replicas)]
    replicas: Vec<(&'static str, usize)>,
    /// SQLite files instead of a PostgreSQL server
    #[arg(long)]
    sqlite: bool,
    /// Fill the services with demo content
    #[arg(long)]
    demo: bool,
    /// Keep music, pictures and SQLite files here; else all is thrown away at the end
    #[arg(long)]
    data: Option<PathBuf>,
}

fn replicas(text: &str) -> Result<(&'static str, usize), String> {
    let (name, count) = text.split_once('=').ok_or("write it as music=2")?;
    let service = wing_edge::service(name).ok_or_else(|| format!("there is no service {name}"))?;
    let count = count.parse().map_err(|_| "not a number".to_owned())?;
    if count > 1 && service.tcp_port.is_some() {
        return Err(format!("{name} has a port that only one process can hold"));
    }
    Ok((service.name, count))
}

impl Args {
    fn count(&self, service: &Service) -> usize {
        let given = self.replicas.iter().rev();
        let mut given = given.filter(|(of, _)| *of == service.name);
        given.next().map_or(1, |(_, count)| *count)
    }
}

/// # Errors
/// When the port is taken, something is missing or the build fails.
pub fn run(args: &Args, session: &Session) -> Result<()> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port));
    run::refuse_taken(address)?;
    let shared = |service: &Service| service.has_database() && args.count(service) > 1;
    if args.sqlite && SERVICES.iter().any(shared) {
        bail!("one process alone uses a SQLite file: leave out --sqlite or --replicas");
    }
    machine::provide(session, &machine::SPLIT)?;
    run::build_assets(session)?;
    build(args, session)?;

    let thrown_away = TempDir::with_prefix("wing-split-")?;
    let data = match &args.data {
        Some(dir) => std::path::absolute(dir)?,
        None => thrown_away.path().to_path_buf(),
    };
    let server = match args.sqlite {
        true => None,
        false => Some(Server::start(session)?),
    };
    let plan = Plan::draw(args, SERVICES, &data, |service| {
        let create = |server: &Server| server.create_database(session, &database_of(service));
        server.as_ref().map(create).transpose()
    })?;
    let mut supervisor = Supervisor::default();
    for (name, make) in plan.members(args, thrown_away.path())? {
        supervisor.start(Program::new(name, make))?;
    }
    let welcome = plan.welcome(address, &data, args.release);
    supervisor.run(session, || {
        let ready = plan.is_ready() && run::is_ready(address);
        if ready {
            println!("{welcome}");
        }
        ready
    })
}

fn build(args: &Args, session: &Session) -> Result<()> {
    eprintln!("Building the services. The first time takes a few minutes.");
    let mut cargo = workspace::cargo();
    cargo.arg("build");
    for service in SERVICES {
        cargo.args(["--package", &format!("{}-service", service.program())]);
    }
    if args.release {
        cargo.arg("--release");
    }
    session.run(&mut cargo)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replicas_name_a_service_and_a_number() {
        assert_eq!(replicas("music=2"), Ok(("music", 2)));
        assert!(replicas("chess=2").is_err());
        assert!(replicas("music").is_err());
    }
}
