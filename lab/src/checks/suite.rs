//! 1: the suite, and a walk in a browser, through the edge of each node.

use std::process::Command;

use anyhow::Result;

use crate::host;
use crate::node::NODES;
use crate::report::Report;

/// What of the suite applies to a site that runs already: tests of what people
/// and programs see, not those that set up a site, stop its parts or look into
/// its database, or that expect to find it empty.
const FILTER: &str = "package(wing-suite) and binary(wing_suite) and \
    test(/^(albums|artists|pictures|recorded|tracks)::/) and \
    not test(/admin_manages|made_read_and_changed|names_that_are_taken/) and \
    not test(/takes_albums_and_tracks_along|taken_back_and_published_again/)";
/// The walk: somebody signs up, uploads, and somebody else finds and hears it.
const WALK: &str = "package(wing-suite) and binary(browser) and \
    test(a_musician_uploads_and_a_fan_finds_it_and_listens)";

/// Runs them.
pub fn run() -> Result<Report> {
    let mut report = Report::of("1. The suite and a browser, by the edge of each node");
    for node in NODES {
        for (what, filter) in [("contract suite", FILTER), ("walk in a browser", WALK)] {
            let output = Command::new("cargo")
                .current_dir(host::root())
                .args([
                    "nextest",
                    "run",
                    "--workspace",
                    "--no-fail-fast",
                    "-E",
                    filter,
                ])
                .args(["--test-threads", "4", "--status-level", "fail"])
                .env("WING_TEST_ADDRESS", format!("{}:443", node.address))
                .output()?;
            let log = String::from_utf8_lossy(&output.stderr).into_owned();
            let summary = log
                .lines()
                .rev()
                .find(|line| line.contains("Summary"))
                .unwrap_or("no summary")
                .trim()
                .to_owned();
            if !output.status.success() {
                eprintln!("{log}");
            }
            report.bar(
                format!("{what} by {}", node.name),
                summary.trim_start_matches("Summary").trim(),
                "all pass",
                output.status.success(),
            );
        }
    }
    Ok(report)
}
