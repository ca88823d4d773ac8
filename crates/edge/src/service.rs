/// Where the database of a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// It has none.
    None,
    /// In the Swarm, on a node of its own.
    Inside,
    /// Outside the Swarm, at the address that a secret holds.
    Outside,
}

/// Processor cores and memory, as a stack file writes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resources {
    /// The most cores that a replica may use.
    pub cpus: &'static str,
    /// The most memory that a replica may use.
    pub memory: &'static str,
    /// Cores that a node has to have free for it.
    pub reserved_cpus: &'static str,
    /// Memory that a node has to have free for it.
    pub reserved_memory: &'static str,
}

/// All that routing, deployment and local runs have to know of a service.
///
/// Written as `Service { …, ..Service::domain("NAME") }` or `..Service::tool("NAME")`:
/// an entry names only what differs from the usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its name everywhere: `services/NAME`, the program `wing-NAME`, the image
    /// `wing-NAME`, its host name. Lower case, one word.
    pub name: &'static str,
    /// Whether it serves a domain: pages and an API with a document of its own,
    /// events and media. One without is a tool or stands beside the site.
    pub has_domain: bool,
    /// Where its database is.
    pub database: Database,
    /// The services that it calls, by name. All of them stand before it in the list.
    pub asks: &'static [&'static str],
    /// Whether replicas of their own, which nobody calls, do its jobs.
    pub has_workers: bool,
    /// Whether its image contains ffmpeg.
    pub needs_ffmpeg: bool,
    /// The prefixes that it answers at. Each stands for itself and what comes after
    /// a slash; `/` is the home page alone.
    pub prefixes: &'static [&'static str],
    /// Its paths, as regular expressions, whose answers go on for as long as
    /// somebody listens.
    pub open_ended: &'static [&'static str],
    /// Its paths, as regular expressions, that take bodies as large as a whole
    /// upload. They go through as they arrive.
    pub large_bodies: &'static [&'static str],
    /// Its paths, as a regular expression, where sound is played that the edge may
    /// keep. At most one service has some.
    pub sound: Option<&'static str>,
    /// A port at which it takes TCP connections beside HTTP, the same everywhere.
    /// The edge of every node passes them through.
    pub tcp_port: Option<u16>,
    /// Settings of its own in the stack, by variable.
    pub settings: &'static [(&'static str, &'static str)],
    /// Secrets of its own in the stack; `NAME` is the file of `WING_NAME_FILE`. How
    /// each is made stands in `xtask/templates/secrets.sh`; a test misses it there.
    pub secrets: &'static [&'static str],
    /// Networks of the stack that it is in beside those of every service.
    pub networks: &'static [&'static str],
    /// Whether it runs on managers of the Swarm alone.
    pub on_managers: bool,
    /// How many replicas there are unless a deployment says otherwise.
    pub replicas: u16,
    /// What each replica that answers requests may use.
    pub resources: Resources,
}

impl Service {
    /// A service with a domain, and with a database in the Swarm.
    pub const fn domain(name: &'static str) -> Self {
        Self {
            name,
            has_domain: true,
            database: Database::Inside,
            asks: &[],
            has_workers: false,
            needs_ffmpeg: false,
            prefixes: &[],
            open_ended: &[],
            large_bodies: &[],
            sound: None,
            tcp_port: None,
            settings: &[],
            secrets: &[],
            networks: &[],
            on_managers: false,
            replicas: 2,
            resources: Resources {
                cpus: "2",
                memory: "512M",
                reserved_cpus: "0.1",
                reserved_memory: "64M",
            },
        }
    }

    /// A service without a domain and without a database, of which one replica is
    /// enough.
    pub const fn tool(name: &'static str) -> Self {
        Self {
            has_domain: false,
            database: Database::None,
            replicas: 1,
            resources: Resources {
                cpus: "0.5",
                memory: "128M",
                reserved_cpus: "0.02",
                reserved_memory: "32M",
            },
            ..Self::domain(name)
        }
    }

    /// What its program is called.
    pub fn program(&self) -> String {
        format!("wing-{}", self.name)
    }

    /// What its workers are called in the stack, if it has some.
    pub fn workers(&self) -> Option<String> {
        self.has_workers.then(|| format!("{}-worker", self.name))
    }

    /// The variable that holds its address for those who call it.
    pub fn address_variable(&self) -> String {
        address_variable(self.name)
    }

    /// Whether it has a database.
    pub fn has_database(&self) -> bool {
        self.database != Database::None
    }

    /// Whether some of its paths are regular expressions.
    pub(crate) fn has_patterns(&self) -> bool {
        self.sound.is_some() || !(self.open_ended.is_empty() && self.large_bodies.is_empty())
    }
}

/// The variable that holds the address of a service for those who call it.
pub fn address_variable(name: &str) -> String {
    format!("WING_{}_URL", name.to_uppercase())
}
