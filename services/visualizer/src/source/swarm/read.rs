//! Builds a view from the API's responses.

use std::collections::HashMap;

use bollard::models::{
    Node as DockerNode, NodeSpecAvailabilityEnum, NodeSpecRoleEnum, NodeState as DockerNodeState,
    ResourceObject, Service as DockerService, ServiceSpecMode, ServiceUpdateStatus,
    ServiceUpdateStatusStateEnum, Task as DockerTask, TaskSpec, TaskState,
};

use crate::image::Image;
use crate::view::{
    Amount, Availability, Kind, Load, Mode, Node, NodeState, Role, Service, State, Task, Update,
    UpdateState, View,
};

/// The label with a stack's name on the services of the stack.
const STACK: &str = "com.docker.stack.namespace";

/// The API's responses in one poll.
pub struct Answers {
    /// `/nodes`
    pub nodes: Vec<DockerNode>,
    /// `/services?status=true`
    pub services: Vec<DockerService>,
    /// `/tasks`
    pub tasks: Vec<DockerTask>,
}

/// A service of the view that runs a program of ours.
#[derive(Debug, PartialEq, Eq)]
pub struct Ours {
    /// The service's name, as the Swarm's own network knows it.
    pub name: String,
    /// Its tasks that run: their ids, with the beginnings of their containers' ids.
    pub tasks: Vec<(String, String)>,
}

impl Answers {
    /// The view, and the services in it that report readiness and metrics.
    pub fn view(self, now: i64) -> (View, Vec<Ours>) {
        let mut nodes: Vec<Node> = self.nodes.iter().map(node).collect();
        nodes.sort_by(|a, b| (rank(a.role), &a.name).cmp(&(rank(b.role), &b.name)));
        let specs: HashMap<&str, &DockerService> = self
            .services
            .iter()
            .filter_map(|service| Some((service.id.as_deref()?, service)))
            .collect();
        let names = short_names(&self.services);
        let mut ours: HashMap<&str, Ours> = HashMap::new();
        let mut tasks = Vec::with_capacity(self.tasks.len());
        for docker in &self.tasks {
            let id = docker.service_id.as_deref().unwrap_or_default();
            // A task without a service: that one is being removed.
            let (Some(service), Some(name)) = (specs.get(id), names.get(id)) else {
                continue;
            };
            let task = task(docker, service, name, &nodes, now);
            if let Some(container) = container_of_ours(docker, &task) {
                let of_it = ours.entry(id).or_insert_with(|| Ours {
                    name: full_name(service).to_owned(),
                    tasks: Vec::new(),
                });
                of_it.tasks.push((task.id.clone(), container));
            }
            tasks.push(task);
        }
        tasks.sort_by(|a, b| {
            let place = |task: &Task| task.slot.parse::<u64>().unwrap_or(u64::MAX);
            let order = |task: &Task| (names.get(task.service.as_str()).cloned(), place(task));
            order(a)
                .cmp(&order(b))
                .then(b.since.cmp(&a.since))
                .then(a.id.cmp(&b.id))
        });
        for node in &mut nodes {
            let here = |task: &&Task| task.node.as_deref() == Some(node.id.as_str());
            node.load = Load::of(node.load.has, tasks.iter().filter(here));
        }
        let mut services: Vec<Service> = self
            .services
            .iter()
            .map(|docker| service(docker, &names, &nodes, &tasks))
            .collect();
        services.sort_by(|a, b| a.name.cmp(&b.name));
        let mut ours: Vec<Ours> = ours.into_values().collect();
        ours.sort_by(|a, b| a.name.cmp(&b.name));
        let view = View {
            taken_at: now,
            kind: Kind::Swarm,
            nodes,
            services,
            tasks,
        };
        (view, ours)
    }
}

fn rank(role: Role) -> u8 {
    match role {
        Role::Leader => 0,
        Role::Manager => 1,
        Role::Worker => 2,
        Role::Machine => 3,
    }
}

fn node(docker: &DockerNode) -> Node {
    let spec = docker.spec.as_ref();
    let description = docker.description.as_ref();
    let status = docker.status.as_ref();
    let leads = docker
        .manager_status
        .as_ref()
        .and_then(|manager| manager.leader);
    let has = description.and_then(|description| description.resources.as_ref());
    let engine = description.and_then(|description| description.engine.as_ref());
    Node {
        id: docker.id.clone().unwrap_or_default(),
        name: description
            .and_then(|description| description.hostname.clone())
            .unwrap_or_default(),
        role: match spec.and_then(|spec| spec.role) {
            Some(NodeSpecRoleEnum::MANAGER) if leads == Some(true) => Role::Leader,
            Some(NodeSpecRoleEnum::MANAGER) => Role::Manager,
            _ => Role::Worker,
        },
        availability: match spec.and_then(|spec| spec.availability) {
            Some(NodeSpecAvailabilityEnum::PAUSE) => Availability::Paused,
            Some(NodeSpecAvailabilityEnum::DRAIN) => Availability::Drained,
            _ => Availability::Active,
        },
        state: match status.and_then(|status| status.state) {
            Some(DockerNodeState::READY) => NodeState::Ready,
            Some(DockerNodeState::DOWN) => NodeState::Down,
            Some(DockerNodeState::DISCONNECTED) => NodeState::Disconnected,
            _ => NodeState::Unknown,
        },
        message: status.and_then(|status| not_blank(status.message.as_ref())),
        engine: engine.and_then(|engine| not_blank(engine.engine_version.as_ref())),
        load: Load {
            has: amount(has),
            ..Load::default()
        },
    }
}

fn service(
    docker: &DockerService,
    names: &HashMap<&str, String>,
    nodes: &[Node],
    tasks: &[Task],
) -> Service {
    let id = docker.id.as_deref().unwrap_or_default();
    let image = Image::parse(image_of(template(docker)));
    let mode = docker.spec.as_ref().and_then(|spec| spec.mode.as_ref());
    let up = || {
        let of_it = tasks
            .iter()
            .filter(|task| task.service == id && task.wanted);
        of_it.filter(|task| task.state.is_up())
    };
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let counted = docker
        .service_status
        .as_ref()
        .and_then(|status| status.desired_tasks);
    Service {
        id: id.to_owned(),
        name: names.get(id).cloned().unwrap_or_default(),
        mode: mode_of(mode),
        running: count(up().count()),
        desired: counted.unwrap_or_else(|| desired(mode, nodes)),
        updated: count(up().filter(|task| !task.outdated).count()),
        image: image.name,
        version: image.version,
        update: docker.update_status.as_ref().and_then(update),
    }
}

fn mode_of(mode: Option<&ServiceSpecMode>) -> Mode {
    match mode {
        Some(mode) if mode.global.is_some() => Mode::Global,
        Some(mode) if mode.replicated_job.is_some() || mode.global_job.is_some() => Mode::Job,
        _ => Mode::Replicated,
    }
}

/// How many tasks there should be, where the Swarm is too old to say.
fn desired(mode: Option<&ServiceSpecMode>, nodes: &[Node]) -> u64 {
    let taking =
        |node: &&Node| node.state == NodeState::Ready && node.availability == Availability::Active;
    match mode_of(mode) {
        Mode::Global => u64::try_from(nodes.iter().filter(taking).count()).unwrap_or(u64::MAX),
        Mode::Replicated | Mode::Job => mode
            .and_then(|mode| mode.replicated.as_ref()?.replicas)
            .and_then(|replicas| u64::try_from(replicas).ok())
            .unwrap_or(0),
    }
}

fn update(docker: &ServiceUpdateStatus) -> Option<Update> {
    let state = match docker.state? {
        ServiceUpdateStatusStateEnum::EMPTY => return None,
        ServiceUpdateStatusStateEnum::UPDATING => UpdateState::Updating,
        ServiceUpdateStatusStateEnum::PAUSED => UpdateState::Paused,
        ServiceUpdateStatusStateEnum::COMPLETED => UpdateState::Completed,
        ServiceUpdateStatusStateEnum::ROLLBACK_STARTED => UpdateState::RollbackStarted,
        ServiceUpdateStatusStateEnum::ROLLBACK_PAUSED => UpdateState::RollbackPaused,
        ServiceUpdateStatusStateEnum::ROLLBACK_COMPLETED => UpdateState::RollbackCompleted,
    };
    Some(Update {
        state,
        message: not_blank(docker.message.as_ref()),
        began_at: time(docker.started_at.as_ref()),
        ended_at: time(docker.completed_at.as_ref()),
    })
}

fn task(
    docker: &DockerTask,
    service: &DockerService,
    service_name: &str,
    nodes: &[Node],
    now: i64,
) -> Task {
    let status = docker.status.as_ref();
    let node = docker.node_id.as_deref().filter(|id| !id.is_empty());
    let node = node.and_then(|id| nodes.iter().find(|node| node.id == id));
    let wanted = !matches!(
        docker.desired_state,
        Some(TaskState::SHUTDOWN | TaskState::REMOVE)
    );
    let mut state = state(status.and_then(|status| status.state), wanted);
    let mut error = status.and_then(|status| not_blank(status.err.as_ref()));
    // A task on a node that is gone is wanted to run until the node is back.
    if let Some(gone) = node.filter(|node| node.state == NodeState::Down)
        && state.is_there()
    {
        state = State::Away;
        error = error.or_else(|| gone.message.clone());
    }
    let slot = match docker.slot {
        Some(slot) if slot > 0 => slot.to_string(),
        // One on each node: the node is the place.
        _ => node.map_or_else(String::new, |node| node.name.clone()),
    };
    let spec = docker.spec.as_ref();
    let reserved = spec.and_then(|spec| spec.resources.as_ref()?.reservations.as_ref());
    let ended_with = status.and_then(|status| status.container_status.as_ref()?.exit_code);
    Task {
        id: docker.id.clone().unwrap_or_default(),
        service: docker.service_id.clone().unwrap_or_default(),
        name: format!("{service_name}.{slot}"),
        node: node.map(|node| node.id.clone()),
        slot,
        version: Image::parse(image_of(spec)).version,
        outdated: is_outdated(spec, template(service)),
        state,
        since: status
            .and_then(|status| time(status.timestamp.as_ref()))
            .unwrap_or(now),
        wanted,
        error: error.filter(|_| !state.is_up()),
        exit_code: ended_with.filter(|_| state.has_failed()),
        reserved: amount(reserved),
        usage: None,
    }
}

fn state(docker: Option<TaskState>, wanted: bool) -> State {
    match docker {
        Some(TaskState::COMPLETE) => State::Complete,
        Some(TaskState::SHUTDOWN | TaskState::REMOVE) => State::Stopped,
        Some(TaskState::FAILED) => State::Failed,
        Some(TaskState::REJECTED) => State::Rejected,
        Some(TaskState::ORPHANED) => State::Orphaned,
        Some(TaskState::RUNNING | TaskState::STARTING) if !wanted => State::Stopping,
        Some(TaskState::RUNNING) => State::Running,
        Some(TaskState::STARTING) => State::Starting,
        // It never ran and never will.
        _ if !wanted => State::Stopped,
        Some(TaskState::PREPARING | TaskState::READY) => State::Preparing,
        Some(
            TaskState::NEW
            | TaskState::ALLOCATED
            | TaskState::PENDING
            | TaskState::ASSIGNED
            | TaskState::ACCEPTED,
        )
        | None => State::Waiting,
    }
}

/// Whether a task differs from its service's specification: the Swarm's own rule,
/// limited to what runs in the container.
fn is_outdated(task: Option<&TaskSpec>, service: Option<&TaskSpec>) -> bool {
    let (Some(task), Some(service)) = (task, service) else {
        return false;
    };
    task.container_spec != service.container_spec
        || task.force_update.unwrap_or(0) != service.force_update.unwrap_or(0)
}

/// The beginning of the container's id, which is its host's name, for a task that
/// runs a program of ours.
fn container_of_ours(docker: &DockerTask, task: &Task) -> Option<String> {
    let image = Image::parse(image_of(docker.spec.as_ref()));
    let container = docker.status.as_ref()?.container_status.as_ref()?;
    let id = container.container_id.as_deref()?.get(..12)?;
    (image.is_our_program() && task.state.is_up()).then(|| id.to_owned())
}

fn template(service: &DockerService) -> Option<&TaskSpec> {
    service.spec.as_ref()?.task_template.as_ref()
}

fn image_of(spec: Option<&TaskSpec>) -> &str {
    spec.and_then(|spec| spec.container_spec.as_ref()?.image.as_deref())
        .unwrap_or_default()
}

fn full_name(service: &DockerService) -> &str {
    let spec = service.spec.as_ref();
    spec.and_then(|spec| spec.name.as_deref())
        .unwrap_or_default()
}

/// The services' names by id, without their stack's while all are of one stack.
fn short_names(services: &[DockerService]) -> HashMap<&str, String> {
    let stack = |service: &DockerService| {
        let labels = service.spec.as_ref()?.labels.as_ref()?;
        labels.get(STACK).cloned()
    };
    let first = services.first().and_then(stack);
    let alone = services.iter().all(|service| stack(service) == first);
    let prefix = first.filter(|_| alone).map(|stack| format!("{stack}_"));
    let named = services.iter().filter_map(|service| {
        let name = full_name(service);
        let short = prefix
            .as_ref()
            .and_then(|prefix| name.strip_prefix(prefix.as_str()));
        Some((service.id.as_deref()?, short.unwrap_or(name).to_owned()))
    });
    named.collect()
}

fn amount(docker: Option<&ResourceObject>) -> Amount {
    let cpus = docker.and_then(|docker| docker.nano_cpus).unwrap_or(0);
    let memory = docker.and_then(|docker| docker.memory_bytes).unwrap_or(0);
    Amount {
        cpus: cpus as f64 / 1e9,
        memory: u64::try_from(memory).unwrap_or(0),
    }
}

/// A text that is not blank.
fn not_blank(text: Option<&String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty()).cloned()
}

/// A time in milliseconds since 1970; Docker writes the year 1 for none.
fn time(text: Option<&String>) -> Option<i64> {
    let time: jiff::Timestamp = text?.parse().ok()?;
    Some(time.as_millisecond()).filter(|ms| *ms > 0)
}
