//! How often somebody may: token buckets (GCRA) by key; and how much at once.

mod attempts;
mod shares;

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

pub use attempts::{Attempt, Attempts};
pub use shares::{Share, Shares};

use crate::Problem;

/// A limit for each key, for example for each client's address.
pub struct Limit<K: Hash + Eq + Clone> {
    buckets: DefaultKeyedRateLimiter<K>,
    clock: DefaultClock,
}

/// Above this many keys, those that are full again are evicted.
const CROWD: usize = 50_000;

impl<K: Hash + Eq + Clone> Limit<K> {
    /// `burst` at once, and `per_period` more in each `period`.
    pub fn new(per_period: u32, period: Duration, burst: u32) -> Self {
        let per_period = per_period.max(1);
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        let every = period / per_period;
        let quota = Quota::with_period(every.max(Duration::from_nanos(1)))
            .unwrap_or_else(|| Quota::per_second(burst))
            .allow_burst(burst);
        Self {
            buckets: RateLimiter::keyed(quota),
            clock: DefaultClock::default(),
        }
    }

    /// Takes one, or refuses with 429 and when to come back.
    pub fn take(&self, key: &K) -> Result<(), Problem> {
        if self.buckets.len() > CROWD {
            self.buckets.retain_recent();
        }
        self.buckets.check_key(key).map_err(|until| {
            let wait = until.wait_time_from(self.clock.now());
            Problem::too_many(wait.as_secs() + 1)
        })
    }
}

/// What stands for one client: the IPv4 address, or the /64 network of an IPv6
/// address, since a client commonly has all of that.
pub fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => IpAddr::V6((v6.to_bits() & !u128::from(u64::MAX)).into()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_allowed_and_then_refused_with_when_to_return() {
        let limit = Limit::new(1, Duration::from_secs(60), 3);
        assert!((0..3).all(|_| limit.take(&"a").is_ok()));
        let refusal = limit.take(&"a").expect_err("the fourth");
        assert_eq!(refusal.status().as_u16(), 429);
        assert!(limit.take(&"b").is_ok(), "another key has its own");
    }

    #[test]
    fn neighbours_in_one_v6_network_are_one_client() {
        let a: IpAddr = "2001:db8::1".parse().expect("address");
        let b: IpAddr = "2001:db8::ffff:2".parse().expect("address");
        assert_eq!(network(a), network(b));
        assert_eq!(
            network("::ffff:192.0.2.1".parse().expect("address")).to_string(),
            "192.0.2.1"
        );
    }
}
