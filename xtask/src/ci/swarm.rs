//! What Swarm says of the services that run.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::catalogue::without_digest;
use super::docker::Docker;
use crate::process::Session;

/// A service as it is now.
#[derive(Debug, PartialEq, Eq)]
pub struct Service {
    /// Its image, with the digest where Swarm knows it.
    pub image: String,
    /// How its last update stands.
    pub update: Update,
    /// What Swarm says about that.
    pub message: String,
    /// Whether it is to have no task at all, so that nothing can be updated.
    pub is_idle: bool,
}

/// The state of a service's last update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// There was none, or it has not begun.
    None,
    Updating,
    Completed,
    /// Swarm gave up and left the service as it was then.
    Paused,
    RollingBack,
    RolledBack,
    /// Not even the old tasks came up.
    RollbackPaused,
    /// A state that is not known here.
    Unknown,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inspected {
    spec: Spec,
    update_status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Spec {
    name: String,
    task_template: Template,
    #[serde(default)]
    mode: Mode,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Template {
    container_spec: Container,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Container {
    image: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Mode {
    replicated: Option<Replicated>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Replicated {
    replicas: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Status {
    state: String,
    message: String,
}

/// The services of a stack by their name within it; empty when it does not run.
///
/// # Errors
/// When Docker refuses, for instance because the engine is no manager.
pub fn services(
    docker: &Docker,
    session: &Session,
    stack: &str,
) -> Result<BTreeMap<String, Service>> {
    let filter = format!("label=com.docker.stack.namespace={stack}");
    let names = docker.ask(
        session,
        [
            "service",
            "ls",
            "--filter",
            &filter,
            "--format",
            "{{.Name}}",
        ],
    )?;
    let names: Vec<_> = names.split_whitespace().collect();
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let text = docker.ask(session, ["service", "inspect"].into_iter().chain(names))?;
    let prefix = format!("{stack}_");
    Ok(parse(&text)?
        .into_iter()
        .map(|(name, service)| match name.strip_prefix(&prefix) {
            Some(short) => (short.to_owned(), service),
            None => (name, service),
        })
        .collect())
}

/// One service by its full name.
///
/// # Errors
/// When it does not exist, or Docker refuses.
pub fn service(docker: &Docker, session: &Session, name: &str) -> Result<Service> {
    let text = docker.ask(session, ["service", "inspect", name])?;
    parse(&text)?
        .remove(name)
        .with_context(|| format!("Docker says nothing of {name}"))
}

/// How many tasks of each service of a stack run, and how many are wanted, by
/// its name within the stack. A job that is done runs as wanted.
///
/// # Errors
/// When Docker refuses.
pub fn replicas(
    docker: &Docker,
    session: &Session,
    stack: &str,
) -> Result<BTreeMap<String, (u64, u64)>> {
    let filter = format!("label=com.docker.stack.namespace={stack}");
    let lines = docker.ask(
        session,
        [
            "service",
            "ls",
            "--filter",
            &filter,
            "--format",
            "{{.Name}} {{.Replicas}}",
        ],
    )?;
    let prefix = format!("{stack}_");
    lines
        .lines()
        .map(|line| running_of_wanted(line.strip_prefix(&prefix).unwrap_or(line)))
        .collect()
}

/// What the tasks of a service with this image ended of, in a few lines: first
/// those of which Docker says why. One that was unhealthy may be just `Complete`.
///
/// # Errors
/// When Docker refuses.
pub fn complaints(
    docker: &Docker,
    session: &Session,
    name: &str,
    image: &str,
) -> Result<Vec<String>> {
    let lines = docker.ask(
        session,
        [
            "service",
            "ps",
            "--no-trunc",
            "--format",
            "{{.Image}} {{.Name}} on {{.Node}}: {{.CurrentState}}{{if .Error}} ({{.Error}}){{end}}",
            name,
        ],
    )?;
    let mut tasks: Vec<_> = lines
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter(|(of, task)| without_digest(of) == without_digest(image) && has_ended(task))
        .map(|(_, task)| task.to_owned())
        .collect();
    tasks.sort_by_key(|task| !task.ends_with(')'));
    tasks.truncate(3);
    Ok(tasks)
}

/// Whether a task's line says that it ended, or why it cannot begin.
fn has_ended(task: &str) -> bool {
    let ended = [": Complete ", ": Failed ", ": Rejected "];
    task.ends_with(')') || ended.iter().any(|state| task.contains(state))
}

fn parse(text: &str) -> Result<BTreeMap<String, Service>> {
    let all: Vec<Inspected> =
        serde_json::from_str(text).context("Docker's description of a service")?;
    Ok(all
        .into_iter()
        .map(|inspected| {
            let status = inspected.update_status.unwrap_or_default();
            let replicas = inspected.spec.mode.replicated.map(|mode| mode.replicas);
            let service = Service {
                image: inspected.spec.task_template.container_spec.image,
                update: state(&status.state),
                message: status.message,
                is_idle: replicas == Some(Some(0)),
            };
            (inspected.spec.name, service)
        })
        .collect())
}

fn state(word: &str) -> Update {
    match word {
        "" => Update::None,
        "updating" => Update::Updating,
        "completed" => Update::Completed,
        "paused" => Update::Paused,
        "rollback_started" => Update::RollingBack,
        "rollback_completed" => Update::RolledBack,
        "rollback_paused" => Update::RollbackPaused,
        _ => Update::Unknown,
    }
}

/// Reads `music 2/2 (max 1 per node)`, or of a job `setup 0/1 (1/1 completed)`.
fn running_of_wanted(line: &str) -> Result<(String, (u64, u64))> {
    let understood = || {
        let (name, counts) = line.split_once(' ')?;
        let counts = match counts.strip_suffix(" completed)") {
            Some(job) => job.rsplit_once('(')?.1,
            None => counts.split_whitespace().next()?,
        };
        let (running, wanted) = counts.split_once('/')?;
        Some((
            name.to_owned(),
            (running.parse().ok()?, wanted.parse().ok()?),
        ))
    };
    understood().with_context(|| format!("Docker says {line:?} of a service's replicas"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_read_from_what_docker_prints() {
        let text = r#"[{
            "ID": "x1", "Version": {"Index": 12},
            "Spec": {
                "Name": "wing_music",
                "TaskTemplate": {"ContainerSpec": {"Image": "r/wing-music:1@sha256:aa"}},
                "Mode": {"Replicated": {"Replicas": 2}}
            },
            "UpdateStatus": {"State": "paused", "Message": "update paused due to failure"}
        }, {
            "Spec": {
                "Name": "wing_edge",
                "TaskTemplate": {"ContainerSpec": {"Image": "r/wing-edge:1"}},
                "Mode": {"Global": {}}
            }
        }]"#;
        let services = parse(text).unwrap();
        assert_eq!(
            services["wing_music"],
            Service {
                image: "r/wing-music:1@sha256:aa".to_owned(),
                update: Update::Paused,
                message: "update paused due to failure".to_owned(),
                is_idle: false,
            }
        );
        assert_eq!(services["wing_edge"].update, Update::None);
        assert!(!services["wing_edge"].is_idle);
    }

    #[test]
    fn replicas_are_read_with_and_without_a_remark() {
        let (name, count) = running_of_wanted("music 1/2 (max 1 per node)").unwrap();
        assert_eq!((name.as_str(), count), ("music", (1, 2)));
        assert_eq!(running_of_wanted("edge 3/3").unwrap().1, (3, 3));
        assert!(running_of_wanted("edge").is_err());
    }

    #[test]
    fn a_job_that_is_done_runs_as_wanted() {
        let done = running_of_wanted("setup 0/1 (1/1 completed)").unwrap();
        assert_eq!(done.1, (1, 1));
        let busy = running_of_wanted("setup 1/1 (0/1 completed)").unwrap();
        assert_eq!(busy.1, (0, 1));
    }
}
