//! Durable consumers at the broker: one for each consumer and noun, since servers
//! before NATS 2.10 ignore a list of filters.

use std::time::Duration;

use anyhow::Context as _;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer, pull};
use async_nats::jetstream::context::{ConsumerInfoError, ConsumerInfoErrorKind};
use async_nats::jetstream::stream::{ConsumerErrorKind, Stream};
use futures_util::TryStreamExt as _;
use wing_kit::events::Consumer;

use crate::Broker;

/// An event that is not acknowledged for this long is delivered to another replica:
/// the one that had it has died.
const ACK_WAIT: Duration = Duration::from_secs(30);
/// An ephemeral consumer is removed this long after its process ended.
const EPHEMERAL_KEPT: Duration = Duration::from_secs(60);
/// Earlier releases had one durable for all nouns. It is removed when no replica has
/// pulled from it for this long.
const OLD_DURABLE_KEPT: Duration = Duration::from_secs(24 * 3600);
/// How long an operator's command waits for the broker.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(30);

impl Broker {
    /// Has the consumer of that name read everything again that the stream keeps; its
    /// inbox leaves out what it has acted on. Where it runs it begins with the oldest
    /// event.
    ///
    /// # Errors
    /// When there is no such consumer, or the broker is away.
    pub async fn reread(&self, consumer: &str) -> anyhow::Result<()> {
        let reset = async {
            let stream = self.stream().await?;
            let old = self.old_durable(consumer);
            let of_a_noun = format!("{old}-");
            let mut names = stream.consumer_names();
            let mut found = Vec::new();
            while let Some(name) = names.try_next().await? {
                let noun = name.strip_prefix(&of_a_noun);
                // A longer name is another consumer's.
                if name == old || noun.is_some_and(|noun| !noun.contains('-')) {
                    found.push(name);
                }
            }
            anyhow::ensure!(!found.is_empty(), "no such consumer");
            // The old durable first: new ones would begin where it ends.
            found.sort();
            for name in found {
                stream.delete_consumer(&name).await?;
            }
            Ok(())
        };
        tokio::time::timeout(COMMAND_TIMEOUT, reset)
            .await
            .context("the broker does not answer")?
    }

    /// The name of a consumer's durable for the events of one noun.
    fn durable(&self, consumer: &str, noun: &str) -> String {
        format!("{}-{noun}", self.old_durable(consumer))
    }

    /// The name of the durable for all nouns, which earlier releases used.
    fn old_durable(&self, consumer: &str) -> String {
        format!("{}-{}", self.process, consumer.replace('.', "-"))
    }

    /// The subscription to the consumer's events of one noun: a durable that all replicas
    /// of its service share or, for what every process has to receive, an ephemeral
    /// consumer of new events.
    pub(crate) async fn source(
        &self,
        consumer: &dyn Consumer,
        noun: &str,
    ) -> anyhow::Result<PullConsumer> {
        let stream = self.stream().await?;
        let filter_subject = format!("{}.{noun}.>", self.stream);
        if consumer.everywhere() {
            let config = pull::Config {
                filter_subject,
                deliver_policy: DeliverPolicy::New,
                ack_policy: AckPolicy::None,
                inactive_threshold: EPHEMERAL_KEPT,
                memory_storage: true,
                ..pull::Config::default()
            };
            return Ok(stream.create_consumer(config).await?);
        }
        let name = self.durable(consumer.name(), noun);
        if let Some(existing) = find(&stream, &name).await? {
            return Ok(existing);
        }
        let deliver_policy = self.retire(&stream, consumer.name()).await?;
        let config = pull::Config {
            durable_name: Some(name.clone()),
            filter_subject,
            deliver_policy,
            ack_policy: AckPolicy::Explicit,
            ack_wait: ACK_WAIT,
            max_ack_pending: 1,
            ..pull::Config::default()
        };
        match stream.create_consumer(config).await {
            Ok(created) => Ok(created),
            // Another replica has just made it, from a later position of the old one.
            Err(error) if matches!(error.kind(), ConsumerErrorKind::JetStream(_)) => {
                find(&stream, &name).await?.context(error)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Where a new durable begins: behind what was acknowledged at the consumer's old
    /// one, else with the oldest event. The old one stays for replicas of the release
    /// that uses it, and the server removes it when none has pulled from it for a day;
    /// what both receive has its effect once, by the inbox.
    async fn retire(&self, stream: &Stream, consumer: &str) -> anyhow::Result<DeliverPolicy> {
        let name = self.old_durable(consumer);
        let Some(mut old) = find(stream, &name).await? else {
            return Ok(DeliverPolicy::All);
        };
        let info = old.info().await?.clone();
        if info.config.inactive_threshold.is_zero() {
            let config = pull::Config {
                durable_name: Some(name),
                deliver_policy: info.config.deliver_policy,
                ack_policy: info.config.ack_policy,
                ack_wait: info.config.ack_wait,
                max_deliver: info.config.max_deliver,
                max_ack_pending: info.config.max_ack_pending,
                max_waiting: info.config.max_waiting,
                inactive_threshold: OLD_DURABLE_KEPT,
                ..pull::Config::default()
            };
            stream.create_consumer(config).await?;
        }
        Ok(DeliverPolicy::ByStartSequence {
            start_sequence: info.ack_floor.stream_sequence + 1,
        })
    }
}

async fn find(stream: &Stream, name: &str) -> anyhow::Result<Option<PullConsumer>> {
    match stream.get_consumer(name).await {
        Ok(found) => Ok(Some(found)),
        Err(error) => match error.downcast_ref::<ConsumerInfoError>() {
            Some(info) if info.kind() == ConsumerInfoErrorKind::NotFound => Ok(None),
            _ => Err(anyhow::anyhow!(error)),
        },
    }
}
