//! The API's answers, as an engine words them, and what is read out of them.

use super::read::{Answers, Ours};
use crate::view::{Availability, Mode, NodeState, Role, State, UpdateState, View};

/// Noon of the day of the answers.
const NOON: i64 = 1_795_262_400_000;

fn answers() -> Answers {
    fn read<T: serde::de::DeserializeOwned>(text: &str) -> T {
        serde_json::from_str(text).expect("an answer of the API")
    }
    Answers {
        nodes: read(include_str!("../../../tests/recorded/nodes.json")),
        services: read(include_str!("../../../tests/recorded/services.json")),
        tasks: read(include_str!("../../../tests/recorded/tasks.json")),
    }
}

fn view() -> (View, Vec<Ours>) {
    answers().view(NOON)
}

#[test]
fn nodes_have_their_role_and_state() {
    let (view, _) = view();
    let shown: Vec<_> = view
        .nodes
        .iter()
        .map(|node| (node.name.as_str(), node.role, node.state, node.availability))
        .collect();
    assert_eq!(
        shown,
        [
            (
                "alpha",
                Role::Leader,
                NodeState::Ready,
                Availability::Active
            ),
            ("beta", Role::Worker, NodeState::Ready, Availability::Active),
            (
                "gamma",
                Role::Worker,
                NodeState::Down,
                Availability::Drained
            ),
        ]
    );
    let load = view.nodes[0].load;
    assert_eq!((load.has.cpus, load.has.memory), (2.0, 4_294_967_296));
    // Two tasks of music, of which one stops; the edge reserves nothing.
    assert_eq!((load.tasks, load.reserved.cpus), (3, 1.0));
    assert!(
        view.nodes[2]
            .message
            .as_deref()
            .is_some_and(|text| text.starts_with("heartbeat"))
    );
}

#[test]
fn services_say_how_many_run_and_how_their_update_goes() {
    let (view, _) = view();
    let shown: Vec<_> = view
        .services
        .iter()
        .map(|one| {
            (
                one.name.as_str(),
                one.mode,
                one.running,
                one.desired,
                one.updated,
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("edge", Mode::Global, 1, 2, 1),
            ("music", Mode::Replicated, 2, 3, 1),
            ("music-db", Mode::Replicated, 0, 1, 0),
        ]
    );
    let music = &view.services[1];
    assert_eq!(
        (music.image.as_str(), music.version.as_str()),
        ("wing-music", "0.2.0-bbbbbbb")
    );
    let update = music.update.as_ref().expect("an update");
    assert_eq!(update.state, UpdateState::Updating);
    assert_eq!(update.began_at, Some(NOON - 3_600_000));
    assert_eq!(update.ended_at, None);
}

#[test]
fn tasks_say_how_they_are_and_why() {
    let (view, _) = view();
    let shown: Vec<_> = view
        .tasks
        .iter()
        .map(|task| {
            (
                task.name.as_str(),
                task.id.as_str(),
                task.state,
                task.outdated,
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("edge.alpha", "t-edge-1", State::Running, false),
            ("music.1", "t-new-1", State::Running, false),
            ("music.1", "t-old-1", State::Stopping, true),
            ("music.2", "t-old-2", State::Running, true),
            ("music.3", "t-wait-3", State::Waiting, false),
            ("music.3", "t-lost-3", State::Away, true),
            ("music-db.1", "t-db-2", State::Starting, false),
            ("music-db.1", "t-db-failed", State::Failed, false),
            ("music-db.1", "t-db-rejected", State::Rejected, false),
        ]
    );
    let task = |id: &str| {
        view.tasks
            .iter()
            .find(|task| task.id == id)
            .expect("a task")
    };
    assert_eq!(task("t-wait-3").node, None);
    let why = task("t-wait-3").error.as_deref();
    assert!(why.is_some_and(|why| why.starts_with("no suitable node")));
    assert_eq!(task("t-db-failed").exit_code, Some(1));
    assert_eq!(task("t-old-2").since, NOON - 27 * 3_600_000 + 5000);
    assert!(!task("t-old-1").wanted && task("t-new-1").wanted);
}

#[test]
fn only_running_programs_of_ours_are_probed() {
    let (_, ours) = view();
    let probed = [("t-new-1", "c0ffee123456"), ("t-old-2", "feedface0123")];
    assert_eq!(
        ours,
        [Ours {
            name: "wing_music".into(),
            tasks: probed.map(|(id, host)| (id.into(), host.into())).into(),
        }]
    );
}

#[test]
fn two_stacks_keep_their_names_apart() {
    let mut answers = answers();
    let other = answers.services[2].spec.as_mut().expect("a description");
    other.name = Some("shop_db".into());
    let labels = other.labels.get_or_insert_default();
    labels.insert("com.docker.stack.namespace".into(), "shop".into());
    let (view, _) = answers.view(NOON);
    let names: Vec<_> = view
        .services
        .iter()
        .map(|service| service.name.as_str())
        .collect();
    assert_eq!(names, ["shop_db", "wing_edge", "wing_music"]);
}

#[test]
fn nothing_secret_reaches_the_view() {
    let (view, _) = view();
    let json = serde_json::to_string(&view).expect("JSON");
    for secret in ["hunter2", "WING_NATS_URL", "wing_service_secret", "token"] {
        assert!(!json.contains(secret), "{secret}");
    }
}
