//! The words and parts of the page.

use actix_web::test::TestRequest;
use askama::Template as _;
use wing_ui::{Lang, Page};

use super::VisualizerPage;
use super::filter::Filter;
use super::parts::{Parts, Rendered};
use crate::history::EventKind;
use crate::source::SourceError;
use crate::view::{
    Amount, Kind, Load, Node, Role, Service, State, Task, Update, UpdateState, Usage, View,
};
use crate::watch::Scene;

const NOW: i64 = 1_795_262_400_000;

#[test]
fn both_languages_say_the_same() {
    wing_ui::testing::assert_translations(env!("CARGO_MANIFEST_DIR"));
}

#[test]
fn every_state_has_its_words() {
    let states = [
        State::Waiting,
        State::Preparing,
        State::Starting,
        State::Running,
        State::Unready,
        State::Stopping,
        State::Complete,
        State::Stopped,
        State::Failed,
        State::Rejected,
        State::Orphaned,
        State::Away,
    ];
    let updates = [
        UpdateState::Updating,
        UpdateState::Paused,
        UpdateState::Completed,
        UpdateState::RollbackStarted,
        UpdateState::RollbackPaused,
        UpdateState::RollbackCompleted,
    ];
    let troubles = [
        SourceError::Unreachable,
        SourceError::Late,
        SourceError::Refused,
        SourceError::NoManager,
        SourceError::Unreadable,
    ];
    let mut keys: Vec<String> = states.map(|one| format!("state.{}", one.code())).into();
    keys.extend(updates.map(|one| format!("update.{}", one.code())));
    keys.extend(troubles.map(|one| format!("trouble.{}", one.code())));
    keys.extend(
        EventKind::ALL
            .iter()
            .map(|one| format!("did.{}", one.code())),
    );
    for key in keys {
        for lang in Lang::ALL {
            assert_ne!(crate::t(lang, &key).as_str(), key);
        }
    }
}

/// A node with a task that runs, one that waits and one that failed.
fn scene() -> Scene {
    let task = |id: &str, slot: &str, state| Task {
        id: id.into(),
        service: "s1".into(),
        name: format!("music.{slot}"),
        slot: slot.into(),
        node: Some("n1".into()),
        version: "0.2.0".into(),
        state,
        since: NOW - 90_000,
        wanted: true,
        ..Task::default()
    };
    let tasks = vec![
        Task {
            usage: Some(Usage {
                cpus: Some(0.25),
                memory: 52_428_800,
                requests: Some(12.0),
            }),
            ..task("t1", "1", State::Running)
        },
        Task {
            node: None,
            error: Some("no suitable node".into()),
            ..task("t2", "2", State::Waiting)
        },
        Task {
            error: Some("<b>exploded</b>".into()),
            exit_code: Some(1),
            ..task("t3", "2", State::Failed)
        },
        Task {
            since: NOW - 600_000,
            ..task("t4", "2", State::Failed)
        },
        task("t5", "1", State::Stopped),
    ];
    let has = Amount {
        cpus: 2.0,
        memory: 4_294_967_296,
    };
    Scene {
        view: View {
            taken_at: NOW,
            kind: Kind::Swarm,
            nodes: vec![Node {
                id: "n1".into(),
                name: "alpha".into(),
                role: Role::Leader,
                load: Load::of(has, tasks.iter()),
                ..Node::default()
            }],
            services: vec![Service {
                id: "s1".into(),
                name: "music".into(),
                running: 1,
                desired: 2,
                updated: 1,
                version: "0.2.0".into(),
                update: Some(Update {
                    state: UpdateState::Updating,
                    message: Some("update in progress".into()),
                    began_at: Some(NOW - 10_000),
                    ended_at: None,
                }),
                ..Service::default()
            }],
            tasks,
        },
        ..Scene::default()
    }
}

fn rendered(scene: &Scene, filter: &Filter) -> Rendered {
    Parts::new(Lang::En, scene, filter).render()
}

#[test]
fn a_card_says_all_that_is_known_of_a_task() {
    let parts = rendered(&scene(), &Filter::default());
    for text in [
        "music.1",
        "Running",
        "0.2.0",
        "1 min",
        "CPU 0.25",
        "50 MiB",
        "12 req/s",
        "Not placed",
        "no suitable node",
        "Failed",
        "Exit code 1",
        "&#60;b&#62;exploded",
        "Manager, leads",
        "0.25 used · 0 reserved · 2 in all",
    ] {
        assert!(parts.nodes.contains(text), "{text}: {}", parts.nodes);
    }
    // The last failure of a place stands for those before; what was stopped is gone.
    for gone in ["task-t4", "task-t5"] {
        assert!(!parts.nodes.contains(gone), "{gone}");
    }
    assert!(
        parts.services.contains("1 of 2 running"),
        "{}",
        parts.services
    );
    assert!(
        parts.services.contains("Updating 1/2"),
        "{}",
        parts.services
    );
    assert!(!parts.services.contains("update in progress"));
}

#[test]
fn what_cannot_be_seen_is_said_with_what_was_seen_last() {
    let mut scene = scene();
    scene.trouble = Some((SourceError::Unreachable, NOW + 1000));
    let parts = rendered(&scene, &Filter::default());
    assert!(parts.trouble.contains("does not answer"));
    assert!(parts.trouble.contains("2026-11-21T12:00:00Z"));
    assert!(parts.nodes.contains("music.1"));
    let nothing = rendered(&Scene::default(), &Filter::default());
    assert!(nothing.nodes.contains("No node can be seen yet."));
    assert!(nothing.history.contains("Nothing happened"));
}

#[test]
fn the_page_holds_every_part_at_its_place_and_nothing_the_policy_refuses() {
    for lang in ["ko", "en"] {
        let req = TestRequest::get()
            .uri("/visualizer?service=gone&q=%22%3E")
            .insert_header(("accept-language", lang))
            .to_http_request();
        let filter = Filter {
            q: "\">".into(),
            service: "gone".into(),
            state: "trouble".into(),
        };
        let page = VisualizerPage::new(Page::of(&req, ""), filter, &scene());
        let html = page.render().expect("a page");
        for part in ["trouble", "services", "nodes", "history"] {
            assert!(html.contains(&format!("id=\"vis-{part}\"")), "{part}");
        }
        assert!(html.contains("<option selected>gone</option>"), "{html}");
        assert!(html.contains("value=\"trouble\" selected"));
        assert!(html.contains("<noscript><meta http-equiv=\"refresh\""));
        assert!(!html.contains(" style=") && !html.contains(" onclick="));
    }
}
