use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use wing_contracts::EventId;

use super::inbox::{Consumer, Inbox, Told};
use super::outbox::{self, Outbox, Waiting};
use crate::db::DbError;
use crate::{Clock, Db};

/// Tells the consumers in this process what happened.
#[derive(Clone)]
pub struct Dispatcher {
    db: Db,
    clock: Clock,
    consumers: Arc<Vec<Arc<dyn Consumer>>>,
    wake: Arc<Notify>,
}

const BATCH: i64 = 100;
/// Events are told at once when somebody wakes the dispatcher, and at least
/// this often, for what another process wrote.
const PERIOD: Duration = Duration::from_secs(1);

impl Dispatcher {
    /// A dispatcher over one database's outbox.
    pub fn new(db: Db, clock: Clock, consumers: Vec<Arc<dyn Consumer>>) -> Self {
        let wake = db.wakers().outbox();
        Self {
            db,
            clock,
            consumers: Arc::new(consumers),
            wake,
        }
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
                let swept = Outbox::new(self.db.clone(), self.clock.clone())
                    .forget_old()
                    .await;
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
                if !consumer.wants().contains(&event.envelope.kind.as_str()) {
                    continue;
                }
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
        self.db.write_blocking(|tx| outbox::told(tx, &told, now))?;
        Ok(told.len() == events.len() && i64::try_from(told.len()) == Ok(BATCH))
    }

    /// Whether this consumer is done with the event.
    fn tell(
        &self,
        consumer: &dyn Consumer,
        event: &Waiting,
        failures: &mut HashMap<(usize, EventId), u32>,
        index: usize,
    ) -> Result<bool, DbError> {
        let inbox = Inbox::new(self.db.clone(), self.clock.clone());
        let key = (index, event.envelope.id);
        let attempt = failures.get(&key).map_or(1, |failed| failed + 1);
        match inbox.tell(consumer, &event.envelope, &event.payload, attempt)? {
            Told::Done => {
                failures.remove(&key);
                Ok(true)
            }
            Told::Again => {
                failures.insert(key, attempt);
                Ok(false)
            }
        }
    }
}
