//! Derives events from two views in a row.

use std::collections::HashMap;

use super::{EventKind, HistoryEvent};
use crate::view::{
    Availability, Mode, Node, NodeState, Role, Service, State, Task, Update, UpdateState, View,
};

/// A process that began this much later is another one, in milliseconds. Clocks are not
/// exact.
const ANOTHER: i64 = 1500;

/// The events between two views.
pub fn between(before: &View, view: &View) -> Vec<HistoryEvent> {
    let mut found = Vec::new();
    nodes(before, view, &mut found);
    services(before, view, &mut found);
    tasks(before, view, &mut found);
    found
}

/// The events from `since` on that a first view shows.
pub fn within(view: &View, since: i64) -> Vec<HistoryEvent> {
    let mut found = Vec::new();
    for service in &view.services {
        if let Some(update) = &service.update {
            updated(service, None, update, view.taken_at, &mut found);
        }
    }
    for task in &view.tasks {
        let what = match task.state {
            State::Running => EventKind::TaskStarted,
            state if state.has_failed() => EventKind::TaskFailed,
            _ => continue,
        };
        found.push(of_task(view, task, what, task.since));
    }
    found.retain(|one| one.at >= since);
    found
}

fn by_id<'a, T>(all: &'a [T], id: impl Fn(&'a T) -> &'a str) -> HashMap<&'a str, &'a T> {
    all.iter().map(|one| (id(one), one)).collect()
}

fn nodes(before: &View, view: &View, found: &mut Vec<HistoryEvent>) {
    let now = view.taken_at;
    let (old, new) = (
        by_id(&before.nodes, |node| &node.id),
        by_id(&view.nodes, |node| &node.id),
    );
    for node in &view.nodes {
        match old.get(node.id.as_str()) {
            None => found.push(HistoryEvent::new(now, EventKind::NodeJoined, &node.name)),
            Some(was) => node_changed(was, node, now, found),
        }
    }
    let left = before
        .nodes
        .iter()
        .filter(|node| !new.contains_key(node.id.as_str()));
    found.extend(left.map(|node| HistoryEvent::new(now, EventKind::NodeLeft, &node.name)));
}

fn node_changed(was: &Node, node: &Node, now: i64, found: &mut Vec<HistoryEvent>) {
    let mut note = |what, detail: Option<&String>| {
        let mut one = HistoryEvent::new(now, what, &node.name);
        one.detail = detail.cloned();
        found.push(one);
    };
    match (was.state, node.state) {
        (was, is) if was == is => {}
        (_, NodeState::Ready) => note(EventKind::NodeReady, None),
        (NodeState::Ready, _) => note(EventKind::NodeDown, node.message.as_ref()),
        _ => {}
    }
    if was.availability != node.availability {
        let what = match node.availability {
            Availability::Active => EventKind::NodeActive,
            Availability::Paused => EventKind::NodePaused,
            Availability::Drained => EventKind::NodeDrained,
        };
        note(what, None);
    }
    if node.role == Role::Leader && was.role != Role::Leader {
        note(EventKind::NodeLeads, None);
    }
}

fn services(before: &View, view: &View, found: &mut Vec<HistoryEvent>) {
    let now = view.taken_at;
    let (old, new) = (
        by_id(&before.services, |service| &service.id),
        by_id(&view.services, |service| &service.id),
    );
    for service in &view.services {
        let Some(was) = old.get(service.id.as_str()) else {
            let mut added = of_service(service, EventKind::ServiceAdded, now);
            added.detail = Some(service.version.clone());
            found.push(added);
            continue;
        };
        if was.desired != service.desired && service.mode == Mode::Replicated {
            let mut scaled = of_service(service, EventKind::Scaled, now);
            scaled.scaled = Some((was.desired, service.desired));
            found.push(scaled);
        }
        if let Some(update) = &service.update {
            updated(service, was.update.as_ref(), update, now, found);
        }
    }
    for service in &before.services {
        if !new.contains_key(service.id.as_str()) {
            found.push(of_service(service, EventKind::ServiceRemoved, now));
        }
    }
}

/// An update that went on since it was `was`. One that was never seen under way
/// began nevertheless.
fn updated(
    service: &Service,
    was: Option<&Update>,
    is: &Update,
    now: i64,
    found: &mut Vec<HistoryEvent>,
) {
    let another = was.is_none_or(|was| was.began_at != is.began_at);
    if !another && was.is_some_and(|was| was.state == is.state) {
        return;
    }
    let version = Some(service.version.clone());
    let mut note = |what, at, detail: &Option<String>| {
        let mut one = of_service(service, what, at);
        one.detail.clone_from(detail);
        found.push(one);
    };
    // The Swarm reports when an update began and when it was over. What came
    // between happened after the last poll, or at an unknown time.
    let began = is.began_at.unwrap_or(now);
    let between = if was.is_some() && !another {
        now
    } else {
        began
    };
    let over = is.ended_at.unwrap_or(between);
    if going_back(is.state) {
        if another || was.is_some_and(|was| !going_back(was.state)) {
            note(EventKind::RollbackBegan, between, &is.message);
        }
    } else if another {
        note(EventKind::UpdateBegan, began, &version);
    }
    match is.state {
        UpdateState::Updating | UpdateState::RollbackStarted => {}
        UpdateState::Completed => note(EventKind::UpdateCompleted, over, &version),
        UpdateState::Paused => note(EventKind::UpdatePaused, between, &is.message),
        UpdateState::RollbackPaused => note(EventKind::RollbackPaused, between, &is.message),
        UpdateState::RollbackCompleted => note(EventKind::RollbackCompleted, over, &version),
    }
}

fn going_back(state: UpdateState) -> bool {
    matches!(
        state,
        UpdateState::RollbackStarted | UpdateState::RollbackPaused | UpdateState::RollbackCompleted
    )
}

fn tasks(before: &View, view: &View, found: &mut Vec<HistoryEvent>) {
    let (old, new) = (
        by_id(&before.tasks, |task| &task.id),
        by_id(&view.tasks, |task| &task.id),
    );
    for task in &view.tasks {
        let was = old.get(task.id.as_str()).copied();
        if let Some(what) = became(was, task, before.taken_at) {
            let at = match what {
                EventKind::TaskUnready | EventKind::TaskReady => view.taken_at,
                // It still says since when it ran, where it says anything.
                EventKind::TaskFailed if task.state == State::Away => view.taken_at,
                _ => task.since,
            };
            found.push(of_task(view, task, what, at));
        }
    }
    for task in &before.tasks {
        if task.state.is_there() && !new.contains_key(task.id.as_str()) {
            found.push(of_task(before, task, EventKind::TaskStopped, view.taken_at));
        }
    }
}

/// What a task's state shows, if it is new.
fn became(was: Option<&Task>, task: &Task, last_look: i64) -> Option<EventKind> {
    let state = was.map(|was| was.state);
    // One never seen before may have ended long ago, where ended ones are kept.
    let is_news = state.is_some() || task.since >= last_look - ANOTHER;
    let another = was.is_some_and(|was| task.since > was.since + ANOTHER);
    match task.state {
        State::Running if matches!(state, Some(State::Unready | State::Away)) && !another => {
            Some(EventKind::TaskReady)
        }
        State::Running if state != Some(State::Running) || another => Some(EventKind::TaskStarted),
        State::Unready if state != Some(State::Unready) => Some(EventKind::TaskUnready),
        ended if ended.has_failed() => {
            let had = state.is_some_and(State::has_failed);
            (!had && is_news).then_some(EventKind::TaskFailed)
        }
        State::Stopped | State::Complete => state
            .is_some_and(State::is_there)
            .then_some(EventKind::TaskStopped),
        _ => None,
    }
}

fn of_service(service: &Service, what: EventKind, at: i64) -> HistoryEvent {
    HistoryEvent {
        service: Some(service.id.clone()),
        ..HistoryEvent::new(at, what, &service.name)
    }
}

fn of_task(view: &View, task: &Task, what: EventKind, at: i64) -> HistoryEvent {
    let node = task.node.as_deref().and_then(|id| view.node(id));
    let detail = match what {
        EventKind::TaskStarted => Some(task.version.clone()),
        EventKind::TaskFailed | EventKind::TaskUnready => task.error.clone(),
        _ => None,
    };
    HistoryEvent {
        service: Some(task.service.clone()),
        node: node.map(|node| node.name.clone()),
        detail: detail.filter(|detail| !detail.is_empty()),
        ..HistoryEvent::new(at, what, &task.name)
    }
}
