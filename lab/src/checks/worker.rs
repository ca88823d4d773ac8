//! 3: a worker is lost, and comes back.

use std::time::{Duration, Instant};

use anyhow::Result;
use wing_edge::SERVICES;
use wing_suite::text;

use crate::docker::{run as docker, wait};
use crate::load::{Load, People};
use crate::node::{MANAGER, NODES, Node};
use crate::report::Report;
use crate::site::{STACK, containers, parts, services, wait_until_whole};

/// The longest that failures may go on after the loss.
const WITHIN: Duration = Duration::from_secs(30);

/// Pulls its cable, and plugs it in again.
pub async fn run(people: &mut People) -> Result<Report> {
    let mut report = Report::of("3. A worker is lost and comes back");
    let lost = NODES[2];
    people.refresh().await;
    let load = Load::begin(people, &NODES[..2])?;
    tokio::time::sleep(Duration::from_secs(3)).await;

    let cut_at = load.elapsed();
    let began = Instant::now();
    lost.cut()?;
    let noticed = wait("the manager notices", Duration::from_secs(60), || {
        Ok(state(lost)? == "down")
    })?;
    report.figure("the manager says it is down after", seconds(noticed));
    // Those of every node can be nowhere else.
    let elsewhere = SERVICES.iter().filter(|one| !one.on_managers);
    let elsewhere: Vec<_> = elsewhere.copied().collect();
    let mut spread = parts(&elsewhere);
    spread.push("storage-join".to_owned());
    wait("its tasks run elsewhere", Duration::from_secs(120), || {
        let all = services()?;
        let enough = |name: &str| {
            let elsewhere = containers_on(name, &NODES[..2]).unwrap_or(0);
            all.iter()
                .any(|one| one.name == name && elsewhere >= one.wanted)
        };
        Ok(spread.iter().all(|name| enough(name)))
    })?;
    report.figure(
        "all of its tasks run elsewhere after",
        seconds(began.elapsed()),
    );
    let rest = Duration::from_secs(45).saturating_sub(began.elapsed());
    tokio::time::sleep(rest).await;
    let tally = load.end().await?;
    let last = tally.failures.iter().map(|failure| failure.after).max();
    let on = last.map_or(Duration::ZERO, |last| last.saturating_sub(cut_at));
    report.bar(
        "the last failed request after",
        seconds(on),
        format!("{} s", WITHIN.as_secs()),
        on <= WITHIN,
    );
    report.figure("under load, by the two that are left", tally.summary());
    if !tally.failures.is_empty() {
        eprintln!("   {}", tally.reasons());
    }
    let path = format!("/api/v1/tracks/{}/stream", text(&people.track["id"]));
    let heard = people.fan.get(&path).await;
    report.bar(
        "the track is there without it",
        format!("{} with {} bytes", heard.status, heard.body.len()),
        "200",
        heard.status == 200,
    );

    let began = Instant::now();
    lost.join()?;
    wait("it is back", Duration::from_secs(120), || {
        Ok(state(lost)? == "ready")
    })?;
    wait_until_whole(Duration::from_secs(180))?;
    report.figure("back, and whole again, after", seconds(began.elapsed()));
    // Swarm moves nothing by itself; what is started next goes where room is.
    docker(MANAGER.docker().args([
        "service",
        "update",
        "--force",
        "--quiet",
        &format!("{STACK}_music"),
    ]))?;
    let used = containers_on("music", &NODES[2..])?;
    report.bar(
        "replicas of music there after the next update",
        used.to_string(),
        "1 or more",
        used >= 1,
    );
    Ok(report)
}

/// What the manager says of a node.
fn state(node: Node) -> Result<String> {
    let mut inspect = MANAGER.docker();
    inspect.args([
        "node",
        "inspect",
        "--format",
        "{{.Status.State}}",
        node.name,
    ]);
    Ok(docker(&mut inspect)?.trim().to_owned())
}

fn containers_on(service: &str, nodes: &[Node]) -> Result<usize> {
    let all = containers(service)?;
    let there = |name: &str| nodes.iter().any(|node| node.name == name);
    Ok(all.iter().filter(|one| there(one.node.name)).count())
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
