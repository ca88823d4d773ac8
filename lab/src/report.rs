//! What the checks found, for the terminal and for `docs/lab.md`.

use std::fmt::Write as _;
use std::fs;

use anyhow::Result;

use crate::docker::sh;
use crate::host;
use crate::load::Tally;
use crate::site::images;
use crate::stack_files::kernel_encrypts;

/// One figure.
#[derive(Clone, Debug)]
struct Figure {
    what: String,
    measured: String,
    /// What was wanted, and whether it is so; none where nothing is set.
    bar: Option<(String, bool)>,
}

/// The figures of one check.
#[derive(Debug)]
pub struct Report {
    title: &'static str,
    figures: Vec<Figure>,
}

impl Report {
    /// A check's, without figures yet.
    pub fn of(title: &'static str) -> Self {
        eprintln!("\n── {title}");
        Self {
            title,
            figures: Vec::new(),
        }
    }

    /// A figure that nothing is asked of.
    pub fn figure(&mut self, what: impl Into<String>, measured: impl Into<String>) {
        self.push(what.into(), measured.into(), None);
    }

    /// A figure and what it has to be.
    pub fn bar(
        &mut self,
        what: impl Into<String>,
        measured: impl Into<String>,
        wanted: impl Into<String>,
        met: bool,
    ) {
        self.push(what.into(), measured.into(), Some((wanted.into(), met)));
    }

    /// What of a load failed, with the reasons on the terminal; `at_most` so many
    /// may.
    pub fn failed(&mut self, what: impl Into<String>, tally: &Tally, wanted: &str, at_most: usize) {
        let failed = tally.failures.len();
        let measured = format!("{failed} of {}", tally.good + failed);
        self.bar(what, measured, wanted, failed <= at_most);
        if failed > 0 {
            eprintln!("   {}", tally.reasons());
        }
    }

    fn push(&mut self, what: String, measured: String, bar: Option<(String, bool)>) {
        let verdict = match &bar {
            Some((wanted, true)) => format!("  (wanted {wanted}: met)"),
            Some((wanted, false)) => format!("  (wanted {wanted}: MISSED)"),
            None => String::new(),
        };
        eprintln!("   {what}: {measured}{verdict}");
        self.figures.push(Figure {
            what,
            measured,
            bar,
        });
    }

    /// How many bars were missed.
    pub fn missed(&self) -> usize {
        self.figures
            .iter()
            .filter(|figure| matches!(figure.bar, Some((_, false))))
            .count()
    }
}

const OPEN: &str = "This kernel has no ESP, so what goes between nodes was not encrypted.\n\n";

/// Writes `docs/lab.md`.
pub fn write(reports: &[Report]) -> Result<()> {
    let mut text = String::from(
        "# The stack on a Swarm of three nodes\n\n\
         One manager and two workers on one machine: three Docker engines, each in a network\n\
         namespace of its own, joined by a bridge. Made by `cargo xtask lab up` and\n\
         `cargo xtask lab test --write`; `cargo xtask lab down` ends it.\n\n",
    );
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let kernel = sh("uname -sr")?;
    let engine = sh("dockerd --version")?;
    let _ = writeln!(
        text,
        "{cores} cores for all of it, {}, {}; measured {}.\n\n\
         The load: two visitors by the edge of each node, ten requests a second each (pages, lists, \
         an own account, likes), one listener who hears a track in parts and compares its hash, and \
         one upload by tus after the other; in the fourth check an operator who looks at the \
         visualizer five times a second too. A failed request is one that got no answer, or another \
         than it should.\n",
        kernel.trim(),
        engine.trim(),
        sh("date -u +%Y-%m-%d")?.trim()
    );
    if !kernel_encrypts() {
        text.push_str(OPEN);
    }
    text.push_str(
        "## Images\n\nAll layers, unpacked; ffmpeg with what it needs is nearly all of music's and the \
         monolith's.\n\n| | MB |\n| --- | --- |\n",
    );
    for image in images()? {
        let size = image.bytes as f64 / 1e6;
        let _ = writeln!(text, "| {} | {size:.1} |", image.name);
    }
    text.push('\n');
    for report in reports {
        let _ = writeln!(
            text,
            "## {}\n\n| | measured | wanted |\n| --- | --- | --- |",
            report.title
        );
        for figure in &report.figures {
            let bar = match &figure.bar {
                Some((wanted, true)) => format!("{wanted}: met"),
                Some((wanted, false)) => format!("{wanted}: **missed**"),
                None => String::new(),
            };
            let _ = writeln!(text, "| {} | {} | {bar} |", figure.what, figure.measured);
        }
        text.push('\n');
    }
    fs::write(
        host::root().join("docs/lab.md"),
        text.trim_end().to_owned() + "\n",
    )?;
    Ok(())
}
