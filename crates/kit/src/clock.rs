//! The time, as something that can be handed in.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use wing_contracts::Timestamp;

/// Answers what time it is; tests set one forward.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Added to the system's time, in milliseconds.
    offset: Arc<AtomicI64>,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// Now, UTC. Before 1970 it is always 1970.
    pub fn now(&self) -> Timestamp {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let ms = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        Timestamp(ms.saturating_add(self.offset.load(Ordering::Relaxed)))
    }

    /// Moves this clock and all its clones by `ms`, so that what expires can
    /// be seen to expire.
    pub fn advance_ms(&self, ms: i64) {
        self.offset.fetch_add(ms, Ordering::Relaxed);
    }
}
