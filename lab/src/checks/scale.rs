//! 5: more replicas of music, and fewer again, under load and before the eyes of
//! the visualizer.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::Value;

use crate::docker::run as docker;
use crate::load::{Load, People};
use crate::node::{MANAGER, NODES};
use crate::report::Report;
use crate::site::STACK;

/// 2 → 4 → 2.
pub async fn run(people: &mut People) -> Result<Report> {
    let mut report = Report::of("5. Music from 2 to 4 replicas and back, under load");
    people.refresh().await;
    let load = Load::begin(people, &NODES)?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    for count in [4, 2] {
        let began = Instant::now();
        docker(MANAGER.docker().args([
            "service",
            "scale",
            "--detach",
            &format!("{STACK}_music={count}"),
        ]))?;
        let wanted = seen(people, began, |desired, _| desired == count).await?;
        report.bar(
            format!("the visualizer shows {count} wanted after"),
            format!("{:.1} s", wanted.as_secs_f64()),
            "2 s",
            wanted <= Duration::from_secs(2),
        );
        let running = seen(people, began, |_, running| running == count).await?;
        report.figure(
            format!("the visualizer shows {count} running after"),
            format!("{:.1} s", running.as_secs_f64()),
        );
    }
    // Those that leave have finished what they were at.
    tokio::time::sleep(Duration::from_secs(20)).await;
    let tally = load.end().await?;
    report.failed("failed requests", &tally, "0", 0);
    Ok(report)
}

/// Looks at the visualizer until music is as `holds` says of what is wanted and
/// what runs; how long after `began` that was.
async fn seen(
    people: &People,
    began: Instant,
    holds: impl Fn(u64, u64) -> bool,
) -> Result<Duration> {
    while began.elapsed() < Duration::from_secs(120) {
        let snapshot = people
            .admin
            .get("/visualizer/snapshot.json")
            .await
            .expect(200)
            .json();
        let music = snapshot["services"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|one| one["name"] == "music" || one["name"] == format!("{STACK}_music"))
            .cloned()
            .unwrap_or(Value::Null);
        let number = |key: &str| music[key].as_u64().unwrap_or(u64::MAX);
        if holds(number("desired"), number("running")) {
            return Ok(began.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    bail!("the visualizer never showed it")
}
