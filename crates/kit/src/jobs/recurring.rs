//! When recurring jobs run next, and that there is one.

use std::time::Duration;

use diesel::prelude::*;
use wing_contracts::{JobId, Timestamp};

use super::store::{self, QUEUED};
use crate::db::schema::jobs;
use crate::db::{DbError, Tx};

/// The unique key of recurring jobs.
pub(super) const KEY: &str = "recurring";

/// The start of the first period after `now`.
pub(super) fn next_run(every: Duration, now: Timestamp) -> Timestamp {
    let every = i64::try_from(every.as_millis()).unwrap_or(i64::MAX).max(1);
    let start = now.0 - now.0.rem_euclid(every);
    Timestamp(start.saturating_add(every))
}

/// Writes the next job, unless there is one.
pub(super) fn enqueue(
    tx: &mut Tx<'_>,
    kind: &str,
    run_at: Timestamp,
) -> Result<Option<JobId>, DbError> {
    store::enqueue_unique(tx, kind, KEY, &(), run_at)
}

/// Sees to it that there is a job, at once if there never was, and no later than
/// the next period, also when the period was longer before.
pub(super) fn seed(
    tx: &mut Tx<'_>,
    kind: &str,
    every: Duration,
    now: Timestamp,
) -> Result<(), DbError> {
    if enqueue(tx, kind, now)?.is_some() {
        return Ok(());
    }
    let next = next_run(every, now).0;
    let late = jobs::table
        .filter(jobs::kind.eq(kind))
        .filter(jobs::unique_key.eq(KEY))
        .filter(jobs::state.eq(QUEUED))
        .filter(jobs::run_at.gt(next));
    diesel::update(late)
        .set(jobs::run_at.eq(next))
        .execute(tx.conn())?;
    Ok(())
}
