//! 6: a backup, the loss of everything, and a restore.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use sha2::{Digest as _, Sha256};
use wing_edge::{Database, SERVICES};
use wing_suite::{Client, text};

use crate::docker::{run as docker, wait};
use crate::host::{empty_databases, psql};
use crate::load::People;
use crate::node::{MANAGER, NODES};
use crate::report::Report;
use crate::site::{self, STACK, containers};

/// What is counted, by service and table.
const COUNTED: [(&str, &str); 5] = [
    ("user", "users"),
    ("music", "artists"),
    ("music", "tracks"),
    ("music", "likes"),
    ("music", "plays"),
];

/// What a site has: counts of rows, and a hash of every sound.
#[derive(PartialEq)]
struct Stock {
    rows: Vec<String>,
    sounds: Vec<(String, String)>,
}

/// Makes one, destroys every volume, and puts it back.
pub async fn run(people: &mut People) -> Result<Report> {
    let mut report = Report::of("6. Backup, loss of every volume, restore");
    people.refresh().await;
    let id = text(&people.track["id"]);
    people.fan.put(&format!("/api/v1/likes/{id}"), "").await;
    let before = stock(&people.fan).await?;

    let began = Instant::now();
    let said = in_backup("backup.sh")?;
    report.figure("backup made in", seconds(began.elapsed()));
    for line in said.lines() {
        if let Some((_, message)) = line.split_once("\"message\":\"") {
            report.figure("it says", message.trim_end_matches("\"}"));
        }
    }

    docker(MANAGER.docker().args(["stack", "rm", STACK]))?;
    wait("everything has ended", Duration::from_secs(180), || {
        let mut left = 0;
        for node in NODES {
            left += docker(node.docker().args(["ps", "--quiet"]))?
                .lines()
                .count();
        }
        left +=
            docker(
                MANAGER
                    .docker()
                    .args(["network", "ls", "--quiet", "--filter", "name=wing_"]),
            )?
            .lines()
            .count();
        Ok(left == 0)
    })?;
    let mut destroyed = 0;
    for node in NODES {
        docker(node.docker().args(["container", "prune", "--force"]))?;
        let all = docker(node.docker().args(["volume", "ls", "--quiet"]))?;
        for volume in all.split_whitespace().filter(|name| *name != "wing_backup") {
            wait("a volume is let go", Duration::from_secs(30), || {
                docker(node.docker().args(["volume", "rm", volume])).map(|_| true)
            })?;
            destroyed += 1;
        }
    }
    empty_databases()?;
    report.figure(
        "destroyed",
        format!("{destroyed} volumes and the database outside; the folder of backups is left"),
    );

    let began = Instant::now();
    site::deploy(&site::without_replicas(SERVICES))?;
    site::wait_until_whole(Duration::from_secs(300))?;
    let mut output = String::new();
    wait(
        "databases and store take it back",
        Duration::from_secs(180),
        || {
            output = in_backup("restore.sh")?;
            Ok(true)
        },
    )?;
    for line in output.lines() {
        if let Some((_, message)) = line.split_once("\"message\":\"") {
            report.figure("it says", message.trim_end_matches("\"}"));
        }
    }
    site::deploy(&[])?;
    site::wait_until_whole(Duration::from_secs(300))?;
    let nobody = Client::nobody("https://wing.lab");
    wait("music answers", Duration::from_secs(60), || {
        site::answers(MANAGER, "/api/v1/tracks")
    })?;
    report.figure(
        "empty Swarm to a restored site in",
        seconds(began.elapsed()),
    );

    let after = stock(&nobody).await?;
    report.bar(
        "accounts, artists, tracks, likes, plays",
        after.rows.join(", "),
        before.rows.join(", "),
        after.rows == before.rows,
    );
    report.bar(
        "tracks whose sound is the same byte for byte",
        format!("{} of {}", same(&before, &after), before.sounds.len()),
        "all",
        before.sounds == after.sounds,
    );
    people.refresh().await;
    let likes = people.fan.get("/api/v1/likes").await.expect(200).json();
    report.bar(
        "the fan logs in with the old password and finds the like",
        likes["items"].as_array().map_or(0, Vec::len).to_string(),
        "1",
        likes["items"].as_array().is_some_and(|all| all.len() == 1),
    );
    Ok(report)
}

fn same(before: &Stock, after: &Stock) -> usize {
    let there = |one: &&(String, String)| after.sounds.contains(one);
    before.sounds.iter().filter(there).count()
}

/// Runs a script of the backup's container.
fn in_backup(script: &str) -> Result<String> {
    let container = containers("backup")?.pop().context("backup does not run")?;
    docker(
        container
            .node
            .docker()
            .args(["exec", &container.id, "sh"])
            .arg(format!("/usr/local/lib/wing/{script}")),
    )
}

async fn stock(client: &Client) -> Result<Stock> {
    let mut rows = Vec::new();
    for (name, table) in COUNTED {
        let question = format!("select count(*) from {table}");
        let service = wing_edge::service(name).context(name)?;
        let count = match service.database {
            Database::None => continue,
            Database::Outside => psql(&format!("wing_{name}"), &question)?,
            Database::Inside => {
                let db = containers(&format!("{name}-db"))?
                    .pop()
                    .context("its database does not run")?;
                docker(
                    db.node
                        .docker()
                        .args(["exec", &db.id, "psql", "-XAtq", "-U", "wing"])
                        .args(["-d", &format!("wing_{name}"), "-c", &question]),
                )?
            }
        };
        rows.push(format!("{} {table}", count.trim()));
    }
    let mut sounds = Vec::new();
    for track in client.all_pages("/api/v1/tracks?limit=50").await {
        let id = text(&track["id"]);
        let heard = client.get(&format!("/api/v1/tracks/{id}/stream")).await;
        sounds.push((id, hex::encode(Sha256::digest(&heard.expect(200).body))));
    }
    sounds.sort();
    Ok(Stock { rows, sounds })
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
