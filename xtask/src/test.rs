//! `cargo xtask test`: every test, on both databases.

use std::ffi::OsString;
use std::num::NonZero;
use std::process::Command;
use std::{fs, io};

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
    rust(session, &mut steps, &args.filter, Reports::InCi)
}

/// When each run of the tests also writes what a build server reads: JUnit, at
/// `target/nextest/*/junit.xml`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Reports {
    /// Where the environment has `CI`.
    InCi,
    /// Anywhere.
    Always,
}

/// What the monolith is asked on PostgreSQL: queries, what several do at once, events
/// and jobs. All else runs on the monolith with SQLite, and once more on the services,
/// which have PostgreSQL.
const ABOUT_THE_DATABASE: &str = "package(wing-suite) and \
     test(/^(albums|artists|concurrency|events|listening|lists|operation|processing|search|sessions|sitemap)::/)";

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
pub fn rust(
    session: &Session,
    steps: &mut Steps,
    filter: &[OsString],
    reports: Reports,
) -> Result<()> {
    let run = |name: &str, server: &Server, database: &str| {
        let mut command = nextest(server, database);
        if reports == Reports::Always || std::env::var_os("CI").is_some() {
            command.args(["--profile", &format!("ci-{name}")]);
        }
        command
    };
    clear_reports()?;
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
            run("postgres", &server, "postgres")
                // A filter instead of --package, which would compile shared
                // crates again with other features.
                .args(["-E", ABOUT_THE_DATABASE])
                .args(filter),
        )
    });
    // What runs the monolith's program, reads the source tree, or is about files or
    // the look of a page alone is the same in both shapes.
    let in_services = steps.step("the suite on the services behind nginx", || {
        session.run(
            run("split", &server, "postgres")
                .env("WING_TEST_SHAPE", "split")
                .args([
                    "-E",
                    "package(wing-suite) and not \
                     test(/^(accessible|edges|faults|memory|object_store|bad_files|contracts|recorded|prefixes|tls)::/)",
                ])
                .args(filter),
        )
    });
    steps.report();
    eprintln!("\n── every test, the suite on SQLite");
    let on_sqlite = session.run(run("sqlite", &server, "sqlite").args(filter));
    on_postgres.and(in_services).and(on_sqlite)
}

/// Cargo's test runner over the workspace, with the databases to use.
fn nextest(server: &Server, database: &str) -> Command {
    let mut command = workspace::cargo();
    // Most tests of the suite wait: for a server, a browser, sound that plays. With one
    // test for each core a third of the machine's time was idle.
    let cores = std::thread::available_parallelism().map_or(2, NonZero::get);
    let at_once = (3 * cores).div_ceil(2);
    command
        .args(["nextest", "run", "--workspace", "--no-tests=pass"])
        .arg(format!("--test-threads={at_once}"))
        .env("WING_TEST_POSTGRES", server.url())
        .env("WING_TEST_DATABASE", database)
        .env("WING_TEST_BIN", workspace::wing(false));
    command
}

/// Deletes the reports of earlier runs, so that nobody takes them for this one's.
fn clear_reports() -> Result<()> {
    // Where nextest puts them, whatever cargo's target directory is.
    let Ok(profiles) = fs::read_dir(workspace::root().join("target/nextest")) else {
        return Ok(());
    };
    for profile in profiles {
        match fs::remove_file(profile?.path().join("junit.xml")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}
