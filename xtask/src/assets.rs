//! `cargo xtask assets`: scripts and styles, from npm to `crates/ui/dist`.

use std::process::Command;

use anyhow::{Result, bail};

use crate::machine;
use crate::process::Session;
use crate::stamps::{Stamp, Times};
use crate::workspace;

/// Installs the npm dependencies when their lock file changed, then builds.
///
/// # Errors
/// When Node is missing or npm fails.
pub fn run(session: &Session) -> Result<()> {
    if !node_is_here() {
        bail!("Node.js is missing. {HOW_TO_GET_NODE}");
    }
    install(session)?;
    build(session)
}

/// How to get Node.js, as a sentence.
pub const HOW_TO_GET_NODE: &str =
    "Install version 20 or newer from https://nodejs.org or with: sudo apt-get install nodejs npm";

/// Whether scripts and styles can be built here.
pub fn node_is_here() -> bool {
    machine::missing(&machine::NODE).is_empty()
}

/// Installs the npm dependencies, unless the lock file is what it was then.
///
/// # Errors
/// When npm fails.
pub fn install(session: &Session) -> Result<()> {
    let stamp = Stamp::new(
        "package-lock.json",
        workspace::ui().join("package-lock.json"),
    );
    if stamp.is_fresh() && workspace::ui().join("node_modules").is_dir() {
        return Ok(());
    }
    eprintln!("Installing the npm dependencies of crates/ui.");
    session.run(npm().args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]))?;
    stamp.set()?;
    Ok(())
}

/// Builds scripts and styles; files that come out the same keep their time.
///
/// # Errors
/// When npm fails.
pub fn build(session: &Session) -> Result<()> {
    let dist = workspace::ui().join("dist");
    let times = Times::read(&dist)?;
    session.run(npm().args(["run", "--silent", "build"]))?;
    times.restore(&dist)?;
    Ok(())
}

/// Checks the types of all scripts.
///
/// # Errors
/// When npm fails or a type does not fit.
pub fn check(session: &Session) -> Result<()> {
    session.run(npm().args(["run", "--silent", "check"]))
}

fn npm() -> Command {
    let mut command = Command::new("npm");
    command.current_dir(workspace::ui());
    command
}
