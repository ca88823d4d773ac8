//! Notices to Slack.

use std::fs;

use crate::sandbox::{Sandbox, git};

fn with_a_revision() -> Sandbox {
    let sandbox = Sandbox::new();
    git(&sandbox.tree(), &["init", "--quiet"]);
    git(
        &sandbox.tree(),
        &["commit", "--quiet", "--allow-empty", "-m", "first"],
    );
    sandbox
}

#[test]
fn a_notice_has_author_version_duration_and_link() {
    let mut sandbox = with_a_revision().with_release(&["music"]);
    let slack = sandbox.receiver(1);
    fs::write(sandbox.path("webhook"), format!("{}\n", slack.url)).unwrap();
    sandbox.set(
        "WING_NOTICE_URL_FILE",
        sandbox.path("webhook").to_str().unwrap(),
    );
    sandbox.set("BUILD_URL", "https://ci.example/job/wing/12/");
    sandbox.set("WING_CI_STARTED", "0");
    let ended = sandbox.ci(&["notice", "success", "--to", "prod"]).ok();

    let message = &slack.messages()[0];
    assert_eq!(message["text"], "Win:G new is released to prod");
    let text = message.to_string();
    assert!(text.contains("*Author*\\nAda Lovelace"), "{text}");
    assert!(text.contains("*Version*\\nnew"), "{text}");
    assert!(text.contains("*Duration*\\n"), "{text}");
    assert!(
        text.contains("<https://ci.example/job/wing/12/|open>"),
        "{text}"
    );
    assert!(ended.err.contains("Notified Slack"), "{}", ended.err);
}

#[test]
fn a_start_has_the_version_that_is_to_be_built() {
    let mut sandbox = with_a_revision();
    let slack = sandbox.receiver(1);
    sandbox.set("WING_NOTICE_URL", &slack.url);
    sandbox.ci(&["notice", "start"]).ok();
    let message = &slack.messages()[0];
    let headline = message["text"].as_str().unwrap();
    assert!(headline.starts_with("Win:G 0.1.0-"), "{headline}");
    assert!(headline.ends_with("is on its way"), "{headline}");
    assert!(!message.to_string().contains("Duration"));
}

#[test]
fn a_notice_that_reaches_nobody_fails_nothing_and_keeps_the_address_to_itself() {
    for url in [
        // Port 9 discards where it exists at all, and never speaks HTTP.
        "http://127.0.0.1:9/services/T0/B0/verysecret",
        "http://[broken/verysecret",
        "verysecret",
    ] {
        let mut sandbox = with_a_revision();
        sandbox.set("WING_NOTICE_URL", url);
        let ended = sandbox.ci(&["notice", "failure", "--details", "x"]).ok();
        assert!(
            ended.err.contains("Could not notify Slack"),
            "{}",
            ended.err
        );
        let said = format!("{}{}", ended.out, ended.err);
        assert!(!said.contains("verysecret"), "{said}");
    }
}

#[test]
fn without_a_webhook_the_notice_is_printed() {
    let sandbox = with_a_revision();
    let ended = sandbox.ci(&["notice", "rollback", "--to", "prod"]).ok();
    assert!(
        ended.err.contains("was rolled back on prod"),
        "{}",
        ended.err
    );
}
