//! `cargo xtask stack`: the files that deploy the site on a Swarm, from the list
//! of services.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use minijinja::{Environment, UndefinedBehavior, Value, context};
use sha2::{Digest, Sha256};
use wing_edge::{Database, SERVICES, Service};

use crate::workspace;

/// What a file is made from, and where it goes under the root.
const FILES: [(&str, &str); 6] = [
    (include_str!("../templates/stack.yml"), "stack.yml"),
    (
        include_str!("../templates/stack.monolith.yml"),
        "stack.monolith.yml",
    ),
    (
        include_str!("../templates/user-db.yml"),
        "deploy/swarm/user-db.yml",
    ),
    (
        include_str!("../templates/prod.yml"),
        "deploy/swarm/prod.yml",
    ),
    (include_str!("../templates/qa.yml"), "deploy/swarm/qa.yml"),
    (
        include_str!("../templates/secrets.sh"),
        "deploy/swarm/secrets.sh",
    ),
];

/// # Errors
/// When a file cannot be read or written.
pub fn run() -> Result<()> {
    for (path, text) in files(SERVICES)? {
        let path = workspace::root().join(path);
        fs::write(&path, text)?;
        println!("{}", path.display());
    }
    Ok(())
}

/// Path and text of every file that is made here, for a site of these services.
///
/// # Errors
/// When a file that goes into the stack as it is cannot be read.
pub fn files(services: &[Service]) -> Result<Vec<(&'static str, String)>> {
    FILES
        .into_iter()
        .map(|(template, path)| Ok((path, render(template, services).context(path)?)))
        .collect()
}

/// The secrets that a stack expects beside those of its services.
const SECRETS: [&str; 9] = [
    "service_secret",
    "nats_url",
    "nats_accounts",
    "s3_access_key_id",
    "s3_secret_access_key",
    "garage_rpc_secret",
    "garage_admin_token",
    "tls_certificate",
    "tls_key",
];

/// Every secret of the stack of services, by its name in the stack file.
fn secrets(services: &[Service]) -> Vec<String> {
    let mut all: Vec<String> = SECRETS.map(str::to_owned).into();
    for service in services {
        all.extend(service.secrets.iter().map(|name| (*name).to_owned()));
        if service.has_database() {
            all.push(format!("{}_database_url", service.name));
        }
        if service.database == Database::Inside {
            all.push(format!("{}_database_password", service.name));
        }
    }
    all.push("grafana_password".into());
    all
}

fn render(template: &str, services: &[Service]) -> Result<String> {
    let mut jinja = Environment::new();
    jinja.set_undefined_behavior(UndefinedBehavior::Strict);
    let mut text = jinja.render_str(
        template,
        context! {
            services => services.iter().map(describe).collect::<Vec<_>>(),
            secrets => secrets(services),
            configs => configs()?,
            grafana => grafana()?,
        },
    )?;
    // A template ends without the last line break of its file.
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}

fn describe(service: &Service) -> Value {
    let name = service.name;
    let mut parts = vec![context! { name => name, answers => true, replicas => service.replicas }];
    if let Some(workers) = service.workers() {
        parts.push(context! { name => workers, answers => false, replicas => 2 });
    }
    let asked = |other: &&str| {
        context! { variable => wing_edge::address_variable(other), host => *other }
    };
    let setting = |(variable, value): &(&str, &str)| {
        context! { variable => *variable, value => *value }
    };
    let resources = service.resources;
    context! {
        name => name,
        program => service.program(),
        asks => service.asks.iter().map(asked).collect::<Vec<_>>(),
        parts => parts,
        has_domain => service.has_domain,
        has_workers => service.has_workers,
        has_database => service.has_database(),
        inside => service.database == Database::Inside,
        outside => service.database == Database::Outside,
        settings => service.settings.iter().map(setting).collect::<Vec<_>>(),
        secrets => service.secrets.to_vec(),
        networks => service.networks.to_vec(),
        on_managers => service.on_managers,
        tcp_port => service.tcp_port,
        cpus => resources.cpus,
        memory => resources.memory,
        reserved_cpus => resources.reserved_cpus,
        reserved_memory => resources.reserved_memory,
    }
}

/// The files that go into the stack as they are. Whatever changes in one shows
/// in its name, since a config of Swarm never changes.
fn configs() -> Result<Vec<Value>> {
    let mut all = Vec::new();
    for (name, path) in [
        ("nats", "deploy/swarm/nats.conf"),
        ("garage", "deploy/swarm/garage.toml"),
        ("docker-proxy", "deploy/swarm/docker-proxy.conf"),
        ("prometheus", "deploy/prometheus/prometheus.yml"),
        ("prometheus-rules", "deploy/prometheus/rules.yml"),
        ("prometheus-services", "deploy/prometheus/services.yml"),
    ] {
        all.push(config(name, path)?);
    }
    for (name, path) in grafana_files()? {
        all.push(config(&name, &path)?);
    }
    Ok(all)
}

fn config(name: &str, path: &str) -> Result<Value> {
    let text = fs::read(workspace::root().join(path)).with_context(|| path.to_owned())?;
    let digest = hex::encode(&Sha256::digest(text)[..6]);
    Ok(context! {
        name => name,
        path => format!("./{path}"),
        digest => digest,
        templated => name == "garage",
    })
}

fn grafana() -> Result<Vec<Value>> {
    let files = grafana_files()?;
    let place = |(name, path): (String, String)| {
        let target = path.replacen("deploy/grafana", "/etc/grafana", 1);
        context! { name => name, target => target }
    };
    Ok(files.into_iter().map(place).collect())
}

/// Name and path of everything under `deploy/grafana`.
fn grafana_files() -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    collect(&workspace::root().join("deploy/grafana"), &mut found)?;
    found.sort();
    Ok(found)
}

fn collect(dir: &Path, found: &mut Vec<(String, String)>) -> Result<()> {
    for entry in fs::read_dir(dir).with_context(|| dir.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, found)?;
            continue;
        }
        let relative = path.strip_prefix(workspace::root())?;
        let relative = relative.to_string_lossy().into_owned();
        let name = relative.trim_start_matches("deploy/").replace('/', "-");
        let name = name
            .rsplit_once('.')
            .map_or(name.as_str(), |(name, _)| name);
        found.push((name.to_owned(), relative));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is deployed, by the files that are merged.
    const STACKS: [&[&str]; 6] = [
        &["stack.yml"],
        &["stack.yml", "deploy/swarm/qa.yml"],
        &["stack.yml", "deploy/swarm/prod.yml"],
        &["stack.yml", "deploy/swarm/user-db.yml"],
        &["stack.yml", "deploy/swarm/dashboards.yml"],
        &["stack.monolith.yml"],
    ];

    #[test]
    fn docker_finds_every_stack_valid() {
        let docker = |arguments: &[&str]| {
            std::process::Command::new("docker")
                .current_dir(workspace::root())
                .args(arguments)
                .output()
        };
        // Docker's command line before 23 has no such command, and none at all is
        // no failure of the files.
        let known = docker(&["stack", "config", "--help"]);
        if !known.is_ok_and(|answer| answer.status.success()) {
            eprintln!("no docker that knows `stack config`: the stacks were not checked by it");
            return;
        }
        for files in STACKS {
            let mut arguments = vec!["stack", "config"];
            for file in files {
                arguments.extend(["-c", file]);
            }
            let answer = docker(&arguments).unwrap();
            let said = String::from_utf8_lossy(&answer.stderr);
            assert!(answer.status.success(), "{files:?}: {said}");
            assert!(!said.contains("Ignoring"), "{files:?}: {said}");
        }
    }

    #[test]
    fn the_files_are_what_the_list_of_services_makes() {
        for (path, text) in files(SERVICES).unwrap() {
            let stored = fs::read_to_string(workspace::root().join(path)).unwrap();
            assert_eq!(stored, text, "{path}: run `cargo xtask stack`");
        }
    }
}
