//! Where replies to queries arrive on the thread whose tasks wait for them.
//!
//! Waking a thread costs as much as a small query, and a thread that is woken takes
//! the processor from the one that woke it: delivered one by one, sixteen replies are
//! up to sixteen wake-ups. So all replies for one thread are queued first, then it is
//! woken once and delivers them to its tasks by itself.

use std::cell::RefCell;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::runtime::{Handle, Id, RuntimeFlavor};
use tokio::sync::Notify;

/// Sends one reply to the task that waits for it.
pub(super) type Send = Box<dyn FnOnce() + std::marker::Send>;

/// The replies for one thread with a runtime of its own.
pub(super) struct Replies {
    runtime: Id,
    queue: Mutex<Vec<Send>>,
    arrived: Notify,
}

thread_local! {
    static REPLIES: RefCell<Option<Arc<Replies>>> = const { RefCell::new(None) };
}

impl Replies {
    /// The queue of the calling thread; none where several threads share a runtime, as
    /// it is unknown which of them will run the task.
    pub(super) fn here() -> Option<Arc<Self>> {
        let handle = Handle::current();
        if handle.runtime_flavor() != RuntimeFlavor::CurrentThread {
            return None;
        }
        let runtime = handle.id();
        REPLIES.with_borrow_mut(|known| {
            if let Some(replies) = known.as_ref().filter(|one| one.runtime == runtime) {
                return Some(Arc::clone(replies));
            }
            let replies = Arc::new(Self {
                runtime,
                queue: Mutex::default(),
                arrived: Notify::new(),
            });
            // Ends with the runtime.
            handle.spawn(Arc::clone(&replies).deliver());
            Some(Arc::clone(known.insert(replies)))
        })
    }

    async fn deliver(self: Arc<Self>) {
        loop {
            self.arrived.notified().await;
            let queue = mem::take(&mut *self.queue.lock());
            for send in queue {
                // Dropping a reply that is no longer wanted may panic; tasks wait for
                // the others.
                if catch_unwind(AssertUnwindSafe(send)).is_err() {
                    tracing::error!("a reply panicked when it was dropped");
                }
            }
        }
    }

    /// Queues a reply; whether the thread has to be woken for it.
    fn push(&self, send: Send) -> bool {
        let mut queue = self.queue.lock();
        queue.push(send);
        queue.len() == 1
    }
}

/// Delivers all of these replies, waking each thread once.
pub(super) fn deliver(replies: Vec<(Option<Arc<Replies>>, Send)>) {
    let mut to_wake = Vec::new();
    for (thread, send) in replies {
        let Some(thread) = thread else {
            send();
            continue;
        };
        if thread.push(send) {
            to_wake.push(thread);
        }
    }
    for thread in to_wake {
        thread.arrived.notify_one();
    }
}
