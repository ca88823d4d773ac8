//! `cargo xtask bench`: the benchmarks, with what they compare against.

use std::ffi::OsString;

use anyhow::Result;

use crate::postgres::Server;
use crate::process::Session;
use crate::{machine, workspace};

#[derive(clap::Args)]
pub struct Args {
    /// Passed on to the package wing-bench; try --help after two dashes
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub rest: Vec<OsString>,
}

/// # Errors
/// When something is missing or the benchmark fails.
pub fn run(args: &Args, session: &Session) -> Result<()> {
    machine::provide(session, &machine::BENCH)?;
    let server = Server::start(session)?;
    let mut build = workspace::cargo();
    build.args(["build", "--release", "--package", "wing-bench"]);
    for program in ["wing-monolith", "wing-user-service", "wing-music-service"] {
        build.args(["--package", program]);
    }
    session.run(&mut build)?;
    session.run(
        workspace::cargo()
            .args(["run", "--release", "--package", "wing-bench", "--"])
            .args(&args.rest)
            .env("WING_BENCH_POSTGRES", server.url()),
    )
}
