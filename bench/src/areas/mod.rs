//! What is measured, one subject a file.

pub mod api;
mod cold;
mod ingest;
mod login;
mod memory;
mod soak;
mod split;
mod streaming;
mod upload;

use anyhow::Result;
use clap::ValueEnum;

use crate::bench::Bench;
use crate::machine;
use crate::report::{Document, Section};

/// A subject to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Area {
    /// Ranges of a file, against nginx; and files that are not in memory
    Streaming,
    /// Lists and single tracks, against fixed answers
    Api,
    /// Start, idle, and under several loads
    Memory,
    /// tus, against a handler that only writes
    Upload,
    /// Processing of a new track, alone and beside requests
    Ingest,
    /// Log-ins, alone and beside requests
    Login,
    /// The services behind nginx, against the monolith behind it
    Split,
    /// Ten minutes of everything
    Soak,
}

impl Area {
    fn measure(self, bench: &Bench) -> Result<Section> {
        match self {
            Self::Streaming => streaming::measure(bench),
            Self::Api => api::measure(bench),
            Self::Memory => memory::measure(bench),
            Self::Upload => upload::measure(bench),
            Self::Ingest => ingest::measure(bench),
            Self::Login => login::measure(bench),
            Self::Split => split::measure(bench),
            Self::Soak => soak::measure(bench),
        }
    }
}

/// Measures the areas, prints each, and writes the report when all were asked
/// for, or `write` was.
///
/// # Errors
/// When a program is missing, a server does not start or an answer is wrong.
pub fn run(areas: &[Area], quick: bool, write: bool) -> Result<()> {
    let all = areas.is_empty();
    let areas = if all { Area::value_variants() } else { areas };
    let busy = machine::load_average();
    let bench = Bench::prepare(quick)?;
    let path = machine::source_tree().join("docs/benchmarks.md");
    let mut document = Document::read(&path);
    for area in areas {
        eprintln!("── {area:?}");
        let mut section = area.measure(&bench)?;
        section.say(&format!(
            "The machine's load average before this run was {busy}; with much above 0, others took \
             processor time from both sides, which the p99 shows first."
        ));
        println!("\n{section}");
        document.put(&section);
        if write || (all && !quick) {
            document.write(&path, &machine::description())?;
        }
    }
    Ok(())
}
