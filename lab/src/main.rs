//! A real Swarm of one manager and two workers on this machine, and what has to
//! hold on it.
//!
//! `cargo xtask lab up` starts three Docker engines, each in a network namespace
//! of its own, joined by a bridge ([`node`], [`host`]); gives them images
//! ([`bases`]) and the stack ([`site`]). `cargo xtask lab test` runs
//! [`checks`] under load ([`load`]) and prints their figures. `cargo xtask lab
//! down` leaves nothing behind.
//!
//! Nothing of the product may live here.

mod bases;
mod checks;
mod daemon;
mod docker;
mod host;
mod load;
mod node;
mod report;
mod secrets;
mod site;
mod stack_files;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// A three-node Swarm on one machine.
#[derive(Parser)]
#[command(name = "cargo xtask lab")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Start engines and registry, build the images, deploy the stack, wait until it is ready
    Up {
        /// Build our programs without optimisations
        #[arg(long)]
        debug: bool,
    },
    /// Build the images again and bring the stack of a lab that is up to them
    Deploy {
        /// Build our programs without optimisations
        #[arg(long)]
        debug: bool,
    },
    /// Run the checks on a lab that is up
    Test {
        /// Only these, by number
        #[arg(long, value_delimiter = ',')]
        only: Vec<u8>,
        /// Write docs/lab.md
        #[arg(long)]
        write: bool,
    },
    /// Stop everything and leave nothing
    Down,
}

fn main() -> ExitCode {
    match perform(Cli::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("lab: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(task: Task) -> Result<()> {
    match task {
        Task::Up { debug } => site::up(debug),
        Task::Deploy { debug } => site::renew(debug),
        Task::Test { only, write } => tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?
            .block_on(checks::run(&only, write)),
        Task::Down => host::down(),
    }
}
