//! `cargo xtask edge`: the files below `deploy/` that follow from the list of
//! services: nginx's configuration, Prometheus', and Grafana's dashboards.

use std::fs;

use anyhow::{Context as _, Result};
use wing_edge::{Edge, SERVICES};

use crate::{monitoring, workspace};

/// # Errors
/// When a file cannot be written.
pub fn run() -> Result<()> {
    let deploy = workspace::root().join("deploy");
    let edges = [
        (
            "nginx/nginx.conf".to_owned(),
            Edge::in_container(SERVICES).render(),
        ),
        (
            "nginx/nginx-tls.conf".to_owned(),
            Edge::in_container_with_tls(SERVICES).render(),
        ),
    ];
    for (path, text) in edges.into_iter().chain(monitoring::files(SERVICES)) {
        let path = deploy.join(path);
        if let Some(dir) = path.parent() {
            fs::create_dir_all(dir)?;
        }
        fs::write(&path, text).with_context(|| path.display().to_string())?;
        println!("{}", path.display());
    }
    Ok(())
}
