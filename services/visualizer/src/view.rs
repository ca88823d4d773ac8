//! What runs where at one moment.
//!
//! Written out as it is in `/visualizer/snapshot.json`: a field that must not be
//! seen there must not be here. Times are milliseconds since 1970.

mod state;

use serde::Serialize;

pub use state::{Group, State};

/// Everything at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct View {
    /// When the source was polled.
    pub taken_at: i64,
    /// The kind of source.
    pub kind: Kind,
    /// Where tasks run.
    pub nodes: Vec<Node>,
    /// What tasks belong to, by name.
    pub services: Vec<Service>,
    /// What runs, and what ran lately.
    pub tasks: Vec<Task>,
}

/// The kind of source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A Docker Swarm.
    Swarm,
    /// Processes on this machine.
    #[default]
    Processes,
}

/// A machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Node {
    /// Its id.
    pub id: String,
    /// Its host's name.
    pub name: String,
    /// Its role in the Swarm.
    pub role: Role,
    /// Whether it is given tasks.
    pub availability: Availability,
    /// Its state.
    pub state: NodeState,
    /// What the Swarm says of its state.
    pub message: Option<String>,
    /// The version of its engine.
    pub engine: Option<String>,
    /// What it has and what of it is used.
    pub load: Load,
}

/// The role of a node in the Swarm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The manager that leads the others.
    Leader,
    /// Another manager.
    Manager,
    /// Runs tasks alone.
    Worker,
    /// In no Swarm.
    #[default]
    Machine,
}

/// Whether a node is given tasks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    /// It is.
    #[default]
    Active,
    /// It keeps those it has and gets no others.
    Paused,
    /// It loses those it has.
    Drained,
}

/// The state of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeState {
    /// It answers.
    #[default]
    Ready,
    /// It does not answer any more.
    Down,
    /// It has just stopped answering.
    Disconnected,
    /// The Swarm cannot say.
    Unknown,
}

/// An amount of what a machine has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Amount {
    /// Processor cores.
    pub cpus: f64,
    /// Bytes of memory.
    pub memory: u64,
}

/// What a machine has and what of it is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Load {
    /// What it has.
    pub has: Amount,
    /// What is reserved for the tasks on it.
    pub reserved: Amount,
    /// What the tasks use together that report it.
    pub used: Amount,
    /// How many tasks report it.
    pub measured: usize,
    /// How many tasks are on it.
    pub tasks: usize,
}

impl Load {
    /// The load that these tasks make on a machine that has so much.
    pub fn of<'a>(has: Amount, tasks: impl Iterator<Item = &'a Task>) -> Self {
        let mut load = Self {
            has,
            ..Self::default()
        };
        for task in tasks.filter(|task| task.state.is_there()) {
            load.tasks += 1;
            load.reserved.cpus += task.reserved.cpus;
            load.reserved.memory += task.reserved.memory;
            if let Some(usage) = task.usage {
                load.measured += 1;
                load.used.cpus += usage.cpus.unwrap_or(0.0);
                load.used.memory += usage.memory;
            }
        }
        load
    }
}

/// A service: tasks that do the same.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Service {
    /// Its id.
    pub id: String,
    /// Its name, without its stack's where there is only one stack.
    pub name: String,
    /// How many tasks it has.
    pub mode: Mode,
    /// Tasks that run.
    pub running: u64,
    /// Tasks that should.
    pub desired: u64,
    /// Tasks that run the service's present specification.
    pub updated: u64,
    /// The name of its image.
    pub image: String,
    /// The version of its image.
    pub version: String,
    /// Its last update, if it had any.
    pub update: Option<Update>,
}

/// What decides how many tasks a service has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// A number.
    #[default]
    Replicated,
    /// One on each node.
    Global,
    /// As often as it has work.
    Job,
}

/// An update of a service.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Update {
    /// Its state.
    pub state: UpdateState,
    /// What the Swarm says of it.
    pub message: Option<String>,
    /// When it began.
    pub began_at: Option<i64>,
    /// When it ended.
    pub ended_at: Option<i64>,
}

/// The state of an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UpdateState {
    /// Tasks are being replaced.
    Updating,
    /// It stopped halfway.
    Paused,
    /// All tasks are new.
    Completed,
    /// Tasks are being replaced by the old ones.
    RollbackStarted,
    /// Going back stopped halfway.
    RollbackPaused,
    /// All tasks are the old ones.
    RollbackCompleted,
}

impl UpdateState {
    /// Whether tasks are being replaced now.
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Updating | Self::RollbackStarted)
    }

    /// Whether it needs an operator.
    pub fn is_trouble(self) -> bool {
        !matches!(self, Self::Updating | Self::Completed)
    }

    /// Its name in texts and in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::Updating => "updating",
            Self::Paused => "paused",
            Self::Completed => "completed",
            Self::RollbackStarted => "rollback_started",
            Self::RollbackPaused => "rollback_paused",
            Self::RollbackCompleted => "rollback_completed",
        }
    }
}

/// One container or process of a service.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Task {
    /// Its id.
    pub id: String,
    /// The id of its service.
    pub service: String,
    /// The service's name and which of its tasks it is.
    pub name: String,
    /// The id of its node; none while it waits for a place.
    pub node: Option<String>,
    /// Its slot in the service; the task that replaces it has the same.
    pub slot: String,
    /// The version of its image.
    pub version: String,
    /// Whether it differs from its service's present specification.
    pub outdated: bool,
    /// Its state.
    pub state: State,
    /// Since when.
    pub since: i64,
    /// Whether it is meant to run.
    pub wanted: bool,
    /// Why it failed or waits.
    pub error: Option<String>,
    /// The exit code of its process.
    pub exit_code: Option<i64>,
    /// The resources reserved for it.
    pub reserved: Amount,
    /// What it uses, if it reports that.
    pub usage: Option<Usage>,
}

/// What a process uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Usage {
    /// Processor cores, between the last two polls.
    pub cpus: Option<f64>,
    /// Bytes of resident memory.
    pub memory: u64,
    /// Requests a second, between the last two polls, without those of monitoring.
    pub requests: Option<f64>,
}

impl View {
    /// The service of this id.
    pub fn service(&self, id: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.id == id)
    }

    /// The node of this id.
    pub fn node(&self, id: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.id == id)
    }
}
