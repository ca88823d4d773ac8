use std::fmt::Write as _;

use crate::service::Service;
use crate::table::ANYONE;

/// A service behind the edge.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// Which one.
    pub service: Service,
    /// `host:port` of each replica; where there is none, its paths answer 503.
    pub replicas: Vec<String>,
    /// Where the edge takes connections to the service's own port, as nginx writes
    /// it, and the hosts of those who get them. Only an nginx that has the module
    /// `stream` built in can do that.
    pub tcp: Option<Tcp>,
}

/// What passes through the edge without being HTTP.
#[derive(Clone, Debug)]
pub struct Tcp {
    /// The port, as nginx writes it.
    pub listen: String,
    /// `host:port` of each replica.
    pub replicas: Vec<String>,
}

impl Upstream {
    /// Each of these services, with the replicas that `replicas` says it has.
    pub fn each(
        services: &[Service],
        mut replicas: impl FnMut(&Service) -> Vec<String>,
    ) -> Vec<Self> {
        let upstream = |service: &Service| Self {
            service: *service,
            replicas: replicas(service),
            tcp: None,
        };
        services.iter().map(upstream).collect()
    }

    /// Each of these services in a network that knows it by its name.
    pub(crate) fn by_name(services: &[Service]) -> Vec<Self> {
        let mut all = Self::each(services, |service| vec![format!("{}:8080", service.name)]);
        for upstream in &mut all {
            upstream.tcp = upstream.service.tcp_port.map(|port| Tcp {
                listen: port.to_string(),
                replicas: vec![format!("{}:{port}", upstream.service.name)],
            });
        }
        all
    }
}

/// What HTTP is passed on to.
pub(crate) fn upstreams(text: &mut String, all: &[Upstream]) {
    for one in all {
        upstream(text, one.service.name, one.replicas.iter());
    }
    let domains = all.iter().filter(|one| one.service.has_domain);
    upstream(text, ANYONE, domains.flat_map(|one| &one.replicas));
}

/// What passes through as it is: connections to a service's own port.
pub(crate) fn streams(text: &mut String, all: &[Upstream]) {
    let through = |one: &Upstream| Some((one.service.name, one.tcp.clone()?));
    let all: Vec<_> = all.iter().filter_map(through).collect();
    if all.is_empty() {
        return;
    }
    text.push_str("\nstream {\n");
    for (name, tcp) in &all {
        let _ = writeln!(text, "    upstream {name} {{");
        servers(text, tcp.replicas.iter());
        let _ = write!(
            text,
            "    }}\n    server {{\n        listen {};\n        proxy_pass {name};\n        \
             proxy_connect_timeout 1s;\n        proxy_timeout 60s;\n    }}\n",
            tcp.listen
        );
    }
    text.push_str("}\n");
}

fn upstream<'a>(text: &mut String, name: &str, replicas: impl Iterator<Item = &'a String>) {
    let _ = writeln!(text, "    upstream {name} {{");
    servers(text, replicas);
    // Shorter than services keep a connection.
    text.push_str("        keepalive 64;\n        keepalive_timeout 20s;\n    }\n\n");
}

fn servers<'a>(text: &mut String, replicas: impl Iterator<Item = &'a String>) {
    let mut replicas = replicas.peekable();
    if replicas.peek().is_none() {
        // nginx starts with none that is empty; nobody listens there.
        text.push_str("        server 127.0.0.1:9;\n");
    }
    for replica in replicas {
        // One that fails is left alone for two seconds, while there are others.
        let _ = writeln!(
            text,
            "        server {replica} max_fails=1 fail_timeout=2s;"
        );
    }
}
