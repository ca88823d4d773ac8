use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use recloser::{AsyncRecloser, Error as Closed, Recloser};
use tokio::sync::Semaphore;

use super::trouble::Trouble;

/// The circuit of a replica opens when half of so many calls in a row failed.
pub(super) const LOOKS_AT: usize = 6;

/// One process of a neighbour.
pub(super) struct Replica {
    pub(super) base: String,
    circuit: AsyncRecloser,
    /// Whether the circuit was open when it was asked last.
    doubtful: AtomicBool,
    /// Held by the one call that may see whether it is well again.
    look: Semaphore,
}

impl Replica {
    pub(super) fn new(base: &str, open: Duration) -> Self {
        let circuit = Recloser::custom()
            .error_rate(0.5)
            .closed_len(LOOKS_AT)
            .half_open_len(1)
            .open_wait(open)
            .build();
        Self {
            base: base.trim_end_matches('/').to_owned(),
            circuit: circuit.into(),
            doubtful: AtomicBool::new(false),
            look: Semaphore::new(1),
        }
    }

    /// Lets a call through as the circuit says; of many that would see at once
    /// whether the replica is well again, one.
    pub(super) async fn guarded<T>(
        &self,
        call: impl Future<Output = Result<T, Trouble>>,
    ) -> Result<T, Trouble> {
        let doubtful = self.doubtful.load(Ordering::Relaxed);
        let _look = match doubtful.then(|| self.look.try_acquire()) {
            Some(Err(_)) => return Err(Trouble::Open),
            look => look,
        };
        let outcome = self.circuit.call_with(Trouble::is_failure, call).await;
        match &outcome {
            Err(Closed::Rejected) => self.doubtful.store(true, Ordering::Relaxed),
            Err(Closed::Inner(trouble)) if trouble.is_failure() => {}
            _ => self.doubtful.store(false, Ordering::Relaxed),
        }
        outcome.map_err(|error| match error {
            Closed::Inner(trouble) => trouble,
            Closed::Rejected => Trouble::Open,
        })
    }
}
