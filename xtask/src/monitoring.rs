//! Monitoring: the configuration of Prometheus that follows from the
//! list of services, and Grafana's dashboards.
//!
//! Alert rules are not made here; they are written by hand in
//! `deploy/prometheus/rules.yml`, beside their tests.

mod events;
mod listening;
mod overview;
mod panel;
mod runtime;
mod scrape;

use panel::Dashboard;
use wing_edge::Service;

/// A file below `deploy/` and its text.
pub type File = (String, String);

/// Every file that is made here, for a site of these services.
pub fn files(services: &[Service]) -> Vec<File> {
    let mut files = vec![
        (
            "prometheus/prometheus.yml".to_owned(),
            scrape::config(services),
        ),
        (
            "prometheus/services.yml".to_owned(),
            scrape::expected_services(services),
        ),
    ];
    for dashboard in dashboards() {
        let path = format!("grafana/dashboards/{}.json", dashboard.id);
        files.push((path, format!("{:#}\n", dashboard.json())));
    }
    files
}

fn dashboards() -> [Dashboard; 4] {
    [
        overview::dashboard(),
        listening::dashboard(),
        events::dashboard(),
        runtime::dashboard(),
    ]
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::Value;
    use wing_edge::SERVICES;

    use super::*;
    use crate::workspace;

    #[test]
    fn the_files_for_deployment_are_what_is_made_here() {
        for (path, text) in files(SERVICES) {
            let path = workspace::root().join("deploy").join(path);
            let written = fs::read_to_string(&path).unwrap_or_default();
            // The order of keys depends on which crates are built together.
            let same = match serde_json::from_str::<Value>(&text) {
                Ok(made) => serde_json::from_str::<Value>(&written).is_ok_and(|read| read == made),
                Err(_) => written == text,
            };
            assert!(same, "{} is old: run `cargo xtask edge`", path.display());
        }
    }
}
