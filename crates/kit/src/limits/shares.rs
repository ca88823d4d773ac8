//! How much one account, and one network, may have under way at once.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Arc;

use actix_web::HttpRequest;
use parking_lot::Mutex;
use wing_contracts::UserId;

use super::network;
use crate::Problem;
use crate::auth::Viewer;
use crate::http::ClientAddress;

/// Counts what is under way in this process; cheap to clone.
#[derive(Clone)]
pub struct Shares(Arc<Inner>);

struct Inner {
    per_account: usize,
    per_network: usize,
    refusal: fn() -> Problem,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    accounts: HashMap<UserId, usize>,
    networks: HashMap<IpAddr, usize>,
}

/// One thing under way; it counts until this is dropped.
pub struct Share {
    shares: Shares,
    account: Option<UserId>,
    network: Option<IpAddr>,
}

impl Shares {
    /// At most so many of one account and of one [network], which a school or an office
    /// has in common; `refusal` is what one more is refused with.
    pub fn new(per_account: usize, per_network: usize, refusal: fn() -> Problem) -> Self {
        Self(Arc::new(Inner {
            per_account,
            per_network,
            refusal,
            counts: Mutex::default(),
        }))
    }

    /// A share for what a request does.
    ///
    /// # Errors
    /// The refusal when its account or its network has all of theirs.
    pub fn of(&self, req: &HttpRequest) -> Result<Share, Problem> {
        let account = Viewer::of(req).map(|viewer| viewer.id);
        self.take(account, Some(ClientAddress::of(req)))
    }

    /// A share of an account and at an address, as far as there are such.
    ///
    /// # Errors
    /// As [`Shares::of`].
    pub fn take(&self, account: Option<UserId>, address: Option<IpAddr>) -> Result<Share, Problem> {
        let network = address.map(network);
        let mut counts = self.0.counts.lock();
        let of_account = account.and_then(|id| counts.accounts.get(&id).copied());
        let of_network = network.and_then(|network| counts.networks.get(&network).copied());
        if of_account.unwrap_or(0) >= self.0.per_account
            || of_network.unwrap_or(0) >= self.0.per_network
        {
            return Err((self.0.refusal)());
        }
        if let Some(id) = account {
            *counts.accounts.entry(id).or_default() += 1;
        }
        if let Some(network) = network {
            *counts.networks.entry(network).or_default() += 1;
        }
        Ok(Share {
            shares: self.clone(),
            account,
            network,
        })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut counts = self.shares.0.counts.lock();
        if let Some(id) = self.account {
            give_back(&mut counts.accounts, id);
        }
        if let Some(network) = self.network {
            give_back(&mut counts.networks, network);
        }
    }
}

/// Counts one less, and keeps no entry for nothing.
fn give_back<K: Hash + Eq>(counts: &mut HashMap<K, usize>, key: K) {
    if let Some(count) = counts.get_mut(&key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_and_a_network_have_their_bounds_until_something_ends() {
        let shares = Shares::new(3, 5, || Problem::too_many(1));
        let account = UserId::new();
        let address = |last: u8| Some(IpAddr::from([192, 0, 2, last]));
        let mut held: Vec<Share> = (0..3)
            .map(|_| shares.take(Some(account), address(1)).expect("room"))
            .collect();
        // From wherever the account comes.
        let more = shares.take(Some(account), address(2));
        assert_eq!(
            more.err().map(|problem| problem.status().as_u16()),
            Some(429)
        );
        held.extend((3..5).map(|_| shares.take(None, address(1)).expect("room")));
        assert!(shares.take(None, address(1)).is_err());
        assert!(shares.take(None, address(2)).is_ok());
        held.pop();
        assert!(shares.take(None, address(1)).is_ok());
        held.clear();
        let counts = shares.0.counts.lock();
        assert!(counts.accounts.is_empty() && counts.networks.is_empty());
    }
}
