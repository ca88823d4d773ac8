use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use wing_contracts::events::{Envelope, types};
use wing_contracts::{EventId, Timestamp};

use super::consumer::{Consumer, ConsumerError, nouns};
use super::{failures, store};
use crate::db::DbError;
use crate::telemetry::metrics;
use crate::{Clock, Db, Tx};

/// Delivers events to the consumers over one database, to each once in effect, and
/// decides what becomes of those that cannot be consumed. Cheap to clone.
#[derive(Clone)]
pub struct Inbox {
    db: Db,
    clock: Clock,
    /// Since when this process consumes.
    started: Timestamp,
    known: Arc<BTreeSet<&'static str>>,
}

/// What has to become of an event that was offered to a consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// It is acknowledged: the consumer acted on it now or earlier, does not want it,
    /// or it was parked.
    Done,
    /// It is delivered again after this time, and what follows it waits.
    Retry(Duration),
    /// This process does not know its type. It is given back, so that a process of a
    /// newer release takes it.
    Unknown,
}

/// What an event is to a consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interest {
    Wanted,
    Unwanted,
    /// Of a type that only newer releases know; they may want it.
    Unknown,
}

enum Attempt {
    Acted,
    ActedBefore,
    TooEarly(Duration),
}

/// How long an event of an unknown type is given back before it is parked: longer
/// than a rolling release takes.
const GIVEN_BACK_MS: i64 = 15 * 60 * 1000;
/// After an outage or a conflict of the database.
const PAUSE: Duration = Duration::from_secs(1);

impl Inbox {
    /// The inbox of the consumers over one database. Made once, when a process
    /// begins to consume.
    pub fn new(db: Db, clock: Clock) -> Self {
        Self {
            started: clock.now(),
            known: Arc::new(types().collect()),
            db,
            clock,
        }
    }

    pub(super) fn db(&self) -> &Db {
        &self.db
    }

    /// The time it goes by.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Offers an event to `consumer`; `payload` is its envelope as it came, with
    /// fields that this release may not know. Blocks.
    ///
    /// `available_since` is when it could be consumed at the earliest: when the broker
    /// stored it, or when it was written to an outbox that is read directly. An
    /// unknown type is given back for a quarter of an hour from then, or from the start
    /// of this process if that was later.
    ///
    /// # Errors
    /// The database's, with nothing changed: the event has to be offered again.
    pub fn deliver(
        &self,
        consumer: &dyn Consumer,
        envelope: &Envelope,
        payload: &str,
        available_since: Timestamp,
    ) -> Result<Outcome, DbError> {
        match self.interest(consumer, envelope) {
            Interest::Unwanted => return Ok(Outcome::Done),
            Interest::Unknown => {
                return self.unknown(consumer.name(), envelope, payload, available_since);
            }
            Interest::Wanted => {}
        }
        let (name, id) = (consumer.name(), envelope.id);
        match self
            .db
            .write_blocking(|tx| self.attempt(tx, consumer, envelope))
        {
            Ok(Attempt::Acted) => {
                self.acted(consumer, envelope);
                Ok(Outcome::Done)
            }
            Ok(Attempt::ActedBefore) => {
                count(name, "known");
                consumer.committed(envelope);
                Ok(Outcome::Done)
            }
            Ok(Attempt::TooEarly(remaining)) => Ok(Outcome::Retry(remaining)),
            Err(error) if error.is_passing() => {
                count(name, "waits");
                tracing::warn!(consumer = name, event = %id, %error, "an event waits for the database");
                Ok(Outcome::Retry(PAUSE))
            }
            Err(error) => self.failed(name, id, payload, &error),
        }
    }

    /// Delivers a parked event to the consumer that parked it, once: it acts and the
    /// event is parked no longer, or it fails and the event stays, with its new error.
    /// Leaves it where another process is at it, or this one does not know its type.
    /// Blocks.
    pub(super) fn redeliver(&self, consumer: &dyn Consumer, id: EventId) -> Result<(), DbError> {
        let name = consumer.name();
        let result = self.db.write_blocking(|tx| {
            let Some(payload) = store::lock_requested(tx, name, id)? else {
                return Ok(None);
            };
            let envelope: Envelope = serde_json::from_str(&payload)?;
            let interest = self.interest(consumer, &envelope);
            if interest == Interest::Unknown {
                return Ok(None);
            }
            store::delete_parked(tx, name, id)?;
            store::insert_inbox(tx, name, id, self.clock.now())?;
            if interest == Interest::Unwanted {
                return Ok(None);
            }
            consume(tx, consumer, &envelope)?;
            Ok::<_, ConsumerError>(Some(envelope))
        });
        match result {
            Ok(None) => Ok(()),
            Ok(Some(envelope)) => {
                tracing::info!(consumer = name, event = %id, "a parked event was consumed");
                self.acted(consumer, &envelope);
                Ok(())
            }
            Err(error) if error.is_passing() => {
                count(name, "waits");
                tracing::warn!(consumer = name, event = %id, %error, "a parked event waits for the database");
                Ok(())
            }
            Err(error) => {
                count(name, "failed");
                tracing::error!(consumer = name, event = %id, %error, "a parked event failed again");
                let (now, error) = (self.clock.now(), error.to_string());
                self.db
                    .write_blocking(|tx| store::failed_again(tx, name, id, now, &error))
            }
        }
    }

    /// The one rule about types: what a consumer wants is delivered to it; another
    /// type of one of its nouns that this release does not know may be meant for it.
    fn interest(&self, consumer: &dyn Consumer, envelope: &Envelope) -> Interest {
        let kind = envelope.kind.as_str();
        if consumer.wants().contains(&kind) {
            Interest::Wanted
        } else if !self.known.contains(kind)
            // What only keeps something in memory has no use for it later.
            && !consumer.everywhere()
            && nouns(consumer).contains(envelope.noun())
        {
            Interest::Unknown
        } else {
            Interest::Unwanted
        }
    }

    fn unknown(
        &self,
        name: &str,
        envelope: &Envelope,
        payload: &str,
        available_since: Timestamp,
    ) -> Result<Outcome, DbError> {
        let now = self.clock.now();
        if now.0 - available_since.max(self.started).0 < GIVEN_BACK_MS {
            count(name, "unknown");
            return Ok(Outcome::Unknown);
        }
        let reason = format!("unknown type {}: a newer release takes it", envelope.kind);
        let parked = self.db.write_blocking(|tx| {
            store::park(tx, name, envelope.id, payload, &reason, now)?;
            // Whichever process knows the type first takes it, without an operator.
            store::request_retry(tx, Some(name), Some(envelope.id), now)
        })?;
        if parked > 0 {
            metrics::EVENTS_PARKED.with_label_values(&[name]).inc();
            tracing::warn!(consumer = name, event = %envelope.id, reason, "an event is parked");
        }
        Ok(Outcome::Done)
    }

    fn attempt(
        &self,
        tx: &mut Tx<'_>,
        consumer: &dyn Consumer,
        envelope: &Envelope,
    ) -> Result<Attempt, ConsumerError> {
        let (name, id, now) = (consumer.name(), envelope.id, self.clock.now());
        let failure = failures::find(tx, name, id)?;
        if let Some(remaining) = failure.and_then(|failure| failure.remaining(now)) {
            return Ok(Attempt::TooEarly(remaining));
        }
        if !store::insert_inbox(tx, name, id, now)? {
            return Ok(Attempt::ActedBefore);
        }
        consume(tx, consumer, envelope)?;
        if failure.is_some() {
            failures::delete(tx, name, id)?;
        }
        Ok(Attempt::Acted)
    }

    fn acted(&self, consumer: &dyn Consumer, envelope: &Envelope) {
        let name = consumer.name();
        count(name, "done");
        let lag = self.clock.now().0 - envelope.occurred_at.0;
        metrics::EVENT_LAG
            .with_label_values(&[name])
            .observe(seconds(lag));
        consumer.committed(envelope);
    }

    /// Counts an attempt that failed by the consumer's own fault, after its
    /// transaction was rolled back; parks the event after the last one.
    fn failed(
        &self,
        name: &str,
        id: EventId,
        payload: &str,
        error: &ConsumerError,
    ) -> Result<Outcome, DbError> {
        count(name, "failed");
        let (now, reason) = (self.clock.now(), error.to_string());
        let attempts = self.db.write_blocking(|tx| {
            let attempts = failures::count(tx, name, id, now, &reason)?;
            if attempts >= failures::ATTEMPTS {
                failures::delete(tx, name, id)?;
                store::park(tx, name, id, payload, &reason, now)?;
            }
            Ok::<_, DbError>(attempts)
        })?;
        if attempts < failures::ATTEMPTS {
            tracing::warn!(consumer = name, event = %id, attempts, reason, "an event was not consumed");
            return Ok(Outcome::Retry(failures::delay(attempts)));
        }
        metrics::EVENTS_PARKED.with_label_values(&[name]).inc();
        tracing::error!(consumer = name, event = %id, reason, "an event is parked");
        Ok(Outcome::Done)
    }
}

/// Counts an event that was offered to a consumer, by what became of it.
fn count(consumer: &str, outcome: &str) {
    metrics::EVENTS_DELIVERED
        .with_label_values(&[consumer, outcome])
        .inc();
}

/// Of milliseconds, none when a clock runs late.
fn seconds(ms: i64) -> f64 {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0)).as_secs_f64()
}

/// Has the consumer act; a panic is an error, so that the transaction is rolled back
/// and the connection kept.
fn consume(
    tx: &mut Tx<'_>,
    consumer: &dyn Consumer,
    envelope: &Envelope,
) -> Result<(), ConsumerError> {
    catch_unwind(AssertUnwindSafe(|| consumer.consume(tx, envelope)))
        .unwrap_or_else(|payload| Err(ConsumerError::panic(payload.as_ref())))
}
