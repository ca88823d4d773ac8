//! Tests alone: they name a service that is missing somewhere, and show that an entry
//! in the list of services is enough for it to be everywhere.

use std::collections::BTreeSet;
use std::fs;

use wing_edge::testing::extended;
use wing_edge::{Edge, SERVICES, Service};

use crate::{images, monitoring, stack, workspace};

fn read(path: &str) -> String {
    fs::read_to_string(workspace::root().join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What is made for a site of some services, by path.
struct Made(Vec<(String, String)>);

impl Made {
    fn of(services: &[Service]) -> Self {
        let mut all = monitoring::files(services);
        for (path, text) in stack::files(services).unwrap() {
            all.push((path.to_owned(), text));
        }
        let edge = Edge::in_container(services).render();
        all.push(("nginx/nginx.conf".to_owned(), edge));
        Self(all)
    }

    fn file(&self, path: &str) -> &str {
        let found = self.0.iter().find(|(of, _)| of == path);
        &found.unwrap_or_else(|| panic!("{path} is not made")).1
    }

    /// The lines below `key` of a file of YAML, where it stands two spaces in.
    fn part(&self, path: &str, key: &str) -> Option<String> {
        let (_, rest) = self.file(path).split_once(&format!("\n  {key}:\n"))?;
        let inner = |line: &&str| line.is_empty() || line.starts_with("    ");
        Some(
            rest.lines()
                .take_while(inner)
                .collect::<Vec<_>>()
                .join("\n"),
        )
    }

    /// The line of a file that begins with `start`, after its indent.
    fn line(&self, path: &str, start: &str) -> &str {
        let mut lines = self.file(path).lines().map(str::trim);
        let found = lines.find(|line| line.starts_with(start));
        found.unwrap_or_else(|| panic!("{path}: no line begins with {start}"))
    }
}

#[test]
fn a_domain_is_everywhere_by_its_entry_in_the_list_alone() {
    let made = Made::of(&extended());
    let stack = |key: &str| {
        made.part("stack.yml", key)
            .unwrap_or_else(|| panic!("{key}"))
    };

    let support = stack("support");
    for words in [
        "wing-support:${WING_SUPPORT_TAG:-0.1.0}",
        "networks: [edge, internal]",
        "<<: *environment",
        "WING_DATABASE_URL_FILE: /run/secrets/support_database_url",
        "WING_USER_URL: http://user:8080",
        "WING_MUSIC_URL: http://music:8080",
        "WING_JOBS: \"false\"",
        "replicas: ${WING_SUPPORT_REPLICAS:-2}",
    ] {
        assert!(support.contains(words), "{words}: {support}");
    }
    let worker = stack("support-worker");
    assert!(worker.contains("networks: [internal]") && worker.contains("WING_JOBS: \"true\""));
    assert!(stack("support-db").contains("POSTGRES_DB: wing_support"));
    assert!(stack("backup").contains("source: support_database_url"));
    let databases = made.line("stack.yml", "WING_BACKUP_DATABASES:");
    assert_eq!(databases, "WING_BACKUP_DATABASES: support music user");
    let documents = made.line("stack.yml", "WING_API_DOCS:");
    assert_eq!(documents, "WING_API_DOCS: user,music,support");
    for secret in ["support_database_url", "support_database_password"] {
        assert!(stack(secret).contains(&format!("name: ${{WING_ENV:-wing}}_{secret}$")));
    }
    assert_eq!(
        made.line("deploy/swarm/secrets.sh", "database support_"),
        "database support_ support-db wing_support"
    );
    for (overlay, parts) in [
        (
            "deploy/swarm/prod.yml",
            vec!["support", "support-worker", "support-db"],
        ),
        ("deploy/swarm/qa.yml", vec!["support", "support-worker"]),
    ] {
        for part in parts {
            assert!(made.part(overlay, part).is_some(), "{part} in {overlay}");
        }
    }
    assert!(
        made.part("deploy/swarm/user-db.yml", "support-db")
            .is_none()
    );
    assert_eq!(
        made.line("stack.monolith.yml", "aliases:"),
        "aliases: [user, music, visualizer, support, ingest]"
    );

    let edge = made.file("nginx/nginx.conf");
    assert!(edge.contains("location ^~ /support/ {\n            proxy_pass http://support;"));
    let scraped = made.file("prometheus/prometheus.yml");
    for part in ["support", "support-worker"] {
        assert!(scraped.contains(&format!("- names: [tasks.{part}]\n")));
        let expected = made.file("prometheus/services.yml");
        assert!(expected.contains(&format!("service: {part}\n")));
    }
    assert!(
        images::all(&extended())
            .iter()
            .any(|image| image.name == "support")
    );
}

#[test]
fn so_is_a_service_without_a_domain_that_takes_connections_of_its_own() {
    let made = Made::of(&extended());
    let stack = |key: &str| made.part("stack.yml", key);

    let ingest = stack("ingest").unwrap();
    for words in [
        "wing-ingest:${WING_INGEST_TAG:-0.1.0}",
        "<<: *tool-environment",
        "WING_USER_URL: http://user:8080",
        "replicas: ${WING_INGEST_REPLICAS:-1}",
    ] {
        assert!(ingest.contains(words), "{words}: {ingest}");
    }
    assert!(
        !ingest.contains("database") && !ingest.contains("nats"),
        "{ingest}"
    );
    for key in ["ingest-db", "ingest-worker", "ingest_database_url"] {
        assert_eq!(stack(key), None, "{key}");
    }
    assert!(!made.file("deploy/swarm/secrets.sh").contains("ingest"));

    let published = "{target: 1935, published: \"${WING_INGEST_PORT:-1935}\", mode: host}";
    for file in ["stack.yml", "stack.monolith.yml"] {
        assert!(
            made.part(file, "edge").unwrap().contains(published),
            "{file}"
        );
    }
    let edge = made.file("nginx/nginx.conf");
    assert!(edge.contains("listen 1935;\n        proxy_pass ingest;"));
    let scraped = made.file("prometheus/prometheus.yml");
    assert!(scraped.contains("- names: [tasks.ingest]\n"));
    assert!(
        scraped.contains("replacement: ingest}\n      - {target_label: role, replacement: tool}")
    );
    assert!(
        images::all(&extended())
            .iter()
            .any(|image| image.name == "ingest")
    );
}

#[test]
fn every_service_of_the_list_is_in_the_workspace_and_nothing_else_is_in_its_folder() {
    let listed: BTreeSet<&str> = SERVICES.iter().map(|service| service.name).collect();
    let folders = fs::read_dir(workspace::root().join("services")).unwrap();
    let folders = folders.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let folders: BTreeSet<String> = folders.collect();
    assert_eq!(
        folders.iter().map(String::as_str).collect::<BTreeSet<_>>(),
        listed
    );
    for name in listed {
        assert!(
            read("Cargo.toml").contains(&format!("\"services/{name}\"")),
            "{name}"
        );
    }
}

/// The files with a deployment's settings name only what the stack has.
#[test]
fn every_setting_of_a_deployment_is_one_of_the_stack() {
    let stack = read("stack.yml");
    for file in ["deploy/swarm/prod.env", "deploy/swarm/qa.env"] {
        for line in read(file).lines().filter(|line| !line.starts_with('#')) {
            let (variable, _) = line.split_once('=').unwrap();
            assert!(
                stack.contains(&format!("${{{variable}:-")),
                "{file}: {variable}"
            );
        }
    }
}

/// The pipeline finds its images by cargo's graph, `cargo xtask images` by the
/// list: they have to be the same.
#[test]
fn the_pipeline_and_the_builder_know_the_same_images() {
    let built = images::all(SERVICES).into_iter().map(|image| image.name);
    assert_eq!(crate::ci::image_names().unwrap(), built.collect());
}

/// Each dashboard shows what its variable names, and that asks the metrics for the
/// services there are.
#[test]
fn dashboards_follow_the_services_by_themselves() {
    let made = Made::of(SERVICES);
    let dashboards: Vec<_> = made
        .0
        .iter()
        .filter(|(path, _)| path.starts_with("grafana/dashboards/"))
        .collect();
    assert_eq!(dashboards.len(), 4);
    for (path, text) in dashboards {
        assert!(
            text.contains("label_values("),
            "{path}: its services are a list of its own"
        );
        for service in SERVICES {
            let alone = format!("service=\\\"{}\\\"", service.name);
            assert!(!text.contains(&alone), "{path} asks for {alone}");
        }
    }
}
