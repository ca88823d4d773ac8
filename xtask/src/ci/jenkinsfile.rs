//! What can be said of the `Jenkinsfile` without a Jenkins: that every command in
//! it is one that exists, and that no secret is.

use clap::Parser as _;

use crate::Cli;
use crate::workspace;

fn text() -> String {
    std::fs::read_to_string(workspace::root().join("Jenkinsfile")).unwrap()
}

/// The shell's lines: what stands between the quotes after `sh`.
fn shell_lines(text: &str) -> Vec<&str> {
    text.lines()
        .filter_map(|line| line.trim().strip_prefix("sh "))
        .collect()
}

/// The commands of a shell's line that are ours, as words.
fn commands(line: &str) -> Vec<Vec<String>> {
    let line = line.trim_matches('\'');
    line.split(['|', ';', '{', '}'])
        .map(str::trim)
        .filter(|command| command.starts_with("cargo"))
        .map(|command| {
            // Quotes hold the words of one argument together.
            let parts = command.split('"').enumerate();
            parts
                .flat_map(|(position, part)| match position % 2 {
                    1 => vec![part.to_owned()],
                    _ => part.split_whitespace().map(str::to_owned).collect(),
                })
                .collect()
        })
        .collect()
}

#[test]
fn every_command_in_it_is_a_stage_that_exists() {
    let text = text();
    let mut stages = Vec::new();
    for line in shell_lines(&text) {
        let commands = commands(line);
        assert!(!commands.is_empty(), "{line} is not the pipeline's own");
        for words in commands {
            assert_eq!(words[..3], ["cargo", "xtask", "ci"], "{line}");
            // Given where the stage runs: by Jenkins' own settings.
            let given = match words[3].as_str() {
                "images" => vec!["--registry", "registry.example"],
                _ => Vec::new(),
            };
            let rest = words[2..].iter().map(String::as_str).chain(given);
            if let Err(error) = Cli::try_parse_from(["cargo xtask"].into_iter().chain(rest)) {
                panic!("{line}: {error}");
            }
            stages.push(words[3].clone());
        }
    }
    for stage in [
        "lint", "test", "changed", "images", "push", "deploy", "smoke", "rollback", "approve",
        "notice",
    ] {
        assert!(
            stages.iter().any(|name| name == stage),
            "{stage} is missing"
        );
    }
}

#[test]
fn stages_come_in_the_order_in_which_they_need_each_other() {
    let text = text();
    let mut after = 0;
    for command in [
        "notice start",
        "ci lint",
        "ci test",
        "ci changed",
        "ci images",
        "ci push",
        "deploy --to qa",
        "smoke --to qa",
        "input {",
        "ci approve",
        "deploy --to prod",
        "smoke --to prod",
        "notice success --to prod",
    ] {
        let place = text[after..].find(command);
        after += place.unwrap_or_else(|| panic!("{command} is missing or comes too early"));
    }
}

/// Within double quotes Groovy would put a secret into the command itself, where
/// every process list shows it.
#[test]
fn the_shell_alone_reads_variables() {
    let text = text();
    for line in shell_lines(&text) {
        assert!(
            line.starts_with('\'') && line.ends_with('\''),
            "{line} is not in single quotes"
        );
        for way in ["echo", "printenv", "set -x", "env |"] {
            assert!(!line.contains(way), "{line} could print a secret");
        }
    }
}

#[test]
fn every_secret_comes_from_jenkins_store() {
    let text = text();
    for name in [
        "WING_NOTICE_URL_FILE",
        "WING_REGISTRY_AUTH_FILE",
        "DOCKER_CERT_PATH",
    ] {
        for line in text.lines().filter(|line| line.contains(name)) {
            assert!(
                line.contains("credentials(") || line.contains("credentialsId: "),
                "{line}"
            );
        }
        assert!(text.contains(name), "{name} is missing");
    }
    // The keys of settings whose values would be secrets.
    let lower = text.to_lowercase();
    for word in ["password", "token", "secret", "https://", "http://"] {
        assert!(!lower.contains(word), "{word}");
    }
}

#[test]
fn every_brace_is_closed() {
    let mut depth = 0_i32;
    for (number, line) in text().lines().enumerate() {
        for character in line.chars() {
            depth += match character {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
        }
        assert!(depth >= 0, "line {}: one too many", number + 1);
    }
    assert_eq!(depth, 0);
}
