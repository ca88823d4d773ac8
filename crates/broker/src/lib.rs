//! Events between processes, by NATS JetStream.
//!
//! [`Broker::relay`] publishes what stands in a database's outbox, in order and
//! under the event's own id, and notes it as published once the broker has stored it.
//! [`Broker::consume`] delivers events to a consumer through its inbox and
//! acknowledges them after the commit. With the broker away events wait in the
//! outbox; what comes twice changes nothing.
//!
//! Never here: what an event means.

mod consume;
mod durables;
mod relay;

use std::time::Duration;

use anyhow::Context as _;
use async_nats::jetstream::stream::{Config as StreamConfig, Stream};
use async_nats::jetstream::{self, Context};
use percent_encoding::percent_decode_str;
use url::Url;
use wing_kit::Config;

/// A connection to the broker; cheap to clone.
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

/// How long the stream keeps events; shorter than inboxes recognise repeats.
const RETENTION: Duration = Duration::from_secs(7 * 24 * 3600);
/// The broker drops an event whose id was published within this time.
const DUPLICATE_WINDOW: Duration = Duration::from_secs(120);
/// How long to wait after a failure.
const RETRY_DELAY: Duration = Duration::from_secs(1);

impl Broker {
    /// The broker of the settings, for a replica of `process`. One that is away
    /// is waited for in the background, for as long as it takes.
    pub async fn connect(config: &Config, process: &'static str) -> anyhow::Result<Self> {
        let (address, account) = address_and_account(config.nats_url.expose())?;
        let options = match account {
            Some((user, password)) => {
                async_nats::ConnectOptions::with_user_and_password(user, password)
            }
            None => async_nats::ConnectOptions::new(),
        };
        let client = options
            .name(process)
            .retry_on_initial_connect()
            .max_reconnects(None)
            .reconnect_delay_callback(|attempt| {
                Duration::from_millis(50 * u64::try_from(attempt.min(20)).unwrap_or(20))
            })
            .connect(address.as_str())
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
            max_age: RETENTION,
            duplicate_window: DUPLICATE_WINDOW,
            num_replicas: self.replicas,
            description: Some("What happened on the site".into()),
            ..StreamConfig::default()
        };
        Ok(self.context.get_or_create_stream(config).await?)
    }
}

/// Takes name and password out of an address: the client of NATS shows them to the
/// server of that address alone, and not to others of its cluster.
fn address_and_account(url: &str) -> anyhow::Result<(Url, Option<(String, String)>)> {
    // Nothing of it is said: it may hold a password.
    let mut address = Url::parse(url)
        .ok()
        .context("WING_NATS_URL is no address")?;
    let plain = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let account = address
        .password()
        .map(|password| (plain(address.username()), plain(password)));
    let removed = address.set_username("").and(address.set_password(None));
    removed.ok().context("WING_NATS_URL names no server")?;
    Ok((address, account))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_taken_out_of_the_address() {
        let (address, account) = address_and_account("nats://wing:a%2Fb@nats:4222").unwrap();
        assert_eq!(address.as_str(), "nats://nats:4222");
        assert_eq!(account, Some(("wing".to_owned(), "a/b".to_owned())));
        let (address, account) = address_and_account("nats://127.0.0.1:4222").unwrap();
        assert_eq!(address.as_str(), "nats://127.0.0.1:4222");
        assert_eq!(account, None);
    }

    #[test]
    fn an_error_shows_no_password() {
        let refusal = address_and_account("wing:secret@nats")
            .map(drop)
            .unwrap_err();
        assert!(!format!("{refusal:#}").contains("secret"));
    }
}
