//! What the tasks that run programs of ours use, by their own reports.
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
use crate::source::asking::{Asker, Condition, together};
use crate::source::numbers::Meter;
use crate::view::{Load, State, Task, Usage, View};

/// Where programs of ours listen in their containers.
const PORT: u16 = 8080;
/// Looking names up takes at most so long, …
const LOOKING_UP: Duration = Duration::from_millis(300);
/// … asking all who were found this, …
const ASKING: Duration = Duration::from_millis(800);
/// … and so many are asked at one look.
const MOST: usize = 128;
/// A name that nobody knows is not looked up again for so long.
const REST: Duration = Duration::from_secs(15);
/// How long a look waits for the reports of tasks, which is enough when all is well.
/// The report of a slower one, as tasks are that start or end, is used at the next look:
/// what the Swarm says must not wait for it.
const SOON: Duration = Duration::from_millis(150);
/// How long a report is used while no newer one comes.
const BELIEVED: Duration = Duration::from_secs(5);

/// Measures; keeps what rates need, and the last reports.
#[derive(Debug)]
pub struct Measure {
    asker: Asker,
    meter: Meter,
    /// Services that could not be found, and until when they are left alone.
    resting: HashMap<String, Instant>,
    /// Those who are being asked.
    round: Option<AbortOnDropHandle<Round>>,
    /// The last reports of tasks, by their ids, and when they came.
    reports: HashMap<String, (Report, Instant)>,
}

/// What asking everybody once brought.
#[derive(Debug)]
struct Round {
    /// Services of which no task was found.
    unknown: Vec<String>,
    answers: Vec<Condition>,
    at: Moment,
}

/// How a task is.
#[derive(Debug)]
struct Report {
    lacks: Vec<String>,
    usage: Usage,
}

impl Measure {
    /// Prepares to measure.
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self {
            asker: Asker::new()?,
            meter: Meter::default(),
            resting: HashMap::new(),
            round: None,
            reports: HashMap::new(),
        })
    }

    /// Adds to the tasks of `view` what they report.
    pub async fn add_to(&mut self, view: &mut View, ours: &[Ours]) {
        if self.round.is_none() {
            let round = tokio::spawn(ask(self.asker.clone(), self.wanted(ours)));
            self.round = Some(AbortOnDropHandle::new(round));
        }
        self.hear(ours).await;
        self.reports
            .retain(|id, (_, at)| at.elapsed() < BELIEVED && runs(ours, id));
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

    /// The services to ask for: those that are not left alone.
    fn wanted(&mut self, ours: &[Ours]) -> Vec<String> {
        let now = Instant::now();
        self.resting.retain(|_, until| *until > now);
        ours.iter()
            .map(|one| one.name.clone())
            .filter(|name| !self.resting.contains_key(name))
            .collect()
    }

    /// Takes what was answered, if it comes soon.
    async fn hear(&mut self, ours: &[Ours]) {
        let Some(round) = &mut self.round else {
            return;
        };
        let Ok(round) = timeout(SOON, round).await else {
            return;
        };
        self.round = None;
        let Ok(round) = round else {
            return;
        };
        let now = Instant::now();
        let unknown = round.unknown.into_iter();
        self.resting.extend(unknown.map(|name| (name, now + REST)));
        for condition in round.answers {
            let host = condition.numbers.host.as_deref().unwrap_or_default();
            let Some(id) = task_of(ours, host) else {
                continue;
            };
            let report = Report {
                lacks: condition.lacks,
                usage: self.meter.usage(id, condition.numbers, round.at),
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

/// Asks all tasks of these services.
async fn ask(asker: Asker, services: Vec<String>) -> Round {
    let asked: Vec<_> = services.iter().cloned().map(look_up).collect();
    let found = together(LOOKING_UP, asked).await;
    let found: HashMap<String, Vec<SocketAddr>> = found.into_iter().collect();
    let unknown = services
        .into_iter()
        .filter(|name| found.get(name).is_none_or(Vec::is_empty))
        .collect();
    let asked: Vec<_> = found
        .into_values()
        .flatten()
        .take(MOST)
        .map(|address| {
            let asker = asker.clone();
            async move { asker.ask(&format!("http://{address}")).await.ok() }
        })
        .collect();
    let answers = together(ASKING, asked).await;
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

/// Where the tasks of a service answer; nowhere when nobody knows.
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
    use crate::source::numbers::Numbers;

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

    /// A round in which this is answered, once it is.
    fn asked(measure: &mut Measure) -> oneshot::Sender<Vec<Condition>> {
        let (answer, answered) = oneshot::channel();
        let round = tokio::spawn(async {
            Round {
                unknown: Vec::new(),
                answers: answered.await.unwrap_or_default(),
                at: Moment::now(),
            }
        });
        measure.round = Some(AbortOnDropHandle::new(round));
        answer
    }

    fn unready(memory: u64) -> Condition {
        Condition {
            lacks: vec!["database".into()],
            numbers: Numbers {
                memory,
                host: Some("c0ffee".into()),
                ..Numbers::default()
            },
        }
    }

    /// The task has reported that it is not ready; then it is asked and says nothing
    /// for as long as what comes last is kept.
    async fn told_once() -> (Measure, oneshot::Sender<Vec<Condition>>) {
        let mut measure = Measure::new().expect("a client");
        let (mut view, ours) = music();
        let answer = asked(&mut measure);
        answer.send(vec![unready(7)]).expect("somebody who waits");
        measure.add_to(&mut view, &ours).await;
        assert_eq!(view.tasks[0].state, State::Unready);
        let silent = asked(&mut measure);
        (measure, silent)
    }

    #[tokio::test(start_paused = true)]
    async fn who_answers_late_is_not_waited_for_and_heard_at_the_next_look() {
        let mut measure = Measure::new().expect("a client");
        let (mut view, ours) = music();
        let answer = asked(&mut measure);
        let before = Instant::now();
        measure.add_to(&mut view, &ours).await;
        // The clock stands still but for what is waited for.
        assert!(before.elapsed() < 2 * SOON, "{:?}", before.elapsed());
        assert_eq!(
            (view.tasks[0].state, view.tasks[0].usage),
            (State::Running, None)
        );

        answer.send(vec![unready(7)]).expect("somebody who waits");
        let (mut view, ours) = music();
        measure.add_to(&mut view, &ours).await;
        let task = &view.tasks[0];
        assert_eq!(task.usage.map(|usage| usage.memory), Some(7));
        assert_eq!(task.state, State::Unready);
        assert_eq!(task.error.as_deref(), Some("database"));
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_told_is_shown_for_a_while_and_not_for_ever() {
        let (mut measure, _silent) = told_once().await;
        let (mut view, ours) = music();
        measure.add_to(&mut view, &ours).await;
        assert!(view.tasks[0].usage.is_some());

        tokio::time::advance(BELIEVED).await;
        let (mut view, _) = music();
        measure.add_to(&mut view, &ours).await;
        assert_eq!(
            (view.tasks[0].state, view.tasks[0].usage),
            (State::Running, None)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_runs_no_more_is_shown_as_the_swarm_says() {
        let (mut measure, _silent) = told_once().await;
        let (mut view, _) = music();
        view.tasks[0].state = State::Stopping;
        measure.add_to(&mut view, &[]).await;
        let task = &view.tasks[0];
        assert_eq!((task.state, task.usage), (State::Stopping, None));
    }
}
