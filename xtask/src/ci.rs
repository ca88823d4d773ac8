//! `cargo xtask ci`: what the build server runs, cheap checks first.

use anyhow::Result;

use crate::process::Session;
use crate::steps::Steps;
use crate::{test, tools, workspace};

/// # Errors
/// When any check fails; the checks after it do not run.
pub fn run(session: &Session) -> Result<()> {
    let mut steps = Steps::default();
    steps.step("format", || {
        session.run(workspace::cargo().args(["fmt", "--all", "--check"]))
    })?;
    test::prepare(session, &mut steps)?;
    steps.step("unused dependencies", || {
        tools::provide(session, &tools::MACHETE)?;
        session.run(workspace::cargo().args(["machete"]))
    })?;
    // Before anything is compiled: the binaries embed what comes out.
    test::scripts(session, &mut steps)?;
    steps.step("clippy", || {
        session.run(workspace::cargo().args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "--deny=warnings",
        ]))
    })?;
    steps.step("documentation", || {
        session.run(
            workspace::cargo()
                .args(["doc", "--workspace", "--no-deps"])
                .env("RUSTDOCFLAGS", "--deny=warnings"),
        )
    })?;
    test::rust(session, &mut steps, &[])
}
