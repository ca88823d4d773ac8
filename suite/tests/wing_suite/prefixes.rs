//! The prefix table of the edge, held against what the site answers at and what
//! the documentation says.

use std::collections::{BTreeMap, BTreeSet};

use wing_edge::{Owner, PREFIXES, owner_of};

use crate::openapi::operations;

fn document_of(service: Owner) -> serde_json::Value {
    let document = match service {
        Owner::User => wing_user_service::openapi(),
        Owner::Music => wing_music_service::openapi(),
        Owner::Visualizer | Owner::Anyone => panic!("no document"),
    };
    serde_json::to_value(document).unwrap()
}

#[test]
fn every_operation_is_routed_to_the_service_that_has_it() {
    for service in Owner::SERVICES {
        for (path, method, _) in operations(&document_of(service)) {
            assert_eq!(owner_of(&path), Some(service), "{method} {path}");
        }
    }
}

#[test]
fn the_documents_of_the_services_are_together_the_one_of_the_monolith() {
    let whole = crate::openapi::document();
    let mut union: BTreeMap<String, BTreeMap<String, serde_json::Value>> = BTreeMap::new();
    let mut tags = BTreeSet::new();
    for service in Owner::SERVICES {
        let part = document_of(service);
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
    let table: BTreeSet<_> = PREFIXES
        .iter()
        .map(|(prefix, owner)| ((*prefix).to_owned(), owner.name().to_owned()))
        .collect();
    assert_eq!(written, table);
}
