//! How many answers that go on for long one client may hold open.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use actix_web::{HttpRequest, web};
use parking_lot::Mutex;
use wing_contracts::UserId;

use super::{ClientAddress, Gate};
use crate::Problem;
use crate::auth::Viewer;
use crate::limits::network;

/// Streams and sockets of one account: some tabs on some devices.
const PER_ACCOUNT: usize = 20;
/// Those of one [network], which a school or an office shares.
const PER_NETWORK: usize = 200;

/// The open streams and sockets of a process; cheap to clone.
#[derive(Clone, Default)]
pub struct Connections(Arc<Mutex<Counts>>);

#[derive(Default)]
struct Counts {
    accounts: HashMap<UserId, usize>,
    networks: HashMap<IpAddr, usize>,
}

/// The place of one connection, given back when it is dropped.
pub struct Slot {
    connections: Connections,
    account: Option<UserId>,
    network: IpAddr,
}

impl Connections {
    /// A place for a request's connection, of all in its process; 429 when its
    /// account has 20 already or its network 200.
    pub fn admit(req: &HttpRequest) -> Result<Slot, Problem> {
        let gate = req
            .app_data::<web::Data<Arc<Gate>>>()
            .ok_or_else(Problem::internal)?;
        let account = Viewer::of(req).map(|viewer| viewer.id);
        gate.connections
            .take(account, network(ClientAddress::of(req)))
    }

    fn take(&self, account: Option<UserId>, network: IpAddr) -> Result<Slot, Problem> {
        let mut counts = self.0.lock();
        let of_account = account.and_then(|id| counts.accounts.get(&id).copied());
        let of_network = counts.networks.get(&network).copied();
        if of_account.unwrap_or(0) >= PER_ACCOUNT || of_network.unwrap_or(0) >= PER_NETWORK {
            return Err(Problem::new(
                actix_web::http::StatusCode::TOO_MANY_REQUESTS,
                "too_many_connections",
                "Too many pages that stay connected are open. Close some and try again.",
            )
            .retry_after(10));
        }
        if let Some(id) = account {
            *counts.accounts.entry(id).or_default() += 1;
        }
        *counts.networks.entry(network).or_default() += 1;
        Ok(Slot {
            connections: self.clone(),
            account,
            network,
        })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut counts = self.connections.0.lock();
        if let Some(id) = self.account {
            give_back(&mut counts.accounts, id);
        }
        give_back(&mut counts.networks, self.network);
    }
}

/// Counts one less, and keeps no entry for nothing.
fn give_back<K: std::hash::Hash + Eq>(counts: &mut HashMap<K, usize>, key: K) {
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
    fn an_account_and_a_network_have_their_bounds_until_something_closes() {
        let connections = Connections::default();
        let account = UserId::new();
        let address = |last: u8| IpAddr::from([192, 0, 2, last]);
        let mut open: Vec<Slot> = (0..PER_ACCOUNT)
            .map(|_| connections.take(Some(account), address(1)).expect("room"))
            .collect();
        // From wherever the account comes.
        let more = connections.take(Some(account), address(2));
        assert_eq!(
            more.err().map(|problem| problem.status().as_u16()),
            Some(429)
        );
        let others =
            (PER_ACCOUNT..PER_NETWORK).map(|_| connections.take(None, address(1)).expect("room"));
        open.extend(others);
        assert!(connections.take(None, address(1)).is_err());
        assert!(connections.take(None, address(2)).is_ok());
        open.pop();
        assert!(connections.take(None, address(1)).is_ok());
        open.clear();
        let counts = connections.0.lock();
        assert!(counts.accounts.is_empty() && counts.networks.is_empty());
    }
}
