use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Consumer, Inbox, store};
use crate::db::DbError;

/// Delivers parked events again to the one consumer that parked them, once an operator
/// asked for it or a newer release runs that knows their type. Neither broker nor
/// outbox has a part in it, so no other consumer receives them twice.
pub struct Redelivery {
    inbox: Inbox,
    consumers: Vec<Arc<dyn Consumer>>,
}

/// From one look at the table to the next.
const PERIOD: Duration = Duration::from_secs(1);
const BATCH: i64 = 100;

impl Redelivery {
    /// Redelivery to the consumers of one process.
    pub fn new(inbox: Inbox, consumers: Vec<Arc<dyn Consumer>>) -> Self {
        Self { inbox, consumers }
    }

    /// Looks for requests until `stop` is cancelled.
    pub async fn run(self, stop: CancellationToken) {
        let this = Arc::new(self);
        loop {
            let turn = Arc::clone(&this);
            match tokio::task::spawn_blocking(move || turn.deliver_requested()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%error, "parked events are out of reach"),
                Err(error) => tracing::error!(%error, "a consumer panicked after the commit"),
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(PERIOD) => {}
            }
        }
    }

    /// Delivers what is requested at this moment, each event once. Blocks.
    pub(super) fn deliver_requested(&self) -> Result<(), DbError> {
        for consumer in &self.consumers {
            let mut after = None;
            loop {
                let ids = self
                    .inbox
                    .db()
                    .read_blocking(|conn| store::requested(conn, consumer.name(), after, BATCH))?;
                for id in &ids {
                    self.inbox.redeliver(consumer.as_ref(), *id)?;
                }
                if i64::try_from(ids.len()) != Ok(BATCH) {
                    break;
                }
                after = ids.last().copied();
            }
        }
        Ok(())
    }
}
