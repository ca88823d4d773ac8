//! What the tasks that run programs of ours use, by what they tell themselves.
//!
//! The API does not say where a task can be reached; the Swarm's name service
//! says where the tasks of a service can, in the networks that we share with
//! them, and each task says at which container's name it is.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Instant as Moment;

use tokio::time::{Duration, Instant};

use super::read::Ours;
use crate::source::asking::{Asker, Condition, together};
use crate::source::numbers::Meter;
use crate::view::{Load, State, Task, View};

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

/// Measures; remembers what rates need.
#[derive(Debug)]
pub struct Measure {
    asker: Asker,
    meter: Meter,
    /// Services that could not be found, and until when they are left alone.
    resting: HashMap<String, Instant>,
}

impl Measure {
    /// Prepares to measure.
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self {
            asker: Asker::new()?,
            meter: Meter::default(),
            resting: HashMap::new(),
        })
    }

    /// Adds to the tasks of `view` what they tell of themselves.
    pub async fn add_to(&mut self, view: &mut View, ours: &[Ours]) {
        let now = Instant::now();
        self.resting.retain(|_, until| *until > now);
        let wanted = ours
            .iter()
            .filter(|one| !self.resting.contains_key(&one.name));
        let wanted: Vec<&Ours> = wanted.collect();
        let asked: Vec<_> = wanted.iter().map(|one| look_up(one.name.clone())).collect();
        let found = together(LOOKING_UP, asked).await;
        let mut addresses: Vec<SocketAddr> = Vec::new();
        for one in &wanted {
            let known = found.iter().find(|(name, _)| *name == one.name);
            match known {
                Some((_, places)) if !places.is_empty() => addresses.extend(places.iter()),
                _ => {
                    self.resting.insert(one.name.clone(), now + REST);
                }
            }
        }
        addresses.truncate(MOST);
        let asker = &self.asker;
        let asked: Vec<_> = addresses
            .into_iter()
            .map(|address| async move { asker.ask(&format!("http://{address}")).await.ok() })
            .collect();
        let told = together(ASKING, asked).await;
        let containers: HashMap<&str, &str> = ours
            .iter()
            .flat_map(|one| &one.tasks)
            .map(|(task, container)| (container.as_str(), task.as_str()))
            .collect();
        let at = Moment::now();
        for condition in told.into_iter().flatten() {
            let host = condition.numbers.host.clone().unwrap_or_default();
            let Some(id) = containers.get(host.as_str()) else {
                continue;
            };
            if let Some(task) = view.tasks.iter_mut().find(|task| task.id == *id) {
                note(task, condition, &mut self.meter, at);
            }
        }
        self.meter
            .keep(|id| view.tasks.iter().any(|task| task.id == id));
        for node in &mut view.nodes {
            let here = |task: &&Task| task.node.as_deref() == Some(node.id.as_str());
            node.load = Load::of(node.load.has, view.tasks.iter().filter(here));
        }
    }
}

fn note(task: &mut Task, condition: Condition, meter: &mut Meter, at: Moment) {
    if task.state == State::Running && !condition.lacks.is_empty() {
        task.state = State::Unready;
        task.error = Some(condition.lacks.join(", "));
    }
    task.usage = Some(meter.usage(&task.id, condition.numbers, at));
}

/// Where the tasks of a service answer; nowhere when nobody knows.
async fn look_up(service: String) -> (String, Vec<SocketAddr>) {
    // Each task's own address, whatever the service's name stands for.
    let found = tokio::net::lookup_host((format!("tasks.{service}"), PORT)).await;
    let places = found.map_or_else(|_| Vec::new(), Iterator::collect);
    (service, places)
}
