//! Cargo's own helpers, installed by cargo when they are missing.

use std::process::Stdio;

use anyhow::Result;

use crate::process::Session;
use crate::workspace;

/// A cargo subcommand that does not come with Rust.
pub struct Tool {
    subcommand: &'static str,
    package: &'static str,
    /// The version to install; whichever is installed already is used.
    version: &'static str,
}

/// Runs tests, each in a process of its own.
pub const NEXTEST: Tool = Tool {
    subcommand: "nextest",
    package: "cargo-nextest",
    version: "0.9.143",
};

/// Finds dependencies that nobody uses.
pub const MACHETE: Tool = Tool {
    subcommand: "machete",
    package: "cargo-machete",
    version: "0.9.2",
};

/// Installs the tool unless cargo knows it already.
///
/// # Errors
/// When building it fails or the user interrupts it.
pub fn provide(session: &Session, tool: &Tool) -> Result<()> {
    let known = workspace::cargo()
        .args([tool.subcommand, "--version"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?
        .success();
    if known {
        return Ok(());
    }
    eprintln!("Installing {} {} with cargo.", tool.package, tool.version);
    session.run(workspace::cargo().args([
        "install",
        "--locked",
        "--quiet",
        tool.package,
        "--version",
        tool.version,
    ]))
}
