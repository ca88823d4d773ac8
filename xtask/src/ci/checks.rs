//! Checks and tests: all of them (`cargo xtask ci`), or as the stages `lint`
//! and `test`, which two agents run side by side.

use anyhow::Result;

use crate::process::Session;
use crate::steps::Steps;
use crate::test::Reports;
use crate::{machine, test, tools, workspace};

/// Every check and every test, cheap checks first.
///
/// # Errors
/// When any check fails; the checks after it do not run.
pub fn everything(session: &Session) -> Result<()> {
    let mut steps = Steps::default();
    format(session, &mut steps)?;
    test::prepare(session, &mut steps)?;
    unused_dependencies(session, &mut steps)?;
    // Before anything is compiled: the binaries embed what comes out.
    test::scripts(session, &mut steps)?;
    clippy(session, &mut steps)?;
    documentation(session, &mut steps)?;
    test::rust(session, &mut steps, &[], Reports::InCi)
}

/// What can be said without running the product.
///
/// # Errors
/// When any check fails; the checks after it do not run.
pub fn lint(session: &Session) -> Result<()> {
    let mut steps = Steps::default();
    format(session, &mut steps)?;
    steps.step("programs the checks need", || {
        machine::provide(session, machine::BUILD.iter().chain(&machine::NODE))
    })?;
    unused_dependencies(session, &mut steps)?;
    test::scripts(session, &mut steps)?;
    clippy(session, &mut steps)?;
    documentation(session, &mut steps)?;
    steps.report();
    Ok(())
}

/// Every test, with a JUnit report of each run.
///
/// # Errors
/// When something does not compile or a test fails.
pub fn tests(session: &Session) -> Result<()> {
    let mut steps = Steps::default();
    test::prepare(session, &mut steps)?;
    test::scripts(session, &mut steps)?;
    test::rust(session, &mut steps, &[], Reports::Always)
}

fn format(session: &Session, steps: &mut Steps) -> Result<()> {
    steps.step("format", || {
        session.run(workspace::cargo().args(["fmt", "--all", "--check"]))
    })
}

fn unused_dependencies(session: &Session, steps: &mut Steps) -> Result<()> {
    steps.step("unused dependencies", || {
        tools::provide(session, &tools::MACHETE)?;
        session.run(workspace::cargo().args(["machete"]))
    })
}

fn clippy(session: &Session, steps: &mut Steps) -> Result<()> {
    steps.step("clippy", || {
        session.run(workspace::cargo().args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "--deny=warnings",
        ]))
    })
}

fn documentation(session: &Session, steps: &mut Steps) -> Result<()> {
    steps.step("documentation", || {
        session.run(
            workspace::cargo()
                .args(["doc", "--workspace", "--no-deps"])
                .env("RUSTDOCFLAGS", "--deny=warnings"),
        )
    })
}
