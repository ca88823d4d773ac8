//! Waiting for something to hold, instead of for time to pass.

use std::future::Future;
use std::time::{Duration, Instant};

/// Far longer than anything takes on a busy machine; reached only by a failure.
const TIMEOUT: Duration = Duration::from_secs(60);
/// From one look to the next.
const SOON: Duration = Duration::from_millis(15);

/// Looks until `look` sees something, and gives it back. Panics, naming `what`,
/// when that does not happen.
pub async fn wait_for<T, F, L>(what: &str, look: L) -> T
where
    L: FnMut() -> F,
    F: Future<Output = Option<T>>,
{
    wait_with(SOON, what, look).await
}

/// [`wait_for`] with this time from one look to the next: what takes long and is
/// asked for by many at once would meet a site's limits.
pub(crate) async fn wait_with<T, F, L>(pause: Duration, what: &str, mut look: L) -> T
where
    L: FnMut() -> F,
    F: Future<Output = Option<T>>,
{
    let deadline = Instant::now() + TIMEOUT;
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(Instant::now() < deadline, "it never happened: {what}");
        tokio::time::sleep(pause).await;
    }
}

/// [`wait_for`] a condition.
pub async fn wait_until<F, L>(what: &str, mut holds: L)
where
    L: FnMut() -> F,
    F: Future<Output = bool>,
{
    wait_for(what, || {
        let holds = holds();
        async move { holds.await.then_some(()) }
    })
    .await;
}
