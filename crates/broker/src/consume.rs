use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::{AckKind, Message};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use wing_contracts::Timestamp;
use wing_contracts::events::Envelope;
use wing_kit::events::{Consumer, Inbox, Outcome, nouns};
use wing_kit::telemetry::metrics;

use crate::{Broker, RETRY_DELAY};

/// Messages requested at once where none is acknowledged.
const BATCH: usize = 100;
/// How often the server sends a heartbeat while there are no events.
const HEARTBEAT: Duration = Duration::from_secs(5);

impl Broker {
    /// Delivers events to `consumer` until `stop` is cancelled. Those of one noun come
    /// one at a time and in order; those of different nouns independently.
    pub async fn consume(self, consumer: Arc<dyn Consumer>, inbox: Inbox, stop: CancellationToken) {
        let nouns = nouns(consumer.as_ref());
        let progress = Progress::new(consumer.name(), nouns.len());
        let all = nouns.into_iter().enumerate().map(|(index, noun)| {
            let subscription = Subscription {
                broker: &self,
                consumer: Arc::clone(&consumer),
                inbox: inbox.clone(),
                noun,
                index,
                progress: &progress,
            };
            subscription.run(&stop)
        });
        join_all(all).await;
    }
}

/// One consumer's events of one noun.
struct Subscription<'a> {
    broker: &'a Broker,
    consumer: Arc<dyn Consumer>,
    inbox: Inbox,
    noun: &'static str,
    /// Of the noun among the consumer's.
    index: usize,
    progress: &'a Progress,
}

impl Subscription<'_> {
    async fn run(self, stop: &CancellationToken) {
        let (consumer, noun) = (self.consumer.name(), self.noun);
        let mut failing = false;
        loop {
            let received = tokio::select! {
                () = stop.cancelled() => return,
                received = self.receive(&mut failing) => received,
            };
            self.progress.listening(self.index, false);
            if let Err(error) = received
                && !std::mem::replace(&mut failing, true)
            {
                let error = format!("{error:#}");
                tracing::warn!(consumer, noun, error, "no events come in");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(RETRY_DELAY) => {}
            }
        }
    }

    async fn receive(&self, failing: &mut bool) -> anyhow::Result<()> {
        let everywhere = self.consumer.everywhere();
        let source = self.broker.source(self.consumer.as_ref(), self.noun);
        let mut messages = source
            .await?
            .stream()
            // One at a time for what is acknowledged: no event overtakes
            // another, and one that failed is not left behind.
            .max_messages_per_batch(if everywhere { BATCH } else { 1 })
            .heartbeat(HEARTBEAT)
            .messages()
            .await?;
        self.progress.listening(self.index, true);
        if std::mem::take(failing) {
            let (consumer, noun) = (self.consumer.name(), self.noun);
            tracing::info!(consumer, noun, "events come in again");
        }
        while let Some(message) = messages.next().await {
            let message = message?;
            if everywhere {
                self.deliver_in_memory(&message);
            } else {
                self.deliver(&message).await?;
            }
        }
        Ok(())
    }

    /// Delivers to a consumer that keeps something in memory.
    fn deliver_in_memory(&self, message: &Message) {
        if let Some(event) = read(message)
            && self.consumer.wants().contains(&event.kind.as_str())
        {
            self.consumer.committed(&event);
        }
    }

    /// Offers the event to the consumer, then acknowledges it or gives it back.
    async fn deliver(&self, message: &Message) -> anyhow::Result<()> {
        let failed = |error: async_nats::Error| anyhow::anyhow!(error);
        let about = message.info().map_err(failed)?;
        self.progress.pending(self.index, about.pending);
        let stored_at = Timestamp(about.published.unix_timestamp() * 1000);
        let Some(event) = read(message) else {
            // No release writes such a thing.
            return message.double_ack().await.map_err(failed);
        };
        let payload = String::from_utf8_lossy(&message.payload).into_owned();
        let (consumer, inbox) = (Arc::clone(&self.consumer), self.inbox.clone());
        let delivered = tokio::task::spawn_blocking(move || {
            inbox.deliver(consumer.as_ref(), &event, &payload, stored_at)
        });
        let after = match delivered.await {
            // Twice, so that the broker knows before the next is asked for.
            Ok(Ok(Outcome::Done)) => return message.double_ack().await.map_err(failed),
            Ok(Ok(Outcome::Retry(after))) => after,
            Ok(Ok(Outcome::Unknown)) => RETRY_DELAY,
            Ok(Err(error)) => {
                tracing::warn!(%error, "an event waits for the database");
                RETRY_DELAY
            }
            Err(error) => {
                tracing::error!(%error, "a consumer panicked after the commit");
                RETRY_DELAY
            }
        };
        let again = message.ack_with(AckKind::Nak(Some(after))).await;
        again.map_err(failed)
    }
}

/// How far a consumer is, over all of its nouns, for the metrics.
struct Progress {
    consumer: &'static str,
    /// Of each noun: whether the broker delivers, and how much it holds.
    nouns: Mutex<Vec<(bool, u64)>>,
}

impl Progress {
    fn new(consumer: &'static str, nouns: usize) -> Self {
        Self {
            consumer,
            nouns: Mutex::new(vec![(false, 0); nouns]),
        }
    }

    fn listening(&self, index: usize, listening: bool) {
        self.change(index, |noun| noun.0 = listening);
    }

    fn pending(&self, index: usize, pending: u64) {
        self.change(index, |noun| noun.1 = pending);
    }

    fn change(&self, index: usize, change: impl FnOnce(&mut (bool, u64))) {
        let mut nouns = self.nouns.lock();
        if let Some(noun) = nouns.get_mut(index) {
            change(noun);
        }
        let listening = nouns.iter().all(|(listening, _)| *listening);
        let pending: u64 = nouns.iter().map(|(_, pending)| pending).sum();
        metrics::EVENTS_LISTENING
            .with_label_values(&[self.consumer])
            .set(listening.into());
        metrics::EVENTS_PENDING
            .with_label_values(&[self.consumer])
            .set(i64::try_from(pending).unwrap_or(i64::MAX));
    }
}

fn read(message: &Message) -> Option<Envelope> {
    match serde_json::from_slice(&message.payload) {
        Ok(event) => Some(event),
        Err(error) => {
            tracing::error!(subject = %message.subject, %error, "what came is no event");
            None
        }
    }
}
