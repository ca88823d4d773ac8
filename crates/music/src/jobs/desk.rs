//! What the desk shows live.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use wing_contracts::TrackId;

use crate::error::Error;
use crate::service::Music;
use crate::store;
pub use crate::store::files::State;

/// News that wait for a desk that is slow to take them; one that falls further
/// behind is told the whole state again.
const WAITING: usize = 256;
/// How often other processes' work is looked for.
const PERIOD: Duration = Duration::from_secs(2);
/// How far back that look goes, for clocks that differ a little.
const OVERLAP_MS: i64 = 10_000;

/// Tells the desks what happens to their tracks; cheap to clone.
#[derive(Clone)]
pub struct Desk {
    news: broadcast::Sender<State>,
    stop: CancellationToken,
}

impl Default for Desk {
    fn default() -> Self {
        Self::new(CancellationToken::new())
    }
}

impl Desk {
    /// A desk whose listeners are let go when `stop` is cancelled.
    pub fn new(stop: CancellationToken) -> Self {
        Self {
            news: broadcast::channel(WAITING).0,
            stop,
        }
    }

    /// Tells whoever listens; nobody may.
    pub(crate) fn tell(&self, state: State) {
        let _ = self.news.send(state);
    }

    /// Listens from now on.
    pub(crate) fn listen(&self) -> (broadcast::Receiver<State>, CancellationToken) {
        (self.news.subscribe(), self.stop.clone())
    }
}

/// Tells the desks of this process what other processes did, until `stop` is
/// cancelled. Looks only while somebody listens.
pub async fn watch(music: Music, stop: CancellationToken) {
    let mut told: HashMap<TrackId, State> = HashMap::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PERIOD) => {}
        }
        if music.desk.news.receiver_count() == 0 {
            told.clear();
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
                    .filter(|state| told.get(&state.track) != Some(state))
                {
                    music.desk.tell(state.clone());
                }
                told = fresh;
            }
            Err(error) => tracing::debug!(%error, "the desk hears of it later"),
        }
    }
}
