//! The public keys that access tokens are checked with, from this process or
//! from the one that signs.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::JwkSet;
use parking_lot::RwLock;
use tokio::sync::Mutex;
use wing_contracts::ProviderError;

use super::TokenError;

/// Where the keys are when another process signs.
#[async_trait]
pub trait KeySource: Send + Sync + 'static {
    /// The keys as they are now.
    async fn keys(&self) -> Result<JwkSet, ProviderError>;
}

/// Tokens with invented key ids do not make us ask more often than this.
const PAUSE: Duration = Duration::from_secs(2);

type ById = HashMap<String, DecodingKey>;

#[derive(Clone)]
pub(super) struct Keys(Arc<Inner>);

struct Inner {
    known: RwLock<ById>,
    source: Option<Arc<dyn KeySource>>,
    /// When the source was last asked; held while it is.
    asked: Mutex<Option<Instant>>,
    away: AtomicBool,
}

impl Keys {
    pub fn fixed(jwks: &JwkSet) -> Self {
        Self::new(by_id(jwks), None)
    }

    pub fn from_source(source: Arc<dyn KeySource>) -> Self {
        Self::new(ById::new(), Some(source))
    }

    fn new(known: ById, source: Option<Arc<dyn KeySource>>) -> Self {
        Self(Arc::new(Inner {
            known: RwLock::new(known),
            source,
            asked: Mutex::new(None),
            away: AtomicBool::new(false),
        }))
    }

    pub fn are_remote(&self) -> bool {
        self.0.source.is_some()
    }

    pub fn get(&self, id: &str) -> Option<DecodingKey> {
        self.0.known.read().get(id).cloned()
    }

    /// Why a key that is not here is not.
    pub fn missing(&self) -> TokenError {
        if self.are_remote() && self.0.known.read().is_empty() {
            TokenError::Unknowable
        } else {
            TokenError::Invalid
        }
    }

    /// Asks the source, unless that has just been done; whether other keys than
    /// before are known now.
    pub async fn fetch(&self) -> bool {
        let Some(source) = &self.0.source else {
            return false;
        };
        let mut asked = self.0.asked.lock().await;
        if asked.is_some_and(|at| at.elapsed() < PAUSE) {
            return false;
        }
        let answer = source.keys().await;
        *asked = Some(Instant::now());
        match answer {
            Ok(jwks) => {
                let keys = by_id(&jwks);
                let mut known = self.0.known.write();
                let same =
                    known.len() == keys.len() && keys.keys().all(|id| known.contains_key(id));
                *known = keys;
                !same
            }
            Err(error) => {
                tracing::warn!(%error, "the keys of access tokens cannot be fetched");
                false
            }
        }
    }

    pub fn source_is_away(&self) -> bool {
        self.0.away.load(Ordering::Relaxed)
    }

    pub fn note_source(&self, answers: bool) {
        self.0.away.store(!answers, Ordering::Relaxed);
    }
}

fn by_id(jwks: &JwkSet) -> ById {
    jwks.keys
        .iter()
        .filter_map(|key| {
            let id = key.common.key_id.clone()?;
            Some((id, DecodingKey::from_jwk(key).ok()?))
        })
        .collect()
}
