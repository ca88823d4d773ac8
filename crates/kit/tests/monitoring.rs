//! Alerts and dashboards, held against the metrics that programs really have and
//! against what the operators' manual says. Prometheus' own `promtool` judges
//! their language.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use wing_edge::{Edge, SERVICES};
use wing_kit::telemetry::metrics;

/// Of others: Prometheus itself, and the backup, which is a script.
const FOREIGN: [&str; 5] = [
    "up",
    "ALERTS",
    "prometheus_rule_evaluation_failures_total",
    "wing_backup_last_success_timestamp_seconds",
    "wing_backup_failures_total",
];

/// The units of Grafana that are used.
const UNITS: [&str; 8] = [
    "bool_yes_no",
    "bytes",
    "cpm",
    "ops",
    "percentunit",
    "reqps",
    "s",
    "short",
];

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(repository(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A rule of a rules file.
#[derive(Debug)]
struct Rule {
    name: String,
    is_alert: bool,
    /// Everything below its name.
    text: String,
    expr: String,
}

/// The rules of a file, as far as this is about: each begins with `- alert:` or
/// `- record:`, its expression is one line or folded.
fn rules(path: &str) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    let mut folded = None;
    for line in read(path).lines() {
        let indent = line.len() - line.trim_start().len();
        let line = line.trim();
        let begun = [("- alert: ", true), ("- record: ", false)]
            .into_iter()
            .find_map(|(word, is_alert)| Some((line.strip_prefix(word)?, is_alert)));
        if let Some((name, is_alert)) = begun {
            folded = None;
            rules.push(Rule {
                name: name.to_owned(),
                is_alert,
                text: String::new(),
                expr: String::new(),
            });
            continue;
        }
        let Some(rule) = rules.last_mut() else {
            continue;
        };
        if folded.is_some_and(|at| indent > at) {
            rule.expr.push_str(line);
            rule.expr.push(' ');
            continue;
        }
        folded = None;
        rule.text.push_str(line);
        rule.text.push('\n');
        match line.strip_prefix("expr: ") {
            Some(">-") => folded = Some(indent),
            Some(expr) => rule.expr = expr.to_owned(),
            None => {}
        }
    }
    rules
}

fn all_rules() -> Vec<Rule> {
    let mut all = rules("deploy/prometheus/services.yml");
    all.extend(rules("deploy/prometheus/rules.yml"));
    assert!(all.iter().all(|rule| !rule.expr.is_empty()), "{all:?}");
    all
}

/// Every dashboard by its file's name.
fn dashboards() -> Vec<(String, Value)> {
    let dir = repository("deploy/grafana/dashboards");
    let mut found: Vec<_> = fs::read_dir(dir)
        .expect("dashboards")
        .map(|entry| {
            let path = entry.expect("a file").path();
            let text = fs::read_to_string(&path).expect("readable");
            let name = path.display().to_string();
            let json =
                serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            (name, json)
        })
        .collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    assert!(found.len() >= 4);
    found
}

fn panels(dashboard: &Value) -> impl Iterator<Item = &Value> {
    let panels = dashboard["panels"].as_array().expect("panels");
    panels.iter().filter(|panel| panel["type"] != "row")
}

/// The expressions of a dashboard, with what Grafana puts in for its variables.
fn expressions(dashboard: &Value) -> Vec<String> {
    let queries = panels(dashboard)
        .flat_map(|panel| panel["targets"].as_array().expect("queries"))
        .chain(dashboard["annotations"]["list"].as_array().expect("marks"));
    queries
        .map(|query| query["expr"].as_str().expect("an expression"))
        .map(|expr| {
            expr.replace("$__rate_interval", "1m")
                .replace("$service", ".*")
        })
        .collect()
}

/// The metrics that an expression of PromQL names.
fn metrics_of(expr: &str) -> BTreeSet<String> {
    const LISTS: [&str; 6] = [
        "by",
        "without",
        "on",
        "ignoring",
        "group_left",
        "group_right",
    ];
    const WORDS: [&str; 9] = [
        "and", "or", "unless", "bool", "offset", "sum", "min", "max", "count",
    ];
    let mut names = BTreeSet::new();
    let mut rest = expr;
    while let Some(first) = rest.chars().next() {
        let skip = |to: char| rest[1..].find(to).map_or(rest.len(), |at| at + 2);
        let word = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '.')))
            .unwrap_or(rest.len());
        let taken = match first {
            '"' => skip('"'),
            '{' => skip_matchers(rest),
            '[' => skip(']'),
            _ if word == 0 => first.len_utf8(),
            _ => {
                let name = &rest[..word];
                let after = rest[word..].trim_start();
                if LISTS.contains(&name) {
                    word + rest[word..].find(')').map_or(0, |at| at + 1)
                } else {
                    let is_name = !first.is_ascii_digit()
                        && !after.starts_with('(')
                        && !WORDS.contains(&name);
                    if is_name {
                        names.insert(name.to_owned());
                    }
                    word
                }
            }
        };
        rest = &rest[taken..];
    }
    names
}

/// How long `{…}` at the beginning is; a string in it may hold braces.
fn skip_matchers(text: &str) -> usize {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '}' if !quoted => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Every metric there is: of our programs, of the edge, of rules, of others.
fn known() -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    for name in metrics::names() {
        for ending in ["", "_bucket", "_sum", "_count"] {
            known.insert(format!("{name}{ending}"));
        }
    }
    let edge = Edge::in_container_with_tls(SERVICES).render();
    let of_edge = edge.lines().filter_map(|line| {
        let (_, about) = line.split_once("# TYPE ")?;
        about.split(' ').next().map(str::to_owned)
    });
    known.extend(of_edge);
    known.extend(all_rules().into_iter().map(|rule| rule.name));
    known.extend(FOREIGN.map(str::to_owned));
    known
}

#[test]
fn names_are_distinguished_from_the_words_around_them() {
    let found = |expr| metrics_of(expr).into_iter().collect::<Vec<_>>();
    assert_eq!(
        found(
            r#"topk(10, sum by (service, le) (rate(a_bucket{route="/x/{id}", le="sum"}[5m]))) / on (b) wing:c > 0.5 and d unless on (e) 1e3 * f"#
        ),
        ["a_bucket", "d", "f", "wing:c"]
    );
    assert_eq!(found("0 < a < time() + 14 * 86400"), ["a"]);
}

#[test]
fn alerts_and_dashboards_name_metrics_that_there_are() {
    let known = known();
    let mut used = BTreeSet::new();
    let rules = all_rules();
    let of_rules = rules.iter().map(|rule| (&rule.name, rule.expr.clone()));
    let dashboards = dashboards();
    let of_dashboards = dashboards
        .iter()
        .flat_map(|(name, json)| expressions(json).into_iter().map(move |expr| (name, expr)));
    for (at, expr) in of_rules.chain(of_dashboards) {
        for name in metrics_of(&expr) {
            assert!(known.contains(&name), "{at}: nobody has {name}: {expr}");
            used.insert(name);
        }
    }
    for name in metrics::names() {
        assert!(
            used.iter().any(|used| used.starts_with(&name)),
            "nobody looks at {name}"
        );
    }
}

#[test]
fn every_panel_says_what_it_shows() {
    for (name, dashboard) in dashboards() {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut titles = BTreeSet::new();
        let mut ids = BTreeSet::new();
        for panel in panels(&dashboard) {
            let title = text(&panel["title"]);
            assert!(!title.is_empty(), "{name}: {panel}");
            assert!(titles.insert(title.clone()), "{name}: {title} twice");
            assert!(ids.insert(panel["id"].as_u64()), "{name}: {title}");
            assert!(text(&panel["description"]).len() > 10, "{name}: {title}");
            let unit = text(&panel["fieldConfig"]["defaults"]["unit"]);
            assert!(UNITS.contains(&unit.as_str()), "{name}: {title}: {unit}");
            let place = &panel["gridPos"];
            let end = place["x"].as_u64().unwrap_or(99) + place["w"].as_u64().unwrap_or(99);
            assert!(end <= 24, "{name}: {title} leaves the page");
            for query in panel["targets"].as_array().expect("queries") {
                assert_eq!(query["datasource"]["uid"], "prometheus", "{name}: {title}");
            }
        }
        let choice = &dashboard["templating"]["list"][0];
        assert_eq!(choice["name"], "service", "{name}");
        let query = text(&choice["definition"]);
        assert!(query.starts_with("label_values(up{"), "{name}: {query}");
    }
    let source = read("deploy/grafana/provisioning/datasources/prometheus.yml");
    assert!(source.contains("\n    uid: prometheus\n"));
}

#[test]
fn every_alert_is_explained_in_the_manual_and_shown_in_a_test() {
    let tests =
        read("deploy/prometheus/rules.test.yml") + &read("deploy/prometheus/rules.days.test.yml");
    let manual = read("docs/operations.md");
    let (_, section) = manual.split_once("\n## Alerts\n").expect("a section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let explained: BTreeSet<_> = section
        .lines()
        .filter_map(|line| line.strip_prefix("### "))
        .map(str::to_owned)
        .collect();
    let mut alerts = BTreeSet::new();
    for rule in all_rules().into_iter().filter(|rule| rule.is_alert) {
        let name = rule.name.as_str();
        let shown = format!("alertname=\"{name}\"");
        assert!(tests.contains(&shown), "{name}: no test has it fire");
        assert!(rule.text.contains("labels: {severity: "), "{name}");
        assert!(rule.text.contains("summary: \""), "{name}");
        let runbook = format!("runbook: docs/operations.md#{}\n", name.to_lowercase());
        assert!(rule.text.contains(&runbook), "{name}");
        alerts.insert(rule.name);
    }
    assert_eq!(explained, alerts);
}

/// Runs promtool beside the files it is about.
fn promtool(arguments: &[&str]) {
    let ran = Command::new("promtool")
        .args(arguments)
        .current_dir(repository("deploy/prometheus"))
        .output();
    let ran = ran.unwrap_or_else(|error| panic!("promtool, of Debian's prometheus: {error}"));
    let output =
        String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{arguments:?}: {output}");
}

#[test]
fn prometheus_understands_its_configuration() {
    promtool(&["check", "config", "prometheus.yml"]);
}

#[test]
fn alerts_fire_when_they_should_and_only_then() {
    promtool(&["test", "rules", "rules.test.yml", "rules.days.test.yml"]);
}

#[test]
fn prometheus_understands_every_query_of_the_dashboards() {
    let mut text = String::from("groups:\n  - name: dashboards\n    rules:\n");
    for (number, expr) in dashboards()
        .iter()
        .flat_map(|(_, json)| expressions(json))
        .enumerate()
    {
        // JSON's strings are YAML's, too.
        let expr = Value::from(expr);
        text.push_str(&format!(
            "      - record: query:{number}\n        expr: {expr}\n"
        ));
    }
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("queries.yml");
    fs::write(&path, text).expect("written");
    promtool(&["check", "rules", &path.display().to_string()]);
}
