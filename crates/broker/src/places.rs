//! Where consumers' events come from: durable places in the stream, one for each
//! consumer and noun, since servers before NATS 2.10 ignore a list of filters.

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
/// What only lives in memory is removed this long after its process ended.
const EPHEMERAL: Duration = Duration::from_secs(60);
/// The place of releases that had one for all nouns is removed when no replica has
/// asked there for this long.
const RETIRED: Duration = Duration::from_secs(24 * 3600);
/// How long an operator's command waits for the broker.
const PATIENCE: Duration = Duration::from_secs(30);

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
            let place = self.old_place(consumer);
            let of_a_noun = format!("{place}-");
            let mut names = stream.consumer_names();
            let mut found = Vec::new();
            while let Some(name) = names.try_next().await? {
                let noun = name.strip_prefix(&of_a_noun);
                // A longer name is another consumer's.
                if name == place || noun.is_some_and(|noun| !noun.contains('-')) {
                    found.push(name);
                }
            }
            anyhow::ensure!(!found.is_empty(), "no such consumer");
            // The old place first: new ones would begin where it ends.
            found.sort();
            for name in found {
                stream.delete_consumer(&name).await?;
            }
            Ok(())
        };
        tokio::time::timeout(PATIENCE, reset)
            .await
            .context("the broker does not answer")?
    }

    /// What the broker calls the place of a consumer of this service in the events of
    /// one noun.
    fn place(&self, consumer: &str, noun: &str) -> String {
        format!("{}-{noun}", self.old_place(consumer))
    }

    /// The place for all nouns, of releases before there was one for each.
    fn old_place(&self, consumer: &str) -> String {
        format!("{}-{}", self.process, consumer.replace('.', "-"))
    }

    /// Where the consumer's events of one noun come from: a place in the stream that
    /// all replicas of its service share or, for what every process has to receive,
    /// what happens from now on.
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
                inactive_threshold: EPHEMERAL,
                memory_storage: true,
                ..pull::Config::default()
            };
            return Ok(stream.create_consumer(config).await?);
        }
        let name = self.place(consumer.name(), noun);
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
            // Another replica has just made it, and saw the old place further on.
            Err(error) if matches!(error.kind(), ConsumerErrorKind::JetStream(_)) => {
                find(&stream, &name).await?.context(error)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Where a new place begins: behind what was acknowledged at the consumer's old
    /// one, else with the oldest event. The old one stays for replicas of the release
    /// that uses it, and is removed by the server when none has asked there for a day;
    /// what both read has its effect once, by the inbox.
    async fn retire(&self, stream: &Stream, consumer: &str) -> anyhow::Result<DeliverPolicy> {
        let name = self.old_place(consumer);
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
                inactive_threshold: RETIRED,
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
