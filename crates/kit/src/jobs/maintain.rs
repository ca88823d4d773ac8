//! What keeps the table of jobs in order, once a minute in every process.

use std::sync::Arc;

use wing_contracts::Timestamp;

use super::handler::Handler;
use super::recurring;
use super::runner::Runner;
use super::store::{self, DONE, FAILED};
use crate::db::DbError;
use crate::telemetry::metrics;

const DAY_MS: i64 = 24 * 3600 * 1000;
/// How long jobs that are done are kept.
pub(super) const DONE_KEPT_MS: i64 = 7 * DAY_MS;
/// How long failed jobs are kept, for operators to look at and users to repeat;
/// `docs/operations.md` says so, too.
pub(super) const FAILED_KEPT_MS: i64 = 30 * DAY_MS;
/// Rows deleted in one transaction, for which others wait on SQLite.
pub(super) const PRUNE_BATCH: usize = 500;

impl Runner {
    /// Seeds recurring jobs, prunes those that ended long ago and counts the
    /// rest for the metrics.
    pub(super) async fn maintain(&self, handlers: &[Arc<dyn Handler>]) -> Result<(), DbError> {
        let now = self.clock.now();
        for handler in handlers {
            if let Some(every) = handler.every() {
                let kind = handler.kind();
                self.db
                    .write(move |tx| recurring::seed(tx, kind, every, now))
                    .await?;
            }
        }
        for (state, kept) in [(DONE, DONE_KEPT_MS), (FAILED, FAILED_KEPT_MS)] {
            self.prune(state, now.plus_ms(-kept)).await?;
        }
        let counts = self.db.read(store::count_by_state).await?;
        metrics::set_job_counts(&counts);
        Ok(())
    }

    async fn prune(&self, state: &'static str, limit: Timestamp) -> Result<(), DbError> {
        loop {
            let pruned = self
                .db
                .write(move |tx| store::prune(tx, state, limit, PRUNE_BATCH));
            if pruned.await? < PRUNE_BATCH {
                return Ok(());
            }
        }
    }
}
