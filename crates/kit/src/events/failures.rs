//! Failed attempts, counted in the database so that a restart does not begin anew.

use std::time::Duration;

use diesel::prelude::*;
use wing_contracts::{EventId, Timestamp};

use crate::Tx;
use crate::db::DbError;
use crate::db::schema::event_failures;

/// Attempts before an event is parked for a consumer.
pub(super) const ATTEMPTS: i32 = 8;
/// Before the second attempt; doubled before each further one.
const FIRST_DELAY_MS: i64 = 1000;
/// Later events of the same order wait all this time, so it stays short.
const LONGEST_DELAY_MS: i64 = 4000;

/// What is known of an event that a consumer failed at.
#[derive(Clone, Copy, Debug, Queryable)]
pub(super) struct Failure {
    attempts: i32,
    failed_at: i64,
}

impl Failure {
    /// How long the next attempt still has to wait.
    pub(super) fn remaining(&self, now: Timestamp) -> Option<Duration> {
        let due = self.failed_at + delay_ms(self.attempts);
        let remaining = u64::try_from(due - now.0).ok()?;
        (remaining > 0).then(|| Duration::from_millis(remaining))
    }
}

/// How long after the failed attempt of this number the next one is made.
fn delay_ms(attempts: i32) -> i64 {
    let doublings = attempts.saturating_sub(1).clamp(0, 10);
    (FIRST_DELAY_MS << doublings).min(LONGEST_DELAY_MS)
}

/// How long after the failed attempt of this number the next one is made.
pub(super) fn delay(attempts: i32) -> Duration {
    Duration::from_millis(delay_ms(attempts).unsigned_abs())
}

pub(super) fn find(
    tx: &mut Tx<'_>,
    consumer: &str,
    event: EventId,
) -> Result<Option<Failure>, DbError> {
    Ok(event_failures::table
        .find((consumer, event))
        .select((event_failures::attempts, event_failures::failed_at))
        .first(tx.conn())
        .optional()?)
}

/// Counts one more failed attempt; answers how many there were by now.
pub(super) fn count(
    tx: &mut Tx<'_>,
    consumer: &str,
    event: EventId,
    now: Timestamp,
    error: &str,
) -> Result<i32, DbError> {
    let counted = diesel::update(event_failures::table.find((consumer, event)))
        .set((
            event_failures::attempts.eq(event_failures::attempts + 1),
            event_failures::error.eq(error),
            event_failures::failed_at.eq(now.0),
        ))
        .execute(tx.conn())?;
    if counted == 0 {
        diesel::insert_into(event_failures::table)
            .values((
                event_failures::consumer.eq(consumer),
                event_failures::event_id.eq(event),
                event_failures::attempts.eq(1),
                event_failures::error.eq(error),
                event_failures::failed_at.eq(now.0),
            ))
            .execute(tx.conn())?;
        return Ok(1);
    }
    Ok(event_failures::table
        .find((consumer, event))
        .select(event_failures::attempts)
        .first(tx.conn())?)
}

pub(super) fn delete(tx: &mut Tx<'_>, consumer: &str, event: EventId) -> Result<(), DbError> {
    diesel::delete(event_failures::table.find((consumer, event))).execute(tx.conn())?;
    Ok(())
}
