use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use recloser::{AsyncRecloser, Error as Closed, Recloser};
use tokio::sync::Semaphore;

use super::call_error::CallError;

/// The circuit of a replica opens when half of so many calls in a row failed.
pub(super) const CIRCUIT_WINDOW: usize = 6;

/// One process of a service, with its circuit breaker.
pub(super) struct Replica {
    pub(super) base: String,
    circuit: AsyncRecloser,
    /// Whether the circuit was open at the last call.
    was_open: AtomicBool,
    /// Held by the one call that probes whether the replica has recovered.
    probe: Semaphore,
}

impl Replica {
    pub(super) fn new(base: &str, open: Duration) -> Self {
        let circuit = Recloser::custom()
            .error_rate(0.5)
            .closed_len(CIRCUIT_WINDOW)
            .half_open_len(1)
            .open_wait(open)
            .build();
        Self {
            base: base.trim_end_matches('/').to_owned(),
            circuit: circuit.into(),
            was_open: AtomicBool::new(false),
            probe: Semaphore::new(1),
        }
    }

    /// Carries out the call if the circuit allows it. Of calls that come at once after
    /// the circuit was open only one probes the replica; the others are rejected.
    pub(super) async fn guarded<T>(
        &self,
        call: impl Future<Output = Result<T, CallError>>,
    ) -> Result<T, CallError> {
        let was_open = self.was_open.load(Ordering::Relaxed);
        let _probe = match was_open.then(|| self.probe.try_acquire()) {
            Some(Err(_)) => return Err(CallError::CircuitOpen),
            probe => probe,
        };
        let outcome = self.circuit.call_with(CallError::is_failure, call).await;
        match &outcome {
            Err(Closed::Rejected) => self.was_open.store(true, Ordering::Relaxed),
            Err(Closed::Inner(error)) if error.is_failure() => {}
            _ => self.was_open.store(false, Ordering::Relaxed),
        }
        outcome.map_err(|error| match error {
            Closed::Inner(error) => error,
            Closed::Rejected => CallError::CircuitOpen,
        })
    }
}
