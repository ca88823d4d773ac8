use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use backon::{ExponentialBuilder, Retryable as _};
use recloser::{AsyncRecloser, Error as Closed, Recloser};
use reqwest::StatusCode;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use wing_contracts::ProviderError;
use wing_kit::Config;
use wing_kit::context::{self, DEADLINE};
use wing_kit::peers::Peers;
use wing_kit::telemetry::metrics;

/// One neighbour; cheap to clone, and clones share connections and circuits.
#[derive(Clone)]
pub struct Calls {
    name: &'static str,
    replicas: Arc<[Replica]>,
    /// Whose turn it is.
    turn: Arc<AtomicUsize>,
    http: reqwest::Client,
    peers: Peers,
    budget: Duration,
}

/// One process of a neighbour.
struct Replica {
    base: String,
    circuit: AsyncRecloser,
    /// Whether the circuit was open when it was asked last.
    doubtful: AtomicBool,
    /// Held by the one call that may see whether it is well again.
    look: Semaphore,
}

impl Replica {
    fn new(base: &str, open: Duration) -> Self {
        let circuit = Recloser::custom()
            .error_rate(0.5)
            .closed_len(LOOKS_AT)
            .half_open_len(1)
            .open_wait(open)
            .build();
        Self {
            base: base.trim_end_matches('/').to_owned(),
            circuit: circuit.into(),
            doubtful: AtomicBool::new(false),
            look: Semaphore::new(1),
        }
    }

    /// Lets a call through as the circuit says; of many that would see at once
    /// whether the replica is well again, one.
    async fn guarded<T>(
        &self,
        call: impl Future<Output = Result<T, Trouble>>,
    ) -> Result<T, Trouble> {
        let doubtful = self.doubtful.load(Ordering::Relaxed);
        let _look = match doubtful.then(|| self.look.try_acquire()) {
            Some(Err(_)) => return Err(Trouble::Open),
            look => look,
        };
        let is_failure = |trouble: &Trouble| !matches!(trouble, Trouble::Answer(_));
        let told = self.circuit.call_with(is_failure, call).await;
        match &told {
            Err(Closed::Rejected) => self.doubtful.store(true, Ordering::Relaxed),
            Err(Closed::Inner(trouble)) if is_failure(trouble) => {}
            _ => self.doubtful.store(false, Ordering::Relaxed),
        }
        told.map_err(|error| match error {
            Closed::Inner(trouble) => trouble,
            Closed::Rejected => Trouble::Open,
        })
    }
}

/// A neighbour that nobody answers at is told of within this.
const CONNECT: Duration = Duration::from_millis(200);
/// The circuit of a replica opens when half of so many calls in a row failed, …
const LOOKS_AT: usize = 6;
/// … lets nothing through for this long, and then one to see.
const OPEN: Duration = Duration::from_secs(2);

/// Why one attempt failed.
#[derive(Debug)]
enum Trouble {
    /// It may work at once: nobody listened, or a replica was leaving.
    Passing(String),
    /// It took too long.
    Late,
    /// The circuit is open.
    Open,
    /// An answer, and no failure of the neighbour.
    Answer(ProviderError),
}

impl Calls {
    /// The neighbour `name`, which answers at `bases`: one address, or those of
    /// its replicas, separated by commas, which are asked in turns. Calls of one
    /// request take at most what `config.call_ms` says together.
    pub fn new(
        name: &'static str,
        bases: &str,
        config: &Config,
        peers: Peers,
    ) -> anyhow::Result<Self> {
        Self::resting(name, bases, config, peers, OPEN)
    }

    /// The same; who failed is left alone for `open`.
    fn resting(
        name: &'static str,
        bases: &str,
        config: &Config,
        peers: Peers,
        open: Duration,
    ) -> anyhow::Result<Self> {
        let bases: Vec<&str> = bases.split(',').map(str::trim).collect();
        let web = |base: &&str| base.starts_with("http://") || base.starts_with("https://");
        anyhow::ensure!(
            bases.iter().all(web),
            "an address of {name} does not begin with http://"
        );
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .pool_max_idle_per_host(32)
            // Shorter than the other side keeps them, so that no call goes out
            // on a connection that is just being closed.
            .pool_idle_timeout(Duration::from_secs(20))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .context("preparing calls to other processes")?;
        Ok(Self {
            name,
            replicas: bases
                .into_iter()
                .map(|base| Replica::new(base, open))
                .collect(),
            turn: Arc::default(),
            http,
            peers,
            budget: Duration::from_millis(config.call_ms),
        })
    }

    /// Asks for what is at `path`, which begins with a slash. Reading changes
    /// nothing, so what fails in passing is tried again while there is time.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ProviderError> {
        let context = context::current();
        let timer = metrics::CALL_SECONDS
            .with_label_values(&[self.name])
            .start_timer();
        let attempt = || self.attempt(path, &context);
        let result = attempt
            .retry(
                ExponentialBuilder::default()
                    .with_min_delay(Duration::from_millis(15))
                    .with_max_times(2)
                    .with_jitter(),
            )
            .when(|trouble| matches!(trouble, Trouble::Passing(_)))
            .await;
        timer.observe_duration();
        let (outcome, result) = match result {
            Ok(answer) => ("ok", Ok(answer)),
            Err(Trouble::Answer(error)) => ("refused", Err(error)),
            Err(Trouble::Passing(text)) => ("failed", Err(self.away(&text))),
            Err(Trouble::Late) => ("late", Err(self.away("no answer in time"))),
            Err(Trouble::Open) => ("open", Err(self.away("not asked: it failed just now"))),
        };
        let asked = path.split('?').next().unwrap_or(path);
        metrics::CALLS
            .with_label_values(&[self.name, asked, outcome])
            .inc();
        result
    }

    fn away(&self, why: &str) -> ProviderError {
        ProviderError::Unavailable(format!("{}: {why}", self.name))
    }

    /// Asks the replica whose turn it is, or the next whose circuit is closed.
    async fn attempt<T: DeserializeOwned>(
        &self,
        path: &str,
        context: &context::Context,
    ) -> Result<T, Trouble> {
        let first = self.turn.fetch_add(1, Ordering::Relaxed);
        let count = self.replicas.len();
        for replica in self.replicas.iter().cycle().skip(first % count).take(count) {
            match self.attempt_at(replica, path, context).await {
                Err(Trouble::Open) => {}
                asked => return asked,
            }
        }
        Err(Trouble::Open)
    }

    async fn attempt_at<T: DeserializeOwned>(
        &self,
        replica: &Replica,
        path: &str,
        context: &context::Context,
    ) -> Result<T, Trouble> {
        let left = context.left(self.budget);
        if left.is_zero() {
            return Err(Trouble::Late);
        }
        let asked = async {
            tokio::time::timeout(left, self.ask(&replica.base, path, context, left))
                .await
                .unwrap_or(Err(Trouble::Late))
        };
        replica.guarded(asked).await
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        base: &str,
        path: &str,
        context: &context::Context,
        left: Duration,
    ) -> Result<T, Trouble> {
        let unsigned = |error: anyhow::Error| {
            Trouble::Answer(ProviderError::Unavailable(format!("signing: {error:#}")))
        };
        let answer = self
            .http
            .get(format!("{base}{path}"))
            .bearer_auth(self.peers.token().map_err(unsigned)?)
            .header(DEADLINE, left.as_millis().to_string())
            .header("traceparent", context.traceparent())
            .send()
            .await
            .map_err(passing)?;
        match answer.status() {
            StatusCode::OK => answer.json().await.map_err(passing),
            StatusCode::NOT_FOUND => Err(Trouble::Answer(ProviderError::NotFound)),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Err(Trouble::Answer(ProviderError::Denied))
            }
            status if status.is_server_error() => Err(Trouble::Passing(status.to_string())),
            status => Err(Trouble::Answer(ProviderError::Unavailable(format!(
                "{} answered {status}",
                self.name
            )))),
        }
    }
}

/// An error of the connection, without the address it was sent to.
fn passing(error: reqwest::Error) -> Trouble {
    let mut text = error.without_url().to_string();
    if text.is_empty() {
        text.push_str("no answer");
    }
    Trouble::Passing(text)
}

#[cfg(test)]
mod tests;
