//! Speed and memory of the whole site, measured from outside over HTTP.
//!
//! `cargo xtask bench` runs everything and writes `docs/benchmarks.md`;
//! `cargo xtask bench -- api --quick` shows one area for a few seconds.
//!
//! Each comparison takes both of its sides in the same run, in turns: the
//! server on one core with one worker, the load on the other. [`areas`] has one
//! file per subject; beside them is what they share: the server under test
//! ([`site`],
//! [`serve`], [`shapes`]), its content ([`seed`]), load ([`wrk`], [`paced`]),
//! what a process costs ([`process`]), and the report ([`report`]).
//!
//! Nothing of the product may live here, and no figure may be written by hand.

mod areas;
mod bench;
mod client;
mod machine;
mod nginx;
mod paced;
mod process;
mod readers;
mod report;
mod seed;
mod series;
mod serve;
mod shapes;
mod site;
mod wrk;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::areas::Area;

// As the site's own binary has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures speed and memory.
#[derive(Parser)]
#[command(name = "cargo xtask bench --")]
struct Cli {
    /// What to measure; everything when nothing is named
    areas: Vec<Area>,
    /// Few and short runs: shows that it works, not how fast
    #[arg(long)]
    quick: bool,
    /// Write docs/benchmarks.md also when only some areas or --quick were asked for
    #[arg(long)]
    write: bool,
    /// Be the server under test, with fixed answers from this directory
    #[arg(long, hide = true)]
    serve: Option<PathBuf>,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.serve {
        Some(answers) => serve::run(answers),
        None => areas::run(&cli.areas, cli.quick, cli.write),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}
