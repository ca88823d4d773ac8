use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::jetstream::message::PublishMessage;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use wing_kit::events::{Outbox, Waiting};

use crate::{Broker, RETRY_DELAY};

const BATCH: i64 = 100;
/// The outbox is polled at least this often, for what another process wrote.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// How often published events are pruned from the outbox.
const PRUNE_INTERVAL: Duration = Duration::from_secs(3600);

impl Broker {
    /// Publishes what is written to `outbox` until `stop` is cancelled; `wake`
    /// says that there is something.
    pub async fn relay(self, outbox: Outbox, wake: Arc<Notify>, stop: CancellationToken) {
        let mut pruned = Instant::now();
        let mut failing = false;
        loop {
            let published = tokio::select! {
                () = stop.cancelled() => return,
                published = self.relay_batch(&outbox) => published,
            };
            let pause = match published {
                Ok(full) => {
                    if std::mem::take(&mut failing) {
                        tracing::info!("events are published again");
                    }
                    if full {
                        continue;
                    }
                    POLL_INTERVAL
                }
                Err(error) => {
                    if !std::mem::replace(&mut failing, true) {
                        tracing::warn!(error = format!("{error:#}"), "events wait in the outbox");
                    }
                    RETRY_DELAY
                }
            };
            if pruned.elapsed() > PRUNE_INTERVAL {
                pruned = Instant::now();
                if let Err(error) = outbox.prune().await {
                    tracing::warn!(%error, "old events were not deleted");
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = wake.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Publishes one batch; `true` when there may be more at once.
    async fn relay_batch(&self, outbox: &Outbox) -> anyhow::Result<bool> {
        let events = outbox.waiting(BATCH).await?;
        if events.is_empty() {
            return Ok(false);
        }
        self.stream().await?;
        let mut published = Vec::with_capacity(events.len());
        let mut failure = None;
        for event in &events {
            // One after the other: none may overtake another of its aggregate.
            match self.publish(event).await {
                Ok(()) => published.push(event.sequence),
                Err(error) => {
                    failure = Some(error);
                    break;
                }
            }
        }
        let full = i64::try_from(published.len()) == Ok(BATCH);
        if !published.is_empty() {
            outbox.mark_published(published).await?;
        }
        failure.map_or(Ok(full), Err)
    }

    async fn publish(&self, event: &Waiting) -> anyhow::Result<()> {
        let subject = format!("{}.{}", self.stream, event.envelope.kind);
        let message = PublishMessage::build()
            .message_id(event.id.to_string())
            .payload(event.payload.clone().into());
        self.context.send_publish(subject, message).await?.await?;
        Ok(())
    }
}
