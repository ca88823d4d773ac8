//! Nothing here runs: a service that was forgotten somewhere is named by these
//! tests.

use std::collections::BTreeSet;
use std::fs;

use wing_edge::{Home, Owner, PREFIXES};

use crate::{images, stack, workspace};

/// What `services/` holds beside domains.
const TOOLS: [&str; 1] = ["visualizer"];

fn read(path: &str) -> String {
    fs::read_to_string(workspace::root().join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Where a service has to show, and how that is told.
fn places(service: Owner) -> Vec<(&'static str, bool)> {
    let name = service.name();
    let stack = read("stack.yml");
    let images: BTreeSet<String> = images::all().into_iter().map(|image| image.name).collect();
    let secrets = stack::secrets();
    vec![
        (
            "the workspace (Cargo.toml)",
            read("Cargo.toml").contains(&format!("\"services/{name}\"")),
        ),
        (
            "services/",
            workspace::root()
                .join(format!("services/{name}/Cargo.toml"))
                .is_file(),
        ),
        (
            "the prefix table",
            PREFIXES.iter().any(|(_, owner)| *owner == service),
        ),
        (
            "the edge's configuration",
            read("deploy/nginx/nginx.conf").contains(&format!("upstream {name} {{")),
        ),
        ("the images", images.contains(name)),
        ("stack.yml", stack.contains(&format!("\n  {name}:\n"))),
        (
            "its workers in stack.yml",
            stack.contains(&format!("\n  {name}-worker:\n")) == service.has_workers(),
        ),
        (
            "its database in stack.yml or in user-db.yml",
            match service.database() {
                Home::Inside => stack.contains(&format!("\n  {name}-db:\n")),
                Home::Outside => {
                    read("deploy/swarm/user-db.yml").contains(&format!("\n  {name}-db:\n"))
                }
            },
        ),
        (
            "the secrets",
            secrets.contains(&format!("{name}_database_url")),
        ),
        (
            "the monolith's stack",
            read("stack.monolith.yml").contains(&format!("{name}, ")),
        ),
        (
            "what Prometheus asks",
            read("deploy/prometheus/prometheus.yml").contains(&format!("tasks.{name}]")),
        ),
        (
            "what the backup copies",
            stack
                .lines()
                .find(|line| line.contains("WING_BACKUP_DATABASES:"))
                .is_some_and(|line| line.split([' ', ':']).any(|word| word == name)),
        ),
    ]
}

#[test]
fn every_service_is_everywhere() {
    for service in Owner::SERVICES {
        for (place, there) in places(service) {
            assert!(there, "{} is missing in {place}", service.name());
        }
    }
}

#[test]
fn every_folder_of_a_service_is_in_the_list() {
    let listed: BTreeSet<&str> = Owner::SERVICES.iter().map(|one| one.name()).collect();
    for entry in fs::read_dir(workspace::root().join("services")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(
            listed.contains(name.as_str()) || TOOLS.contains(&name.as_str()),
            "services/{name} is not in the list of services in crates/edge"
        );
    }
}

/// The pipeline finds its images by cargo's graph, `cargo xtask images` by the
/// list: they have to be the same.
#[test]
fn the_pipeline_and_the_builder_know_the_same_images() {
    let built: BTreeSet<String> = images::all().into_iter().map(|image| image.name).collect();
    assert_eq!(crate::ci::image_names().unwrap(), built);
}

/// Each dashboard shows what its variable names, and that asks the metrics for the
/// services there are.
#[test]
fn dashboards_follow_the_services_by_themselves() {
    for entry in fs::read_dir(workspace::root().join("deploy/grafana/dashboards")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.contains("label_values("),
            "{}: its services are a list of its own",
            path.display()
        );
    }
}
