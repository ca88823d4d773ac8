//! Where a release goes: `qa` or `prod`, and what belongs to each.

use std::collections::BTreeMap;
use std::env;
use std::fmt;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::workspace;

/// An environment of its own: another stack, other data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Environment {
    /// Where a release is tried
    Qa,
    /// What the public uses
    Prod,
}

impl Environment {
    /// What the surroundings say for one environment alone: `WING_QA_URL`,
    /// `WING_PROD_STACK`.
    pub fn setting(self, name: &str) -> Option<String> {
        let variable = format!("WING_{}_{name}", self.to_string().to_uppercase());
        env::var(variable).ok().filter(|value| !value.is_empty())
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Qa => "qa",
            Self::Prod => "prod",
        })
    }
}

/// Variables by their names.
pub type Variables = BTreeMap<String, String>;

/// Which environment a stage is about.
#[derive(Clone, clap::Args)]
pub struct Place {
    /// The environment
    #[arg(long = "to", value_name = "ENVIRONMENT")]
    pub environment: Environment,
    /// Variables of the stack's files: NAME=VALUE, a line each [default: WING_QA_ENV_FILE
    /// or WING_PROD_ENV_FILE, else deploy/swarm/qa.env or prod.env]
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
}

impl Place {
    /// Variables of the stack's files besides those of the environment.
    ///
    /// # Errors
    /// When the file cannot be read or understood.
    pub fn variables(&self) -> Result<Variables> {
        let environment = self.environment;
        let named = self
            .env_file
            .clone()
            .or_else(|| environment.setting("ENV_FILE").map(PathBuf::from));
        let usual = || workspace::root().join(format!("deploy/swarm/{environment}.env"));
        let path = named.clone().unwrap_or_else(usual);
        if named.is_none() && !path.exists() {
            return Ok(Variables::new());
        }
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        parse(&text).with_context(|| path.display().to_string())
    }
}

/// Which stack a stage works on.
#[derive(Clone, clap::Args)]
pub struct Target {
    #[command(flatten)]
    pub place: Place,
    /// The stack's name [default: WING_QA_STACK or WING_PROD_STACK, else WING_ENV of the
    /// environment's file, else wing-qa or wing-prod]
    #[arg(long, value_name = "NAME")]
    stack: Option<String>,
    /// The stack's description, in as many files as wanted [default: WING_QA_FILES or
    /// WING_PROD_FILES, separated by colons, else stack.yml and deploy/swarm/qa.yml or
    /// prod.yml]
    #[arg(long = "file", value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Target {
    /// The stack's name.
    pub fn stack(&self, variables: &Variables) -> String {
        let environment = self.place.environment;
        self.stack
            .clone()
            .or_else(|| environment.setting("STACK"))
            .or_else(|| variables.get("WING_ENV").cloned())
            .unwrap_or_else(|| format!("wing-{environment}"))
    }

    /// The files that describe the stack.
    pub fn files(&self) -> Vec<PathBuf> {
        if !self.files.is_empty() {
            return self.files.clone();
        }
        if let Some(files) = self.place.environment.setting("FILES") {
            return files.split(':').map(PathBuf::from).collect();
        }
        let root = workspace::root();
        vec![
            root.join("stack.yml"),
            root.join(format!("deploy/swarm/{}.yml", self.place.environment)),
        ]
    }
}

/// Reads lines of `NAME=VALUE` as a shell would, as far as such files go.
fn parse(text: &str) -> Result<Variables> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (name, value) = line
                .split_once('=')
                .with_context(|| format!("{line:?} is not NAME=VALUE"))?;
            let bare = ['"', '\'']
                .iter()
                .find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
            Ok((name.to_owned(), bare.unwrap_or(value).to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_variables_is_read_as_a_shell_would() {
        let text = "# words\n\nWING_ENV=wing-qa\nWING_LOG=\"info,wing_kit=debug\"\nEMPTY=\n";
        let variables = parse(text).unwrap();
        assert_eq!(variables["WING_ENV"], "wing-qa");
        assert_eq!(variables["WING_LOG"], "info,wing_kit=debug");
        assert_eq!(variables["EMPTY"], "");
        assert_eq!(variables.len(), 3);
    }

    #[test]
    fn a_line_that_sets_nothing_is_named() {
        let error = parse("WING_ENV").unwrap_err();
        assert!(error.to_string().contains("\"WING_ENV\""), "{error}");
    }
}
