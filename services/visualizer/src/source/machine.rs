//! This machine as a node, and processes as tasks on it.

use wing_kit::telemetry::process;

use super::probe::ProcessReport;
use crate::view::{Amount, Kind, Load, Node, NodeState, Role, Service, State, Task, Usage, View};

/// The id of the one node.
const HERE: &str = "here";

/// A process, as a poll found it.
pub struct Found {
    /// The name of its service; several processes may share one.
    pub service: String,
    /// Its number within the service, from 1.
    pub number: usize,
    /// Its report; else why there is none.
    pub report: Result<ProcessReport, String>,
    /// What it uses.
    pub usage: Option<Usage>,
    /// Since when it does not answer.
    pub away_since: Option<i64>,
}

/// This machine with these processes, in the order given.
pub fn view(found: Vec<Found>, now: i64) -> View {
    let mut services: Vec<Service> = Vec::new();
    let mut tasks = Vec::with_capacity(found.len());
    for one in found {
        let task = task(&one, now);
        let known = services.iter_mut().find(|known| known.id == one.service);
        let service = match known {
            Some(service) => service,
            None => {
                services.push(Service {
                    id: one.service.clone(),
                    name: one.service.clone(),
                    ..Service::default()
                });
                let last = services.len() - 1;
                &mut services[last]
            }
        };
        service.desired += 1;
        if task.state.is_up() {
            service.running += 1;
            service.version.clone_from(&task.version);
        }
        tasks.push(task);
    }
    for service in &mut services {
        service.updated = service.running;
        let alone = service.desired == 1;
        let of_it = tasks.iter_mut().filter(|task| task.service == service.id);
        for task in of_it.filter(|_| alone) {
            task.name.clone_from(&service.name);
        }
    }
    View {
        taken_at: now,
        kind: Kind::Processes,
        nodes: vec![Node {
            id: HERE.into(),
            name: process::host(),
            role: Role::Machine,
            state: NodeState::Ready,
            load: Load::of(has(), tasks.iter()),
            ..Node::default()
        }],
        services,
        tasks,
    }
}

fn task(found: &Found, now: i64) -> Task {
    let name = format!("{}.{}", found.service, found.number);
    let mut task = Task {
        id: name.clone(),
        service: found.service.clone(),
        slot: name.clone(),
        name,
        node: Some(HERE.into()),
        wanted: true,
        usage: found.usage,
        ..Task::default()
    };
    match &found.report {
        Ok(report) => {
            let metrics = &report.metrics;
            task.version = metrics.version.clone().unwrap_or_default();
            task.since = metrics.began_at.unwrap_or(now);
            task.state = match report.lacks.as_slice() {
                [] => State::Running,
                lacks => {
                    task.error = Some(lacks.join(", "));
                    State::Unready
                }
            };
        }
        Err(why) => {
            task.state = State::Away;
            task.since = found.away_since.unwrap_or(now);
            task.error = Some(why.clone());
        }
    }
    task
}

/// The resources of this machine.
fn has() -> Amount {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let system = rustix::system::sysinfo();
    Amount {
        cpus: cores as f64,
        memory: u64::from(system.mem_unit).saturating_mul(system.totalram as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::metrics::ProcessMetrics;

    fn found(service: &str, number: usize, report: Result<ProcessReport, String>) -> Found {
        Found {
            service: service.into(),
            number,
            usage: report.is_ok().then_some(Usage {
                cpus: Some(0.25),
                memory: 40_000_000,
                requests: Some(3.0),
            }),
            report,
            away_since: Some(4000),
        }
    }

    fn well(lacks: &[&str]) -> Result<ProcessReport, String> {
        Ok(ProcessReport {
            lacks: lacks.iter().map(|name| (*name).to_owned()).collect(),
            metrics: ProcessMetrics {
                began_at: Some(1000),
                version: Some("0.1.0".into()),
                ..ProcessMetrics::default()
            },
        })
    }

    #[test]
    fn processes_are_tasks_of_one_machine() {
        let view = view(
            vec![
                found("user", 1, well(&[])),
                found("music", 1, well(&["database"])),
                found("music", 2, Err("nobody listens".into())),
            ],
            9000,
        );
        let shown: Vec<_> = view
            .tasks
            .iter()
            .map(|task| {
                (
                    task.name.as_str(),
                    task.state,
                    task.since,
                    task.error.as_deref(),
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("user", State::Running, 1000, None),
                ("music.1", State::Unready, 1000, Some("database")),
                ("music.2", State::Away, 4000, Some("nobody listens")),
            ]
        );
        let counts: Vec<_> = view
            .services
            .iter()
            .map(|service| (service.name.as_str(), service.running, service.desired))
            .collect();
        assert_eq!(counts, [("user", 1, 1), ("music", 1, 2)]);
        let load = view.nodes[0].load;
        assert_eq!((load.tasks, load.measured), (2, 2));
        assert_eq!(load.used.memory, 80_000_000);
        assert!(load.has.memory > 100_000_000 && load.has.cpus >= 1.0);
    }
}
