use std::time::Duration;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use wing_kit::db::DbError;
use wing_kit::jobs::{Handler, Job, JobError};

use super::Users;
use crate::Error;
use crate::store::{refresh_tokens, sessions};

/// Ended sessions and expired tokens are kept this long, for whoever looks into
/// what happened.
const KEPT_SECONDS: i64 = 7 * 24 * 3600;

/// Prunes sessions and tokens that ended long ago, hourly, in one of all replicas.
pub(super) struct PruneSessions(pub Users);

#[async_trait]
impl Handler for PruneSessions {
    fn kind(&self) -> &'static str {
        "prune_sessions"
    }

    fn every(&self) -> Option<Duration> {
        Some(Duration::from_secs(3600))
    }

    async fn run(&self, _: &Job, _: &CancellationToken) -> Result<(), JobError> {
        let inner = &self.0.0;
        let limit = inner.clock.now().plus_seconds(-KEPT_SECONDS);
        let pruned = inner.db.write(move |tx| {
            let tokens = refresh_tokens::prune(tx, limit)?;
            Ok::<_, Error>(tokens + sessions::prune(tx, limit)?)
        });
        let rows = pruned
            .await
            .map_err(|error| JobError::Retry(error.to_string()))?;
        tracing::debug!(rows, "old sessions pruned");
        Ok(())
    }

    async fn given_up(&self, _: &Job, reason: &str) -> Result<(), DbError> {
        tracing::error!(reason, "old sessions stay for an hour");
        Ok(())
    }
}
