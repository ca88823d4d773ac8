//! The cargo graph: which packages a program is made of.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Node, Package, PackageId};

use crate::workspace;

/// The packages of a workspace, with all that they depend on.
pub struct Graph {
    metadata: Metadata,
}

/// One package as `Cargo.lock` names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Locked {
    pub name: String,
    pub version: String,
}

impl Graph {
    /// Asks cargo about the workspace at `root`.
    ///
    /// # Errors
    /// When cargo refuses, for instance because `Cargo.lock` is out of date.
    pub fn read(root: &Path) -> Result<Self> {
        let output = workspace::cargo()
            .current_dir(root)
            .args(["metadata", "--format-version=1", "--locked"])
            // Images are made for Linux; packages of other systems are not in them.
            .arg("--filter-platform")
            .arg(format!("{}-unknown-linux-gnu", std::env::consts::ARCH))
            .stdin(Stdio::null())
            .output()
            .context("cannot start cargo")?;
        if !output.status.success() {
            bail!(
                "cargo metadata: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        let text = String::from_utf8(output.stdout).context("cargo's answer is not text")?;
        Ok(Self {
            metadata: MetadataCommand::parse(text).context("cargo's answer is not understood")?,
        })
    }

    /// The packages of the workspace by their folder, from its root, without a
    /// slash at the end.
    pub fn members(&self) -> BTreeMap<String, &Package> {
        self.metadata
            .workspace_packages()
            .into_iter()
            .filter_map(|package| {
                let folder = package.manifest_path.parent()?;
                let folder = folder.strip_prefix(&self.metadata.workspace_root).ok()?;
                Some((folder.to_string(), package))
            })
            .collect()
    }

    /// Everything that ends up in what is built of a package: itself, what it
    /// depends on, and what those need to be built; nothing of tests alone.
    ///
    /// # Errors
    /// When cargo did not resolve the dependencies.
    pub fn made_of(&self, package: &PackageId) -> Result<BTreeSet<PackageId>> {
        let resolve = self
            .metadata
            .resolve
            .as_ref()
            .context("cargo did not resolve the dependencies")?;
        let nodes: BTreeMap<&PackageId, &Node> =
            resolve.nodes.iter().map(|node| (&node.id, node)).collect();
        let mut all = BTreeSet::new();
        let mut waiting = vec![package];
        while let Some(next) = waiting.pop() {
            if !all.insert(next.clone()) {
                continue;
            }
            let Some(node) = nodes.get(next) else {
                continue;
            };
            let built = node.deps.iter().filter(|dependency| {
                dependency
                    .dep_kinds
                    .iter()
                    .any(|kind| kind.kind != DependencyKind::Development)
            });
            waiting.extend(built.map(|dependency| &dependency.pkg));
        }
        Ok(all)
    }

    /// How `Cargo.lock` names a package.
    pub fn locked(&self, id: &PackageId) -> Option<Locked> {
        let package = self
            .metadata
            .packages
            .iter()
            .find(|package| package.id == *id)?;
        Some(Locked {
            name: package.name.to_string(),
            version: package.version.to_string(),
        })
    }
}
