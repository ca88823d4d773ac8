//! Which processes `cargo xtask split` runs, and with which settings.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use wing_edge::{Edge, Service, Upstream};

use super::Args;
use crate::process::dies_with_parent;
use crate::{postgres, run, workspace};

/// The name of a service's database.
pub(super) fn database_of(service: &Service) -> String {
    format!("wing_{}", service.name)
}

/// One process of a service.
struct Replica {
    service: Service,
    /// Its name in the log.
    name: String,
    /// Whether it is the first of its service.
    is_first: bool,
    address: SocketAddr,
    data: PathBuf,
    database: Option<String>,
}

/// What runs where.
pub(super) struct Plan {
    replicas: Vec<Replica>,
    secret: String,
    nats: u16,
    port: u16,
}

/// How one is started, again when it has ended.
pub(super) type Make = Box<dyn Fn() -> Command>;

impl Plan {
    /// `database` makes the database of a service and gives its URL, or none where
    /// a file in its directory serves.
    pub(super) fn draw(
        args: &Args,
        services: &[Service],
        data: &Path,
        mut database: impl FnMut(&Service) -> Result<Option<String>>,
    ) -> Result<Self> {
        let mut replicas = Vec::new();
        for service in services {
            let data = data.join(service.name);
            fs::create_dir_all(&data)?;
            let database = match service.has_database() {
                true => database(service)?,
                false => None,
            };
            let count = args.count(service);
            for number in 1..=count {
                replicas.push(Replica {
                    service: *service,
                    name: match count {
                        1 => service.name.to_owned(),
                        _ => format!("{} {number}", service.name),
                    },
                    is_first: number == 1,
                    address: (Ipv4Addr::LOCALHOST, postgres::free_port()?).into(),
                    data: data.clone(),
                    database: database.clone(),
                });
            }
        }
        Ok(Self {
            replicas,
            secret: postgres::random_password()?,
            nats: postgres::free_port()?,
            port: args.port,
        })
    }

    fn addresses(&self, service: &str) -> Vec<String> {
        let of_it = self
            .replicas
            .iter()
            .filter(|one| one.service.name == service);
        of_it.map(|one| one.address.to_string()).collect()
    }

    pub(super) fn members(&self, args: &Args, home: &Path) -> Result<Vec<(String, Make)>> {
        let mut all = vec![("nats".to_owned(), self.nats(home)?)];
        for replica in &self.replicas {
            // One of each service fills what all of them share.
            let demo = args.demo && replica.is_first && replica.service.has_domain;
            all.push((
                replica.name.clone(),
                self.service(replica, args.release, demo),
            ));
        }
        all.push(("nginx".to_owned(), self.nginx(home)?));
        Ok(all)
    }

    /// The settings of a process.
    fn variables(&self, replica: &Replica) -> Vec<(String, String)> {
        let service = &replica.service;
        let mut all = vec![
            ("WING_ADDR".to_owned(), replica.address.to_string()),
            (
                "WING_PUBLIC_URL".to_owned(),
                format!("http://127.0.0.1:{}", self.port),
            ),
            ("WING_TRUSTED_PROXIES".to_owned(), "1".to_owned()),
            ("WING_SERVICE_SECRET".to_owned(), self.secret.clone()),
            ("WING_LOG_FORMAT".to_owned(), "text".to_owned()),
            ("WING_DATA".to_owned(), replica.data.display().to_string()),
            // For the page that shows all the others.
            ("WING_VISUALIZER_PROCESSES".to_owned(), self.processes()),
        ];
        for asked in service.asks {
            let addresses = self.addresses(asked);
            let urls: Vec<String> = addresses.iter().map(|at| format!("http://{at}")).collect();
            all.push((wing_edge::address_variable(asked), urls.join(",")));
        }
        if service.has_domain {
            let domains = self
                .replicas
                .iter()
                .filter(|one| one.is_first && one.service.has_domain);
            let names: Vec<&str> = domains.map(|one| one.service.name).collect();
            all.extend([
                (
                    "WING_NATS_URL".to_owned(),
                    format!("nats://127.0.0.1:{}", self.nats),
                ),
                ("WING_API_DOCS".to_owned(), names.join(",")),
            ]);
        }
        if let Some(url) = &replica.database {
            all.push(("WING_DATABASE_URL".to_owned(), url.clone()));
        }
        all
    }

    /// Every process by name and address, as `WING_VISUALIZER_PROCESSES` has them.
    fn processes(&self) -> String {
        let others = self.replicas.iter();
        let others = others.map(|one| format!("{}=http://{}", one.service.name, one.address));
        others.collect::<Vec<_>>().join(",")
    }

    fn service(&self, replica: &Replica, release: bool, demo: bool) -> Make {
        let program = workspace::program(&replica.service.program(), release);
        let variables = self.variables(replica);
        Box::new(move || {
            let mut command = dies_with_parent("TERM", &program);
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
            let mut command = dies_with_parent("TERM", "nats-server");
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
            home: Some(home.clone()),
            user: rustix::process::geteuid().is_root().then(|| "root".into()),
            ..self.edge()
        };
        fs::write(&path, edge.render())?;
        Ok(Box::new(move || {
            let mut command = dies_with_parent("TERM", "nginx");
            command.arg("-e").arg("stderr").arg("-c").arg(&path);
            command
        }))
    }

    /// Connections to a service's own port go there directly: not every nginx can
    /// pass them through.
    fn edge(&self) -> Edge {
        let first = self.replicas.iter().filter(|one| one.is_first);
        let services: Vec<Service> = first.map(|one| one.service).collect();
        Edge {
            listen: format!("127.0.0.1:{}", self.port),
            upstreams: Upstream::each(&services, |service| self.addresses(service.name)),
            ..Edge::by_names(&services)
        }
    }

    pub(super) fn is_ready(&self) -> bool {
        self.replicas
            .iter()
            .map(|one| one.address)
            .all(run::is_ready)
    }

    /// What to type to make somebody an admin here.
    fn grant(&self, release: bool) -> String {
        let user = self.replicas.iter().find(|one| one.service.name == "user");
        let place = user.map(|one| match &one.database {
            Some(url) => format!("WING_DATABASE_URL='{url}'"),
            None => format!("WING_DATA='{}'", one.data.display()),
        });
        let program = workspace::program("wing-user", release);
        let place = place.unwrap_or_default();
        format!("{place} {} admin grant YOUR@ADDRESS", program.display())
    }

    pub(super) fn welcome(&self, address: SocketAddr, data: &Path, release: bool) -> String {
        let mut text = format!(
            "\nWin:G is ready, each domain in a process of its own.\n\n\
             Site        http://{address}/\n\
             Swagger UI  http://{address}/swagger-ui/\n\
             Visualizer  http://{address}/visualizer  (what runs here; for admins)\n"
        );
        for replica in &self.replicas {
            text.push_str(&format!(
                "{:<12}http://{}/  (Swagger UI, /metrics, /readyz)\n",
                replica.name, replica.address
            ));
            if let Some(port) = replica.service.tcp_port {
                text.push_str(&format!("{:<12}127.0.0.1:{port}\n", ""));
            }
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
    use tempfile::TempDir;
    use wing_edge::testing::extended;

    use super::*;

    #[test]
    fn every_service_of_the_list_runs_and_knows_those_it_calls() {
        let home = TempDir::new().unwrap();
        let args = Args {
            port: 8080,
            release: false,
            replicas: vec![("music", 2)],
            sqlite: false,
            demo: false,
            data: None,
        };
        let database = |service: &Service| Ok(Some(format!("postgres://{}", database_of(service))));
        let plan = Plan::draw(&args, &extended(), home.path(), database).unwrap();
        let members = plan.members(&args, home.path()).unwrap();
        let names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "nats",
                "user",
                "music 1",
                "music 2",
                "visualizer",
                "support",
                "ingest",
                "nginx"
            ]
        );

        let variables = |name: &str| {
            let mut replicas = plan.replicas.iter();
            plan.variables(replicas.find(|one| one.name == name).unwrap())
        };
        let value = |name: &str, variable: &str| {
            let all = variables(name);
            let found = all.into_iter().find(|(of, _)| of == variable);
            found.map(|(_, value)| value)
        };
        let music: Vec<String> = plan
            .addresses("music")
            .iter()
            .map(|at| format!("http://{at}"))
            .collect();
        assert_eq!(value("support", "WING_MUSIC_URL"), Some(music.join(",")));
        assert!(value("support", "WING_USER_URL").is_some());
        assert_eq!(value("music 1", "WING_MUSIC_URL"), None);
        assert_eq!(
            value("support", "WING_DATABASE_URL").as_deref(),
            Some("postgres://wing_support")
        );
        assert_eq!(value("ingest", "WING_DATABASE_URL"), None);
        assert_eq!(
            value("user", "WING_API_DOCS").as_deref(),
            Some("user,music,support")
        );
        let shown = value("visualizer", "WING_VISUALIZER_PROCESSES").unwrap();
        assert!(shown.contains("support=http://127.0.0.1:"));

        let edge = plan.edge().render();
        let address = &plan.addresses("support")[0];
        assert!(edge.contains(&format!("upstream support {{\n        server {address} ")));
        assert!(
            !edge.contains("\nstream {"),
            "the port of ingest is on this machine"
        );
    }
}
