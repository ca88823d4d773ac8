//! How often somebody may fail, such as at guessing a password.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;
use wing_contracts::Timestamp;

use crate::{Clock, Problem};

/// Failures by key within a fixed time, in this process; cheap to clone.
///
/// An attempt counts as a failure from its beginning until it is known to have
/// succeeded, so that many at once are no more than one after the other.
pub struct Attempts<K>(Arc<Inner<K>>);

struct Inner<K> {
    most: u32,
    period_ms: i64,
    clock: Clock,
    failures: Mutex<HashMap<K, Failures>>,
}

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    since: Timestamp,
}

/// Above this many keys, those whose time is over are evicted.
const CROWD: usize = 50_000;

/// An attempt under way.
#[must_use = "an attempt that succeeded has to say so"]
pub struct Attempt<K: Hash + Eq> {
    attempts: Arc<Inner<K>>,
    key: K,
}

impl<K: Hash + Eq + Clone> Attempts<K> {
    /// At most `most` failures in `seconds`.
    pub fn new(most: u32, seconds: i64, clock: Clock) -> Self {
        Self(Arc::new(Inner {
            most: most.max(1),
            period_ms: seconds * 1000,
            clock,
            failures: Mutex::default(),
        }))
    }

    /// Begins an attempt.
    ///
    /// # Errors
    /// 429 with when to come back, when there were too many failures.
    pub fn begin(&self, key: K) -> Result<Attempt<K>, Problem> {
        let now = self.0.clock.now();
        let mut failures = self.0.failures.lock();
        if failures.len() > CROWD {
            failures.retain(|_, entry| now.0 - entry.since.0 < self.0.period_ms);
        }
        let entry = failures.entry(key.clone()).or_insert(Failures {
            count: 0,
            since: now,
        });
        if now.0 - entry.since.0 >= self.0.period_ms {
            *entry = Failures {
                count: 0,
                since: now,
            };
        }
        if entry.count >= self.0.most {
            let left = entry.since.0 + self.0.period_ms - now.0;
            return Err(Problem::too_many(left.max(0).cast_unsigned() / 1000 + 1));
        }
        entry.count += 1;
        Ok(Attempt {
            attempts: Arc::clone(&self.0),
            key,
        })
    }
}

impl<K: Hash + Eq> Attempt<K> {
    /// It was no failure.
    pub fn succeeded(self) {
        let mut failures = self.attempts.failures.lock();
        if let Some(entry) = failures.get_mut(&self.key) {
            entry.count = entry.count.saturating_sub(1);
            if entry.count == 0 {
                failures.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_count_for_their_time_and_successes_do_not() {
        let clock = Clock::system();
        let attempts = Attempts::new(3, 60, clock.clone());
        for _ in 0..10 {
            attempts.begin("ann").expect("no failure yet").succeeded();
        }
        for _ in 0..3 {
            drop(attempts.begin("ann").expect("room"));
        }
        clock.advance_ms(30_000);
        let refused = attempts.begin("ann").err().expect("too many");
        assert_eq!(refused.status().as_u16(), 429);
        assert!(attempts.begin("bea").is_ok());
        clock.advance_ms(30_001);
        assert!(attempts.begin("ann").is_ok());
    }

    #[test]
    fn attempts_under_way_count_until_they_succeed() {
        let attempts = Attempts::new(2, 60, Clock::system());
        let one = attempts.begin("ann").expect("room");
        let two = attempts.begin("ann").expect("room");
        assert!(attempts.begin("ann").is_err());
        one.succeeded();
        assert!(attempts.begin("ann").is_ok());
        two.succeeded();
    }
}
