//! Where a release goes: `qa` or `prod`, and what belongs to each.

use std::env;
use std::fmt;
use std::path::PathBuf;

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
    /// What follows from nothing but the name: `WING_QA_STACK`, `WING_PROD_URL`.
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

/// Which stack a stage works on.
#[derive(Clone, clap::Args)]
pub struct Target {
    /// The environment
    #[arg(long = "to", value_name = "ENVIRONMENT")]
    pub environment: Environment,
    /// The stack's name [default: WING_QA_STACK or WING_PROD_STACK, else wing-qa or wing-prod]
    #[arg(long, value_name = "NAME")]
    stack: Option<String>,
    /// The stack's description, in as many files as wanted [default: stack.yml and
    /// deploy/swarm/qa.yml or prod.yml]
    #[arg(long = "file", value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Target {
    /// The stack's name.
    pub fn stack(&self) -> String {
        self.stack
            .clone()
            .or_else(|| self.environment.setting("STACK"))
            .unwrap_or_else(|| format!("wing-{}", self.environment))
    }

    /// The files that describe the stack.
    pub fn files(&self) -> Vec<PathBuf> {
        if !self.files.is_empty() {
            return self.files.clone();
        }
        let root = workspace::root();
        vec![
            root.join("stack.yml"),
            root.join(format!("deploy/swarm/{}.yml", self.environment)),
        ]
    }
}
