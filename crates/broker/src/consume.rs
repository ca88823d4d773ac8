use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer, pull};
use async_nats::jetstream::{AckKind, Message};
use futures_util::StreamExt as _;
use tokio_util::sync::CancellationToken;
use wing_contracts::events::Envelope;
use wing_kit::events::{Consumer, Inbox, Told};
use wing_kit::telemetry::metrics;

use crate::{Broker, PAUSE};

/// A consumer that says nothing for this long has died; the event goes to
/// another replica.
const PATIENCE: Duration = Duration::from_secs(30);
/// What hears in memory alone is forgotten this long after its process.
const FORGOTTEN: Duration = Duration::from_secs(60);

impl Broker {
    /// Hands events to `consumer` until `stop` is cancelled.
    pub async fn consume(self, consumer: Arc<dyn Consumer>, inbox: Inbox, stop: CancellationToken) {
        let mut failing = false;
        loop {
            let listened = tokio::select! {
                () = stop.cancelled() => return,
                listened = self.listen(&consumer, &inbox, &mut failing) => listened,
            };
            let name = consumer.name();
            metrics::EVENTS_LISTENING.with_label_values(&[name]).set(0);
            if let Err(error) = listened
                && !std::mem::replace(&mut failing, true)
            {
                tracing::warn!(
                    consumer = name,
                    error = format!("{error:#}"),
                    "no events come in"
                );
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }

    /// Forgets how far the consumer of that name is. Where it runs it begins
    /// again with the oldest event that is kept; its inbox leaves out what it has
    /// heard.
    ///
    /// # Errors
    /// When there is no such consumer, or the broker is away.
    pub async fn reread(&self, consumer: &str) -> anyhow::Result<()> {
        let forgetting = async {
            let stream = self.stream().await?;
            stream.delete_consumer(&self.place(consumer)).await?;
            anyhow::Ok(())
        };
        tokio::time::timeout(PATIENCE, forgetting)
            .await
            .context("the broker does not answer")?
    }

    /// What the broker calls the place of a consumer of this service.
    fn place(&self, consumer: &str) -> String {
        format!("{}-{}", self.process, consumer.replace('.', "-"))
    }

    async fn listen(
        &self,
        consumer: &Arc<dyn Consumer>,
        inbox: &Inbox,
        failing: &mut bool,
    ) -> anyhow::Result<()> {
        let source = self.source(consumer.as_ref()).await?;
        let mut messages = source
            .stream()
            // One at a time for what is acknowledged: no event overtakes
            // another, and one that failed is not left behind.
            .max_messages_per_batch(if consumer.everywhere() { 100 } else { 1 })
            .heartbeat(Duration::from_secs(5))
            .messages()
            .await?;
        let name = consumer.name();
        metrics::EVENTS_LISTENING.with_label_values(&[name]).set(1);
        if std::mem::take(failing) {
            tracing::info!(consumer = name, "events come in again");
        }
        while let Some(message) = messages.next().await {
            let message = message?;
            if consumer.everywhere() {
                if let Some(event) = read(&message).filter(|event| wanted(consumer, event)) {
                    consumer.committed(&event);
                }
            } else {
                hand_over(consumer, inbox, &message).await?;
            }
        }
        Ok(())
    }

    /// Where the consumer's events come from: a place in the stream that all
    /// replicas of its service share or, for what has to be heard everywhere,
    /// what happens from now on.
    async fn source(&self, consumer: &dyn Consumer) -> anyhow::Result<PullConsumer> {
        let stream = self.stream().await?;
        if consumer.everywhere() {
            let config = pull::Config {
                deliver_policy: DeliverPolicy::New,
                ack_policy: AckPolicy::None,
                inactive_threshold: FORGOTTEN,
                memory_storage: true,
                ..pull::Config::default()
            };
            return Ok(stream.create_consumer(config).await?);
        }
        let name = self.place(consumer.name());
        let config = pull::Config {
            durable_name: Some(name.clone()),
            deliver_policy: DeliverPolicy::All,
            ack_policy: AckPolicy::Explicit,
            ack_wait: PATIENCE,
            max_ack_pending: 1,
            ..pull::Config::default()
        };
        Ok(stream.get_or_create_consumer(&name, config).await?)
    }
}

/// Tells the consumer, then the broker what became of it.
async fn hand_over(
    consumer: &Arc<dyn Consumer>,
    inbox: &Inbox,
    message: &Message,
) -> anyhow::Result<()> {
    let failed = |error: async_nats::Error| anyhow::anyhow!(error);
    let about = message.info().map_err(failed)?;
    let attempt = about.delivered;
    metrics::EVENTS_PENDING
        .with_label_values(&[consumer.name()])
        .set(i64::try_from(about.pending).unwrap_or(i64::MAX));
    let Some(event) = read(message) else {
        // From a process that is newer than this one: not yet of use here.
        return message.double_ack().await.map_err(failed);
    };
    if !wanted(consumer, &event) {
        return message.double_ack().await.map_err(failed);
    }
    let payload = String::from_utf8_lossy(&message.payload).into_owned();
    let attempt = u32::try_from(attempt).unwrap_or(u32::MAX);
    let (consumer, inbox) = (Arc::clone(consumer), inbox.clone());
    let told = tokio::task::spawn_blocking(move || {
        inbox.tell(consumer.as_ref(), &event, &payload, attempt)
    });
    match told.await {
        // Twice, so that the broker knows before the next is asked for.
        Ok(Ok(Told::Done)) => message.double_ack().await.map_err(failed),
        Ok(Ok(Told::Again)) => again(message).await,
        Ok(Err(error)) => {
            tracing::warn!(%error, "an event waits for the database");
            again(message).await
        }
        Err(error) => {
            tracing::error!(%error, "a consumer panicked");
            again(message).await
        }
    }
}

fn wanted(consumer: &Arc<dyn Consumer>, event: &Envelope) -> bool {
    consumer.wants().contains(&event.kind.as_str())
}

async fn again(message: &Message) -> anyhow::Result<()> {
    message
        .ack_with(AckKind::Nak(Some(PAUSE)))
        .await
        .map_err(|error| anyhow::anyhow!(error))
}

fn read(message: &Message) -> Option<Envelope> {
    match serde_json::from_slice(&message.payload) {
        Ok(event) => Some(event),
        Err(error) => {
            tracing::info!(subject = %message.subject, %error, "an event is not understood");
            None
        }
    }
}
