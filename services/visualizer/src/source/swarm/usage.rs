//! What the tasks of our programs use, by their own `/metrics`.
//!
//! The API does not say where a task can be reached; the Swarm's name service
//! says where the tasks of a service can, in the networks that we share with
//! them, and each task says at which container's name it is.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Instant as Moment;

use tokio::time::{Duration, Instant, timeout};
use tokio_util::task::AbortOnDropHandle;

use super::read::Ours;
use crate::source::metrics::Meter;
use crate::source::probe::{Prober, ProcessReport, together};
use crate::view::{Load, State, Task, Usage, View};

/// The port of our programs in their containers.
const PORT: u16 = 8080;
/// The timeout of all name lookups of a poll, …
const LOOKUP_TIMEOUT: Duration = Duration::from_millis(300);
/// … of all requests to tasks, …
const PROBE_TIMEOUT: Duration = Duration::from_millis(800);
/// … and the most tasks that are requested in one poll.
const MAX_PROBES: usize = 128;
/// How long a name that was not found is not looked up again.
const LOOKUP_BACKOFF: Duration = Duration::from_secs(15);
/// How long a poll waits for the reports of tasks, which is enough when all is well.
/// Later ones, as of tasks that start or end, are used at the next poll, so that the
/// state of the Swarm is not held up.
const REPORT_WAIT: Duration = Duration::from_millis(150);
/// How long a report is used while no newer one comes.
const REPORT_TTL: Duration = Duration::from_secs(5);

/// Adds usage to tasks; keeps the last reports, and what rates need.
#[derive(Debug)]
pub struct TaskUsage {
    prober: Prober,
    meter: Meter,
    /// Services whose name was not found, and until when they are not looked up.
    not_found: HashMap<String, Instant>,
    /// The requests under way.
    round: Option<AbortOnDropHandle<Round>>,
    /// The last reports of tasks, by their ids, and when they came.
    reports: HashMap<String, (Report, Instant)>,
}

/// The reports of one round of requests.
#[derive(Debug)]
struct Round {
    /// Services of which no task was found.
    unknown: Vec<String>,
    answers: Vec<ProcessReport>,
    at: Moment,
}

/// The report of one task.
#[derive(Debug)]
struct Report {
    lacks: Vec<String>,
    usage: Usage,
}

impl TaskUsage {
    /// Nothing is known of any task yet.
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self {
            prober: Prober::new()?,
            meter: Meter::default(),
            not_found: HashMap::new(),
            round: None,
            reports: HashMap::new(),
        })
    }

    /// Adds to the tasks of `view` what they report.
    pub async fn add_to(&mut self, view: &mut View, ours: &[Ours]) {
        if self.round.is_none() {
            let round = tokio::spawn(probe(self.prober.clone(), self.wanted(ours)));
            self.round = Some(AbortOnDropHandle::new(round));
        }
        self.collect(ours).await;
        self.reports
            .retain(|id, (_, at)| at.elapsed() < REPORT_TTL && runs(ours, id));
        self.meter
            .keep(|id| view.tasks.iter().any(|task| task.id == id));
        for task in &mut view.tasks {
            if let Some((report, _)) = self.reports.get(&task.id) {
                note(task, report);
            }
        }
        for node in &mut view.nodes {
            let here = |task: &&Task| task.node.as_deref() == Some(node.id.as_str());
            node.load = Load::of(node.load.has, view.tasks.iter().filter(here));
        }
    }

    /// The services to look up: those that are not backed off.
    fn wanted(&mut self, ours: &[Ours]) -> Vec<String> {
        let now = Instant::now();
        self.not_found.retain(|_, until| *until > now);
        ours.iter()
            .map(|one| one.name.clone())
            .filter(|name| !self.not_found.contains_key(name))
            .collect()
    }

    /// Takes the reports of the round under way, if they come within `REPORT_WAIT`.
    async fn collect(&mut self, ours: &[Ours]) {
        let Some(round) = &mut self.round else {
            return;
        };
        let Ok(round) = timeout(REPORT_WAIT, round).await else {
            return;
        };
        self.round = None;
        let Ok(round) = round else {
            return;
        };
        let now = Instant::now();
        let unknown = round.unknown.into_iter();
        self.not_found
            .extend(unknown.map(|name| (name, now + LOOKUP_BACKOFF)));
        for answer in round.answers {
            let host = answer.metrics.host.as_deref().unwrap_or_default();
            let Some(id) = task_of(ours, host) else {
                continue;
            };
            let report = Report {
                lacks: answer.lacks,
                usage: self.meter.usage(id, answer.metrics, round.at),
            };
            self.reports.insert(id.to_owned(), (report, now));
        }
    }
}

/// The id of the task that runs in the container of this name.
fn task_of<'a>(ours: &'a [Ours], container: &str) -> Option<&'a str> {
    let mut tasks = ours.iter().flat_map(|one| &one.tasks);
    let (id, _) = tasks.find(|(_, name)| name == container)?;
    Some(id)
}

fn runs(ours: &[Ours], id: &str) -> bool {
    ours.iter()
        .flat_map(|one| &one.tasks)
        .any(|(task, _)| task == id)
}

/// Requests the reports of all tasks of these services.
async fn probe(prober: Prober, services: Vec<String>) -> Round {
    let lookups: Vec<_> = services.iter().cloned().map(look_up).collect();
    let found = together(LOOKUP_TIMEOUT, lookups).await;
    let found: HashMap<String, Vec<SocketAddr>> = found.into_iter().collect();
    let unknown = services
        .into_iter()
        .filter(|name| found.get(name).is_none_or(Vec::is_empty))
        .collect();
    let probes: Vec<_> = found
        .into_values()
        .flatten()
        .take(MAX_PROBES)
        .map(|address| {
            let prober = prober.clone();
            async move { prober.probe(&format!("http://{address}")).await.ok() }
        })
        .collect();
    let answers = together(PROBE_TIMEOUT, probes).await;
    Round {
        unknown,
        answers: answers.into_iter().flatten().collect(),
        at: Moment::now(),
    }
}

fn note(task: &mut Task, report: &Report) {
    if task.state == State::Running && !report.lacks.is_empty() {
        task.state = State::Unready;
        task.error = Some(report.lacks.join(", "));
    }
    task.usage = Some(report.usage);
}

/// The addresses of a service's tasks; none when its name is not known.
async fn look_up(service: String) -> (String, Vec<SocketAddr>) {
    // Each task's own address, whatever the service's name stands for.
    let found = tokio::net::lookup_host((format!("tasks.{service}"), PORT)).await;
    let places = found.map_or_else(|_| Vec::new(), Iterator::collect);
    (service, places)
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;
    use crate::source::metrics::ProcessMetrics;

    /// One task of music, in the container `c0ffee`.
    fn music() -> (View, [Ours; 1]) {
        let task = Task {
            id: "t1".into(),
            state: State::Running,
            ..Task::default()
        };
        let view = View {
            tasks: vec![task],
            ..View::default()
        };
        let ours = Ours {
            name: "wing_music".into(),
            tasks: vec![("t1".into(), "c0ffee".into())],
        };
        (view, [ours])
    }

    /// Starts a round whose reports the test sends.
    fn start_round(usage: &mut TaskUsage) -> oneshot::Sender<Vec<ProcessReport>> {
        let (answer, answered) = oneshot::channel();
        let round = tokio::spawn(async {
            Round {
                unknown: Vec::new(),
                answers: answered.await.unwrap_or_default(),
                at: Moment::now(),
            }
        });
        usage.round = Some(AbortOnDropHandle::new(round));
        answer
    }

    fn unready(memory: u64) -> ProcessReport {
        ProcessReport {
            lacks: vec!["database".into()],
            metrics: ProcessMetrics {
                memory,
                host: Some("c0ffee".into()),
                ..ProcessMetrics::default()
            },
        }
    }

    /// The task has reported that it is not ready; the next round stays without a report
    /// while the sender is kept.
    async fn reported_once() -> (TaskUsage, oneshot::Sender<Vec<ProcessReport>>) {
        let mut usage = TaskUsage::new().expect("a client");
        let (mut view, ours) = music();
        let answer = start_round(&mut usage);
        answer.send(vec![unready(7)]).expect("somebody who waits");
        usage.add_to(&mut view, &ours).await;
        assert_eq!(view.tasks[0].state, State::Unready);
        let silent = start_round(&mut usage);
        (usage, silent)
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_report_is_not_waited_for_and_used_at_the_next_poll() {
        let mut usage = TaskUsage::new().expect("a client");
        let (mut view, ours) = music();
        let answer = start_round(&mut usage);
        let before = Instant::now();
        usage.add_to(&mut view, &ours).await;
        // The clock stands still but for what is waited for.
        assert!(before.elapsed() < 2 * REPORT_WAIT, "{:?}", before.elapsed());
        assert_eq!(
            (view.tasks[0].state, view.tasks[0].usage),
            (State::Running, None)
        );

        answer.send(vec![unready(7)]).expect("somebody who waits");
        let (mut view, ours) = music();
        usage.add_to(&mut view, &ours).await;
        let task = &view.tasks[0];
        assert_eq!(task.usage.map(|usage| usage.memory), Some(7));
        assert_eq!(task.state, State::Unready);
        assert_eq!(task.error.as_deref(), Some("database"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_report_is_shown_until_it_expires() {
        let (mut usage, _silent) = reported_once().await;
        let (mut view, ours) = music();
        usage.add_to(&mut view, &ours).await;
        assert!(view.tasks[0].usage.is_some());

        tokio::time::advance(REPORT_TTL).await;
        let (mut view, _) = music();
        usage.add_to(&mut view, &ours).await;
        assert_eq!(
            (view.tasks[0].state, view.tasks[0].usage),
            (State::Running, None)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_runs_no_more_is_shown_as_the_swarm_says() {
        let (mut usage, _silent) = reported_once().await;
        let (mut view, _) = music();
        view.tasks[0].state = State::Stopping;
        usage.add_to(&mut view, &[]).await;
        let task = &view.tasks[0];
        assert_eq!((task.state, task.usage), (State::Stopping, None));
    }
}
