//! Events from views in a row.

use super::{EventKind, HOUR, History};
use crate::source::SourceError;
use crate::view::{Node, NodeState, Service, State, Task, Update, UpdateState, View};

const NOW: i64 = 10 * HOUR;

fn view(seconds: i64) -> View {
    View {
        taken_at: NOW + seconds * 1000,
        nodes: vec![Node {
            id: "n1".into(),
            name: "alpha".into(),
            ..Node::default()
        }],
        services: vec![Service {
            id: "s1".into(),
            name: "music".into(),
            desired: 2,
            version: "2".into(),
            ..Service::default()
        }],
        ..View::default()
    }
}

fn task(id: &str, state: State, seconds: i64) -> Task {
    Task {
        id: id.into(),
        service: "s1".into(),
        name: "music.1".into(),
        node: Some("n1".into()),
        version: "2".into(),
        state,
        since: NOW + seconds * 1000,
        wanted: true,
        ..Task::default()
    }
}

/// What a history holds after these views, oldest first, with the seconds it
/// happened at.
fn recorded(views: &[View]) -> Vec<(i64, EventKind, String)> {
    let mut history = History::default();
    let mut before = None;
    for view in views {
        history.observe(before, view);
        before = Some(view);
    }
    let mut recorded: Vec<_> = history
        .latest()
        .map(|one| ((one.at - NOW) / 1000, one.what, one.name.clone()))
        .collect();
    recorded.reverse();
    recorded
}

fn happened(views: &[View]) -> Vec<(i64, EventKind)> {
    recorded(views)
        .into_iter()
        .map(|(at, what, _)| (at, what))
        .collect()
}

#[test]
fn the_first_poll_records_the_hour_before() {
    let mut first = view(0);
    first.tasks = vec![
        task("old", State::Running, -7200),
        task("young", State::Running, -60),
        task("failed", State::Failed, -90),
        task("stopped", State::Stopped, -30),
    ];
    first.services[0].update = Some(Update {
        state: UpdateState::Completed,
        message: None,
        began_at: Some(NOW - 120_000),
        ended_at: Some(NOW - 50_000),
    });
    assert_eq!(
        happened(&[first]),
        [
            (-120, EventKind::UpdateBegan),
            (-90, EventKind::TaskFailed),
            (-60, EventKind::TaskStarted),
            (-50, EventKind::UpdateCompleted),
        ]
    );
}

#[test]
fn a_task_that_dies_is_recorded_with_its_reason_once() {
    let (mut one, mut two, mut three) = (view(0), view(1), view(2));
    one.tasks = vec![task("a", State::Running, -7200)];
    let mut failed = task("a", State::Failed, 1);
    failed.error = Some("task: non-zero exit (1)".into());
    two.tasks = vec![failed, task("b", State::Starting, 1)];
    three.tasks = two.tasks.clone();
    three.tasks[1].state = State::Running;
    three.tasks[1].since = NOW + 2000;
    let mut history = History::default();
    history.observe(None, &one);
    history.observe(Some(&one), &two);
    let died = history.latest().next().expect("it died");
    assert_eq!(died.detail.as_deref(), Some("task: non-zero exit (1)"));
    assert_eq!(died.node.as_deref(), Some("alpha"));
    assert_eq!(
        happened(&[one, two, three]),
        [(1, EventKind::TaskFailed), (2, EventKind::TaskStarted)]
    );
}

#[test]
fn what_is_taken_away_was_stopped() {
    let (mut one, mut two) = (view(0), view(5));
    one.tasks = vec![
        task("a", State::Running, -7200),
        task("b", State::Stopping, -7200),
    ];
    two.tasks = vec![task("a", State::Stopped, 4)];
    assert_eq!(
        happened(&[one, two]),
        [(4, EventKind::TaskStopped), (5, EventKind::TaskStopped)]
    );
}

#[test]
fn a_process_that_began_anew_between_two_polls_is_recorded() {
    let (mut one, mut two) = (view(0), view(5));
    one.tasks = vec![task("a", State::Running, -7200)];
    two.tasks = vec![task("a", State::Running, 3)];
    assert_eq!(happened(&[one, two]), [(3, EventKind::TaskStarted)]);
}

#[test]
fn one_that_did_not_answer_for_a_while_was_not_started_again() {
    let (mut one, mut two, mut three) = (view(0), view(5), view(6));
    one.tasks = vec![task("a", State::Running, -7200)];
    two.tasks = vec![task("a", State::Away, 5)];
    three.tasks = one.tasks.clone();
    assert_eq!(
        happened(&[one, two, three]),
        [(5, EventKind::TaskFailed), (6, EventKind::TaskReady)]
    );
}

#[test]
fn an_update_that_fails_is_recorded_step_by_step() {
    let update = |state, ended_at| {
        Some(Update {
            state,
            message: Some("update failed".into()),
            began_at: Some(NOW + 1000),
            ended_at,
        })
    };
    let (one, mut two, mut three, mut four) = (view(0), view(1), view(9), view(20));
    two.services[0].update = update(UpdateState::Updating, None);
    three.services[0].update = update(UpdateState::RollbackStarted, None);
    four.services[0].update = update(UpdateState::RollbackCompleted, Some(NOW + 19_000));
    assert_eq!(
        happened(&[one.clone(), two.clone(), three, four]),
        [
            (1, EventKind::UpdateBegan),
            (9, EventKind::RollbackBegan),
            (19, EventKind::RollbackCompleted),
        ]
    );
    let mut paused = view(9);
    paused.services[0].update = update(UpdateState::Paused, None);
    assert_eq!(
        happened(&[one, two, paused]),
        [(1, EventKind::UpdateBegan), (9, EventKind::UpdatePaused)]
    );
}

#[test]
fn an_update_between_two_polls_is_recorded_whole() {
    let (one, mut two) = (view(0), view(5));
    two.services[0].update = Some(Update {
        state: UpdateState::Completed,
        message: None,
        began_at: Some(NOW + 1000),
        ended_at: Some(NOW + 4000),
    });
    assert_eq!(
        happened(&[one, two]),
        [(1, EventKind::UpdateBegan), (4, EventKind::UpdateCompleted)]
    );
}

#[test]
fn nodes_and_services_that_change_are_recorded() {
    let (one, mut two, mut three) = (view(0), view(1), view(2));
    two.nodes[0].state = NodeState::Down;
    two.services[0].desired = 4;
    three.services.clear();
    assert_eq!(
        recorded(&[one, two, three]),
        [
            (1, EventKind::NodeDown, "alpha".into()),
            (1, EventKind::Scaled, "music".into()),
            (2, EventKind::NodeReady, "alpha".into()),
            (2, EventKind::ServiceRemoved, "music".into()),
        ]
    );
}

#[test]
fn the_source_is_lost_once_and_comes_back() {
    let mut history = History::default();
    history.observe(None, &view(0));
    history.source_failed(SourceError::Unreachable, NOW + 1000);
    history.source_failed(SourceError::Late, NOW + 2000);
    history.observe(Some(&view(0)), &view(3));
    let recorded: Vec<_> = history.latest().map(|one| one.what).collect();
    assert_eq!(recorded, [EventKind::SourceBack, EventKind::SourceLost]);
}

#[test]
fn events_are_pruned_after_an_hour_and_beyond_the_limit() {
    let mut history = History::default();
    let mut before = view(0);
    for seconds in 1..1500 {
        let mut next = view(seconds);
        next.services[0].desired = u64::try_from(seconds).unwrap_or_default() % 2;
        history.observe(Some(&before), &next);
        before = next;
    }
    assert_eq!(history.latest().count(), 1000);
    history.observe(Some(&before), &view(2 * 3600));
    let left: Vec<_> = history.latest().map(|one| one.what).collect();
    assert_eq!(left, [EventKind::Scaled]);
}
