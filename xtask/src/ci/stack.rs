//! The stack as its files describe it: which service uses which image.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::catalogue::{image_of, rank};
use super::docker::Docker;
use super::target::Target;
use crate::process::Session;

/// What Docker makes of a stack's files.
#[derive(Deserialize)]
struct Config {
    version: String,
    services: BTreeMap<String, Service>,
}

#[derive(Deserialize)]
struct Service {
    image: String,
}

/// A stack's description.
pub struct Stack {
    files: Vec<PathBuf>,
    version: String,
    /// The image of each service, by its name within the stack.
    images: BTreeMap<String, String>,
}

/// A file that sets nothing but images; JSON is YAML, too.
#[derive(Serialize)]
struct Overlay<'a> {
    version: &'a str,
    services: BTreeMap<&'a str, OverlayService<'a>>,
}

#[derive(Serialize)]
struct OverlayService<'a> {
    image: &'a str,
}

impl Stack {
    /// Reads the files as `docker stack deploy` would: merged, with variables of
    /// the environment put in.
    ///
    /// # Errors
    /// When Docker refuses the files.
    pub fn read(docker: &Docker, session: &Session, target: &Target) -> Result<Self> {
        let files = target.files();
        let mut words: Vec<OsString> = vec!["stack".into(), "config".into()];
        words.extend(options(&files));
        let text = docker.ask(session, words)?;
        let (version, images) = parse(&text)?;
        Ok(Self {
            files,
            version,
            images,
        })
    }

    /// The services with their images, in the order of releases.
    pub fn services(&self) -> Vec<(&str, &str)> {
        let mut services: Vec<_> = self
            .images
            .iter()
            .map(|(service, image)| (service.as_str(), image.as_str()))
            .collect();
        // What is not ours stands first: databases and brokers serve all others.
        services.sort_by_key(|(_, image)| image_of(image).map(rank));
        services
    }

    /// Brings the stack to what its files describe, with other images where
    /// `images` has them. Returns as soon as Swarm knows of it.
    ///
    /// # Errors
    /// When Docker refuses.
    pub fn deploy(
        &self,
        docker: &Docker,
        session: &Session,
        name: &str,
        images: &BTreeMap<String, String>,
    ) -> Result<()> {
        let mut file = NamedTempFile::with_suffix(".yml")?;
        file.write_all(self.overlay(images)?.as_bytes())?;
        let mut words: Vec<OsString> = vec!["stack".into(), "deploy".into()];
        words.extend(["--detach=true", "--with-registry-auth"].map(OsString::from));
        words.extend(options(&self.files));
        words.extend(options(&[file.path().to_path_buf()]));
        words.push(name.into());
        docker.run(session, words)
    }

    fn overlay(&self, images: &BTreeMap<String, String>) -> Result<String> {
        let services = images
            .iter()
            .map(|(service, image)| (service.as_str(), OverlayService { image }))
            .collect();
        Ok(serde_json::to_string_pretty(&Overlay {
            // Docker refuses to merge files of different versions.
            version: &self.version,
            services,
        })?)
    }
}

fn parse(text: &str) -> Result<(String, BTreeMap<String, String>)> {
    let config: Config =
        serde_saphyr::from_str(text).context("what Docker made of the stack is not understood")?;
    let images = config
        .services
        .into_iter()
        .map(|(name, service)| (name, service.image))
        .collect();
    Ok((config.version, images))
}

fn options(files: &[PathBuf]) -> impl Iterator<Item = OsString> + '_ {
    files
        .iter()
        .flat_map(|file| [OsString::from("--compose-file"), file.into()])
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = r#"
version: "3.8"
services:
  edge:
    image: registry:5000/wing-edge:1
    ports:
      - {mode: host, target: 80, published: 80}
  music:
    image: registry:5000/wing-music:1
    deploy: {replicas: 2}
  music-db:
    image: postgres:17
  music-worker:
    image: registry:5000/wing-music:1
  user:
    image: registry:5000/wing-user:1
networks:
  internal: {driver: overlay}
"#;

    fn stack() -> Stack {
        let (version, images) = parse(CONFIG).unwrap();
        Stack {
            files: Vec::new(),
            version,
            images,
        }
    }

    #[test]
    fn services_come_in_the_order_in_which_they_need_each_other() {
        let stack = stack();
        let names: Vec<_> = stack.services().iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["music-db", "user", "music", "music-worker", "edge"]);
    }

    #[test]
    fn images_are_set_in_a_file_of_the_stacks_own_version() {
        let images = BTreeMap::from([("user".to_owned(), "registry:5000/wing-user:2".to_owned())]);
        let overlay: serde_json::Value =
            serde_json::from_str(&stack().overlay(&images).unwrap()).unwrap();
        assert_eq!(
            overlay,
            serde_json::json!({
                "version": "3.8",
                "services": {"user": {"image": "registry:5000/wing-user:2"}},
            })
        );
    }
}
