//! Who is woken when a transaction that wrote events or jobs has been committed.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;

/// The notifiers of one database in this process; cheap to clone. Other processes
/// on the same database find new rows by polling.
#[derive(Clone, Default)]
pub struct Wakers(Arc<Inner>);

#[derive(Default)]
struct Inner {
    outbox: Arc<Notify>,
    jobs: Mutex<HashMap<String, Arc<Notify>>>,
}

impl Wakers {
    /// Notified when events were committed to the outbox.
    pub fn outbox(&self) -> Arc<Notify> {
        Arc::clone(&self.0.outbox)
    }

    /// Notified when jobs of `kind` were committed.
    pub fn jobs(&self, kind: &str) -> Arc<Notify> {
        let mut jobs = self.0.jobs.lock();
        Arc::clone(jobs.entry(kind.to_owned()).or_default())
    }

    /// Wakes a worker that waits for jobs of `kind`.
    pub fn wake_jobs(&self, kind: &str) {
        self.jobs(kind).notify_one();
    }
}

/// What a transaction has written that somebody waits for.
#[derive(Default)]
pub(super) struct Written {
    events: bool,
    jobs: BTreeSet<String>,
}

impl Written {
    pub(super) fn event(&mut self) {
        self.events = true;
    }

    pub(super) fn job(&mut self, kind: &str) {
        if !self.jobs.contains(kind) {
            self.jobs.insert(kind.to_owned());
        }
    }

    /// Wakes those who wait; to be called after the commit.
    pub(super) fn wake(self, wakers: &Wakers) {
        if self.events {
            wakers.0.outbox.notify_one();
        }
        for kind in &self.jobs {
            wakers.wake_jobs(kind);
        }
    }
}
