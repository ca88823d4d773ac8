//! What Prometheus scrapes, and which services it has to find.

use std::fmt::Write as _;

use wing_edge::{METRICS_PORT, Service};

const MADE: &str = "# Made by `cargo xtask edge` from the list of services in crates/edge; a test holds\n\
                    # this file to it.\n\n";

/// Where everything but the edge answers at `/metrics`.
const PORT: u16 = 8080;

/// What a target is, for rules that are about some of them.
#[derive(Clone, Copy)]
enum Role {
    /// A service with a domain: people wait for it.
    Domain,
    /// What works for a service beside the requests.
    Worker,
    /// The edge.
    Edge,
    /// What has no domain.
    Tool,
}

impl Role {
    const fn name(self) -> &'static str {
        match self {
            Self::Domain => "domain",
            Self::Worker => "worker",
            Self::Edge => "edge",
            Self::Tool => "tool",
        }
    }
}

/// What is beside the services, each by its name in the stack.
const BESIDE: [(&str, u16, Role); 2] = [
    ("edge", METRICS_PORT, Role::Edge),
    ("backup", PORT, Role::Tool),
];

/// The services, and the workers of those that have some, as the stack calls them.
fn parts(services: &[Service]) -> impl Iterator<Item = (String, Role)> {
    services.iter().flat_map(|service| {
        let role = match service.has_domain {
            true => Role::Domain,
            false => Role::Tool,
        };
        let workers = service.workers().map(|name| (name, Role::Worker));
        std::iter::once((service.name.to_owned(), role)).chain(workers)
    })
}

/// `prometheus.yml`.
pub fn config(services: &[Service]) -> String {
    let mut text = String::from(MADE);
    text.push_str(
        "global:\n  scrape_interval: 15s\n  scrape_timeout: 5s\n  evaluation_interval: 15s\n\n\
         rule_files: [services.yml, rules.yml]\n\n\
         alerting:\n  alertmanagers:\n    # A service of this name in the stack gets every alert.\n",
    );
    tasks(&mut text, "    ", "alertmanager", 9093, "30s");
    text.push_str("\nscrape_configs:\n");
    let services = parts(services).map(|(name, role)| (name, PORT, role));
    let beside = BESIDE.map(|(name, port, role)| (name.to_owned(), port, role));
    for (name, port, role) in services.chain(beside) {
        let _ = writeln!(text, "  - job_name: {name}");
        tasks(&mut text, "    ", &name, port, "5s");
        let _ = write!(
            text,
            "    relabel_configs:\n      - {{target_label: service, replacement: {name}}}\n      \
             - {{target_label: role, replacement: {}}}\n",
            role.name()
        );
    }
    text.push_str(
        "  - job_name: prometheus\n    static_configs:\n      - targets: [\"127.0.0.1:9090\"]\n        \
         labels: {service: prometheus, role: tool}\n",
    );
    text
}

/// Each healthy task of a service of the Swarm has an address of its own under
/// this name.
fn tasks(text: &mut String, indent: &str, name: &str, port: u16, every: &str) {
    let (key, indent) = match name {
        "alertmanager" => (
            format!("{indent}- dns_sd_configs:"),
            format!("{indent}    "),
        ),
        _ => (format!("{indent}dns_sd_configs:"), format!("{indent}  ")),
    };
    let _ = write!(
        text,
        "{key}\n{indent}- names: [tasks.{name}]\n{indent}  type: A\n{indent}  port: {port}\n{indent}  \
         refresh_interval: {every}\n",
    );
}

/// `services.yml`: a series for each service with a domain and for its workers, so
/// that rules can miss one of which nothing is left.
pub fn expected_services(services: &[Service]) -> String {
    let mut text = String::from(MADE);
    text.push_str("groups:\n  - name: services\n    rules:\n");
    let expected = parts(services).filter(|(_, role)| matches!(role, Role::Domain | Role::Worker));
    for (name, role) in expected {
        let _ = write!(
            text,
            "      - record: wing:expected\n        expr: vector(1)\n        labels:\n          \
             service: {name}\n          role: {}\n",
            role.name()
        );
    }
    text
}
