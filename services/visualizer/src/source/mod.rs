//! Where a view comes from.

mod itself;
mod machine;
mod metrics;
mod probe;
mod processes;
mod swarm;

use anyhow::Context as _;
use serde::Serialize;
use wing_kit::Config;
use wing_kit::http::Ready;

use crate::view::View;

pub use itself::Itself;
pub use processes::Processes;
pub use swarm::Swarm;

/// What the visualizer observes.
pub enum Source {
    /// A Docker Swarm, through the API of one of its managers.
    Swarm(Box<Swarm>),
    /// Processes at known addresses.
    Processes(Processes),
    /// This process alone.
    Itself(Itself),
}

/// Why a poll failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceError {
    /// No connection to the API.
    Unreachable,
    /// The API takes too long.
    Late,
    /// The proxy before the API refused the request.
    Refused,
    /// The engine is no manager of a Swarm.
    NoManager,
    /// The answer is not what was expected.
    Unreadable,
}

impl SourceError {
    /// Its name in texts.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Late => "late",
            Self::Refused => "refused",
            Self::NoManager => "no_manager",
            Self::Unreadable => "unreadable",
        }
    }
}

impl Source {
    /// What the settings name: a Swarm before processes; `None` when neither.
    pub fn of(config: &Config) -> anyhow::Result<Option<Self>> {
        if !config.docker_url.is_empty() {
            let swarm = Swarm::at(&config.docker_url).context("WING_DOCKER_URL")?;
            return Ok(Some(Self::Swarm(Box::new(swarm))));
        }
        if !config.visualizer_processes.is_empty() {
            let processes =
                Processes::of(&config.visualizer_processes).context("WING_VISUALIZER_PROCESSES")?;
            return Ok(Some(Self::Processes(processes)));
        }
        Ok(None)
    }

    /// The process itself, called `name`, which is ready when all that `ready`
    /// names is.
    pub fn itself(name: &'static str, ready: Ready) -> Self {
        Self::Itself(Itself::new(name, ready))
    }

    /// What runs at `now`.
    pub async fn poll(&mut self, now: i64) -> Result<View, SourceError> {
        match self {
            Self::Swarm(swarm) => swarm.poll(now).await,
            Self::Processes(processes) => Ok(processes.poll(now).await),
            Self::Itself(itself) => Ok(itself.poll(now).await),
        }
    }

    /// Waits until something has changed, where changes are reported; else for ever. May
    /// be given up at any moment.
    pub async fn changed(&mut self) {
        match self {
            Self::Swarm(swarm) => swarm.changed().await,
            Self::Processes(_) | Self::Itself(_) => std::future::pending().await,
        }
    }
}
