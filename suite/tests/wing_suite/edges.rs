//! Which crate may know of which: the design's arrows, and no others.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;
use wing_edge::SERVICES;

/// Everything a crate reaches through its own dependencies, tests left out.
fn reach(package: &str) -> BTreeSet<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "tree",
            "--offline",
            "--package",
            package,
            "--edges",
            "normal,build",
            "--prefix",
            "none",
        ])
        .args(["--format", "{p}", "--no-dedupe"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .expect("cargo");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).expect("names");
    let names = text
        .lines()
        .filter_map(|line| line.split(' ').next())
        .map(ToOwned::to_owned);
    names.filter(|name| name != package).collect()
}

fn workspace() -> BTreeMap<String, BTreeSet<String>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "metadata",
            "--offline",
            "--no-deps",
            "--format-version",
            "1",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("metadata");
    let packages = metadata["packages"].as_array().expect("packages");
    let name = |value: &Value| value["name"].as_str().expect("a name").to_owned();
    packages
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"]
                .as_array()
                .expect("dependencies")
                .iter();
            let ours = dependencies.filter(|dependency| !dependency["path"].is_null());
            (name(package), ours.map(name).collect())
        })
        .collect()
}

/// The crates of the domains.
fn domains() -> Vec<String> {
    let domains = SERVICES.iter().filter(|service| service.has_domain);
    domains.map(|service| service.program()).collect()
}

#[test]
fn no_domain_reaches_another() {
    let domains = domains();
    for domain in &domains {
        let reached = reach(domain);
        for other in domains.iter().filter(|other| *other != domain) {
            assert!(!reached.contains(other), "{domain} reaches {other}");
        }
    }
}

#[test]
fn contracts_reach_neither_the_database_nor_the_web() {
    let reached = reach("wing-contracts");
    for name in &reached {
        let forbidden = ["diesel", "actix", "tokio", "reqwest", "hyper"];
        assert!(
            !forbidden.iter().any(|start| name.starts_with(start)),
            "wing-contracts reaches {name}"
        );
        assert!(!name.starts_with("wing-"), "wing-contracts reaches {name}");
    }
}

#[test]
fn what_domains_lean_on_knows_no_domain() {
    for package in [
        "wing-kit",
        "wing-ui",
        "wing-audio",
        "wing-stream",
        "wing-demo",
        "wing-clients",
        "wing-wiring",
    ] {
        let reached = reach(package);
        for name in domains().into_iter().chain(["wing-monolith".to_owned()]) {
            assert!(!reached.contains(&name), "{package} reaches {name}");
        }
    }
    assert!(!reach("wing-kit").contains("wing-ui"), "kit knows no pages");
    for package in ["wing-audio", "wing-demo"] {
        let reached = reach(package);
        assert!(
            !reached.contains("actix-web") && !reached.contains("diesel"),
            "{package} is about sound"
        );
    }
}

#[test]
fn only_wiring_and_tests_know_several_domains() {
    for (package, dependencies) in workspace() {
        let domains = domains()
            .iter()
            .filter(|domain| dependencies.contains(*domain))
            .count();
        let wires = ["wing-monolith", "wing-suite", "wing-bench"].contains(&package.as_str());
        assert!(
            domains < 2 || wires,
            "{package} depends on {domains} domains"
        );
    }
}
