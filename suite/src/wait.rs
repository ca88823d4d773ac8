//! Waiting for something to hold, instead of for time to pass.

use std::future::Future;
use std::time::{Duration, Instant};

/// Far longer than anything takes on a busy machine; reached only by a failure.
const PATIENCE: Duration = Duration::from_secs(60);

/// Looks until `look` sees something, and gives it back. Panics, naming `what`,
/// when that does not happen.
pub async fn wait_for<T, F, L>(what: &str, mut look: L) -> T
where
    L: FnMut() -> F,
    F: Future<Output = Option<T>>,
{
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(Instant::now() < deadline, "it never happened: {what}");
        tokio::time::sleep(Duration::from_millis(15)).await;
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
