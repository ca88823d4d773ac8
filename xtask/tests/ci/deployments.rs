//! Bringing a release to a Swarm.

use serde_json::json;

use crate::sandbox::{DATABASE, Sandbox, reference};

#[test]
fn a_first_deployment_brings_the_whole_stack_up_in_the_versions_of_the_release() {
    let sandbox = Sandbox::new().with_release(&["user", "music", "edge"]);
    let out = sandbox.ci(&["deploy", "--to", "qa"]).ok().out;

    let deploys = sandbox.calls("stack deploy");
    assert_eq!(deploys.len(), 1);
    assert!(deploys[0].contains("--with-registry-auth"), "{deploys:?}");
    assert!(deploys[0].contains("/stack.yml"), "{deploys:?}");
    assert!(deploys[0].contains("/deploy/swarm/qa.yml"), "{deploys:?}");
    assert!(deploys[0].ends_with(" wing-qa"), "{deploys:?}");
    assert_eq!(sandbox.version("wing-qa_music-worker"), "new");
    assert_eq!(sandbox.version("wing-qa_music-db"), "17");
    assert!(sandbox.updated().is_empty());
    assert!(out.contains("wing-qa does not run yet"), "{out}");
}

#[test]
fn the_surroundings_may_name_the_files_of_a_stack() {
    let mut sandbox = Sandbox::new().with_release(&["user", "music", "edge"]);
    sandbox.set("WING_QA_FILES", "/one.yml:/two.yml");
    sandbox.ci(&["deploy", "--to", "qa"]).ok();
    let deploy = &sandbox.calls("stack deploy")[0];
    assert!(
        deploy.contains("--compose-file /one.yml --compose-file /two.yml"),
        "{deploy}"
    );
    assert!(!deploy.contains("stack.yml"), "{deploy}");
}

#[test]
fn a_first_deployment_without_all_images_says_what_to_build() {
    let sandbox = Sandbox::new().with_release(&["user"]);
    let complaint = sandbox.ci(&["deploy", "--to", "qa"]).complaint();
    assert!(complaint.contains("no image of music, edge"), "{complaint}");
    assert!(complaint.contains("changed --everything"), "{complaint}");
    assert!(sandbox.calls("stack deploy").is_empty());
}

#[test]
fn a_stack_that_does_not_come_up_is_named_with_what_its_tasks_died_of() {
    let sandbox = Sandbox::new().with_release(&["user", "music", "edge"]);
    sandbox.simulate("wing-qa_music", "replicas", "0/2");
    sandbox.simulate(
        "wing-qa_music",
        "ps",
        &format!(
            "{} wing-qa_music.1 on worker-1: Failed 2 seconds ago (no such secret)",
            reference("music", "new")
        ),
    );
    let complaint = sandbox
        .ci(&["deploy", "--to", "qa", "--patience", "1"])
        .complaint();
    assert!(complaint.contains("music 0/2"), "{complaint}");
    assert!(complaint.contains("no such secret"), "{complaint}");
}

#[test]
fn only_services_whose_image_is_new_are_updated_those_that_others_call_first() {
    let sandbox = Sandbox::running("wing-prod").with_release(&["music", "user"]);
    let out = sandbox.ci(&["deploy", "--to", "prod"]).ok().out;

    let expected = [
        "wing-prod_user",
        "wing-prod_music",
        "wing-prod_music-worker",
    ];
    assert_eq!(sandbox.updated(), expected);
    let update = &sandbox.calls("service update")[0];
    assert!(update.contains("--with-registry-auth"), "{update}");
    assert!(update.contains(&reference("user", "new")), "{update}");
    assert!(sandbox.calls("stack deploy").is_empty());
    assert_eq!(sandbox.version("wing-prod_edge"), "old");
    let line = out.lines().find(|line| line.starts_with("user ")).unwrap();
    assert!(line.contains("old") && line.contains("new"), "{line}");
    assert!(line.contains(" s  released"), "{line}");
}

#[test]
fn the_edge_is_updated_last() {
    let sandbox = Sandbox::running("wing-qa").with_release(&["edge", "music", "user"]);
    sandbox.ci(&["deploy", "--to", "qa"]).ok();
    let updated = sandbox.updated();
    assert_eq!(updated.first().map(String::as_str), Some("wing-qa_user"));
    assert_eq!(updated.last().map(String::as_str), Some("wing-qa_edge"));
}

#[test]
fn a_second_run_of_the_same_release_changes_nothing() {
    let sandbox = Sandbox::running("wing-qa").with_release(&["user"]);
    sandbox.ci(&["deploy", "--to", "qa"]).ok();
    let again = sandbox.ci(&["deploy", "--to", "qa"]).ok();
    assert_eq!(sandbox.updated(), ["wing-qa_user"]);
    assert!(again.out.contains("no service has a new image"));
}

#[test]
fn a_stack_has_the_name_it_is_given() {
    let mut sandbox = Sandbox::running("stage").with_release(&["user"]);
    sandbox
        .ci(&["deploy", "--to", "qa", "--stack", "stage"])
        .ok();
    assert_eq!(sandbox.updated(), ["stage_user"]);
    sandbox.set("WING_PROD_STACK", "stage");
    sandbox.ci(&["deploy", "--to", "prod"]).ok();
    assert_eq!(sandbox.updated(), ["stage_user"]);
}

#[test]
fn the_file_of_an_environment_names_its_stack_and_sets_its_variables() {
    let sandbox = Sandbox::running("fringe").with_release(&["user"]);
    let dir = sandbox.tree().join("deploy/swarm");
    std::fs::create_dir_all(&dir).unwrap();
    let settings = "# No secret.\nWING_ENV=fringe\nWING_PUBLIC_URL=https://fringe.example\n";
    std::fs::write(dir.join("qa.env"), settings).unwrap();
    sandbox.ci(&["deploy", "--to", "qa"]).ok();
    assert_eq!(sandbox.updated(), ["fringe_user"]);
    let url = std::fs::read_to_string(sandbox.path("docker/public_url")).unwrap();
    assert_eq!(url, "https://fringe.example\n");
}

#[test]
fn changed_files_of_the_stack_are_handed_over_before_any_image_changes() {
    let sandbox = Sandbox::running("wing-qa").with_release(&["user"]);
    sandbox.put_artifact(
        "changed.json",
        &json!({"since": "a", "revision": "b", "images": ["user"], "stack": true}),
    );
    sandbox.ci(&["deploy", "--to", "qa"]).ok();

    let overlay = std::fs::read_to_string(sandbox.path("docker/overlay.json")).unwrap();
    let overlay: serde_json::Value = serde_json::from_str(&overlay).unwrap();
    let services = &overlay["services"];
    assert_eq!(overlay["version"], "3.8");
    assert_eq!(
        services["user"]["image"],
        format!("{}@sha256:01d", reference("user", "old"))
    );
    // A tag that moved in the meantime must not restart a database.
    assert_eq!(services["music-db"]["image"], DATABASE);
    let calls = sandbox.calls("s");
    let handed = calls
        .iter()
        .position(|call| call.starts_with("stack deploy"));
    let updated = calls
        .iter()
        .position(|call| call.starts_with("service update"));
    assert!(handed.unwrap() < updated.unwrap(), "{calls:?}");
    assert_eq!(sandbox.version("wing-qa_user"), "new");
}

#[test]
fn a_service_that_is_new_begins_with_the_image_that_is_there() {
    let sandbox = Sandbox::running("wing-qa").with_release(&["user"]);
    std::fs::remove_dir_all(sandbox.path("docker/services/wing-qa_music-worker")).unwrap();
    sandbox.ci(&["deploy", "--to", "qa"]).ok();
    assert_eq!(sandbox.version("wing-qa_music-worker"), "old");
    assert_eq!(sandbox.version("wing-qa_user"), "new");
}

#[test]
fn a_change_of_the_stack_that_swarm_gives_up_ends_the_deployment() {
    let sandbox = Sandbox::running("wing-qa").with_release(&["user"]);
    sandbox.simulate("wing-qa_music", "states", "rollback_completed");
    sandbox.simulate("wing-qa_music", "previous", &reference("music", "old"));
    let complaint = sandbox
        .ci(&["deploy", "--to", "qa", "--redeploy"])
        .complaint();
    assert!(
        complaint.contains("music does not come up as the stack's files describe it"),
        "{complaint}"
    );
    assert!(sandbox.updated().is_empty());
}

#[test]
fn without_a_release_the_stage_before_is_named() {
    let sandbox = Sandbox::running("wing-qa");
    let complaint = sandbox.ci(&["deploy", "--to", "qa"]).complaint();
    assert!(complaint.contains("cargo xtask ci images"), "{complaint}");
}
