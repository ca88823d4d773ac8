//! `cargo xtask lab`: the stack on a real Swarm of three nodes, on this machine.

use std::ffi::OsString;

use anyhow::Result;

use crate::process::Session;
use crate::{machine, workspace};

#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Args {
    /// up, test or down, with their options; see --help
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<OsString>,
}

/// # Errors
/// When something is missing that cannot be installed, or a check fails.
pub fn run(args: &Args, session: &Session) -> Result<()> {
    if args.rest.first().is_some_and(|task| task == "up") {
        machine::provide(session, &machine::LAB)?;
    }
    session.run(
        workspace::cargo()
            .args(["run", "--quiet", "--package", "wing-lab", "--"])
            .args(&args.rest)
            // How the suite finds the site of the lab.
            .env("WING_TEST_SITE", "https://wing.lab")
            .env("WING_TEST_AUTHORITY", "/var/lib/wing-lab/authority.pem")
            .env("WING_TEST_ADDRESS", "10.77.0.11:443"),
    )
}
