//! Other processes' work, for the desks of this one.

use std::collections::HashMap;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use wing_contracts::TrackId;

use crate::error::Error;
use crate::service::Music;
use crate::service::desk::State;
use crate::store;

/// How often other processes' work is looked for.
const PERIOD: Duration = Duration::from_secs(2);
/// How far back that look goes, for clocks that differ a little.
const OVERLAP_MS: i64 = 10_000;

/// Publishes to the desks of this process what other processes did, until `stop`
/// is cancelled. Looks only while somebody subscribes.
pub async fn watch(music: Music, stop: CancellationToken) {
    let mut published: HashMap<TrackId, State> = HashMap::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PERIOD) => {}
        }
        if music.desk.is_empty() {
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
