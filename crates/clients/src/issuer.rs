use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jsonwebtoken::jwk::JwkSet;
use tokio_util::sync::CancellationToken;
use wing_contracts::events::Envelope;
use wing_contracts::{ProviderError, Timestamp};
use wing_kit::Clock;
use wing_kit::auth::{KeySource, Revocations, Verifier};

use crate::{Calls, Items};

/// Keys and revocations of the service that signs access tokens, for processes that
/// verify them.
pub struct Issuer {
    calls: Calls,
    verifier: Verifier,
    clock: Clock,
}

/// How often revocations are polled. Events bring them sooner; this covers events
/// that were missed.
const PERIOD: Duration = Duration::from_secs(1);
/// How often the keys are fetched anew, for those that were withdrawn.
const KEYS_SECONDS: i64 = 300;
/// Longer than any access token lives.
const LIFE_SECONDS: i64 = 3600;
/// Writers that overlap may be a little out of order.
const OVERLAP_SECONDS: i64 = 60;

struct Keys(Calls);

#[async_trait]
impl KeySource for Keys {
    async fn keys(&self) -> Result<JwkSet, ProviderError> {
        self.0.get("/internal/keys").await
    }
}

impl Issuer {
    /// The issuer behind `calls`. Tokens that it revokes are added to `revocations`.
    pub fn new(calls: Calls, revocations: Revocations, clock: Clock) -> Self {
        let source = Arc::new(Keys(calls.clone()));
        Self {
            calls,
            verifier: Verifier::remote(source, revocations, clock.clone()),
            clock,
        }
    }

    /// Verifies tokens with its keys.
    pub fn verifier(&self) -> Verifier {
        self.verifier.clone()
    }

    /// Fetches keys and revocations before the first request is served. [`Issuer::watch`]
    /// retries when the issuer is not available.
    pub async fn prime(&self) {
        self.verifier.refresh().await;
        let since = self.clock.now().plus_seconds(-LIFE_SECONDS);
        self.learn(since).await;
    }

    /// Keeps keys and revocations up to date until `stop` is cancelled.
    pub async fn watch(self, stop: CancellationToken) {
        let mut learned = self.clock.now().plus_seconds(-LIFE_SECONDS);
        let mut fetched = self.clock.now();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(PERIOD) => {}
            }
            let now = self.clock.now();
            if self.learn(learned.plus_seconds(-OVERLAP_SECONDS)).await {
                learned = now;
            }
            if now.seconds() - fetched.seconds() > KEYS_SECONDS {
                self.verifier.refresh().await;
                fetched = now;
            }
        }
    }

    /// Fetches the revocations at or after `since`; `false` when the issuer did not
    /// answer.
    async fn learn(&self, since: Timestamp) -> bool {
        let path = format!("/internal/revocations?since={}", since.0);
        let answer: Result<Items<Envelope>, _> = self.calls.get(&path).await;
        self.verifier.note_issuer(answer.is_ok());
        match answer {
            Ok(voided) => {
                let now = self.clock.now();
                for event in &voided.items {
                    if let Err(error) = self.verifier.revocations().learn(event, now) {
                        tracing::error!(%error, event = %event.id, "a revocation is not readable");
                    }
                }
                true
            }
            Err(error) => {
                tracing::debug!(%error, "revocations could not be fetched");
                false
            }
        }
    }
}
