use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use backon::{ExponentialBuilder, Retryable as _};
use reqwest::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wing_contracts::ProviderError;
use wing_kit::Config;
use wing_kit::context::{self, DEADLINE};
use wing_kit::idempotency::{self, IdempotencyKey};
use wing_kit::peers::Peers;
use wing_kit::telemetry::metrics;

mod call_error;
mod replica;
mod reply;

use call_error::CallError;
use replica::Replica;

/// Calls to one other service; cheap to clone, and clones share connections and circuits.
#[derive(Clone)]
pub struct Calls {
    name: &'static str,
    replicas: Arc<[Replica]>,
    /// Counts attempts, to pick replicas in turn.
    turn: Arc<AtomicUsize>,
    http: reqwest::Client,
    peers: Peers,
    budget: Duration,
}

/// One call, as each attempt sends it.
struct Call<'a> {
    method: Method,
    path: &'a str,
    /// Chosen by the caller for a call that changes something.
    key: Option<&'a IdempotencyKey>,
    body: Option<Vec<u8>>,
    context: context::Context,
}

/// How long connecting may take.
const CONNECT: Duration = Duration::from_millis(200);
/// An open circuit rejects all calls for this long, then lets one probe through.
const OPEN: Duration = Duration::from_secs(2);

impl Calls {
    /// Calls to the service `name`, which answers at `bases`: one address, or those of
    /// its replicas, separated by commas, which are called in turn. Calls of one
    /// request take at most what `config.call_ms` says together.
    pub fn new(
        name: &'static str,
        bases: &str,
        config: &Config,
        peers: Peers,
    ) -> anyhow::Result<Self> {
        Self::with_open_time(name, bases, config, peers, OPEN)
    }

    /// The same, with circuits that stay open for `open`.
    fn with_open_time(
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
    /// nothing, so transient failures are retried while there is time.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ProviderError> {
        self.call(Call {
            method: Method::GET,
            path,
            key: None,
            body: None,
            context: context::current(),
        })
        .await
    }

    /// [`Calls::send`] with POST.
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        key: &IdempotencyKey,
        body: &impl Serialize,
    ) -> Result<T, ProviderError> {
        self.send(Method::POST, path, key, body).await
    }

    /// Sends `body` as JSON to `path`, where the service does what it says
    /// once for `key`, however often it is sent: so it is tried again within the
    /// request's budget when the connection fails or the answer is lost, and may
    /// be sent again later with the same key and body.
    ///
    /// What the service refuses with a code of its own is
    /// [`ProviderError::Refused`]. Where a sent call has no definite answer, a
    /// 5xx included (its transaction may have been committed all the same), the
    /// error is [`ProviderError::Unknown`]; it is `Unavailable` only when
    /// nothing was sent. An answer without a body is read as `null`.
    pub async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        key: &IdempotencyKey,
        body: &impl Serialize,
    ) -> Result<T, ProviderError> {
        // The same bytes each time: the service compares them.
        let body = serde_json::to_vec(body)
            .map_err(|error| ProviderError::Unavailable(format!("writing a body: {error}")))?;
        self.call(Call {
            method,
            path,
            key: Some(key),
            body: Some(body),
            context: context::current(),
        })
        .await
    }

    async fn call<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T, ProviderError> {
        let timer = metrics::CALL_SECONDS
            .with_label_values(&[self.name])
            .start_timer();
        let may_have_effect = AtomicBool::new(false);
        let attempt = || async {
            let answer = self.attempt(&call).await;
            if let Err(error) = &answer {
                may_have_effect.fetch_or(error.may_have_effect(), Ordering::Relaxed);
            }
            answer
        };
        let result = attempt
            .retry(
                ExponentialBuilder::default()
                    .with_min_delay(Duration::from_millis(15))
                    .with_max_times(2)
                    .with_jitter(),
            )
            .when(CallError::is_transient)
            .await;
        timer.observe_duration();
        let outcome = result.as_ref().map_or_else(CallError::outcome, |_| "ok");
        metrics::CALLS
            .with_label_values(&[self.name, &route(call.path), outcome])
            .inc();
        let is_unknown = call.key.is_some() && may_have_effect.into_inner();
        result.map_err(|error| error.into_error(self.name, is_unknown))
    }

    /// Asks the replica whose turn it is, or the next whose circuit is closed.
    async fn attempt<T: DeserializeOwned>(&self, call: &Call<'_>) -> Result<T, CallError> {
        let first = self.turn.fetch_add(1, Ordering::Relaxed);
        let count = self.replicas.len();
        for replica in self.replicas.iter().cycle().skip(first % count).take(count) {
            match self.attempt_at(replica, call).await {
                Err(CallError::CircuitOpen) => {}
                asked => return asked,
            }
        }
        Err(CallError::CircuitOpen)
    }

    async fn attempt_at<T: DeserializeOwned>(
        &self,
        replica: &Replica,
        call: &Call<'_>,
    ) -> Result<T, CallError> {
        let left = call.context.left(self.budget);
        if left.is_zero() {
            return Err(CallError::DeadlinePassed);
        }
        let asked = async {
            tokio::time::timeout(left, self.ask(&replica.base, call, left))
                .await
                .unwrap_or(Err(CallError::TimedOut))
        };
        replica.guarded(asked).await
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        base: &str,
        call: &Call<'_>,
        left: Duration,
    ) -> Result<T, CallError> {
        let unsigned = |error: anyhow::Error| {
            CallError::Answer(ProviderError::Unavailable(format!("signing: {error:#}")))
        };
        let mut request = self
            .http
            .request(call.method.clone(), format!("{base}{}", call.path))
            .bearer_auth(self.peers.token().map_err(unsigned)?)
            .header(DEADLINE, left.as_millis().to_string())
            .header("traceparent", call.context.traceparent());
        if let Some(key) = call.key {
            request = request.header(idempotency::HEADER, key.as_str());
        }
        if let Some(body) = &call.body {
            request = request
                .header(reqwest::header::CONTENT_TYPE, "application/json")
                .body(body.clone());
        }
        let answer = request.send().await.map_err(CallError::of_connection)?;
        reply::read(self.name, answer).await
    }
}

/// A path as metrics name it: without its query, and with `{id}` for each id,
/// of which there is no end.
fn route(path: &str) -> String {
    let path = path.split('?').next().unwrap_or(path);
    let is_id = |part: &str| part.len() == 36 && uuid::Uuid::try_parse(part).is_ok();
    let parts = path.split('/');
    let named: Vec<&str> = parts
        .map(|part| if is_id(part) { "{id}" } else { part })
        .collect();
    named.join("/")
}

#[cfg(test)]
mod tests;
