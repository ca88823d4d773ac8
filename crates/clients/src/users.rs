use std::collections::HashMap;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use quick_cache::sync::Cache;
use wing_contracts::users::{UserDirectory, UserSummary};
use wing_contracts::{ProviderError, UserId};

use crate::{Calls, Items};

/// When an account was fetched, and its summary if it exists.
type Cached = (Instant, Option<UserSummary>);

/// Accounts in another process. Summaries are cached for a few seconds.
pub struct RemoteUsers {
    calls: Calls,
    cache: Cache<UserId, Cached>,
}

/// How long a summary is cached: short enough that nobody waits for a changed name,
/// and long enough for a page that many request.
const TTL: Duration = Duration::from_secs(3);
/// The most accounts in one call, as the contract says.
const BATCH: usize = 100;

impl RemoteUsers {
    /// The accounts behind `calls`.
    pub fn new(calls: Calls) -> Self {
        Self {
            calls,
            cache: Cache::new(10_000),
        }
    }

    fn cached(&self, id: UserId) -> Option<Option<UserSummary>> {
        let (since, summary) = self.cache.get(&id)?;
        (since.elapsed() < TTL).then_some(summary)
    }
}

#[async_trait]
impl UserDirectory for RemoteUsers {
    async fn summaries(
        &self,
        ids: &[UserId],
    ) -> Result<HashMap<UserId, UserSummary>, ProviderError> {
        let mut found = HashMap::new();
        let mut unknown = Vec::new();
        for id in ids.iter().take(BATCH) {
            match self.cached(*id) {
                Some(Some(summary)) => {
                    found.insert(*id, summary);
                }
                Some(None) => {}
                None => unknown.push(*id),
            }
        }
        if unknown.is_empty() {
            return Ok(found);
        }
        let list: Vec<String> = unknown.iter().map(ToString::to_string).collect();
        let path = format!("/internal/users?ids={}", list.join(","));
        let answer: Items<UserSummary> = self.calls.get(&path).await?;
        let now = Instant::now();
        let fetched: HashMap<UserId, UserSummary> = answer
            .items
            .into_iter()
            .map(|summary| (summary.id, summary))
            .collect();
        for id in unknown {
            let summary = fetched.get(&id).cloned();
            self.cache.insert(id, (now, summary.clone()));
            found.extend(summary.map(|summary| (id, summary)));
        }
        Ok(found)
    }
}
