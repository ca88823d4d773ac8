use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::Consumer;
use super::inbox::{Inbox, Outcome};
use super::outbox::{self, Outbox, Waiting};
use crate::db::DbError;

/// Delivers events to the consumers of this process, without a broker.
#[derive(Clone)]
pub struct Dispatcher {
    inbox: Inbox,
    consumers: Arc<[Arc<dyn Consumer>]>,
    wake: Arc<Notify>,
}

const BATCH: i64 = 100;
/// Events are delivered at once when this process writes them, and at least this
/// often, for what another process wrote and what has to be delivered again.
const PERIOD: Duration = Duration::from_secs(1);
/// From one pruning to the next.
const PRUNE_MS: i64 = 3_600_000;

impl Dispatcher {
    /// A dispatcher over the outbox of the database that `inbox` is in.
    pub fn new(inbox: Inbox, consumers: Vec<Arc<dyn Consumer>>) -> Self {
        Self {
            wake: inbox.db().wakers().outbox(),
            inbox,
            consumers: consumers.into(),
        }
    }

    /// Delivers events until `stop` is cancelled.
    pub async fn run(self, stop: CancellationToken) {
        let clock = self.inbox.clock().clone();
        let mut pruned = clock.now();
        loop {
            let this = self.clone();
            let turn = tokio::task::spawn_blocking(move || this.deliver_waiting());
            let pause = match turn.await {
                Ok(Ok(())) => PERIOD,
                Ok(Err(error)) => {
                    tracing::warn!(%error, "the outbox is out of reach");
                    PERIOD * 3
                }
                Err(error) => {
                    tracing::error!(%error, "a consumer panicked after the commit");
                    PERIOD
                }
            };
            if clock.now().0 - pruned.0 > PRUNE_MS {
                pruned = clock.now();
                let outbox = Outbox::new(self.inbox.db().clone(), clock.clone());
                if let Err(error) = outbox.prune().await {
                    tracing::warn!(%error, "old events were not deleted");
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.wake.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Delivers all that waits, in order, up to an event that has to be delivered
    /// again. One of an unknown type stays in the outbox for a process of a newer
    /// release, and those behind it go on: no consumer here could be given it before
    /// them. Blocks.
    pub(super) fn deliver_waiting(&self) -> Result<(), DbError> {
        let (db, clock) = (self.inbox.db(), self.inbox.clock());
        let mut after = 0;
        loop {
            let events = db.read_blocking(|conn| outbox::waiting(conn, after, BATCH))?;
            let mut delivered = Vec::with_capacity(events.len());
            let mut blocked = false;
            for event in &events {
                after = event.sequence;
                match self.offer(event)? {
                    Outcome::Done => delivered.push(event.sequence),
                    Outcome::Unknown => {}
                    Outcome::Retry(_) => {
                        blocked = true;
                        break;
                    }
                }
            }
            if !delivered.is_empty() {
                let now = clock.now();
                db.write_blocking(|tx| outbox::mark_published(tx, &delivered, now))?;
            }
            if blocked || i64::try_from(events.len()) != Ok(BATCH) {
                return Ok(());
            }
        }
    }

    /// Offers an event to every consumer: done when each is done with it.
    fn offer(&self, event: &Waiting) -> Result<Outcome, DbError> {
        let mut outcome = Outcome::Done;
        for consumer in self.consumers.iter() {
            let (envelope, payload) = (&event.envelope, &event.payload);
            let since = envelope.occurred_at;
            let one = self
                .inbox
                .deliver(consumer.as_ref(), envelope, payload, since)?;
            match one {
                Outcome::Done => {}
                Outcome::Unknown if outcome == Outcome::Done => outcome = one,
                Outcome::Unknown => {}
                Outcome::Retry(_) => outcome = one,
            }
        }
        Ok(outcome)
    }
}
