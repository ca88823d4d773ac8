//! Events between processes, by NATS JetStream.
//!
//! [`Broker::relay`] publishes what stands in a database's outbox, in order and
//! under the event's own id, and notes it as told once the broker has stored it.
//! [`Broker::consume`] hands events to a consumer through its inbox and
//! acknowledges them after the commit. With the broker away events wait in the
//! outbox; what comes twice changes nothing.
//!
//! Never here: what an event means.

mod consume;
mod relay;

use std::time::Duration;

use anyhow::Context as _;
use async_nats::jetstream::stream::{Config as StreamConfig, Stream};
use async_nats::jetstream::{self, Context};
use wing_kit::Config;

/// The way to the broker; cheap to clone.
#[derive(Clone)]
pub struct Broker {
    context: Context,
    /// Name of the stream, and what its subjects begin with.
    stream: String,
    /// On how many servers each event is stored.
    replicas: usize,
    /// The service that this process is a replica of.
    process: &'static str,
}

/// How long events can be read again.
const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);
/// What is published again within this is recognised by its id.
const WINDOW: Duration = Duration::from_secs(120);
/// After a failure nothing is tried for this long.
const PAUSE: Duration = Duration::from_secs(1);

impl Broker {
    /// The broker of the settings, for a replica of `process`. One that is away
    /// is waited for in the background, for as long as it takes.
    pub async fn connect(config: &Config, process: &'static str) -> anyhow::Result<Self> {
        let client = async_nats::ConnectOptions::new()
            .name(process)
            .retry_on_initial_connect()
            .max_reconnects(None)
            .reconnect_delay_callback(|attempt| {
                Duration::from_millis(50 * u64::try_from(attempt.min(20)).unwrap_or(20))
            })
            .connect(config.nats_url.expose())
            .await
            .context("WING_NATS_URL")?;
        let named = config
            .nats_stream
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        anyhow::ensure!(
            named && !config.nats_stream.is_empty(),
            "WING_NATS_STREAM is not a name of letters, digits, _ and -"
        );
        Ok(Self {
            context: jetstream::new(client),
            stream: config.nats_stream.clone(),
            replicas: config.nats_replicas,
            process,
        })
    }

    /// The stream, made when it is not there.
    async fn stream(&self) -> anyhow::Result<Stream> {
        let config = StreamConfig {
            name: self.stream.clone(),
            subjects: vec![format!("{}.>", self.stream)],
            max_age: KEPT,
            duplicate_window: WINDOW,
            num_replicas: self.replicas,
            description: Some("What happened on the site".into()),
            ..StreamConfig::default()
        };
        Ok(self.context.get_or_create_stream(config).await?)
    }
}
