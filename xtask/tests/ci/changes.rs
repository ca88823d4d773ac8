//! Which images a change touches, in a small workspace of the same shape.

use std::fs;
use std::process::Command;

use crate::yard::{Yard, git};

/// A workspace with two services, the monolith and the edge, and two packages
/// from outside: one that music is made of, one that only tests of user need.
fn workspace() -> Yard {
    let yard = Yard::new();
    let tree = yard.tree();
    write(
        &yard,
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\n\
         members = [\"crates/*\", \"services/*\", \"monolith\"]\nexclude = [\"outside\"]\n",
    );
    package(&yard, "outside/leaf", "leaf", "", false);
    package(&yard, "outside/props", "props", "", false);
    package(&yard, "crates/edge", "wing-edge", "", false);
    package(
        &yard,
        "crates/user",
        "wing-user",
        "[dev-dependencies]\nprops = { path = \"../../outside/props\" }\n",
        false,
    );
    package(
        &yard,
        "crates/music",
        "wing-music",
        "[dependencies]\nleaf = { path = \"../../outside/leaf\" }\n",
        false,
    );
    for name in ["user", "music"] {
        let needs = format!("[dependencies]\nwing-{name} = {{ path = \"../../crates/{name}\" }}\n");
        package(
            &yard,
            &format!("services/{name}"),
            &format!("wing-{name}-service"),
            &needs,
            true,
        );
    }
    package(
        &yard,
        "monolith",
        "wing-monolith",
        "[dependencies]\nwing-user = { path = \"../crates/user\" }\n\
         wing-music = { path = \"../crates/music\" }\n",
        true,
    );
    write(&yard, "deploy/nginx/nginx.conf", "");
    lock(&yard);
    git(&tree, &["init", "--quiet"]);
    commit(&yard);
    yard
}

fn package(yard: &Yard, dir: &str, name: &str, needs: &str, is_program: bool) {
    let manifest =
        format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2024\"\n{needs}");
    write(yard, &format!("{dir}/Cargo.toml"), &manifest);
    let source = if is_program { "main.rs" } else { "lib.rs" };
    write(yard, &format!("{dir}/src/{source}"), "fn main() {}\n");
}

fn write(yard: &Yard, path: &str, text: &str) {
    let path = yard.tree().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn lock(yard: &Yard) {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .current_dir(yard.tree())
        .args(["generate-lockfile", "--offline", "--quiet"])
        .output()
        .expect("cargo");
    assert!(output.status.success(), "{output:?}");
}

fn commit(yard: &Yard) {
    git(&yard.tree(), &["add", "--all"]);
    git(&yard.tree(), &["commit", "--quiet", "-m", "a change"]);
}

/// The images that the last commit touches.
#[track_caller]
fn changed(yard: &Yard) -> Vec<String> {
    let out = yard.ci(&["changed", "--since", "HEAD~1"]).ok().out;
    out.lines().map(str::to_owned).collect()
}

#[test]
fn a_change_in_one_domain_leaves_the_other_service_alone() {
    let yard = workspace();
    write(&yard, "crates/music/src/lib.rs", "fn other() {}\n");
    commit(&yard);
    assert_eq!(changed(&yard), ["music", "monolith"]);
    assert_eq!(yard.left("changed.json")["stack"], false);
}

#[test]
fn another_version_from_outside_counts_for_those_made_of_it() {
    let yard = workspace();
    let manifest = yard.tree().join("outside/leaf/Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(manifest, text.replace("1.0.0", "1.0.1")).unwrap();
    lock(&yard);
    commit(&yard);
    assert_eq!(changed(&yard), ["music", "monolith"]);
}

#[test]
fn what_only_tests_need_counts_for_nobody() {
    let yard = workspace();
    let manifest = yard.tree().join("outside/props/Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(manifest, text.replace("1.0.0", "1.0.1")).unwrap();
    lock(&yard);
    commit(&yard);
    assert!(changed(&yard).is_empty());
}

#[test]
fn a_file_that_moves_counts_where_it_was_and_where_it_is() {
    let yard = workspace();
    write(
        &yard,
        "crates/user/src/words.txt",
        "a text long enough to be recognised\n",
    );
    commit(&yard);
    git(
        &yard.tree(),
        &[
            "mv",
            "crates/user/src/words.txt",
            "crates/music/src/words.txt",
        ],
    );
    commit(&yard);
    assert_eq!(changed(&yard), ["user", "music", "monolith"]);
}

#[test]
fn the_edge_is_touched_by_its_own_files() {
    let yard = workspace();
    write(&yard, "deploy/nginx/nginx.conf", "events {}\n");
    commit(&yard);
    assert_eq!(changed(&yard), ["edge"]);
}

#[test]
fn the_stacks_files_touch_no_image_but_the_stack() {
    let yard = workspace();
    write(&yard, "stack.yml", "services: {}\n");
    write(&yard, "docs/delivery.md", "words\n");
    commit(&yard);
    assert!(changed(&yard).is_empty());
    assert_eq!(yard.left("changed.json")["stack"], true);
}

#[test]
fn where_the_last_release_is_not_known_everything_counts() {
    let yard = workspace();
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
        let ended = yard.ci(words).ok();
        let images: Vec<_> = ended.out.lines().collect();
        assert_eq!(images, everything, "{words:?}");
        assert_eq!(yard.left("changed.json")["stack"], true);
    }
}

#[test]
fn several_commits_count_together() {
    let yard = workspace();
    write(&yard, "crates/music/src/lib.rs", "fn one() {}\n");
    commit(&yard);
    write(&yard, "deploy/nginx/nginx.conf", "events {}\n");
    commit(&yard);
    let out = yard.ci(&["changed", "--since", "HEAD~2"]).ok().out;
    assert_eq!(
        out.lines().collect::<Vec<_>>(),
        ["music", "monolith", "edge"]
    );
}
