//! What one run of the benchmarks has: a directory, a filled catalogue, and
//! how long to measure.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use rustix::thread::{CpuSet, sched_setaffinity};
use tempfile::TempDir;

use crate::seed::{self, Catalogue};

/// The core that servers run on.
pub const SERVER_CORE: usize = 0;
/// The core that makes the load.
pub const CLIENT_CORE: usize = 1;

/// One run.
pub struct Bench {
    home: TempDir,
    /// Few and short measurements.
    pub quick: bool,
    /// What the site under test is filled with.
    pub catalogue: Catalogue,
}

impl Bench {
    /// Makes a directory and fills a data directory in it with the catalogue.
    ///
    /// # Errors
    /// When there is one core only, or no room.
    pub fn prepare(quick: bool) -> Result<Self> {
        let cores = std::thread::available_parallelism()?.get();
        anyhow::ensure!(
            cores >= 2,
            "measuring needs two cores: one serves, one asks"
        );
        let home = tempfile::Builder::new().prefix("wing-bench-").tempdir()?;
        let mut set = CpuSet::new();
        set.set(CLIENT_CORE);
        sched_setaffinity(None, &set).context("staying on one core")?;
        let data = home.path().join("data");
        let catalogue = seed::fill(&data, None)?;
        Ok(Self {
            home,
            quick,
            catalogue,
        })
    }

    /// A place for anything temporary.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The data directory with the catalogue on SQLite.
    pub fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// Rounds of each comparison.
    pub fn rounds(&self) -> usize {
        if self.quick { 2 } else { 5 }
    }

    /// Seconds of each measurement in a round.
    pub fn seconds(&self) -> u64 {
        if self.quick { 2 } else { 4 }
    }
}
