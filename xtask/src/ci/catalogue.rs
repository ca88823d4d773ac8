//! Which images there are, and what each is made of. Nothing is listed twice:
//! a program in `services/NAME` has the image NAME as soon as it is there.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};
use cargo_metadata::{PackageId, TargetKind};
use wing_edge::SERVICES;

use super::graph::Graph;

/// An image that is built from this source tree.
#[derive(Debug)]
pub struct Image {
    /// Its name without `wing-`.
    pub name: String,
    /// What its program is made of; nothing when it has none of ours.
    pub packages: BTreeSet<PackageId>,
    /// What else it is made of, from the root of the tree: files that go into it as
    /// they are, its recipe.
    pub places: Vec<String>,
}

/// Images that hold no program of a service: their name, the package whose
/// knowledge they carry, their folder.
const OTHERS: [(&str, Option<&str>, &str); 2] = [
    ("edge", Some("crates/edge"), "deploy/nginx"),
    ("backup", None, "deploy/backup"),
];

/// The recipe of every image that holds a program.
const PROGRAM: &str = "deploy/images/service.Dockerfile";

/// What goes into every image: how cargo builds, and how images are built.
pub const EVERYWHERE: [&str; 4] = [
    "Cargo.toml",
    ".cargo",
    "rust-toolchain.toml",
    "xtask/src/images.rs",
];

/// What a running stack is described by besides its images.
pub const STACK: [&str; 4] = [
    "stack.yml",
    "deploy/swarm",
    "deploy/prometheus",
    "deploy/grafana",
];

/// All images of the workspace: services first, in the order in which they
/// depend on each other, then the other programs, then the rest.
///
/// # Errors
/// When cargo's graph is incomplete.
pub fn images(graph: &Graph, root: &Path) -> Result<Vec<Image>> {
    let members = graph.members();
    let mut images = Vec::new();
    for (folder, package) in &members {
        let name = match folder.strip_prefix("services/") {
            Some(name) => name,
            None if folder == "monolith" => folder,
            None => continue,
        };
        let is_program = package
            .targets
            .iter()
            .any(|target| target.kind.contains(&TargetKind::Bin));
        if is_program {
            images.push(Image {
                name: name.to_owned(),
                packages: graph.made_of(&package.id)?,
                places: vec![PROGRAM.to_owned()],
            });
        }
    }
    for (name, package, folder) in OTHERS {
        if !root.join(folder).is_dir() {
            continue;
        }
        let packages = match package {
            Some(folder) => {
                let package = members
                    .get(folder)
                    .with_context(|| format!("{folder} is not in the workspace"))?;
                graph.made_of(&package.id)?
            }
            None => BTreeSet::new(),
        };
        images.push(Image {
            name: name.to_owned(),
            packages,
            places: vec![
                folder.to_owned(),
                format!("deploy/images/{name}.Dockerfile"),
            ],
        });
    }
    images.sort_by_key(|image| rank(&image.name));
    Ok(images)
}

/// Where an image stands in the order of releases: a service before those that
/// call it, then whatever else, the edge last, since it reaches all of them.
pub fn rank(image: &str) -> usize {
    SERVICES
        .iter()
        .position(|service| service.name == image)
        .unwrap_or(SERVICES.len() + usize::from(image == "edge"))
}

/// The image of a reference like `registry:5000/wing-music:0.1.0-abc`; none
/// when it is not one of ours.
pub fn image_of(reference: &str) -> Option<&str> {
    let (repository, _) = parts(reference);
    let name = repository.rsplit('/').next().unwrap_or(repository);
    name.strip_prefix("wing-")
}

/// The version of a reference: its tag.
pub fn version_of(reference: &str) -> &str {
    parts(reference).1.unwrap_or("latest")
}

/// A reference without its digest, as people write it.
pub fn without_digest(reference: &str) -> &str {
    reference
        .split_once('@')
        .map_or(reference, |(before, _)| before)
}

/// Repository and tag. A colon before a slash belongs to a port.
fn parts(reference: &str) -> (&str, Option<&str>) {
    let reference = without_digest(reference);
    match reference.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        _ => (reference, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    fn names() -> Vec<String> {
        let graph = Graph::read(&workspace::root()).unwrap();
        images(&graph, &workspace::root())
            .unwrap()
            .into_iter()
            .map(|image| image.name)
            .collect()
    }

    #[test]
    fn every_service_of_the_list_has_an_image() {
        let names = names();
        for service in SERVICES {
            assert!(
                names.iter().any(|name| name == service.name),
                "services/{} is not in the workspace, so the pipeline would never release it",
                service.name
            );
        }
        assert!(names.contains(&"monolith".to_owned()));
    }

    #[test]
    fn a_service_is_released_before_those_that_call_it_and_the_edge_last() {
        assert!(rank("user") < rank("music"));
        assert!(rank("music") < rank("visualizer"));
        assert!(rank("visualizer") < rank("edge"));
        assert_eq!(names().last().map(String::as_str), Some("edge"));
    }

    #[test]
    fn references_are_taken_apart_where_docker_does() {
        let full = "registry.example:5000/team/wing-music:0.1.0-abc@sha256:12ab";
        assert_eq!(image_of(full), Some("music"));
        assert_eq!(version_of(full), "0.1.0-abc");
        assert_eq!(
            without_digest(full),
            "registry.example:5000/team/wing-music:0.1.0-abc"
        );
        assert_eq!(image_of("registry.example:5000/wing-edge"), Some("edge"));
        assert_eq!(version_of("registry.example:5000/wing-edge"), "latest");
        assert_eq!(image_of("postgres:17"), None);
        assert_eq!(image_of("garage/wing:1"), None);
    }
}
