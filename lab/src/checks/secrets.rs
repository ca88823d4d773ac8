//! 7: no secret in an environment, a log or a layer of an image.

use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::docker::run as docker;
use crate::node::{MANAGER, NODES};
use crate::report::Report;
use crate::secrets;
use crate::site::images;

/// Looks everywhere for every one of them.
pub fn run() -> Result<Report> {
    let mut report = Report::of("7. Secrets show nowhere");
    let needles = needles()?;
    let found = |text: &str| -> Vec<String> {
        let shown = |(_, value): &&(String, String)| text.contains(value.as_str());
        needles
            .iter()
            .filter(shown)
            .map(|(name, _)| name.clone())
            .collect()
    };

    let (mut environments, mut logs, mut shown) = (0, 0, Vec::new());
    for node in NODES {
        let ids = docker(node.docker().args(["ps", "--all", "--quiet"]))?;
        for id in ids.split_whitespace() {
            // One that ended meanwhile is gone with what it said.
            if let Ok(inspected) = docker(node.docker().args(["inspect", id])) {
                environments += 1;
                shown.extend(found(&inspected));
            }
            let said = node.docker().args(["logs", id]).output()?;
            logs += said.stdout.len() + said.stderr.len();
            shown.extend(found(&String::from_utf8_lossy(&said.stdout)));
            shown.extend(found(&String::from_utf8_lossy(&said.stderr)));
        }
    }
    let specs = docker(MANAGER.docker().args(["service", "ls", "--quiet"]))?;
    for id in specs.split_whitespace() {
        shown.extend(found(&docker(
            MANAGER.docker().args(["service", "inspect", id]),
        )?));
    }
    report.bar(
        format!(
            "{} secrets in {environments} containers' settings and {} kB of logs",
            needles.len(),
            logs / 1000
        ),
        if shown.is_empty() {
            "none".to_owned()
        } else {
            shown.join(", ")
        },
        "none",
        shown.is_empty(),
    );

    let mut shown = Vec::new();
    let all = images()?;
    for image in &all {
        let mut save = MANAGER
            .docker()
            .args(["save", &image.reference])
            .stdout(Stdio::piped())
            .spawn()?;
        let tar = save.stdout.take().context("the image")?;
        let patterns = needles
            .iter()
            .flat_map(|(_, value)| ["-e".to_owned(), value.clone()]);
        let grep = Command::new("grep")
            .args(["--text", "--count", "--fixed-strings"])
            .args(patterns)
            .stdin(tar)
            .output()?;
        save.wait()?;
        if String::from_utf8_lossy(&grep.stdout).trim() != "0" {
            shown.push(image.reference.clone());
        }
    }
    report.bar(
        format!("secrets in the layers of {} images", all.len()),
        if shown.is_empty() {
            "none".to_owned()
        } else {
            shown.join(", ")
        },
        "none",
        shown.is_empty(),
    );
    Ok(report)
}

/// What to look for: of a longer secret a line that nothing else has.
fn needles() -> Result<Vec<(String, String)>> {
    let all = secrets::all()?;
    Ok(all
        .into_iter()
        .filter_map(|(name, value)| {
            // The certificate is shown to everybody who asks, and an access key's
            // id is a name: the store logs who asked.
            let line = value
                .lines()
                .filter(|line| !line.starts_with("-----"))
                .max_by_key(|line| line.len())?
                .to_owned();
            (!["tls_certificate", "s3_access_key_id"].contains(&name.as_str()))
                .then_some((name, line))
        })
        .collect())
}
