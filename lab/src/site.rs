//! The stack in the lab: its deployment, and looking at it.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use wing_edge::{SERVICES, Service};

use crate::bases;
use crate::docker::{feed, lines, run, wait};
use crate::host::{self, REGISTRY};
use crate::node::{MANAGER, NODES, Node};
use crate::secrets;
use crate::stack_files::StackFiles;

/// The stack's name.
pub const STACK: &str = "wing";
/// What people type.
pub const HOST: &str = "wing.lab";

/// How long a stack may take until all of it runs.
const TIMEOUT: Duration = Duration::from_secs(300);

/// From nothing to a site that answers on every node.
pub fn up(debug: bool) -> Result<()> {
    eprintln!("── three engines");
    // Whatever fails leaves what is there for `down` and for whoever looks why.
    host::prepare()?;
    secrets::make()?;
    host::up()?;
    eprintln!("── a Swarm of them");
    join()?;
    eprintln!("── base images");
    bases::build()?;
    for (name, value) in secrets::all()? {
        feed(
            MANAGER
                .docker()
                .args(["secret", "create", &format!("{STACK}_{name}"), "-"]),
            value.as_bytes(),
        )?;
    }
    renew(debug)
}

/// From the source as it is to a site that answers on every node.
pub fn renew(debug: bool) -> Result<()> {
    eprintln!("── our images");
    build(debug)?;
    eprintln!("── the stack");
    let began = std::time::Instant::now();
    deploy(&[])?;
    wait_until_whole(TIMEOUT)?;
    wait_until_answered()?;
    eprintln!("── ready after {} s", began.elapsed().as_secs());
    println!("Site        https://{HOST}/ at any of:");
    for node in NODES {
        println!("            {}  {}", node.address, node.name);
    }
    println!("Authority   {}", secrets::authority().display());
    println!("Docker      export DOCKER_HOST=unix:///var/lib/wing-lab/node-1/run/docker.sock");
    println!("Registry    {REGISTRY}");
    println!("Test, end   cargo xtask lab test; cargo xtask lab down");
    Ok(())
}

/// The Swarm, with labels that say what lies where.
fn join() -> Result<()> {
    run(MANAGER.docker().args([
        "swarm",
        "init",
        "--advertise-addr",
        &MANAGER.address.to_string(),
    ]))?;
    let token = run(MANAGER
        .docker()
        .args(["swarm", "join-token", "--quiet", "worker"]))?;
    for node in &NODES[1..] {
        run(node
            .docker()
            .args(["swarm", "join", "--token", token.trim()])
            .args(["--advertise-addr", &node.address.to_string()])
            .arg(format!("{}:2377", MANAGER.address)))?;
    }
    for (index, node) in NODES.iter().enumerate() {
        let labels = labels(SERVICES, index);
        let mut update = MANAGER.docker();
        update.args(["node", "update"]);
        for label in labels {
            update.args(["--label-add", &label]);
        }
        run(update.arg(node.name))?;
    }
    Ok(())
}

/// What the node of this number is labelled with.
fn labels(services: &[Service], index: usize) -> Vec<String> {
    let mut labels = vec![
        format!("wing.zone=zone-{}", index + 1),
        "wing.nats=true".to_owned(),
        "wing.storage=true".to_owned(),
    ];
    // The node that is lost later has nothing that lies there alone. A database that
    // is outside here is in the Swarm of the stack beside the site.
    if index == 0 {
        let databases = services.iter().filter(|one| one.has_database());
        labels.extend(databases.map(|one| format!("wing.{}-db=true", one.name)));
        labels.push("wing.backup=true".to_owned());
        labels.push("wing.monitoring=true".to_owned());
    }
    labels
}

/// The services of the stack that are made from the list of services, workers
/// included, in the order of releases.
pub fn parts(services: &[Service]) -> Vec<String> {
    let names = |service: &Service| [Some(service.name.to_owned()), service.workers()];
    services.iter().flat_map(names).flatten().collect()
}

/// Variables that have no replica run of whatever stores something.
pub fn without_replicas(services: &[Service]) -> Vec<(String, &'static str)> {
    let with_database = services.iter().filter(|one| one.has_database());
    let with_database: Vec<Service> = with_database.copied().collect();
    let variable = |name: &String| {
        let name = name.to_uppercase().replace('-', "_");
        (format!("WING_{name}_REPLICAS"), "0")
    };
    parts(&with_database).iter().map(variable).collect()
}

/// Has `cargo xtask images` build and push.
fn build(debug: bool) -> Result<()> {
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(host::root())
        .args(["xtask", "images", "--push", "--registry", REGISTRY])
        .envs(bases::variables())
        .env("DOCKER_HOST", docker_host());
    if debug {
        cargo.arg("--debug");
    }
    let status = cargo.status()?;
    ensure!(status.success(), "the images were not built");
    Ok(())
}

/// The manager's engine.
pub fn docker_host() -> String {
    format!(
        "unix://{}/{}/run/docker.sock",
        host::data().display(),
        MANAGER.name
    )
}

/// An image that the last build made.
pub struct Image {
    /// Without `wing-`.
    pub name: String,
    /// Where it is pushed and pulled, with its tag.
    pub reference: String,
    /// All of its layers, unpacked.
    pub bytes: u64,
    /// Their digests, the lowest first.
    pub layers: Value,
}

/// The images that the last build made.
pub fn images() -> Result<Vec<Image>> {
    let report = host::target().join("images/report.json");
    let report: Value =
        serde_json::from_slice(&fs::read(&report).context("no images were built")?)?;
    let all = report.as_array().context("the report of the images")?;
    Ok(all
        .iter()
        .filter_map(|one| {
            Some(Image {
                name: one["name"].as_str()?.to_owned(),
                reference: one["reference"].as_str()?.to_owned(),
                bytes: one["bytes"].as_u64()?,
                layers: one["layers"].clone(),
            })
        })
        .collect())
}

/// The settings of the stack file here.
pub fn settings() -> Result<Vec<(String, String)>> {
    let mut all = bases::variables();
    for image in images()? {
        let tag = image.reference.rsplit(':').next().unwrap_or_default();
        let variable = format!("WING_{}_TAG", image.name.to_uppercase());
        all.push((variable, tag.to_owned()));
    }
    for (name, value) in [
        ("WING_REGISTRY", REGISTRY),
        ("WING_PUBLIC_URL", "https://wing.lab"),
        ("WING_STORAGE_BYTES", "1000000000"),
        // Its image cannot be had here.
        ("WING_GRAFANA_REPLICAS", "0"),
        // One machine is all of the site's visitors.
        ("WING_RATE_LIMIT", "100000"),
        ("WING_LOGIN_LIMIT", "100000"),
        ("WING_SIGNUP_LIMIT", "100000"),
    ] {
        all.push((name.to_owned(), value.to_owned()));
    }
    Ok(all)
}

/// Deploys the stack, with `overrides` of settings.
pub fn deploy(overrides: &[(String, &str)]) -> Result<()> {
    let files = StackFiles::copy()?;
    run(MANAGER
        .docker()
        .args(["stack", "deploy", "--with-registry-auth", "-c"])
        .arg(files.path("stack.yml"))
        .arg(STACK)
        .envs(settings()?)
        .envs(overrides.iter().cloned()))
    .map(drop)
}

/// A service of the stack and how many of its tasks run.
#[derive(Debug)]
pub struct Running {
    /// Without the stack's name.
    pub name: String,
    /// Healthy ones.
    pub now: usize,
    /// How many there are to be.
    pub wanted: usize,
}

/// Every service of the stack.
pub fn services() -> Result<Vec<Running>> {
    let all = lines(
        MANAGER
            .docker()
            .args(["service", "ls", "--format", "{{json .}}"]),
    )?;
    Ok(all
        .iter()
        .filter_map(|one| {
            let name = one["Name"].as_str()?.strip_prefix("wing_")?.to_owned();
            let counts = one["Replicas"].as_str()?.split(' ').next()?;
            let (now, wanted) = counts.split_once('/')?;
            Some(Running {
                name,
                now: now.parse().ok()?,
                wanted: wanted.parse().ok()?,
            })
        })
        .collect())
}

/// The services that a release rolls through.
fn updating() -> Result<Vec<String>> {
    let all = run(MANAGER.docker().args(["service", "ls", "--quiet"]))?;
    let states = run(MANAGER
        .docker()
        .args(["service", "inspect", "--format"])
        .arg("{{.Spec.Name}} {{if .UpdateStatus}}{{.UpdateStatus.State}}{{end}}")
        .args(all.split_whitespace()))?;
    Ok(states
        .lines()
        .filter_map(|line| line.strip_suffix(" updating"))
        .map(|name| format!("{name} is being updated "))
        .collect())
}

/// Waits until as many tasks of each service run as are wanted, and of one release.
pub fn wait_until_whole(patience: Duration) -> Result<Duration> {
    let mut missing = String::new();
    let waited = wait("all tasks run", patience, || {
        missing = services()?
            .iter()
            .filter(|one| one.now < one.wanted)
            .map(|one| format!("{} {}/{} ", one.name, one.now, one.wanted))
            .chain(updating()?)
            .collect();
        Ok(missing.is_empty())
    });
    waited.with_context(|| format!("missing: {missing}"))
}

/// Waits until a page comes through the edge of every node.
fn wait_until_answered() -> Result<()> {
    for node in NODES {
        wait("the site answers", TIMEOUT, || answers(node, "/")).with_context(|| node.name)?;
    }
    Ok(())
}

/// Whether what is at `path` comes through the edge of a node.
pub fn answers(node: Node, path: &str) -> Result<bool> {
    let asked = run(Command::new("curl")
        .args([
            "--silent",
            "--fail",
            "--output",
            "/dev/null",
            "--max-time",
            "5",
        ])
        .args(["--resolve", &format!("{HOST}:443:{}", node.address)])
        .arg("--cacert")
        .arg(secrets::authority())
        .arg(format!("https://{HOST}{path}")));
    Ok(asked.is_ok())
}

/// One container of a service.
#[derive(Clone, Debug)]
pub struct Container {
    /// Where it runs.
    pub node: Node,
    /// Its id there.
    pub id: String,
}

/// The containers of a service, wherever they are.
pub fn containers(service: &str) -> Result<Vec<Container>> {
    list(service, &[])
}

/// Those that say of themselves that they are well.
pub fn healthy(service: &str) -> Result<Vec<Container>> {
    list(service, &["--filter", "health=healthy"])
}

fn list(service: &str, filters: &[&str]) -> Result<Vec<Container>> {
    let mut all = Vec::new();
    for node in NODES {
        let ids = run(node
            .docker()
            .args(["ps", "--quiet", "--no-trunc"])
            .args(filters)
            .args(["--filter"])
            .arg(format!(
                "label=com.docker.swarm.service.name={STACK}_{service}"
            )))?;
        all.extend(ids.split_whitespace().map(|id| Container {
            node,
            id: id.to_owned(),
        }));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use wing_edge::testing::extended;

    use super::*;

    #[test]
    fn every_service_of_the_list_has_its_place_in_the_lab() {
        let all = extended();
        assert_eq!(
            parts(&all),
            [
                "user",
                "music",
                "music-worker",
                "visualizer",
                "support",
                "support-worker",
                "ingest"
            ]
        );
        let first = labels(&all, 0);
        assert!(
            first.contains(&"wing.support-db=true".to_owned()),
            "{first:?}"
        );
        assert!(
            !first.contains(&"wing.ingest-db=true".to_owned()),
            "{first:?}"
        );
        assert_eq!(labels(&all, 1).len(), 3, "no database lies on another node");
        let idle = without_replicas(&all);
        let idle: Vec<&str> = idle.iter().map(|(variable, _)| variable.as_str()).collect();
        assert_eq!(
            idle,
            [
                "WING_USER_REPLICAS",
                "WING_MUSIC_REPLICAS",
                "WING_MUSIC_WORKER_REPLICAS",
                "WING_SUPPORT_REPLICAS",
                "WING_SUPPORT_WORKER_REPLICAS",
            ]
        );
    }
}
