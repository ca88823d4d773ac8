//! 2: one task of each service is killed under load.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use wing_edge::SERVICES;

use crate::docker::{run as docker, wait};
use crate::load::{Load, People};
use crate::node::NODES;
use crate::report::Report;
use crate::site::{containers, healthy, parts, services};

/// More than were at one replica at once: what was in flight there is lost with it.
const IN_FLIGHT: usize = 8;

/// Kills them, one after the other.
pub async fn run(people: &mut People) -> Result<Report> {
    let mut report = Report::of("2. A task of each service is killed under load");
    let mut all = parts(SERVICES);
    all.extend(["nats", "garage"].map(str::to_owned));
    for service in &all {
        people.refresh().await;
        let load = Load::begin(people, &NODES)?;
        tokio::time::sleep(Duration::from_secs(3)).await;
        let victim = containers(service)?.pop().context("nothing to kill")?;
        let began = Instant::now();
        docker(victim.node.docker().args(["kill", &victim.id]))?;
        wait("Swarm brings it back", Duration::from_secs(120), || {
            let all = services()?;
            let one = all
                .iter()
                .find(|one| one.name == *service)
                .context("gone")?;
            let there = match service.as_str() {
                // They have no word for how they are.
                "nats" | "garage" => containers(service)?,
                _ => healthy(service)?,
            };
            let others = there.iter().filter(|one| one.id != victim.id).count();
            Ok(one.now == one.wanted && others >= one.wanted)
        })?;
        let back = began.elapsed();
        tokio::time::sleep(Duration::from_secs(2)).await;
        let tally = load.end().await?;
        report.figure(
            format!("{service}: back after"),
            format!("{:.1} s", back.as_secs_f64()),
        );
        report.failed(
            format!("{service}: failed requests"),
            &tally,
            &format!("none but those in flight there (at most {IN_FLIGHT})"),
            IN_FLIGHT,
        );
    }
    Ok(report)
}
