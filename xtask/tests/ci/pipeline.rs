//! Images, the smoke test, approval, and the whole pipeline in a row.

use std::fs;

use serde_json::json;

use crate::sandbox::{Finished, REGISTRY, Receiver, Sandbox, git, reference};
use crate::site::Site;

#[test]
fn only_what_changed_is_built_and_pushed() {
    let mut sandbox = Sandbox::new();
    sandbox.put_artifact(
        "changed.json",
        &json!({"since": "a", "revision": "b", "images": ["music", "monolith"], "stack": false}),
    );
    sandbox.ci(&["images", "--registry", REGISTRY]).ok();
    assert_eq!(
        sandbox.calls("xtask images"),
        ["xtask images --only music,monolith --registry registry.example:5000"]
    );

    fs::write(sandbox.path("auth.json"), "{\"auths\": {}}").unwrap();
    let auth = sandbox.path("auth.json");
    sandbox.set("WING_REGISTRY_AUTH_FILE", auth.to_str().unwrap());
    sandbox.ci(&["push"]).ok();
    let pushed = [
        "push --quiet registry.example:5000/wing-music:0.1.0-new",
        "push --quiet registry.example:5000/wing-monolith:0.1.0-new",
    ];
    assert_eq!(sandbox.calls("push"), pushed);
    let credentials = fs::read_to_string(sandbox.path("docker/credentials")).unwrap();
    assert_eq!(credentials, "{\"auths\": {}}".repeat(2));
}

#[test]
fn when_nothing_changed_nothing_of_an_earlier_build_is_released() {
    let sandbox = Sandbox::running("wing-qa").with_release(&["user"]);
    sandbox.put_artifact(
        "changed.json",
        &json!({"since": "a", "revision": "b", "images": [], "stack": false}),
    );
    sandbox.ci(&["images", "--registry", REGISTRY]).ok();
    sandbox.ci(&["push"]).ok();
    sandbox.ci(&["deploy", "--to", "qa"]).ok();
    assert!(sandbox.calls("xtask").is_empty());
    assert!(sandbox.calls("push").is_empty());
    assert!(sandbox.updated().is_empty());
}

#[test]
fn credentials_that_are_not_there_are_named() {
    let mut sandbox = Sandbox::new().with_release(&["user"]);
    sandbox.set("WING_REGISTRY_AUTH_FILE", "/nowhere/at-all");
    let complaint = sandbox.ci(&["push"]).complaint();
    assert!(complaint.contains("WING_REGISTRY_AUTH_FILE"), "{complaint}");
}

#[test]
fn a_smoke_test_leaves_no_account_behind() {
    let (sandbox, site) = (Sandbox::new(), Site::start());
    let out = sandbox
        .ci(&["smoke", "--to", "qa", "--url", &site.url])
        .ok()
        .out;
    let asked = site.asked();
    for expected in [
        "GET /healthz",
        "GET /",
        "GET /latest",
        "GET /api/v1/tracks?sort=latest",
        "GET /swagger-ui/",
        "GET /api-docs/user.json",
        "GET /api-docs/music.json",
        "POST /api/v1/users",
        "GET /api/v1/users/me",
        "DELETE /api/v1/users/me",
    ] {
        assert!(asked.iter().any(|line| line == expected), "{asked:?}");
        assert!(out.contains(expected), "{out}");
    }
    assert!(!site.has_account());
    assert!(
        !out.contains("the-token") && !out.contains("smoke-"),
        "{out}"
    );
}

#[test]
fn a_smoke_test_says_where_the_site_fails_and_why() {
    let (sandbox, site) = (Sandbox::new(), Site::broken_at("get", "/latest"));
    let complaint = sandbox
        .ci(&["smoke", "--to", "qa", "--url", &site.url])
        .complaint();
    assert!(
        complaint.contains("GET /latest: 503 instead of 200 (The database is away.)"),
        "{complaint}"
    );
}

#[test]
fn a_smoke_test_that_fails_halfway_still_deletes_its_account() {
    let (sandbox, site) = (Sandbox::new(), Site::broken_at("get", "/api/v1/users/me"));
    let complaint = sandbox
        .ci(&["smoke", "--to", "qa", "--url", &site.url])
        .complaint();
    assert!(complaint.contains("GET /api/v1/users/me"), "{complaint}");
    assert!(!site.has_account());
}

#[test]
fn a_smoke_test_without_an_address_says_how_to_give_one() {
    let complaint = Sandbox::new().ci(&["smoke", "--to", "prod"]).complaint();
    assert!(complaint.contains("WING_PROD_URL"), "{complaint}");
}

#[test]
fn nobody_at_the_terminal_is_no_approval() {
    let sandbox = Sandbox::new().with_release(&["music"]);
    let complaint = sandbox.ci(&["approve", "--to", "prod"]).complaint();
    assert!(complaint.contains("--yes"), "{complaint}");
    let out = sandbox.ci(&["approve", "--yes", "--by", "Ada"]).ok().out;
    assert!(out.contains(&reference("music", "new")), "{out}");
    assert!(out.contains("Approved by Ada."), "{out}");
}

/// A tree in which `changed` finds two services and the edge.
fn with_a_tree(sandbox: &Sandbox) {
    let write = |path: &str, text: &str| {
        let path = sandbox.tree().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\", \"services/*\"]\n",
    );
    let mut lock = "version = 4\n".to_owned();
    for (dir, name, source) in [
        ("crates/edge", "wing-edge", "lib.rs"),
        ("services/music", "wing-music-service", "main.rs"),
        ("services/user", "wing-user-service", "main.rs"),
    ] {
        let manifest =
            format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2024\"\n");
        write(&format!("{dir}/Cargo.toml"), &manifest);
        write(&format!("{dir}/src/{source}"), "fn main() {}\n");
        lock.push_str(&format!(
            "\n[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\n"
        ));
    }
    write("Cargo.lock", &lock);
    write("deploy/nginx/nginx.conf", "");
    git(&sandbox.tree(), &["init", "--quiet"]);
    git(&sandbox.tree(), &["add", "--all"]);
    git(&sandbox.tree(), &["commit", "--quiet", "-m", "all of it"]);
}

/// The pipeline from a push to prod, which stands where qa does.
fn everything(sandbox: &Sandbox, slack: &Receiver, site: &Site) -> Finished {
    sandbox.ci(&[
        "all",
        "--skip-checks",
        "--yes",
        "--registry",
        REGISTRY,
        "--notice-url",
        &slack.url,
        "--qa-url",
        &site.url,
        "--prod-url",
        &site.url,
    ])
}

/// The headlines that Slack shows, without the version.
fn headlines(messages: &[serde_json::Value]) -> Vec<String> {
    let said = messages.iter().map(|message| {
        let headline = message["text"].as_str().unwrap();
        headline.splitn(3, ' ').last().unwrap().to_owned()
    });
    said.collect()
}

#[test]
fn the_whole_pipeline_runs_by_hand_against_a_registry_and_a_swarm() {
    let (sandbox, site) = (Sandbox::new(), Site::start());
    with_a_tree(&sandbox);
    let slack = sandbox.receiver(3);
    let ended = everything(&sandbox, &slack, &site).ok();
    for service in ["user", "music", "music-worker", "edge"] {
        assert_eq!(sandbox.version(&format!("wing-qa_{service}")), "0.1.0-new");
        assert_eq!(
            sandbox.version(&format!("wing-prod_{service}")),
            "0.1.0-new"
        );
    }
    assert_eq!(sandbox.calls("push").len(), 3);
    assert!(ended.out.contains("Approved by hand."), "{}", ended.out);
    let stages: Vec<_> = ended
        .err
        .lines()
        .filter_map(|line| line.strip_prefix("══ cargo xtask ci "))
        .collect();
    assert_eq!(
        stages,
        [
            "notice start",
            "changed --everything",
            "images",
            "push",
            "deploy --to qa",
            "smoke --to qa",
            "notice approval --to prod",
            "approve --to prod --yes",
            "deploy --to prod",
            "smoke --to prod",
            "notice success --to prod",
        ]
    );
    assert_eq!(
        headlines(&slack.messages()),
        [
            "is on its way",
            "waits for approval to prod",
            "is released to prod"
        ]
    );
}

#[test]
fn a_release_whose_site_does_not_answer_as_it_should_is_taken_back() {
    let sandbox = Sandbox::running("wing-qa");
    with_a_tree(&sandbox);
    let site = Site::broken_at("get", "/latest");
    let slack = sandbox.receiver(3);
    let ended = everything(&sandbox, &slack, &site);
    let complaint = ended.complaint();
    assert!(complaint.contains("GET /latest: 503"), "{complaint}");
    for service in ["user", "music", "music-worker", "edge"] {
        assert_eq!(sandbox.version(&format!("wing-qa_{service}")), "old");
    }
    assert!(
        sandbox
            .calls("stack deploy")
            .iter()
            .all(|call| !call.ends_with("wing-prod"))
    );
    assert_eq!(
        headlines(&slack.messages()),
        ["is on its way", "was rolled back on qa", "failed"]
    );
}
