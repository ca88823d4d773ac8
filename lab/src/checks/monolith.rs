//! 9: the whole site in one process, as a stack of its own beside the other.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::pipeline::{beside_url, make_secrets, remove, settings_beside, stage};
use crate::docker::run as docker;
use crate::node::MANAGER;
use crate::report::Report;
use crate::secrets;
use crate::stack_files::StackFiles;

const BESIDE: &str = "wing-one";

/// Brings it up, visits it, takes it away.
pub fn run() -> Result<Report> {
    let mut report = Report::of("9. The monolith as a stack");
    let files = StackFiles::copy()?;
    make_secrets(&files, BESIDE, &["--monolith"])?;
    docker(
        MANAGER
            .docker()
            .args(["node", "update", "--label-add", "wing.files=true"])
            .args(["--label-add", "wing.db=true", MANAGER.name]),
    )?;
    let settings = settings_beside(&files, BESIDE)?;
    let began = Instant::now();
    // What the pipeline made in the check before is what it brings.
    let deployed = docker(
        stage(&["deploy", "--to", "qa", "--stack", BESIDE, "--file"])
            .arg(files.path("stack.monolith.yml"))
            .arg("--env-file")
            .arg(&settings),
    );
    report.bar(
        "deployed, and all of it runs",
        format!("after {:.0} s", began.elapsed().as_secs_f64()),
        "within 300 s",
        deployed.is_ok() && began.elapsed() < Duration::from_secs(300),
    );
    deployed?;
    let visited = docker(
        stage(&["smoke", "--to", "qa", "--url", &beside_url(), "--ca"])
            .arg(secrets::authority())
            .arg("--env-file")
            .arg(&settings),
    );
    let output = visited.as_deref().unwrap_or_default();
    report.bar(
        "the smoke test",
        output.lines().last().unwrap_or_default(),
        "passes",
        visited.is_ok(),
    );
    visited?;
    remove(BESIDE)?;
    Ok(report)
}
