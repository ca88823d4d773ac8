//! `cargo xtask with-postgres -- COMMAND`: one command beside a PostgreSQL
//! server to throw away, for working on a single crate.

use std::ffi::OsString;
use std::process::Command;

use anyhow::{Result, bail};

use crate::postgres::Server;
use crate::process::Session;

#[derive(clap::Args)]
pub struct Args {
    /// The program and its arguments, such as: cargo nextest run -p wing-kit
    #[arg(last = true, required = true)]
    command: Vec<OsString>,
}

/// # Errors
/// When no server is installed, or the command fails.
pub fn run(args: &Args, session: &Session) -> Result<()> {
    let Some((program, rest)) = args.command.split_first() else {
        bail!("which command?");
    };
    let server = Server::start(session)?;
    session.run(
        Command::new(program)
            .args(rest)
            .env("WING_TEST_POSTGRES", server.url())
            .env("WING_TEST_DATABASE", "postgres"),
    )
}
