//! How many passwords may be guessed, so that guessing gets nobody anywhere and locks no
//! owner out.
//!
//! Wrong passwords are counted by the device, if it is one that the account logged in on
//! before; for all other devices together; and by network. Somebody else's guesses leave
//! the owner's own devices alone ("device cookies", OWASP). Who is locked out is refused
//! with the right password, too. Counted is in this process; each replica counts for
//! itself.

use std::net::IpAddr;

use wing_kit::limits::{Attempt, Attempts, network};
use wing_kit::{Clock, Problem};

use crate::model::KnownDevice;

/// The time in which a network or a known device fails so often.
const QUARTER: i64 = 15 * 60;
/// The time in which all unknown devices do.
const HOUR: i64 = 3600;

/// Passwords that were guessed.
pub(super) struct Guesses {
    by_network: Attempts<IpAddr>,
    by_device: Attempts<KnownDevice>,
    elsewhere: Attempts<String>,
}

/// One guess, which counts as wrong until it is known to be right.
pub(super) struct Guess {
    network: Attempt<IpAddr>,
    device: Option<Attempt<KnownDevice>>,
    elsewhere: Option<Attempt<String>>,
}

impl Guesses {
    /// As many wrong ones as `limit` from one network.
    pub fn new(limit: u32, clock: &Clock) -> Self {
        Self {
            by_network: Attempts::new(limit, QUARTER, clock.clone()),
            by_device: Attempts::new(limit / 3, QUARTER, clock.clone()),
            elsewhere: Attempts::new(limit - limit / 3, HOUR, clock.clone()),
        }
    }

    /// Begins a guess at the password of `address`, which need not have an account, on
    /// a device that is known to have logged in to that account, or on another.
    ///
    /// # Errors
    /// 429 with when to come back.
    pub fn begin(
        &self,
        from: IpAddr,
        device: Option<KnownDevice>,
        address: Option<&str>,
    ) -> Result<Guess, Problem> {
        let by_network = self.by_network.begin(network(from))?;
        let (by_device, elsewhere) = match (device, address) {
            (Some(device), _) => (Some(self.by_device.begin(device)?), None),
            (None, Some(address)) => (None, Some(self.elsewhere.begin(address.to_owned())?)),
            (None, None) => (None, None),
        };
        Ok(Guess {
            network: by_network,
            device: by_device,
            elsewhere,
        })
    }
}

impl Guess {
    /// The password was right.
    pub fn right(self) {
        self.network.succeeded();
        if let Some(device) = self.device {
            device.succeeded();
        }
        if let Some(elsewhere) = self.elsewhere {
            elsewhere.succeeded();
        }
    }
}
