//! What a program is made of, as a CycloneDX 1.5 document: its crates with
//! versions, licences, checksums' place and what depends on what, from cargo's
//! own resolution for the target that images are built for.
//!
//! Source: <https://cyclonedx.org/docs/1.5/json/>.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::workspace;

/// The document of `package`.
///
/// # Errors
/// When cargo cannot resolve the workspace.
pub fn of(package: &str, version: &str) -> Result<String> {
    let output = workspace::cargo()
        .args(["metadata", "--format-version=1", "--locked"])
        .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
        .output()
        .context("cargo metadata")?;
    ensure!(output.status.success(), "cargo metadata failed");
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let document = describe(&metadata, package, version)?;
    Ok(serde_json::to_string_pretty(&document)?)
}

fn describe(metadata: &Value, package: &str, version: &str) -> Result<Value> {
    let packages: BTreeMap<&str, &Value> = list(&metadata["packages"])
        .map(|package| (text(&package["id"]), package))
        .collect();
    let nodes: BTreeMap<&str, &Value> = list(&metadata["resolve"]["nodes"])
        .map(|node| (text(&node["id"]), node))
        .collect();
    let root = packages
        .iter()
        .find(|(_, one)| one["name"] == package)
        .map(|(id, _)| *id)
        .with_context(|| format!("there is no package {package}"))?;

    let mut reached = BTreeSet::new();
    let mut ahead = vec![root];
    let mut dependencies = Vec::new();
    while let Some(id) = ahead.pop() {
        if !reached.insert(id) {
            continue;
        }
        let needs: Vec<&str> = list(&nodes[id]["deps"])
            .filter(|need| is_in_the_program(need))
            .map(|need| text(&need["pkg"]))
            .collect();
        let named: BTreeSet<String> = needs.iter().map(|need| purl(packages[need])).collect();
        dependencies.push(json!({ "ref": purl(packages[id]), "dependsOn": named }));
        ahead.extend(needs);
    }
    let components: Vec<Value> = reached
        .iter()
        .filter(|id| **id != root)
        .map(|id| component(packages[id], "library"))
        .collect();
    dependencies.sort_by_key(|one| text(&one["ref"]).to_owned());
    let mut subject = component(packages[root], "application");
    subject["version"] = version.into();
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": subject },
        "components": components,
        "dependencies": dependencies,
    }))
}

/// Whether a dependency is more than a tool of the build or of the tests.
fn is_in_the_program(need: &Value) -> bool {
    list(&need["dep_kinds"]).any(|kind| kind["kind"].is_null())
}

fn component(package: &Value, kind: &str) -> Value {
    let mut described = json!({
        "type": kind,
        "bom-ref": purl(package),
        "name": package["name"],
        "version": package["version"],
        "purl": purl(package),
    });
    if let Some(licence) = package["license"].as_str() {
        described["licenses"] = json!([{ "expression": licence.replace('/', " OR ") }]);
    }
    described
}

/// A package's name among all of the world, as <https://github.com/package-url>
/// has it.
fn purl(package: &Value) -> String {
    format!(
        "pkg:cargo/{}@{}",
        text(&package["name"]),
        text(&package["version"])
    )
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_names_what_it_is_made_of_and_no_tool() {
        let document: Value =
            serde_json::from_str(&of("wing-music-service", "1.2.3").unwrap()).unwrap();
        let names: BTreeSet<&str> = list(&document["components"])
            .map(|one| text(&one["name"]))
            .collect();
        assert_eq!(document["metadata"]["component"]["version"], "1.2.3");
        for name in ["actix-web", "diesel", "wing-music", "symphonia"] {
            assert!(names.contains(name), "{name}");
        }
        for name in ["proptest", "wing-suite", "wing-user"] {
            assert!(!names.contains(name), "{name} is not in it");
        }
        let named: BTreeSet<&str> = list(&document["dependencies"])
            .map(|one| text(&one["ref"]))
            .collect();
        let components = list(&document["components"]).count();
        assert_eq!(named.len(), components + 1, "each says what it depends on");
    }
}
