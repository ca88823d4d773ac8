//! Which images a change touches, in a small workspace of the same shape.

use std::fs;
use std::process::Command;

use crate::sandbox::{Sandbox, git};

/// A workspace with two services, the monolith and the edge, and two packages
/// from outside: one that music is made of, one that only tests of user need.
fn workspace() -> Sandbox {
    let sandbox = Sandbox::new();
    let tree = sandbox.tree();
    write(
        &sandbox,
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\n\
         members = [\"crates/*\", \"services/*\", \"monolith\"]\nexclude = [\"outside\"]\n",
    );
    package(&sandbox, "outside/leaf", "leaf", "", false);
    package(&sandbox, "outside/props", "props", "", false);
    package(&sandbox, "crates/edge", "wing-edge", "", false);
    package(
        &sandbox,
        "crates/user",
        "wing-user",
        "[dev-dependencies]\nprops = { path = \"../../outside/props\" }\n",
        false,
    );
    package(
        &sandbox,
        "crates/music",
        "wing-music",
        "[dependencies]\nleaf = { path = \"../../outside/leaf\" }\n",
        false,
    );
    for name in ["user", "music"] {
        let needs = format!("[dependencies]\nwing-{name} = {{ path = \"../../crates/{name}\" }}\n");
        package(
            &sandbox,
            &format!("services/{name}"),
            &format!("wing-{name}-service"),
            &needs,
            true,
        );
    }
    package(
        &sandbox,
        "monolith",
        "wing-monolith",
        "[dependencies]\nwing-user = { path = \"../crates/user\" }\n\
         wing-music = { path = \"../crates/music\" }\n",
        true,
    );
    write(&sandbox, "deploy/nginx/nginx.conf", "");
    lock(&sandbox);
    git(&tree, &["init", "--quiet"]);
    commit(&sandbox);
    sandbox
}

fn package(sandbox: &Sandbox, dir: &str, name: &str, needs: &str, is_program: bool) {
    let manifest =
        format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2024\"\n{needs}");
    write(sandbox, &format!("{dir}/Cargo.toml"), &manifest);
    let source = if is_program { "main.rs" } else { "lib.rs" };
    write(sandbox, &format!("{dir}/src/{source}"), "fn main() {}\n");
}

fn write(sandbox: &Sandbox, path: &str, text: &str) {
    let path = sandbox.tree().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn lock(sandbox: &Sandbox) {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .current_dir(sandbox.tree())
        .args(["generate-lockfile", "--offline", "--quiet"])
        .output()
        .expect("cargo");
    assert!(output.status.success(), "{output:?}");
}

fn commit(sandbox: &Sandbox) {
    git(&sandbox.tree(), &["add", "--all"]);
    git(&sandbox.tree(), &["commit", "--quiet", "-m", "a change"]);
}

/// The images that the last commit touches.
#[track_caller]
fn changed(sandbox: &Sandbox) -> Vec<String> {
    let out = sandbox.ci(&["changed", "--since", "HEAD~1"]).ok().out;
    out.lines().map(str::to_owned).collect()
}

#[test]
fn a_change_in_one_domain_leaves_the_other_service_alone() {
    let sandbox = workspace();
    write(&sandbox, "crates/music/src/lib.rs", "fn other() {}\n");
    commit(&sandbox);
    assert_eq!(changed(&sandbox), ["music", "monolith"]);
    assert_eq!(sandbox.artifact("changed.json")["stack"], false);
}

#[test]
fn another_version_from_outside_counts_for_those_made_of_it() {
    let sandbox = workspace();
    let manifest = sandbox.tree().join("outside/leaf/Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(manifest, text.replace("1.0.0", "1.0.1")).unwrap();
    lock(&sandbox);
    commit(&sandbox);
    assert_eq!(changed(&sandbox), ["music", "monolith"]);
}

#[test]
fn what_only_tests_need_counts_for_nobody() {
    let sandbox = workspace();
    let manifest = sandbox.tree().join("outside/props/Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(manifest, text.replace("1.0.0", "1.0.1")).unwrap();
    lock(&sandbox);
    commit(&sandbox);
    assert!(changed(&sandbox).is_empty());
}

#[test]
fn a_file_that_moves_counts_where_it_was_and_where_it_is() {
    let sandbox = workspace();
    write(
        &sandbox,
        "crates/user/src/words.txt",
        "a text long enough to be recognised\n",
    );
    commit(&sandbox);
    git(
        &sandbox.tree(),
        &[
            "mv",
            "crates/user/src/words.txt",
            "crates/music/src/words.txt",
        ],
    );
    commit(&sandbox);
    assert_eq!(changed(&sandbox), ["user", "music", "monolith"]);
}

#[test]
fn the_edge_is_touched_by_its_own_files() {
    let sandbox = workspace();
    write(&sandbox, "deploy/nginx/nginx.conf", "events {}\n");
    commit(&sandbox);
    assert_eq!(changed(&sandbox), ["edge"]);
}

#[test]
fn the_stacks_files_touch_no_image_but_the_stack() {
    let sandbox = workspace();
    write(&sandbox, "stack.yml", "services: {}\n");
    write(&sandbox, "docs/delivery.md", "words\n");
    commit(&sandbox);
    assert!(changed(&sandbox).is_empty());
    assert_eq!(sandbox.artifact("changed.json")["stack"], true);
}

#[test]
fn where_the_last_release_is_not_known_everything_counts() {
    let sandbox = workspace();
    let everything = ["user", "music", "monolith", "edge"];
    for words in [
        &["changed"][..],
        &[
            "changed",
            "--since",
            "0123456789abcdef0123456789abcdef01234567",
        ],
        &["changed", "--since", "HEAD", "--everything"],
    ] {
        let ended = sandbox.ci(words).ok();
        let images: Vec<_> = ended.out.lines().collect();
        assert_eq!(images, everything, "{words:?}");
        assert_eq!(sandbox.artifact("changed.json")["stack"], true);
    }
}

#[test]
fn several_commits_count_together() {
    let sandbox = workspace();
    write(&sandbox, "crates/music/src/lib.rs", "fn one() {}\n");
    commit(&sandbox);
    write(&sandbox, "deploy/nginx/nginx.conf", "events {}\n");
    commit(&sandbox);
    let out = sandbox.ci(&["changed", "--since", "HEAD~2"]).ok().out;
    assert_eq!(
        out.lines().collect::<Vec<_>>(),
        ["music", "monolith", "edge"]
    );
}
