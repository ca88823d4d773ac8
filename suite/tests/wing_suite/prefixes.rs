//! The prefix table of the edge, held against what the site answers at and what
//! the documentation says.

use std::collections::{BTreeMap, BTreeSet};

use wing_edge::{SERVICES, owner_of, prefixes};

use crate::openapi::operations;

/// The document of each service that has a domain, with its name.
fn documents() -> impl Iterator<Item = (&'static str, serde_json::Value)> {
    let domains = wing_monolith::PROGRAMS
        .iter()
        .filter_map(|program| program.domain);
    domains.map(|domain| {
        let document = wing_wiring::openapi(&[domain]);
        (domain.name, serde_json::to_value(document).unwrap())
    })
}

#[test]
fn every_service_of_the_list_has_its_program_and_its_mount() {
    let programs = wing_monolith::PROGRAMS.iter();
    let programs: Vec<_> = programs
        .map(|program| (program.name, program.domain.map(|domain| domain.name)))
        .collect();
    let listed: Vec<_> = SERVICES
        .iter()
        .map(|service| (service.name, service.has_domain.then_some(service.name)))
        .collect();
    assert_eq!(programs, listed);
}

#[test]
fn every_operation_is_routed_to_the_service_that_has_it() {
    for (service, document) in documents() {
        for (path, method, _) in operations(&document) {
            assert_eq!(owner_of(&path), Some(service), "{method} {path}");
        }
    }
}

#[test]
fn the_documents_of_the_services_are_together_the_one_of_the_monolith() {
    let whole = crate::openapi::document();
    let mut union: BTreeMap<String, BTreeMap<String, serde_json::Value>> = BTreeMap::new();
    let mut tags = BTreeSet::new();
    for (_, part) in documents() {
        for tag in part["tags"].as_array().unwrap() {
            assert!(tags.insert(tag.to_string()), "{tag} is in two documents");
        }
        let paths = part["paths"].as_object().unwrap();
        let schemas = part["components"]["schemas"].as_object().unwrap();
        for (group, things) in [("paths", paths), ("schemas", schemas)] {
            let group = union.entry(group.to_owned()).or_default();
            for (name, thing) in things {
                let before = group.insert(name.clone(), thing.clone());
                assert!(
                    before.is_none_or(|before| before == *thing),
                    "{name} is two things"
                );
            }
        }
        assert_eq!(part["info"], whole["info"]);
        assert_eq!(
            part["components"]["securitySchemes"],
            whole["components"]["securitySchemes"]
        );
    }
    let of_whole = |value: &serde_json::Value| -> BTreeMap<String, serde_json::Value> {
        serde_json::from_value(value.clone()).unwrap()
    };
    assert_eq!(union["paths"], of_whole(&whole["paths"]));
    assert_eq!(union["schemas"], of_whole(&whole["components"]["schemas"]));
    assert_eq!(tags.len(), whole["tags"].as_array().unwrap().len());
}

#[test]
fn the_documentation_has_the_same_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/architecture.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (_, section) = text.split_once("## Prefixes").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let mut written = BTreeSet::new();
    for row in section.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        for prefix in cells[1].split_whitespace() {
            written.insert((prefix.trim_matches('`').to_owned(), cells[2].to_owned()));
        }
    }
    let table: BTreeSet<_> = prefixes(SERVICES)
        .map(|(prefix, owner)| (prefix.to_owned(), owner.to_owned()))
        .collect();
    assert_eq!(written, table);
}
