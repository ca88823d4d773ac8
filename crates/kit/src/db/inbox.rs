//! Where the answers of queries arrive on a thread that waits for them.
//!
//! Waking a thread costs as much as a small query, and a thread that is woken takes
//! the processor from who woke it: told one by one, sixteen answers are up to sixteen
//! wakes. So all answers for one thread are put down first, then it is woken once and
//! tells those who wait by itself.

use std::cell::RefCell;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::runtime::{Handle, Id, RuntimeFlavor};
use tokio::sync::Notify;

/// Gives an answer to who waits for it.
pub(super) type Tell = Box<dyn FnOnce() + Send>;

/// The answers for one thread with a runtime of its own.
pub(super) struct Inbox {
    runtime: Id,
    answers: Mutex<Vec<Tell>>,
    arrived: Notify,
}

thread_local! {
    static INBOX: RefCell<Option<Arc<Inbox>>> = const { RefCell::new(None) };
}

impl Inbox {
    /// That of the calling thread; none where several threads share a runtime, as
    /// nobody knows which of them will go on.
    pub(super) fn here() -> Option<Arc<Self>> {
        let handle = Handle::current();
        if handle.runtime_flavor() != RuntimeFlavor::CurrentThread {
            return None;
        }
        let runtime = handle.id();
        INBOX.with_borrow_mut(|known| {
            if let Some(inbox) = known.as_ref().filter(|inbox| inbox.runtime == runtime) {
                return Some(Arc::clone(inbox));
            }
            let inbox = Arc::new(Self {
                runtime,
                answers: Mutex::default(),
                arrived: Notify::new(),
            });
            // Ends with the runtime.
            handle.spawn(Arc::clone(&inbox).empty());
            Some(Arc::clone(known.insert(inbox)))
        })
    }

    async fn empty(self: Arc<Self>) {
        loop {
            self.arrived.notified().await;
            let answers = mem::take(&mut *self.answers.lock());
            for tell in answers {
                // What drops an answer nobody wants any more may panic; the others
                // are waited for.
                if catch_unwind(AssertUnwindSafe(tell)).is_err() {
                    tracing::error!("an answer panicked when it was dropped");
                }
            }
        }
    }

    /// Whether its thread has to be woken for it.
    fn put(&self, tell: Tell) -> bool {
        let mut answers = self.answers.lock();
        answers.push(tell);
        answers.len() == 1
    }
}

/// Gives all of these answers, each thread woken once.
pub(super) fn give(answers: Vec<(Option<Arc<Inbox>>, Tell)>) {
    let mut to_wake = Vec::new();
    for (inbox, tell) in answers {
        let Some(inbox) = inbox else {
            tell();
            continue;
        };
        if inbox.put(tell) {
            to_wake.push(inbox);
        }
    }
    for inbox in to_wake {
        inbox.arrived.notify_one();
    }
}
