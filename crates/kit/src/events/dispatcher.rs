use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use diesel::prelude::*;
use tokio::sync::Notify;
use wing_contracts::EventId;
use wing_contracts::events::Envelope;

use super::outbox::{self, Waiting};
use crate::db::DbError;
use crate::db::schema::{inbox, parked_events};
use crate::{Clock, Conn, Db};

/// Somebody who acts on events.
pub trait Consumer: Send + Sync + 'static {
    /// Names this consumer's place in the inbox; never changes.
    fn name(&self) -> &'static str;

    /// Acts on an event, inside a transaction that also notes it as seen. An
    /// error undoes both, and the event comes again.
    fn consume(&self, conn: &mut Conn, event: &Envelope) -> anyhow::Result<()>;

    /// Called once the transaction is committed, for what lives in memory.
    fn committed(&self, _event: &Envelope) {}
}

/// Tells the consumers in this process what happened.
#[derive(Clone)]
pub struct Dispatcher {
    db: Db,
    clock: Clock,
    consumers: Arc<Vec<Arc<dyn Consumer>>>,
    wake: Arc<Notify>,
}

const BATCH: i64 = 100;
/// Events are told at once when [`Dispatcher::wake`] is called, and at least
/// this often, for what another process wrote.
const PERIOD: Duration = Duration::from_secs(1);
/// Attempts before an event is parked for a consumer.
const ATTEMPTS: u32 = 8;
const KEPT_MS: i64 = 7 * 24 * 3600 * 1000;

impl Dispatcher {
    /// A dispatcher over one database's outbox.
    pub fn new(db: Db, clock: Clock, consumers: Vec<Arc<dyn Consumer>>) -> Self {
        Self {
            db,
            clock,
            consumers: Arc::new(consumers),
            wake: Arc::new(Notify::new()),
        }
    }

    /// Says that something was written; call it after a commit.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// The handle others wake it by.
    pub fn waker(&self) -> Arc<Notify> {
        Arc::clone(&self.wake)
    }

    /// Tells events until `stop` is notified.
    pub async fn run(self, stop: tokio_util::sync::CancellationToken) {
        let mut failures = HashMap::new();
        let mut swept = self.clock.now();
        loop {
            let this = self.clone();
            let turn = tokio::task::spawn_blocking(move || {
                let more = this.tell_batch(&mut failures);
                (more, failures)
            });
            let more = match turn.await {
                Ok((more, kept)) => {
                    failures = kept;
                    more
                }
                Err(error) => {
                    tracing::error!(%error, "a consumer panicked");
                    failures = HashMap::new();
                    Ok(false)
                }
            };
            let pause = match more {
                Ok(true) => continue,
                Ok(false) => PERIOD,
                Err(error) => {
                    tracing::warn!(%error, "the outbox is out of reach");
                    PERIOD * 3
                }
            };
            if self.clock.now().0 - swept.0 > 3_600_000 {
                swept = self.clock.now();
                let limit = swept.plus_ms(-KEPT_MS);
                let swept: Result<(), DbError> =
                    self.db.write(move |conn| outbox::forget(conn, limit)).await;
                if let Err(error) = swept {
                    tracing::warn!(%error, "old events stay in the outbox");
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.wake.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Tells one batch; `true` when there may be more at once.
    fn tell_batch(&self, failures: &mut HashMap<(usize, EventId), u32>) -> Result<bool, DbError> {
        let events = self.db.read_blocking(|conn| outbox::waiting(conn, BATCH))?;
        let mut told = Vec::with_capacity(events.len());
        for event in &events {
            let mut all = true;
            for (index, consumer) in self.consumers.iter().enumerate() {
                all &= self.tell(consumer.as_ref(), event, failures, index)?;
            }
            if !all {
                // Order is kept: what follows waits for the retry.
                break;
            }
            told.push(event.sequence);
        }
        if told.is_empty() {
            return Ok(false);
        }
        let now = self.clock.now();
        self.db
            .write_blocking(|conn| outbox::told(conn, &told, now))?;
        Ok(told.len() == events.len() && i64::try_from(told.len()) == Ok(BATCH))
    }

    /// Whether this consumer is done with the event: it acted, had acted
    /// before, or the event was parked.
    fn tell(
        &self,
        consumer: &dyn Consumer,
        event: &Waiting,
        failures: &mut HashMap<(usize, EventId), u32>,
        index: usize,
    ) -> Result<bool, DbError> {
        let now = self.clock.now();
        let id = event.envelope.id;
        let result: Result<(), Trouble> = self.db.write_blocking(|conn| {
            if !first_time(conn, consumer.name(), id, now.0)? {
                return Ok(());
            }
            consumer
                .consume(conn, &event.envelope)
                .map_err(Trouble::Consumer)
        });
        match result {
            Ok(()) => {
                failures.remove(&(index, id));
                consumer.committed(&event.envelope);
                Ok(true)
            }
            Err(Trouble::Database(error)) => Err(error),
            Err(Trouble::Consumer(error)) => {
                let count = failures.entry((index, id)).or_insert(0);
                *count += 1;
                tracing::warn!(consumer = consumer.name(), event = %id, attempt = *count, %error, "an event was not consumed");
                if *count < ATTEMPTS {
                    return Ok(false);
                }
                failures.remove(&(index, id));
                self.park(consumer.name(), event, &error)?;
                Ok(true)
            }
        }
    }

    fn park(&self, name: &str, event: &Waiting, error: &anyhow::Error) -> Result<(), DbError> {
        tracing::error!(consumer = name, event = %event.envelope.id, %error, "an event is parked");
        let now = self.clock.now();
        self.db.write_blocking(|conn| {
            if first_time(conn, name, event.envelope.id, now.0)? {
                diesel::insert_into(parked_events::table)
                    .values((
                        parked_events::consumer.eq(name),
                        parked_events::event_id.eq(event.envelope.id),
                        parked_events::payload.eq(&event.payload),
                        parked_events::error.eq(format!("{error:#}")),
                        parked_events::parked_at.eq(now.0),
                    ))
                    .execute(conn)?;
            }
            Ok(())
        })
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
fn first_time(conn: &mut Conn, consumer: &str, id: EventId, now: i64) -> Result<bool, DbError> {
    let seen: i64 = inbox::table
        .filter(inbox::consumer.eq(consumer))
        .filter(inbox::event_id.eq(id))
        .count()
        .get_result(conn)?;
    if seen > 0 {
        return Ok(false);
    }
    diesel::insert_into(inbox::table)
        .values((
            inbox::consumer.eq(consumer),
            inbox::event_id.eq(id),
            inbox::consumed_at.eq(now),
        ))
        .execute(conn)?;
    Ok(true)
}
