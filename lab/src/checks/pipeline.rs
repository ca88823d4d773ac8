//! 8: the pipeline by hand. What is built goes to a registry, to a stack `wing-qa`
//! that it brings up beside the site, and on to the site itself; a receiver stands
//! in for Slack.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rustix::process::Signal;

use super::release::{image_now, image_of, update};
use crate::bases::{self, variant};
use crate::docker::{run as docker, wait};
use crate::host::{self, REGISTRY};
use crate::load::{Load, People};
use crate::node::{MANAGER, NODES, Node};
use crate::report::Report;
use crate::site::{self, STACK};
use crate::stack_files::StackFiles;
use crate::{daemon, secrets};

/// A small stack beside the site.
const BESIDE: &str = "wing-qa";

/// From the source as it is to a release.
pub async fn run(people: &mut People) -> Result<Report> {
    let mut report = Report::of("8. The pipeline by hand, to a new qa and to the site under load");
    // A release that the pipeline finds and replaces.
    let released = image_of("user")?;
    update(
        "user",
        &variant(&released, "before", "LABEL release=before")?,
    )
    .await?;
    let before = site::images()?;
    let files = StackFiles::copy()?;
    make_secrets(&files, BESIDE, &[])?;
    let receiver = Receiver::start()?;
    let mut pipeline = whole(&files, &receiver)?;
    people.refresh().await;
    let load = Load::begin(people, &NODES)?;
    let began = Instant::now();
    let output = tokio::task::spawn_blocking(move || docker(&mut pipeline)).await?;
    let took = began.elapsed();
    let tally = load.end().await?;
    let (outcome, went_well) = match &output {
        Ok(_) => ("released".to_owned(), true),
        Err(error) => {
            eprintln!("{error:#}");
            ("failed".to_owned(), false)
        }
    };
    report.bar(
        "images, registry, qa, smoke test, prod, smoke test",
        format!("{outcome} after {:.0} s", took.as_secs_f64()),
        "released",
        went_well,
    );
    made_again(&mut report, &before, &site::images()?);
    for line in output.unwrap_or_default().lines() {
        // A line for each service that was updated.
        if line.contains(" s  released") {
            report.figure(
                "released",
                line.split_whitespace().collect::<Vec<_>>().join(" "),
            );
        }
    }
    let now = image_now("user")?;
    report.bar(
        "the site's accounts run",
        now.trim().split('@').next().unwrap_or_default().to_owned(),
        released.clone(),
        now.trim().starts_with(&released),
    );
    report.failed("failed requests on the site meanwhile", &tally, "0", 0);
    let notices = receiver.headlines()?;
    report.bar(
        "notices",
        notices.join("; "),
        "3: begun, waiting for approval, released",
        notices.len() == 3 && notices[2].contains("is released to prod"),
    );
    drop(receiver);
    remove(BESIDE)?;
    Ok(report)
}

/// All of the pipeline but checks and tests.
fn whole(files: &StackFiles, receiver: &Receiver) -> Result<Command> {
    let joined = |names: &[&str]| {
        let paths = names
            .iter()
            .map(|name| files.path(name).display().to_string());
        paths.collect::<Vec<_>>().join(":")
    };
    let mut all = stage(&["all", "--skip-checks", "--yes"]);
    all.args(["--registry", REGISTRY, "--notice-url", &receiver.url])
        .args(["--qa-url", &beside_url(), "--prod-url", &url(MANAGER)])
        .arg("--ca")
        .arg(secrets::authority())
        .env("WING_QA_ENV_FILE", settings_beside(files, BESIDE)?)
        .env(
            "WING_QA_FILES",
            joined(&[
                "stack.yml",
                "deploy/swarm/qa.yml",
                "deploy/swarm/user-db.yml",
            ]),
        )
        .env(
            "WING_PROD_ENV_FILE",
            settings_file("prod", &site::settings()?)?,
        )
        .env("WING_PROD_FILES", joined(&["stack.yml"]))
        .env("WING_PROD_STACK", STACK);
    Ok(all)
}

/// The same source has to give the same layers.
fn made_again(report: &mut Report, before: &[site::Image], after: &[site::Image]) {
    let other = |image: &&site::Image| {
        let same = |one: &site::Image| one.name == image.name && one.layers == image.layers;
        !before.iter().any(same)
    };
    let others: Vec<_> = after
        .iter()
        .filter(other)
        .map(|image| image.name.as_str())
        .collect();
    report.bar(
        "images made again of the same source",
        if others.is_empty() {
            "the same layers".to_owned()
        } else {
            format!("other layers in {}", others.join(", "))
        },
        "the same",
        others.is_empty(),
    );
}

/// A stage of the pipeline, on the manager.
pub(super) fn stage(words: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command
        .current_dir(host::root())
        .args(["xtask", "ci"])
        .args(words)
        .envs(bases::variables())
        .env("DOCKER_HOST", site::docker_host());
    command
}

/// Makes what a stack needs, as operators do.
pub(super) fn make_secrets(files: &StackFiles, stack: &str, options: &[&str]) -> Result<()> {
    docker(
        Command::new("sh")
            .arg(files.path("deploy/swarm/secrets.sh"))
            .args(options)
            .arg(secrets::file("tls_certificate"))
            .arg(secrets::file("tls_key"))
            .env("WING_ENV", stack)
            .env("DOCKER_HOST", site::docker_host()),
    )
    .map(drop)
}

fn url(node: Node) -> String {
    format!("https://{}", node.address)
}

/// Where the stack beside the site is to be reached.
pub(super) fn beside_url() -> String {
    format!("{}:8443", url(MANAGER))
}

/// The settings of the stack beside the site: what a qa is, and the lab's own.
pub(super) fn settings_beside(files: &StackFiles, stack: &str) -> Result<PathBuf> {
    let usual = fs::read_to_string(files.path("deploy/swarm/qa.env"))?;
    let mut all: Vec<(String, String)> = usual
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    all.extend(site::settings()?);
    all.push(("WING_ENV".into(), stack.into()));
    all.push(("WING_PUBLIC_URL".into(), beside_url()));
    settings_file(stack, &all)
}

fn settings_file(name: &str, settings: &[(String, String)]) -> Result<PathBuf> {
    let path = host::data().join(format!("{name}.env"));
    let lines = settings
        .iter()
        .map(|(name, value)| format!("{name}={value}\n"));
    fs::write(&path, lines.collect::<String>())?;
    Ok(path)
}

/// Takes a stack away with all that it kept.
pub(super) fn remove(stack: &str) -> Result<()> {
    docker(MANAGER.docker().args(["stack", "rm", stack]))?;
    for node in NODES {
        wait("its volumes are let go", Duration::from_secs(120), || {
            let filter = format!("label=com.docker.stack.namespace={stack}");
            let all = docker(
                node.docker()
                    .args(["volume", "ls", "--quiet", "--filter", &filter]),
            )?;
            for volume in all.split_whitespace() {
                docker(node.docker().args(["volume", "rm", volume]))?;
            }
            Ok(all.is_empty())
        })?;
    }
    Ok(())
}

/// Stands in for Slack's webhook while it lives.
struct Receiver {
    url: String,
}

impl Receiver {
    fn start() -> Result<Self> {
        let dir = host::data();
        daemon::start(&dir, "receiver", &mut stage(&["receiver"]))?;
        let mut url = None;
        wait("the receiver listens", Duration::from_secs(120), || {
            let log = fs::read_to_string(dir.join("receiver.log"))?;
            let found = log.lines().find(|line| line.starts_with("http://"));
            url = found.map(ToOwned::to_owned);
            Ok(url.is_some())
        })?;
        let url = url.context("the receiver's address")?;
        Ok(Self { url })
    }

    /// The first line of each notice.
    fn headlines(&self) -> Result<Vec<String>> {
        let log = fs::read_to_string(host::data().join("receiver.log"))?;
        ensure!(log.contains(&self.url), "the receiver was started anew");
        Ok(log
            .lines()
            .filter_map(|line| line.strip_prefix("  \"text\": "))
            .map(|text| text.trim_matches(['"', ',']).to_owned())
            .collect())
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        daemon::stop(
            &host::data(),
            "receiver",
            Signal::TERM,
            Duration::from_secs(10),
        );
    }
}
