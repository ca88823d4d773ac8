//! The stages `images` and `push`: what changed becomes images, and those go to
//! the registry. How an image is made is `cargo xtask images`' business.

use anyhow::{Context, Result, bail};

use super::artifacts::{self, Built, Changed, Release};
use super::docker::Docker;
use super::target::Variables;
use crate::process::Session;
use crate::workspace;

#[derive(clap::Args)]
pub struct Args {
    /// The registry the nodes pull from, with a prefix if it has one
    #[arg(long, env = "WING_REGISTRY", value_name = "HOST[/PREFIX]")]
    registry: String,
}

/// Builds the images that the stage `changed` named.
///
/// # Errors
/// When that stage did not run, an image cannot be built, or one is missing
/// afterwards.
pub fn images(args: &Args, session: &Session) -> Result<()> {
    let changed: Changed = artifacts::read(&artifacts::changed())?
        .context("what changed is not known yet: run `cargo xtask ci changed`")?;
    let mut release = Release::default();
    if changed.images.is_empty() {
        println!("No image changed, so none is built.");
    } else {
        session.run(
            workspace::cargo()
                .args(["xtask", "images", "--only"])
                .arg(changed.images.join(","))
                .args(["--registry", &args.registry]),
        )?;
        let path = workspace::target().join("images/report.json");
        let report: Vec<Built> = artifacts::read(&path)?
            .with_context(|| format!("{} is not there after the build", path.display()))?;
        release.images = report
            .into_iter()
            .filter(|built| changed.images.iter().any(|name| name == built.image()))
            .collect();
        for name in &changed.images {
            if !release.images.iter().any(|built| built.image() == name) {
                bail!("{} says nothing of the image {name}", path.display());
            }
        }
        for built in &release.images {
            println!("{}", built.reference);
        }
    }
    artifacts::write(&artifacts::release(), &release)
}

/// Pushes what the stage `images` built.
///
/// # Errors
/// When that stage did not run, or the registry refuses.
pub fn push(session: &Session) -> Result<()> {
    let release: Release = artifacts::read(&artifacts::release())?
        .context("there is no release yet: run `cargo xtask ci images`")?;
    let docker = Docker::with(Variables::new())?;
    for built in &release.images {
        // Without a registry in front Docker would push to the public one.
        if !built.reference.contains('/') {
            bail!("{} names no registry", built.reference);
        }
        docker.run(session, ["push", "--quiet", &built.reference])?;
    }
    if release.images.is_empty() {
        println!("Nothing was built, so nothing is pushed.");
    }
    Ok(())
}
