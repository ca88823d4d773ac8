//! 4: each service is released under load, and a broken image goes back by itself.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use wing_edge::SERVICES;

use crate::bases::variant;
use crate::docker::run as docker;
use crate::load::{Load, People};
use crate::node::{MANAGER, NODES};
use crate::report::Report;
use crate::site::{STACK, images, parts, services};

/// Releases them, one after the other.
pub async fn run(people: &mut People) -> Result<Report> {
    let mut report = Report::of("4. Rolling releases under load");
    let mut all = parts(SERVICES);
    // It reaches all of them.
    all.push("edge".to_owned());
    for service in &all {
        let image = image_of(service)?;
        let next = variant(&image, "next", "LABEL release=next")?;
        people.refresh().await;
        // Of the edge there is one on each node, and for a moment none.
        let load = if service == "edge" {
            Load::by_name(people, &NODES)?
        } else {
            Load::begin(people, &NODES)?
        };
        let load = load.watched(people, &NODES)?;
        tokio::time::sleep(Duration::from_secs(2)).await;
        let began = Instant::now();
        let update = update(service, &next).await?;
        let took = began.elapsed();
        tokio::time::sleep(Duration::from_secs(2)).await;
        let tally = load.end().await?;
        report.bar(
            format!("{service}: released"),
            format!("{update} after {:.0} s", took.as_secs_f64()),
            "completed",
            update == "completed",
        );
        report.failed(format!("{service}: failed requests"), &tally, "0", 0);
        report.figure(
            format!("{service}: meanwhile"),
            format!(
                "{} plays whole, {} uploads whole, {} pieces resumed",
                tally.plays, tally.uploads, tally.resumed
            ),
        );
    }

    // It starts, and never becomes healthy.
    let image = image_of("music")?;
    let broken = variant(&image, "broken", "ENTRYPOINT [\"sleep\", \"600\"]\nCMD []")?;
    people.refresh().await;
    let load = Load::begin(people, &NODES)?;
    let began = Instant::now();
    let update = update("music", &broken).await?;
    let took = began.elapsed();
    let up = services()?;
    let up = up.iter().find(|one| one.name == "music").context("music")?;
    let whole = up.now == up.wanted;
    let tally = load.end().await?;
    report.bar(
        "a broken image of music",
        format!("{update} after {:.0} s", took.as_secs_f64()),
        "rollback_completed",
        update == "rollback_completed" && whole && image_now("music")?.contains(":next"),
    );
    report.failed("failed requests meanwhile", &tally, "0", 0);
    Ok(report)
}

/// The image that the last build made for a service.
pub(super) fn image_of(service: &str) -> Result<String> {
    let name = service.trim_end_matches("-worker");
    let all = images()?;
    let found = all.into_iter().find(|image| image.name == name);
    found.map(|image| image.reference).context("no such image")
}

/// The image that a service is to run.
pub(super) fn image_now(service: &str) -> Result<String> {
    docker(MANAGER.docker().args([
        "service",
        "inspect",
        "--format",
        "{{.Spec.TaskTemplate.ContainerSpec.Image}}",
        &format!("{STACK}_{service}"),
    ]))
}

/// Releases an image; how it ended.
pub(super) async fn update(service: &str, image: &str) -> Result<String> {
    let name = format!("{STACK}_{service}");
    docker(
        MANAGER
            .docker()
            .args([
                "service",
                "update",
                "--detach",
                "--quiet",
                "--with-registry-auth",
            ])
            .args(["--image", image, &name]),
    )?;
    let began = Instant::now();
    loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let state = docker(MANAGER.docker().args([
            "service",
            "inspect",
            "--format",
            "{{if .UpdateStatus}}{{.UpdateStatus.State}}{{end}}",
            &name,
        ]))?;
        let state = state.trim();
        let ended = matches!(
            state,
            "completed" | "paused" | "rollback_completed" | "rollback_paused"
        );
        if ended || began.elapsed() > Duration::from_secs(400) {
            return Ok(state.to_owned());
        }
    }
}
