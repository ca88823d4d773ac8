//! What an operator does about events: look at those that were parked, have them
//! delivered again or drop them, have everything published again.

use diesel::prelude::*;
use wing_contracts::{EventId, Timestamp};

use super::store;
use crate::db::DbError;
use crate::db::schema::{outbox, parked_events};
use crate::{Clock, Db};

/// The most parked events shown at once.
const SHOWN: i64 = 1000;

/// An event that a consumer gave up.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Parked {
    /// The consumer's name.
    pub consumer: String,
    /// The event.
    pub event: EventId,
    /// The envelope as JSON.
    pub payload: String,
    /// What went wrong the last time.
    pub error: String,
    /// When it was parked, ms, UTC.
    pub parked_at: i64,
    /// Since when it is to be delivered again, ms, UTC. One of an unknown type waits
    /// like this for a release that knows it.
    pub retry_requested_at: Option<i64>,
}

/// Repairs over one database, beside a running process or without one.
#[derive(Clone)]
pub struct Repair {
    db: Db,
    clock: Clock,
}

impl Repair {
    /// Repairs over `db`.
    pub fn new(db: Db, clock: Clock) -> Self {
        Self { db, clock }
    }

    /// What is parked, oldest first, at most a thousand. Blocks.
    pub fn parked(&self) -> Result<Vec<Parked>, DbError> {
        self.db.read_blocking(|conn| {
            Ok(parked_events::table
                .order((parked_events::parked_at, parked_events::event_id))
                .limit(SHOWN)
                .load(conn)?)
        })
    }

    /// Has parked events delivered again to the consumer that parked them, and to no
    /// other: those of `consumer`, or of all; the one, or all. A running process of
    /// that consumer does it within a second or two; one that fails again is parked
    /// again. Answers how many. Blocks.
    pub fn retry(&self, consumer: Option<&str>, event: Option<EventId>) -> Result<usize, DbError> {
        let now = self.clock.now();
        self.db
            .write_blocking(|tx| store::request_retry(tx, consumer, event, now))
    }

    /// Drops a parked event: its consumer will never act on it. `false` when there is
    /// none. Blocks.
    pub fn drop_parked(&self, consumer: &str, event: EventId) -> Result<bool, DbError> {
        self.db.write_blocking(|tx| {
            let row = parked_events::table.find((consumer, event));
            Ok(diesel::delete(row).execute(tx.conn())? > 0)
        })
    }

    /// Has everything published again that happened at or after `since`, for a broker
    /// that lost what it had acknowledged. Consumers that acted on it have it in their
    /// inbox and do nothing. Answers how many. Blocks.
    pub fn resend(&self, since: Timestamp) -> Result<usize, DbError> {
        self.db.write_blocking(|tx| {
            let published = outbox::table
                .filter(outbox::occurred_at.ge(since.0))
                .filter(outbox::published_at.is_not_null());
            Ok(diesel::update(published)
                .set(outbox::published_at.eq(None::<i64>))
                .execute(tx.conn())?)
        })
    }
}
