//! Releases that do not pass the gate.

use crate::sandbox::{Sandbox, reference};

/// Whatever was released is at the version before.
#[track_caller]
fn all_old(sandbox: &Sandbox) {
    for service in ["user", "music", "music-worker", "edge"] {
        assert_eq!(
            sandbox.version(&format!("wing-qa_{service}")),
            "old",
            "{service}"
        );
    }
}

#[test]
fn what_swarm_rolls_back_fails_the_release_and_takes_the_others_back() {
    let mut sandbox = Sandbox::running("wing-qa").with_release(&["user", "music", "edge"]);
    sandbox.simulate(
        "wing-qa_music",
        "update",
        "updating\nrollback_started\nrollback_completed",
    );
    sandbox.simulate(
        "wing-qa_music",
        "ps",
        &format!(
            "{0} wing-qa_music.1 on worker-1: Complete 9 seconds ago\n\
             {0} wing-qa_music.2 on worker-1: Failed 1 second ago (unhealthy container)\n\
             {1} wing-qa_music.2 on worker-2: Failed 2 days ago (no space left)",
            reference("music", "new"),
            reference("music", "older")
        ),
    );
    let slack = sandbox.receiver(1);
    sandbox.set("WING_NOTICE_URL", &slack.url);
    let ended = sandbox.ci(&["deploy", "--to", "qa"]);

    let table = ended.out.clone();
    let complaint = ended.complaint();
    assert!(
        complaint.contains("wing-qa_music: rolled back"),
        "{complaint}"
    );
    // What Swarm said when it turned back, and the tasks of this release alone.
    assert!(complaint.contains("update rollback_started"), "{complaint}");
    assert!(complaint.contains("unhealthy container"), "{complaint}");
    assert!(!complaint.contains("no space left"), "{complaint}");
    assert_eq!(sandbox.updated(), ["wing-qa_user", "wing-qa_music"]);
    // Swarm took music back by itself.
    assert_eq!(sandbox.rolled_back(), ["wing-qa_user"]);
    all_old(&sandbox);
    assert!(
        table.contains("rolled back: another service failed"),
        "{table}"
    );

    let message = &slack.messages()[0];
    let headline = message["text"].as_str().unwrap();
    assert!(headline.ends_with("was rolled back on qa"), "{headline}");
    assert!(
        message.to_string().contains("unhealthy container"),
        "{message}"
    );
}

#[test]
fn what_swarm_only_pauses_is_rolled_back_from_here() {
    let sandbox = Sandbox::running("wing-qa").with_release(&["music"]);
    sandbox.simulate("wing-qa_music", "update", "updating\npaused");
    let complaint = sandbox.ci(&["deploy", "--to", "qa"]).complaint();
    assert!(
        complaint.contains("rolled back: update paused"),
        "{complaint}"
    );
    assert_eq!(sandbox.rolled_back(), ["wing-qa_music"]);
    all_old(&sandbox);
}

#[test]
fn an_update_without_an_end_is_rolled_back_from_here() {
    let sandbox = Sandbox::running("wing-qa").with_release(&["music"]);
    sandbox.simulate("wing-qa_music", "update", "updating");
    let complaint = sandbox
        .ci(&["deploy", "--to", "qa", "--patience", "1"])
        .complaint();
    assert!(complaint.contains("not done within 1 s"), "{complaint}");
    assert_eq!(sandbox.rolled_back(), ["wing-qa_music"]);
    all_old(&sandbox);
}

#[test]
fn a_service_that_cannot_go_back_is_said_to_be_stuck() {
    let sandbox = Sandbox::running("wing-qa").with_release(&["music"]);
    sandbox.simulate("wing-qa_music", "update", "updating\nrollback_paused");
    let complaint = sandbox.ci(&["deploy", "--to", "qa"]).complaint();
    assert!(complaint.contains("wing-qa_music: stuck"), "{complaint}");
    assert_eq!(
        sandbox.artifact("deploy-qa.json")["services"][0]["released"],
        false
    );
}

#[test]
fn an_update_that_docker_refuses_takes_back_what_was_released_before() {
    let sandbox = Sandbox::running("wing-qa").with_release(&["user", "music"]);
    sandbox.simulate("wing-qa_music", "refuses", "rpc error: no such network");
    let complaint = sandbox.ci(&["deploy", "--to", "qa"]).complaint();
    assert!(complaint.contains("no such network"), "{complaint}");
    assert_eq!(sandbox.rolled_back(), ["wing-qa_user"]);
    all_old(&sandbox);
}

#[test]
fn the_last_deployment_is_taken_back_by_request() {
    let sandbox = Sandbox::running("wing-qa").with_release(&["user", "music"]);
    sandbox.ci(&["deploy", "--to", "qa"]).ok();
    assert_eq!(sandbox.version("wing-qa_music"), "new");
    sandbox.ci(&["rollback", "--to", "qa"]).ok();
    all_old(&sandbox);
    let updated = sandbox.updated();
    assert_eq!(
        updated[3..],
        ["wing-qa_music-worker", "wing-qa_music", "wing-qa_user"]
    );
    // What is taken back is not taken back again.
    sandbox.ci(&["rollback", "--to", "qa"]).ok();
    assert_eq!(sandbox.updated().len(), updated.len());
}

#[test]
fn a_service_that_was_released_again_since_is_left_alone() {
    let sandbox = Sandbox::running("wing-qa").with_release(&["user", "music"]);
    sandbox.ci(&["deploy", "--to", "qa"]).ok();
    sandbox.simulate("wing-qa_user", "image", &reference("user", "newer"));
    let out = sandbox.ci(&["rollback", "--to", "qa"]).ok().out;
    assert!(
        out.contains("wing-qa_user: has another image by now"),
        "{out}"
    );
    assert_eq!(sandbox.version("wing-qa_user"), "newer");
    assert_eq!(sandbox.version("wing-qa_music"), "old");
}

#[test]
fn where_nothing_was_deployed_there_is_nothing_to_take_back() {
    let sandbox = Sandbox::running("wing-qa");
    let complaint = sandbox.ci(&["rollback", "--to", "qa"]).complaint();
    assert!(
        complaint.contains("nothing was deployed to qa"),
        "{complaint}"
    );
}
