use std::collections::HashMap;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use quick_cache::sync::Cache;
use wing_contracts::users::{UserDirectory, UserSummary};
use wing_contracts::{ProviderError, UserId};

use crate::{Calls, Items};

/// What is known of an account, if it is there, and since when.
type Known = (Instant, Option<UserSummary>);

/// Accounts in another process. What was asked is remembered for a few seconds.
pub struct RemoteUsers {
    calls: Calls,
    known: Cache<UserId, Known>,
}

/// How long a name may be old. Short enough that nobody waits for theirs to
/// change, and long enough for a page that is asked for by many.
const KEPT: Duration = Duration::from_secs(3);
/// The most accounts that one call looks at, as the contract says.
const BATCH: usize = 100;

impl RemoteUsers {
    /// The accounts of the neighbour.
    pub fn new(calls: Calls) -> Self {
        Self {
            calls,
            known: Cache::new(10_000),
        }
    }

    fn remembered(&self, id: UserId) -> Option<Option<UserSummary>> {
        let (since, summary) = self.known.get(&id)?;
        (since.elapsed() < KEPT).then_some(summary)
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
            match self.remembered(*id) {
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
            self.known.insert(id, (now, summary.clone()));
            found.extend(summary.map(|summary| (id, summary)));
        }
        Ok(found)
    }
}
