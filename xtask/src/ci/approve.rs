//! `cargo xtask ci approve`: somebody says that a release may go on.
//!
//! In Jenkins its own dialogue asks, and this prints who said yes.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::sync::mpsc::{self, TryRecvError};
use std::thread;

use anyhow::{Context, Result, bail};

use super::artifacts::{self, Release};
use super::target::Environment;
use crate::process::Session;

#[derive(clap::Args)]
pub struct Args {
    /// The environment the release may go to
    #[arg(long = "to", value_name = "ENVIRONMENT", default_value = "prod")]
    environment: Environment,
    /// Say yes without being asked
    #[arg(long)]
    yes: bool,
    /// Who says it, for the log
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

/// # Errors
/// When there is no release, nobody can be asked, or the answer is not yes.
pub fn run(args: &Args, session: &Session) -> Result<()> {
    let release: Release = artifacts::read(&artifacts::release())?
        .context("there is no release to approve: run `cargo xtask ci images`")?;
    let environment = args.environment;
    println!("For {environment}:");
    for image in &release.images {
        println!("  {}", image.reference);
    }
    if release.images.is_empty() {
        println!("  no new image");
    }
    if !args.yes {
        if !io::stdin().is_terminal() {
            bail!("nobody can be asked here: say --yes");
        }
        print!("Release this to {environment}? Type yes: ");
        io::stdout().flush()?;
        if answer(session)?.trim() != "yes" {
            bail!("not approved");
        }
    }
    let by = args.by.as_deref().filter(|name| !name.is_empty());
    println!("Approved by {}.", by.unwrap_or("hand"));
    Ok(())
}

/// A line of the terminal; Ctrl-C is heard meanwhile.
fn answer(session: &Session) -> Result<String> {
    let (sender, line) = mpsc::channel();
    thread::spawn(move || {
        let mut line = String::new();
        // Without a line there is no yes.
        let _ = io::stdin().lock().read_line(&mut line);
        let _ = sender.send(line);
    });
    loop {
        match line.try_recv() {
            Ok(line) => return Ok(line),
            Err(TryRecvError::Disconnected) => return Ok(String::new()),
            Err(TryRecvError::Empty) if session.is_interrupted() => bail!("interrupted"),
            Err(TryRecvError::Empty) => {}
        }
    }
}
