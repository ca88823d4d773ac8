//! `cargo xtask ci changed`: which images a change touches.
//!
//! Files differ between two revisions; files belong to packages; packages are
//! in programs, by the cargo graph; programs are in images. `Cargo.lock` counts
//! for those programs only that contain a package it changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result};
use cargo_metadata::PackageId;
use clap::builder::FalseyValueParser;

use super::artifacts::Changed;
use super::catalogue::{EVERYWHERE, Image, STACK};
use super::git::Git;
use super::graph::Graph;
use super::{artifacts, catalogue, lock};
use crate::workspace;

#[derive(clap::Args)]
pub struct Args {
    /// The revision to compare with: the last that was released. Without one,
    /// or when it is not known here, everything counts as changed
    #[arg(long, env = "GIT_PREVIOUS_SUCCESSFUL_COMMIT")]
    pub since: Option<String>,
    /// Let everything count as changed
    #[arg(long, env = "WING_CI_EVERYTHING", value_parser = FalseyValueParser::new())]
    pub everything: bool,
}

/// # Errors
/// When git or cargo refuse.
pub fn run(args: &Args) -> Result<()> {
    let root = workspace::root();
    let changed = since(&root, args)?;
    for image in &changed.images {
        println!("{image}");
    }
    artifacts::write(&artifacts::changed(), &changed)
}

fn since(root: &Path, args: &Args) -> Result<Changed> {
    let git = Git::at(root);
    let graph = Graph::read(root)?;
    let images = catalogue::images(&graph, root)?;
    let revision = git
        .revision("HEAD")?
        .context("this source tree has no revision yet")?;
    let base = match args.since.as_deref().filter(|name| !name.is_empty()) {
        _ if args.everything => None,
        None => {
            eprintln!("No revision to compare with, so everything counts as changed.");
            None
        }
        Some(name) => {
            let known = git.revision(name)?;
            if known.is_none() {
                eprintln!("{name} is not known here, so everything counts as changed.");
            }
            known
        }
    };
    let Some(base) = base else {
        return Ok(Changed {
            since: None,
            revision,
            images: images.into_iter().map(|image| image.name).collect(),
            stack: true,
        });
    };

    let mut touched = Touched::by_files(&graph, &git.changed_files(&base, &revision)?);
    if touched.lock {
        let before = git.file_at(&base, "Cargo.lock")?.unwrap_or_default();
        let after = git.file_at(&revision, "Cargo.lock")?.unwrap_or_default();
        touched.by_lock(&graph, &images, &lock::changed(&before, &after)?);
    }
    let mut names = Vec::new();
    for image in &images {
        if let Some(reason) = touched.reason(image) {
            eprintln!("{}: {reason}", image.name);
            names.push(image.name.clone());
        }
    }
    if names.is_empty() {
        eprintln!("No image changed.");
    }
    Ok(Changed {
        since: Some(base),
        revision,
        images: names,
        stack: touched.stack,
    })
}

/// What a set of files touches.
#[derive(Default)]
struct Touched {
    /// Packages, each with the first file or package that touches it.
    packages: BTreeMap<PackageId, String>,
    /// All files, for the folders that images take as they are.
    files: Vec<String>,
    everywhere: Option<String>,
    lock: bool,
    stack: bool,
}

impl Touched {
    fn by_files(graph: &Graph, files: &[String]) -> Self {
        let members = graph.members();
        let mut touched = Self {
            files: files.to_vec(),
            ..Self::default()
        };
        for file in files {
            if EVERYWHERE.iter().any(|place| is_in(file, place)) {
                touched.everywhere.get_or_insert_with(|| file.clone());
            }
            touched.stack |= STACK.iter().any(|place| is_in(file, place));
            touched.lock |= file == "Cargo.lock";
            let package = members
                .iter()
                .filter(|(folder, _)| is_in(file, folder))
                .max_by_key(|(folder, _)| folder.len());
            if let Some((_, package)) = package {
                touched
                    .packages
                    .entry(package.id.clone())
                    .or_insert_with(|| file.clone());
            }
        }
        touched
    }

    fn by_lock(
        &mut self,
        graph: &Graph,
        images: &[Image],
        changed: &BTreeSet<super::graph::Locked>,
    ) {
        for package in images.iter().flat_map(|image| &image.packages) {
            if let Some(locked) = graph.locked(package).filter(|it| changed.contains(it)) {
                self.packages
                    .entry(package.clone())
                    .or_insert_with(|| format!("{} {}", locked.name, locked.version));
            }
        }
    }

    /// Why an image has to be built; none when it has not.
    fn reason(&self, image: &Image) -> Option<String> {
        if let Some(file) = &self.everywhere {
            return Some(file.clone());
        }
        let in_its_places = self
            .files
            .iter()
            .find(|file| image.places.iter().any(|place| is_in(file, place)));
        let in_its_packages = || {
            let packages = image.packages.iter();
            packages.filter_map(|it| self.packages.get(it)).next()
        };
        in_its_places.or_else(in_its_packages).cloned()
    }
}

/// Whether a file is a place or in it.
fn is_in(file: &str, place: &str) -> bool {
    file.strip_prefix(place)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The real workspace.
    struct Real {
        graph: Graph,
        images: Vec<Image>,
    }

    impl Real {
        fn read() -> Self {
            let root = workspace::root();
            let graph = Graph::read(&root).unwrap();
            let images = catalogue::images(&graph, &root).unwrap();
            Self { graph, images }
        }

        /// The images that a change of one file touches.
        fn touched(&self, file: &str) -> Vec<&str> {
            let touched = Touched::by_files(&self.graph, &[file.to_owned()]);
            let images = self.images.iter();
            images
                .filter(|image| touched.reason(image).is_some())
                .map(|image| image.name.as_str())
                .collect()
        }
    }

    #[test]
    fn a_change_in_one_domain_rebuilds_its_service_and_the_monolith_alone() {
        let real = Real::read();
        let music = real.touched("crates/music/src/lib.rs");
        assert_eq!(music, ["music", "monolith"]);
        let user = real.touched("crates/user/src/lib.rs");
        assert_eq!(user, ["user", "monolith"]);
    }

    #[test]
    fn what_every_domain_leans_on_rebuilds_every_program() {
        let real = Real::read();
        let images = real.touched("crates/kit/src/lib.rs");
        for image in ["user", "music", "monolith"] {
            assert!(images.contains(&image), "{images:?}");
        }
        assert!(!images.contains(&"edge"), "{images:?}");
    }

    #[test]
    fn a_recipe_rebuilds_what_is_made_by_it() {
        let real = Real::read();
        assert_eq!(real.touched("deploy/images/edge.Dockerfile"), ["edge"]);
        let programs = real.touched("deploy/images/service.Dockerfile");
        assert!(programs.contains(&"music") && !programs.contains(&"edge"));
    }

    #[test]
    fn nginx_and_the_prefix_table_rebuild_the_edge() {
        let real = Real::read();
        assert_eq!(real.touched("deploy/nginx/start.sh"), ["edge"]);
        let table = real.touched("crates/edge/src/table.rs");
        assert!(table.contains(&"edge"), "{table:?}");
    }

    #[test]
    fn words_and_tests_rebuild_nothing() {
        let real = Real::read();
        for file in [
            "docs/architecture.md",
            "README.md",
            "suite/src/lib.rs",
            "xtask/src/main.rs",
        ] {
            assert!(real.touched(file).is_empty(), "{file}");
        }
    }

    #[test]
    fn how_cargo_builds_rebuilds_everything() {
        let real = Real::read();
        for file in ["Cargo.toml", ".cargo/config.toml", "rust-toolchain.toml"] {
            assert_eq!(real.touched(file).len(), real.images.len(), "{file}");
        }
    }

    #[test]
    fn a_place_ends_where_a_name_ends() {
        assert!(is_in("crates/music/src/lib.rs", "crates/music"));
        assert!(!is_in("crates/music-extra/src/lib.rs", "crates/music"));
        assert!(is_in("stack.yml", "stack.yml"));
        assert!(!is_in("stack.yml.md", "stack.yml"));
    }
}
