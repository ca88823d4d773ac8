//! `cargo xtask test`: every test, on both databases.

use std::ffi::OsString;
use std::process::Command;

use anyhow::Result;

use crate::postgres::Server;
use crate::process::Session;
use crate::steps::Steps;
use crate::{assets, machine, tools, workspace};

#[derive(clap::Args)]
pub struct Args {
    /// Passed on to cargo nextest: names, or a filter with -E
    #[arg(last = true)]
    pub filter: Vec<OsString>,
}

/// # Errors
/// When something is missing that cannot be installed, or a test fails.
pub fn run(args: &Args, session: &Session) -> Result<()> {
    let mut steps = Steps::default();
    prepare(session, &mut steps)?;
    scripts(session, &mut steps)?;
    rust(session, &mut steps, &args.filter)
}

/// Installs what all tests need.
///
/// # Errors
/// When something is missing that cannot be installed.
pub fn prepare(session: &Session, steps: &mut Steps) -> Result<()> {
    steps.step("programs the tests need", || {
        machine::provide(
            session,
            machine::BUILD
                .iter()
                .chain(&machine::NODE)
                .chain(&machine::TEST),
        )?;
        tools::provide(session, &tools::NEXTEST)
    })
}

/// Checks and builds the scripts, which the browser tests then use.
///
/// # Errors
/// When npm fails.
pub fn scripts(session: &Session, steps: &mut Steps) -> Result<()> {
    steps.step("npm dependencies", || assets::install(session))?;
    steps.step("types of the scripts", || assets::check(session))?;
    steps.step("scripts and styles", || assets::build(session))
}

/// Runs the Rust tests. The whole workspace comes last, so that the last
/// lines printed are its summary.
///
/// # Errors
/// When something does not compile or a test fails.
pub fn rust(session: &Session, steps: &mut Steps, filter: &[OsString]) -> Result<()> {
    // Programs and tests in one go: the suite starts the site's own binary,
    // and asking for them apart would compile shared crates twice.
    steps.step("compile programs and tests", || {
        session.run(workspace::cargo().args(["build", "--workspace", "--bins", "--tests"]))
    })?;
    if filter.is_empty() {
        steps.step("examples in the documentation", || {
            session.run(workspace::cargo().args(["test", "--workspace", "--doc", "--quiet"]))
        })?;
    }
    let server = steps.step("start PostgreSQL", || Server::start(session))?;

    // The other run is worth having even if this one fails.
    let on_postgres = steps.step("the suite on PostgreSQL", || {
        session.run(
            nextest(&server, "postgres")
                // A filter instead of --package, which would compile shared
                // crates again with other features.
                .args(["-E", "package(wing-suite) and not binary(browser)"])
                .args(filter),
        )
    });
    // What runs the monolith's program, reads the source tree or is about files
    // alone is the same in both shapes.
    let in_services = steps.step("the suite on the services behind nginx", || {
        session.run(
            nextest(&server, "postgres")
                .env("WING_TEST_SHAPE", "split")
                .args([
                    "-E",
                    "package(wing-suite) and not \
                     test(/^(edges|faults|memory|object_store|bad_files|contracts|recorded|prefixes|tls)::/)",
                ])
                .args(filter),
        )
    });
    steps.report();
    eprintln!("\n── every test, the suite on SQLite");
    let on_sqlite = session.run(nextest(&server, "sqlite").args(filter));
    on_postgres.and(in_services).and(on_sqlite)
}

/// Cargo's test runner over the workspace, told which databases to use.
fn nextest(server: &Server, database: &str) -> Command {
    let mut command = workspace::cargo();
    command
        .args(["nextest", "run", "--workspace", "--no-tests=pass"])
        .env("WING_TEST_POSTGRES", server.url())
        .env("WING_TEST_DATABASE", database)
        .env("WING_TEST_BIN", workspace::wing(false));
    if std::env::var_os("CI").is_some() {
        command.args(["--profile", "ci"]);
    }
    command
}
