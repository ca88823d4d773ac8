//! nginx in front of the services of one test.

use std::path::Path;

use wing_edge::{Edge, SERVICES, Service, Upstream};

use crate::process::Killed;

/// nginx in front of services that answer at `http://HOST:PORT`, by name; all others
/// have no replicas.
pub(crate) fn nginx(data: &Path, port: u16, services: &[(&str, String)]) -> Killed {
    let replicas = |service: &Service| {
        let of_it = services.iter().filter(|(name, _)| *name == service.name);
        let host = |(_, base): &(&str, String)| base.trim_start_matches("http://").to_owned();
        of_it.map(host).collect()
    };
    let edge = Edge {
        listen: format!("127.0.0.1:{port}"),
        upstreams: Upstream::each(SERVICES, replicas),
        ..Edge::by_names(SERVICES)
    };
    start_nginx(data, edge)
}

/// Starts nginx with the configuration of `edge`, and all it writes in `data`.
pub fn start_nginx(data: &Path, edge: Edge) -> Killed {
    let home = data.join("nginx");
    std::fs::create_dir_all(&home).expect("a directory");
    let edge = Edge {
        rate: 100_000,
        home: Some(home.clone()),
        single_process: true,
        user: rustix::process::geteuid().is_root().then(|| "root".into()),
        ..edge
    };
    let path = home.join("nginx.conf");
    std::fs::write(&path, edge.render()).expect("written");
    Killed::start("nginx", |command| {
        command
            .arg("-e")
            .arg(home.join("error.log"))
            .arg("-c")
            .arg(&path);
    })
}
