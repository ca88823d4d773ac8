//! `cargo xtask admin EMAIL`: the first admin of a site.

use anyhow::Result;

use crate::process::Session;
use crate::run::Site;

#[derive(clap::Args)]
pub struct Args {
    /// The address the account signed up with
    email: String,
    #[command(flatten)]
    site: Site,
}

/// # Errors
/// When the build fails or the account does not exist.
pub fn run(args: &Args, session: &Session) -> Result<()> {
    args.site.build(session)?;
    let mut command = args.site.wing()?;
    session.run(command.args(["admin", "grant", &args.email]))
}
