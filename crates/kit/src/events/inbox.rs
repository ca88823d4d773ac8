use std::time::Duration;

use diesel::prelude::*;
use wing_contracts::EventId;
use wing_contracts::events::Envelope;

use crate::db::schema::{inbox, parked_events};
use crate::db::{DbError, TxError};
use crate::telemetry::metrics;
use crate::{Clock, Db, Tx};

/// Somebody who acts on events.
pub trait Consumer: Send + Sync + 'static {
    /// Names this consumer's place in the inbox; never changes.
    fn name(&self) -> &'static str;

    /// The types of the events that are handed to it ([`Event::TYPE`]); no others
    /// are.
    ///
    /// [`Event::TYPE`]: wing_contracts::events::Event::TYPE
    fn wants(&self) -> &'static [&'static str];

    /// Acts on an event, inside a transaction that also notes it as seen. An
    /// error undoes both, and the event comes again.
    fn consume(&self, tx: &mut Tx<'_>, event: &Envelope) -> anyhow::Result<()>;

    /// Whether every process has to hear it, for what lives in memory, and not
    /// only one of a service's replicas. Then [`Consumer::committed`] alone is
    /// called where events come from a broker.
    fn everywhere(&self) -> bool {
        false
    }

    /// Called once the transaction is committed, for what lives in memory.
    fn committed(&self, _event: &Envelope) {}
}

/// Hands events to consumers, each once in effect.
#[derive(Clone)]
pub struct Inbox {
    db: Db,
    clock: Clock,
}

/// What became of an event at a consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It acted, had acted before, or the event was parked.
    Done,
    /// It failed; the event has to come again.
    Again,
}

/// Attempts before an event is parked for a consumer.
const ATTEMPTS: u32 = 8;

impl Inbox {
    /// The inbox of the consumers over one database.
    pub fn new(db: Db, clock: Clock) -> Self {
        Self { db, clock }
    }

    /// Tells `consumer` of an event, for the `attempt`th time. Blocks.
    pub fn tell(
        &self,
        consumer: &dyn Consumer,
        envelope: &Envelope,
        payload: &str,
        attempt: u32,
    ) -> Result<Told, DbError> {
        let now = self.clock.now();
        let id = envelope.id;
        let result: Result<bool, Trouble> = self.db.write_blocking(|tx| {
            if !first_time(tx, consumer.name(), id, now.0)? {
                return Ok(false);
            }
            let acted = consumer.consume(tx, envelope);
            acted.map(|()| true).map_err(Trouble::Consumer)
        });
        let counted = |outcome| {
            metrics::EVENTS_TOLD
                .with_label_values(&[consumer.name(), outcome])
                .inc();
        };
        match result {
            Ok(first) => {
                counted(if first { "done" } else { "known" });
                if first {
                    let lag = self.clock.now().0 - envelope.occurred_at.0;
                    metrics::EVENT_LAG
                        .with_label_values(&[consumer.name()])
                        .observe(seconds(lag));
                }
                consumer.committed(envelope);
                Ok(Told::Done)
            }
            Err(Trouble::Database(error)) => {
                counted("waits");
                Err(error)
            }
            Err(Trouble::Consumer(error)) => {
                counted("failed");
                tracing::warn!(consumer = consumer.name(), event = %id, attempt, %error, "an event was not consumed");
                if attempt < ATTEMPTS {
                    return Ok(Told::Again);
                }
                self.park(consumer.name(), id, payload, &error)?;
                Ok(Told::Done)
            }
        }
    }

    fn park(
        &self,
        name: &str,
        id: EventId,
        payload: &str,
        error: &anyhow::Error,
    ) -> Result<(), DbError> {
        tracing::error!(consumer = name, event = %id, %error, "an event is parked");
        metrics::EVENTS_PARKED.with_label_values(&[name]).inc();
        let now = self.clock.now();
        self.db.write_blocking(|tx| {
            if first_time(tx, name, id, now.0)? {
                diesel::insert_into(parked_events::table)
                    .values((
                        parked_events::consumer.eq(name),
                        parked_events::event_id.eq(id),
                        parked_events::payload.eq(payload),
                        parked_events::error.eq(format!("{error:#}")),
                        parked_events::parked_at.eq(now.0),
                    ))
                    .execute(tx.conn())?;
            }
            Ok(())
        })
    }
}

/// Of milliseconds, none when a clock runs late.
fn seconds(ms: i64) -> f64 {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0)).as_secs_f64()
}

impl TxError for Trouble {
    fn db_error(&self) -> Option<&DbError> {
        match self {
            Self::Database(error) => Some(error),
            Self::Consumer(error) => error.downcast_ref(),
        }
    }
}

enum Trouble {
    Database(DbError),
    Consumer(anyhow::Error),
}

impl From<DbError> for Trouble {
    fn from(error: DbError) -> Self {
        Self::Database(error)
    }
}

/// Notes the event as seen; `false` when it was already.
fn first_time(tx: &mut Tx<'_>, consumer: &str, id: EventId, now: i64) -> Result<bool, DbError> {
    let seen: i64 = inbox::table
        .filter(inbox::consumer.eq(consumer))
        .filter(inbox::event_id.eq(id))
        .count()
        .get_result(tx.conn())?;
    if seen > 0 {
        return Ok(false);
    }
    diesel::insert_into(inbox::table)
        .values((
            inbox::consumer.eq(consumer),
            inbox::event_id.eq(id),
            inbox::consumed_at.eq(now),
        ))
        .execute(tx.conn())?;
    Ok(true)
}
