//! What the desks of this process are shown live.

use tokio_util::sync::CancellationToken;
use wing_contracts::UserId;
use wing_kit::http::hub::{Hub, Subscription};

pub use crate::store::files::State;

/// Changes that a desk may be behind; one that falls further behind reads the
/// whole state again.
const CAPACITY: usize = 256;

/// Publishes to each musician's desks what happens to their tracks; cheap to
/// clone.
#[derive(Clone)]
pub struct Desk {
    hub: Hub<UserId, State>,
    stop: CancellationToken,
}

impl Default for Desk {
    fn default() -> Self {
        Self::new(CancellationToken::new())
    }
}

impl Desk {
    /// A desk whose streams end when `stop` is cancelled.
    pub fn new(stop: CancellationToken) -> Self {
        Self {
            hub: Hub::new(CAPACITY),
            stop,
        }
    }

    /// Publishes how a track stands to the desks of its owner.
    pub(crate) fn publish(&self, state: State) {
        let owner = state.owner;
        self.hub.publish(&owner, state);
    }

    /// The changes of an owner's tracks from now on.
    pub(crate) fn subscribe(&self, owner: UserId) -> Subscription<UserId, State> {
        self.hub.subscribe(owner)
    }

    /// Cancelled when the process is asked to stop.
    pub(crate) fn stop(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Whether no desk is open.
    pub(crate) fn is_empty(&self) -> bool {
        self.hub.is_empty()
    }
}
