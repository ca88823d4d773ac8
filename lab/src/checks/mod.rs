//! What has to hold on a Swarm, one file a subject.

mod monolith;
mod pipeline;
mod release;
mod replicas;
mod restore;
mod scale;
mod secrets;
mod suite;
mod worker;

use anyhow::{Result, ensure};

use crate::load::People;
use crate::report::{self, Report};
use crate::site;

/// Runs the checks of these numbers, all when none is named.
pub async fn run(only: &[u8], write: bool) -> Result<()> {
    let wanted = |number: u8| only.is_empty() || only.contains(&number);
    let patience = std::time::Duration::from_secs(120);
    site::wait_until_whole(patience)?;
    let mut reports: Vec<Report> = Vec::new();
    if wanted(1) {
        reports.push(suite::run()?);
    }
    let mut people = People::gather().await?;
    if wanted(2) {
        reports.push(replicas::run(&mut people).await?);
    }
    if wanted(3) {
        reports.push(worker::run(&mut people).await?);
    }
    if wanted(4) {
        reports.push(release::run(&mut people).await?);
    }
    if wanted(5) {
        reports.push(scale::run(&mut people).await?);
    }
    if wanted(6) {
        reports.push(restore::run(&mut people).await?);
    }
    if wanted(7) {
        reports.push(secrets::run()?);
    }
    if wanted(8) {
        reports.push(pipeline::run(&mut people).await?);
    }
    if wanted(9) {
        reports.push(monolith::run()?);
    }
    if write {
        report::write(&reports)?;
    }
    let missed: usize = reports.iter().map(Report::missed).sum();
    ensure!(missed == 0, "{missed} figures are not as they should be");
    eprintln!("\nAll checks hold.");
    Ok(())
}
