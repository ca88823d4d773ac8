//! The artifacts that one stage leaves for the next: small JSON files in `target/ci`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::target::Environment;
use crate::workspace;

/// What changed, by the stage `changed`.
#[derive(Debug, Serialize, Deserialize)]
pub struct Changed {
    /// The revision compared with; none when everything counts as changed.
    pub since: Option<String>,
    /// The revision that will be built.
    pub revision: String,
    /// The images to build.
    pub images: Vec<String>,
    /// Whether the stack's files changed.
    pub stack: bool,
}

/// What was built, by the stage `images`.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Release {
    pub images: Vec<Built>,
}

/// One image, as `cargo xtask images` reports it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Built {
    /// Its name, with or without `wing-`.
    pub name: String,
    /// Registry, name and version: what a node pulls.
    pub reference: String,
    /// The image's content hash.
    #[serde(default)]
    pub id: String,
    /// How large it is.
    #[serde(default)]
    pub bytes: u64,
}

impl Built {
    /// Its name without `wing-`.
    pub fn image(&self) -> &str {
        self.name.strip_prefix("wing-").unwrap_or(&self.name)
    }
}

/// What a deployment did, by the stage `deploy`.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Deployment {
    /// The stack it was done to.
    pub stack: String,
    pub services: Vec<Deployed>,
}

/// One service of a deployment, in the order they were updated.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Deployed {
    /// Its name within the stack.
    pub service: String,
    /// The image it had; none when it is new.
    pub before: Option<String>,
    /// The image it was to have.
    pub after: String,
    pub seconds: f64,
    /// Whether it has that image now.
    pub released: bool,
    /// What became of it, in words.
    pub outcome: String,
}

/// Where the stage `changed` writes.
pub fn changed() -> PathBuf {
    folder().join("changed.json")
}

/// Where the stage `images` writes.
pub fn release() -> PathBuf {
    folder().join("release.json")
}

/// Where the stage `deploy` writes.
pub fn deployment(environment: Environment) -> PathBuf {
    folder().join(format!("deploy-{environment}.json"))
}

fn folder() -> PathBuf {
    workspace::target().join("ci")
}

/// Removes what an earlier pipeline was to release, so that it is not mistaken for this
/// one's. Its deployments stay: they may still have to be rolled back.
///
/// # Errors
/// When a file cannot be removed.
pub fn begin() -> Result<()> {
    remove(&[changed(), release()])
}

fn remove(files: &[PathBuf]) -> Result<()> {
    for path in files {
        match fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| path.display().to_string());
            }
            _ => {}
        }
    }
    Ok(())
}

/// Reads the artifact of another stage; none when that stage has not run.
///
/// # Errors
/// When the file cannot be read or understood.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    };
    serde_json::from_slice(&text)
        .map(Some)
        .with_context(|| format!("{} is not understood", path.display()))
}

/// Writes an artifact for a later stage.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value)? + "\n";
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_removed_artifact_reads_as_never_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ci/release.json");
        remove(std::slice::from_ref(&path)).unwrap();
        write(&path, &Release::default()).unwrap();
        assert!(read::<Release>(&path).unwrap().is_some());
        remove(std::slice::from_ref(&path)).unwrap();
        assert!(read::<Release>(&path).unwrap().is_none());
    }
}
