//! `cargo xtask split`: the services on this machine, as they run elsewhere:
//! each with its own database, behind nginx, told of events by NATS.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};
use tempfile::TempDir;
use wing_edge::{Edge, Owner};

use crate::crew::{Crew, Member};
use crate::postgres::{self, Server};
use crate::process::{Session, tethered};
use crate::{machine, run, workspace};

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
    replicas: Vec<(Owner, usize)>,
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

fn replicas(text: &str) -> Result<(Owner, usize), String> {
    let (name, count) = text.split_once('=').ok_or("write it as music=2")?;
    let service = Owner::SERVICES
        .into_iter()
        .find(|service| service.name() == name)
        .ok_or_else(|| format!("there is no service {name}"))?;
    let count = count.parse().map_err(|_| "not a number".to_owned())?;
    Ok((service, count))
}

impl Args {
    fn count(&self, service: Owner) -> usize {
        let given = self.replicas.iter().rev().find(|(of, _)| *of == service);
        given.map_or(1, |(_, count)| *count)
    }
}

/// # Errors
/// When the port is taken, something is missing or the build fails.
pub fn run(args: &Args, session: &Session) -> Result<()> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port));
    run::refuse_taken(address)?;
    let many = Owner::SERVICES.into_iter().any(|one| args.count(one) > 1);
    if args.sqlite && many {
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
    let plan = Plan::draw(args, session, &data, server.as_ref())?;
    let mut crew = Crew::default();
    for (name, make) in plan.members(args, thrown_away.path())? {
        crew.start(Member::new(name, make))?;
    }
    let welcome = plan.welcome(address, &data, args.release);
    crew.work(session, || {
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
    for service in Owner::SERVICES {
        cargo.args(["--package", &format!("wing-{}-service", service.name())]);
    }
    cargo.args(["--package", "wing-visualizer"]);
    if args.release {
        cargo.arg("--release");
    }
    session.run(&mut cargo)
}

/// One process of a service.
struct Replica {
    service: Owner,
    address: SocketAddr,
    data: PathBuf,
    database: Option<String>,
}

/// What runs where.
struct Plan {
    replicas: Vec<Replica>,
    secret: String,
    visualizer: SocketAddr,
    nats: u16,
    port: u16,
}

/// How one is started, again when it has ended.
type Make = Box<dyn Fn() -> Command>;

impl Plan {
    fn draw(args: &Args, session: &Session, data: &Path, server: Option<&Server>) -> Result<Self> {
        let mut replicas = Vec::new();
        for service in Owner::SERVICES {
            let name = service.name();
            let data = data.join(name);
            fs::create_dir_all(&data)?;
            let database = match server {
                Some(server) => Some(server.create_database(session, &format!("wing_{name}"))?),
                None => None,
            };
            for _ in 0..args.count(service) {
                replicas.push(Replica {
                    service,
                    address: (Ipv4Addr::LOCALHOST, postgres::free_port()?).into(),
                    data: data.clone(),
                    database: database.clone(),
                });
            }
        }
        Ok(Self {
            replicas,
            secret: postgres::random_password()?,
            visualizer: (Ipv4Addr::LOCALHOST, postgres::free_port()?).into(),
            nats: postgres::free_port()?,
            port: args.port,
        })
    }

    fn addresses(&self, service: Owner) -> Vec<String> {
        let of_it = self.replicas.iter().filter(|one| one.service == service);
        of_it.map(|one| one.address.to_string()).collect()
    }

    fn members(&self, args: &Args, home: &Path) -> Result<Vec<(String, Make)>> {
        let mut all = vec![("nats".to_owned(), self.nats(home)?)];
        let users = self.addresses(Owner::User);
        let users: Vec<String> = users.iter().map(|at| format!("http://{at}")).collect();
        let users = users.join(",");
        for (index, replica) in self.replicas.iter().enumerate() {
            let before = self.replicas[..index]
                .iter()
                .filter(|one| one.service == replica.service);
            let mut name = replica.service.name().to_owned();
            if args.count(replica.service) > 1 {
                name.push_str(&format!(" {}", before.clone().count() + 1));
            }
            // One of each service fills what all of them share.
            let demo = args.demo && before.count() == 0;
            all.push((name, self.service(replica, &users, args.release, demo)));
        }
        all.push((
            "visualizer".to_owned(),
            self.visualizer(&users, args.release),
        ));
        all.push(("nginx".to_owned(), self.nginx(home)?));
        Ok(all)
    }

    /// What every process behind the edge is told.
    fn common(&self, address: SocketAddr) -> Vec<(&'static str, String)> {
        vec![
            ("WING_ADDR", address.to_string()),
            ("WING_PUBLIC_URL", format!("http://127.0.0.1:{}", self.port)),
            ("WING_TRUSTED_PROXIES", "1".to_owned()),
            ("WING_SERVICE_SECRET", self.secret.clone()),
            ("WING_LOG_FORMAT", "text".to_owned()),
        ]
    }

    /// The operators' page, which shows all the others.
    fn visualizer(&self, users: &str, release: bool) -> Make {
        let program = workspace::program("wing-visualizer", release);
        let others = self.replicas.iter();
        let others = others.map(|one| format!("{}=http://{}", one.service.name(), one.address));
        let others: Vec<String> = others.collect();
        let mut variables = self.common(self.visualizer);
        variables.extend([
            ("WING_USER_URL", users.to_owned()),
            ("WING_VISUALIZER_PROCESSES", others.join(",")),
        ]);
        Box::new(move || {
            let mut command = tethered("TERM", &program);
            command.arg("serve").envs(variables.clone());
            command
        })
    }

    fn service(&self, replica: &Replica, users: &str, release: bool, demo: bool) -> Make {
        let program = workspace::program(&format!("wing-{}", replica.service.name()), release);
        let mut variables = self.common(replica.address);
        variables.extend([
            ("WING_DATA", replica.data.display().to_string()),
            ("WING_NATS_URL", format!("nats://127.0.0.1:{}", self.nats)),
            ("WING_API_DOCS", "user,music".to_owned()),
        ]);
        if let Some(url) = &replica.database {
            variables.push(("WING_DATABASE_URL", url.clone()));
        }
        if replica.service != Owner::User {
            variables.push(("WING_USER_URL", users.to_owned()));
        }
        Box::new(move || {
            let mut command = tethered("TERM", &program);
            command.arg("serve").envs(variables.clone());
            if demo {
                command.arg("--demo");
            }
            command
        })
    }

    fn nats(&self, home: &Path) -> Result<Make> {
        let store = home.join("nats");
        fs::create_dir_all(&store)?;
        let port = self.nats.to_string();
        Ok(Box::new(move || {
            let mut command = tethered("TERM", "nats-server");
            command
                .args(["--addr", "127.0.0.1", "--port", &port, "--jetstream"])
                .arg("--store_dir")
                .arg(&store);
            command
        }))
    }

    fn nginx(&self, home: &Path) -> Result<Make> {
        let home = home.join("nginx");
        fs::create_dir_all(&home)?;
        let path = home.join("nginx.conf");
        let edge = Edge {
            listen: format!("127.0.0.1:{}", self.port),
            replicas: Owner::SERVICES.map(|service| self.addresses(service)),
            visualizer: vec![self.visualizer.to_string()],
            home: Some(home.clone()),
            user: rustix::process::geteuid().is_root().then(|| "root".into()),
            ..Edge::by_names()
        };
        fs::write(&path, edge.render())?;
        Ok(Box::new(move || {
            let mut command = tethered("TERM", "nginx");
            command.arg("-e").arg("stderr").arg("-c").arg(&path);
            command
        }))
    }

    fn is_ready(&self) -> bool {
        let services = self.replicas.iter().map(|one| one.address);
        services.chain([self.visualizer]).all(run::is_ready)
    }

    /// What to type to make somebody an admin here.
    fn grant(&self, release: bool) -> String {
        let user = self.replicas.iter().find(|one| one.service == Owner::User);
        let place = user.map(|one| match &one.database {
            Some(url) => format!("WING_DATABASE_URL='{url}'"),
            None => format!("WING_DATA='{}'", one.data.display()),
        });
        let program = workspace::program("wing-user", release);
        let place = place.unwrap_or_default();
        format!("{place} {} admin grant YOUR@ADDRESS", program.display())
    }

    fn welcome(&self, address: SocketAddr, data: &Path, release: bool) -> String {
        let mut text = format!(
            "\nWin:G is ready, each domain in a process of its own.\n\n\
             Site        http://{address}/\n\
             Swagger UI  http://{address}/swagger-ui/\n\
             Visualizer  http://{address}/visualizer  (what runs here; for admins)\n"
        );
        for replica in &self.replicas {
            text.push_str(&format!(
                "{:<12}http://{}/  (Swagger UI, /metrics, /readyz)\n",
                replica.service.name(),
                replica.address
            ));
        }
        text.push_str(&format!(
            "nats        127.0.0.1:{}\nData        {}\n\
             Admin       sign up, then: {}\nStop        Ctrl-C\n",
            self.nats,
            data.display(),
            self.grant(release)
        ));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replicas_name_a_service_and_a_number() {
        assert_eq!(replicas("music=2"), Ok((Owner::Music, 2)));
        assert!(replicas("chess=2").is_err());
        assert!(replicas("music").is_err());
    }
}
