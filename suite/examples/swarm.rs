//! A Swarm of three nodes and twenty tasks that is only acted, in which something
//! happens every few seconds: to look at `/visualizer` where there is no Swarm.
//!
//! ```text
//! cargo run -p wing-suite --example swarm -- 2375
//! WING_DOCKER_URL=http://127.0.0.1:2375 cargo xtask run
//! ```

use std::time::Duration;

use serde_json::json;
use wing_suite::docker::{Cast, FakeSwarm, node, now, service, task};

const VERSION: &str = "0.1.0-91346a3";
const NEXT: &str = "0.2.0-5f2c1d0";

/// Services with how many tasks they have and their image.
const SERVICES: [(&str, u64, &str); 11] = [
    ("edge", 3, "wing-edge"),
    ("user", 2, "wing-user"),
    ("music", 3, "wing-music"),
    ("music-worker", 2, "wing-music"),
    ("music-db", 1, "postgres"),
    ("nats", 3, "nats"),
    ("garage", 3, "dxflrs/garage"),
    ("visualizer", 1, "wing-visualizer"),
    ("prometheus", 1, "prom/prometheus"),
    ("grafana", 1, "grafana/grafana"),
    ("backup", 1, "wing-backup"),
];
const NODES: [&str; 3] = ["manager-1", "worker-1", "worker-2"];

fn image(name: &str, version: &str) -> String {
    match name {
        ours if ours.starts_with("wing-") => format!("registry.lab:5000/{name}:{version}"),
        other => format!("{other}:17"),
    }
}

fn cast() -> Cast {
    let mut cast = Cast {
        nodes: vec![
            node(NODES[0], "manager", true),
            node(NODES[1], "worker", false),
            node(NODES[2], "worker", false),
        ],
        ..Cast::default()
    };
    let mut place = 0;
    for (name, count, program) in SERVICES {
        let image = image(program, VERSION);
        cast.services.push(service(name, &image, count));
        for slot in 1..=count {
            let on = NODES[place % NODES.len()];
            cast.tasks
                .push(task(name, slot, on, &image, "running", &now()));
            place += 1;
        }
    }
    cast
}

/// What happens, one after the other, over and over.
fn act(step: usize, swarm: &FakeSwarm) {
    let music = image("wing-music", NEXT);
    match step % 8 {
        0 => swarm.change(|cast| {
            let died = &mut cast.tasks[3];
            died["Status"]["State"] = json!("failed");
            died["Status"]["Timestamp"] = json!(now());
            died["Status"]["Err"] = json!("task: non-zero exit (137): dockerexec: unhealthy container");
            died["Status"]["ContainerStatus"]["ExitCode"] = json!(137);
            died["DesiredState"] = json!("shutdown");
            let image = image("wing-user", VERSION);
            let mut waits = task("user", 1, NODES[2], &image, "pending", &now());
            waits["NodeID"] = json!("");
            waits["Status"]["Err"] = json!("no suitable node (insufficient resources on 3 nodes)");
            cast.tasks.push(waits);
        }),
        1 => swarm.change(|cast| {
            if let Some(last) = cast.tasks.last_mut() {
                let image = image("wing-user", VERSION);
                *last = task("user", 1, NODES[2], &image, "starting", &now());
            }
        }),
        2 => swarm.change(|cast| {
            if let Some(last) = cast.tasks.last_mut() {
                last["Status"]["State"] = json!("running");
            }
        }),
        3 => swarm.update(|cast| {
            let service = &mut cast.services[2];
            service["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"] = json!(music);
            service["UpdateStatus"] =
                json!({"State": "updating", "StartedAt": now(), "Message": "update in progress"});
            cast.tasks.push(task("music", 1, NODES[1], &music, "preparing", &now()));
        }),
        4 => swarm.change(|cast| {
            if let Some(last) = cast.tasks.last_mut() {
                last["Status"]["State"] = json!("running");
            }
            cast.tasks[5]["DesiredState"] = json!("shutdown");
        }),
        5 => swarm.update(|cast| {
            cast.services[2]["UpdateStatus"]["State"] = json!("rollback_started");
            cast.services[2]["UpdateStatus"]["Message"] =
                json!("update rolled back due to failure or early termination of task music-2");
        }),
        6 => swarm.update(|cast| {
            cast.nodes[2]["Status"] =
                json!({"State": "down", "Message": "heartbeat failure for node in \"unknown\" state"});
        }),
        _ => swarm.update(|cast| *cast = self::cast()),
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let port = arguments
        .next()
        .and_then(|port| port.parse().ok())
        .unwrap_or(2375);
    // With a second argument it stops after so many steps, to look at what is then.
    let last = arguments.next().and_then(|steps| steps.parse().ok());
    let swarm = FakeSwarm::start_at(port, cast());
    println!("WING_DOCKER_URL={}", swarm.url());
    for step in 0.. {
        if last.is_some_and(|last: usize| step >= last) {
            loop {
                std::thread::park();
            }
        }
        std::thread::sleep(Duration::from_secs(6));
        act(step, &swarm);
    }
}
