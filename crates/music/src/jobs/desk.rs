//! What the desk shows live.

use std::collections::HashMap;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use wing_contracts::{TrackId, UserId};
use wing_kit::http::hub::{Hub, Subscription};

use crate::error::Error;
use crate::service::Music;
use crate::store;
pub use crate::store::files::State;

/// Changes that a desk may be behind; one that falls further behind reads the
/// whole state again.
const CAPACITY: usize = 256;
/// How often other processes' work is looked for.
const PERIOD: Duration = Duration::from_secs(2);
/// How far back that look goes, for clocks that differ a little.
const OVERLAP_MS: i64 = 10_000;

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
}

/// Publishes to the desks of this process what other processes did, until `stop`
/// is cancelled. Looks only while somebody subscribes.
pub async fn watch(music: Music, stop: CancellationToken) {
    let mut published: HashMap<TrackId, State> = HashMap::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PERIOD) => {}
        }
        if music.desk.hub.is_empty() {
            published.clear();
            continue;
        }
        let since = music.clock.now().plus_ms(-OVERLAP_MS);
        let states = music
            .db
            .read(move |conn| Ok::<_, Error>(store::files::states_since(conn, since)?));
        match states.await {
            Ok(states) => {
                let fresh: HashMap<_, _> = states
                    .into_iter()
                    .map(|state| (state.track, state))
                    .collect();
                for state in fresh
                    .values()
                    .filter(|state| published.get(&state.track) != Some(state))
                {
                    music.desk.publish(state.clone());
                }
                published = fresh;
            }
            Err(error) => tracing::debug!(%error, "the desk is brought up to date later"),
        }
    }
}
