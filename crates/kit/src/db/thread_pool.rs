//! The thread pool that queries run on, so that the threads that answer requests never
//! block.
//!
//! Switching threads costs as much as a small query, so queries run in batches. Few
//! threads run at once, and the one that went to sleep last is woken first: its
//! connection's pages are still in the processor's caches. Replies to quick queries are
//! held back until the queue is empty, so that the thread that waits for them is woken
//! once for many. Where the running threads are held up by something slow, a waiting
//! caller wakes one more (ADR 16).

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};
use prometheus::Histogram;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::DbError;
use super::replies::{self, Replies, Send};
use crate::telemetry::metrics;
use crate::threads;

/// Replies are held back no longer than this, once another query has ended.
const HELD: Duration = Duration::from_micros(500);
/// How often a waiting caller checks that the pool makes progress.
const TICK: Duration = Duration::from_millis(2);
/// How long a query is queued before its caller is refused (503).
const TIMEOUT: Duration = Duration::from_secs(5);
/// The most queries that are queued; one more is refused at once.
const QUEUE: usize = 10_000;

/// Answers nothing when its caller has gone.
type Task = Box<dyn FnOnce() -> Option<Reply> + std::marker::Send>;
/// A reply, and the thread that waits for it.
type Reply = (Option<Arc<Replies>>, Send);

/// Up to `most` threads with one queue. They end when it is dropped.
pub(super) struct ThreadPool {
    shared: Arc<Shared>,
}

/// What the pool and its threads share.
struct Shared {
    state: Mutex<State>,
    /// Seconds that queries were queued, and that they took.
    waited: Histogram,
    took: Histogram,
    /// How many threads are woken at once; further ones only when these make no progress.
    at_once: usize,
    most: usize,
}

struct State {
    /// With the time each was queued at.
    queue: VecDeque<(Instant, Task)>,
    /// Asleep; the last one went to sleep last.
    idle: Vec<Thread>,
    /// Running, or woken and about to.
    awake: usize,
    /// When a query was begun last.
    begun: Instant,
    /// Replies that are held back, and since when.
    held: Vec<Reply>,
    held_since: Instant,
    ended: bool,
}

impl ThreadPool {
    /// The threads of the connection pool `name`. Starts none before it is needed.
    pub(super) fn new(name: &str, at_once: usize, most: usize) -> Self {
        let now = Instant::now();
        let state = State {
            queue: VecDeque::new(),
            idle: Vec::new(),
            awake: 0,
            begun: now,
            held: Vec::new(),
            held_since: now,
            ended: false,
        };
        Self {
            shared: Arc::new(Shared {
                state: Mutex::new(state),
                waited: metrics::DB_WAIT_SECONDS.with_label_values(&[name]),
                took: metrics::DB_SECONDS.with_label_values(&[name]),
                at_once: at_once.min(most),
                most,
            }),
        }
    }

    /// How many queries are queued.
    pub(super) fn waiting(&self) -> usize {
        self.shared.state.lock().queue.len()
    }

    /// Runs `work` on one of the threads, to its end once it has begun, even when
    /// its caller has gone.
    ///
    /// # Errors
    /// When it could not begin in time, or panicked.
    pub(super) async fn run<T, E>(
        &self,
        work: impl FnOnce() -> Result<T, E> + std::marker::Send + 'static,
    ) -> Result<T, E>
    where
        T: std::marker::Send + 'static,
        E: From<DbError> + std::marker::Send + 'static,
    {
        self.run_within(TIMEOUT, work).await
    }

    async fn run_within<T, E>(
        &self,
        patience: Duration,
        work: impl FnOnce() -> Result<T, E> + std::marker::Send + 'static,
    ) -> Result<T, E>
    where
        T: std::marker::Send + 'static,
        E: From<DbError> + std::marker::Send + 'static,
    {
        let (reply, mut replied) = oneshot::channel();
        let begun = Arc::new(AtomicBool::new(false));
        let span = tracing::Span::current();
        let thread = Replies::here();
        let mine = Arc::clone(&begun);
        let task = move || {
            let abandoned = reply.is_closed() || mine.swap(true, Ordering::Relaxed);
            if abandoned {
                return None;
            }
            let answer = span.in_scope(work);
            let send: Send = Box::new(move || drop(reply.send(answer)));
            Some((thread, send))
        };
        self.shared.queue(Box::new(task))?;
        let ended = |_| E::from(DbError::Cancelled);
        let queued = Instant::now();
        loop {
            let at_work = begun.load(Ordering::Relaxed);
            if let Ok(answer) = timeout(TICK, &mut replied).await {
                return answer.map_err(ended)?;
            }
            self.shared.progress();
            if at_work {
                // Not quick: its reply will not be held back.
                return replied.await.map_err(ended)?;
            }
            if queued.elapsed() >= patience && !begun.swap(true, Ordering::Relaxed) {
                return Err(DbError::unavailable("all connections are busy").into());
            }
        }
    }
}

impl Drop for ThreadPool {
    fn drop(&mut self) {
        let mut state = self.shared.state.lock();
        state.ended = true;
        for thread in state.idle.drain(..) {
            thread.unpark();
        }
    }
}

impl Shared {
    fn queue(self: &Arc<Self>, task: Task) -> Result<(), DbError> {
        let mut state = self.state.lock();
        if state.queue.len() >= QUEUE {
            return Err(DbError::unavailable("too many queries are queued"));
        }
        state.queue.push_back((Instant::now(), task));
        if state.awake < self.at_once {
            self.wake(&mut state);
        }
        Ok(())
    }

    /// Delivers the replies that are held back, and wakes one more thread when the
    /// running ones have not begun anything for a while.
    fn progress(self: &Arc<Self>) {
        let mut state = self.state.lock();
        let stuck = !state.queue.is_empty() && state.begun.elapsed() >= TICK;
        if stuck && state.awake < self.most {
            self.wake(&mut state);
        }
        deliver(state);
    }

    fn wake(self: &Arc<Self>, state: &mut State) {
        if let Some(thread) = state.idle.pop() {
            state.awake += 1;
            thread.unpark();
            return;
        }
        let shared = Arc::clone(self);
        let started = thread::Builder::new()
            .name("query".into())
            .spawn(move || shared.work());
        match started {
            Ok(_) => state.awake += 1,
            Err(error) => {
                tracing::error!(%error, "no thread could be started for queries");
                if state.awake == 0 {
                    // Nothing would ever run them: their callers are refused.
                    state.queue.clear();
                }
            }
        }
    }

    fn work(&self) {
        threads::run_in_batches();
        while let Some(task) = self.next() {
            let began = Instant::now();
            let Ok(reply) = catch_unwind(AssertUnwindSafe(task)) else {
                tracing::error!("a query panicked");
                continue;
            };
            let ended = Instant::now();
            if reply.is_some() {
                self.took.observe(ended.duration_since(began).as_secs_f64());
            }
            let mut state = self.state.lock();
            if let Some(reply) = reply {
                if state.held.is_empty() {
                    state.held_since = began;
                }
                state.held.push(reply);
            }
            let long = ended.duration_since(state.held_since) >= HELD;
            // With a thread for each query there are no batches.
            if long || self.at_once == self.most {
                deliver(state);
            }
        }
    }

    /// Sleeps until there is work; nothing when the pool is dropped.
    fn next(&self) -> Option<Task> {
        let mut state = self.state.lock();
        loop {
            if let Some((queued, task)) = state.queue.pop_front() {
                state.begun = Instant::now();
                let waited = state.begun.duration_since(queued);
                self.waited.observe(waited.as_secs_f64());
                return Some(task);
            }
            if !state.held.is_empty() {
                deliver(state);
                state = self.state.lock();
                continue;
            }
            if state.ended {
                return None;
            }
            let me = thread::current();
            let id = me.id();
            state.awake -= 1;
            state.idle.push(me);
            while state.idle.iter().any(|thread| thread.id() == id) {
                drop(state);
                thread::park();
                state = self.state.lock();
            }
        }
    }
}

/// Delivers all replies that are held back, without holding the lock.
fn deliver(mut state: MutexGuard<'_, State>) {
    let held = std::mem::take(&mut state.held);
    drop(state);
    replies::deliver(held);
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    type Answer = Result<u32, DbError>;

    /// A query that waits until it is let go.
    fn held() -> (
        mpsc::Sender<()>,
        impl FnOnce() -> Answer + std::marker::Send,
    ) {
        let (go_on, wait) = mpsc::channel::<()>();
        (go_on, move || {
            let _ = wait.recv();
            Ok(1)
        })
    }

    #[tokio::test]
    async fn a_slow_query_holds_up_nobody_for_long() {
        let threads = ThreadPool::new("test", 1, 2);
        let (go_on, slow) = held();
        let slow = threads.run(slow);
        let quick = async {
            let answer = threads.run(|| Answer::Ok(2)).await;
            drop(go_on);
            answer
        };
        let (slow, quick) = tokio::join!(slow, quick);
        assert_eq!((slow.unwrap(), quick.unwrap()), (1, 2));
    }

    #[tokio::test]
    async fn a_quick_answer_is_not_held_up_by_a_slow_query_behind_it() {
        let threads = ThreadPool::new("test", 1, 2);
        let (go_on, slow) = held();
        let quick = threads.run(|| Answer::Ok(2));
        let slow = threads.run(slow);
        let quick = async {
            let answer = quick.await;
            drop(go_on);
            answer
        };
        let (quick, slow) = tokio::join!(quick, slow);
        assert_eq!((quick.unwrap(), slow.unwrap()), (2, 1));
    }

    #[tokio::test]
    async fn no_more_run_at_once_than_may() {
        let threads = ThreadPool::new("test", 1, 3);
        let running = Arc::new(Mutex::new((0, 0)));
        let all = (0..50).map(|_| {
            let running = Arc::clone(&running);
            threads.run(move || {
                let now = |change: i32| {
                    let mut running = running.lock();
                    running.0 += change;
                    running.1 = running.1.max(running.0);
                };
                now(1);
                thread::yield_now();
                now(-1);
                Answer::Ok(0)
            })
        });
        let all = futures_util::future::join_all(all).await;
        assert!(all.into_iter().all(|answer| answer.is_ok()));
        let (left, most) = *running.lock();
        assert_eq!(left, 0);
        assert!((1..=3).contains(&most), "{most} at once");
    }

    #[tokio::test]
    async fn a_query_that_is_queued_too_long_is_refused_and_never_runs() {
        let threads = ThreadPool::new("test", 1, 1);
        let (go_on, slow) = held();
        let ran = Arc::new(AtomicBool::new(false));
        let slow = threads.run(slow);
        let late = async {
            let mine = Arc::clone(&ran);
            let answer = threads
                .run_within(Duration::ZERO, move || {
                    mine.store(true, Ordering::Relaxed);
                    Answer::Ok(2)
                })
                .await;
            drop(go_on);
            answer
        };
        let (slow, late) = tokio::join!(slow, late);
        assert!(slow.is_ok());
        assert!(matches!(late, Err(DbError::Unavailable(_))));
        assert!(threads.run(|| Answer::Ok(3)).await.is_ok());
        assert!(!ran.load(Ordering::Relaxed));
    }

    #[tokio::test]
    async fn a_query_that_panics_is_an_error_and_the_next_runs() {
        let threads = ThreadPool::new("test", 1, 1);
        let answer = threads.run(|| -> Answer { panic!("on purpose") }).await;
        assert!(matches!(answer, Err(DbError::Cancelled)));
        assert_eq!(threads.run(|| Answer::Ok(4)).await.unwrap(), 4);
    }

    #[tokio::test]
    async fn a_reply_that_panics_when_dropped_leaves_the_others_theirs() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("on purpose");
            }
        }
        let threads = ThreadPool::new("test", 1, 1);
        let (begin, begun) = tokio::sync::oneshot::channel();
        let (go_on, wait) = std::sync::mpsc::channel::<()>();
        let unwanted = threads.run(move || {
            let _ = begin.send(());
            let _ = wait.recv();
            Ok::<_, DbError>(Bomb)
        });
        // Nobody wants it any more when its query has begun.
        tokio::select! {
            _ = unwanted => panic!("it ended by itself"),
            _ = begun => {}
        }
        drop(go_on);
        assert_eq!(threads.run(|| Answer::Ok(5)).await.unwrap(), 5);
    }

    #[test]
    fn a_second_runtime_on_a_thread_gets_its_replies() {
        let threads = ThreadPool::new("test", 1, 1);
        for n in 0..2 {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            let answer = runtime.block_on(threads.run(move || Answer::Ok(n)));
            assert_eq!(answer.unwrap(), n);
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn threads_that_share_a_runtime_get_their_replies() {
        let threads = Arc::new(ThreadPool::new("test", 1, 1));
        let all = (0..50).map(|n| {
            let threads = Arc::clone(&threads);
            tokio::spawn(async move { threads.run(move || Answer::Ok(n)).await })
        });
        let all = futures_util::future::join_all(all.collect::<Vec<_>>()).await;
        let all: Vec<u32> = all
            .into_iter()
            .map(|reply| reply.unwrap().unwrap())
            .collect();
        assert!(all.into_iter().eq(0..50));
    }

    #[tokio::test]
    async fn the_threads_end_with_their_owner() {
        let threads = ThreadPool::new("test", 2, 2);
        threads.run(|| Answer::Ok(0)).await.unwrap();
        let shared = Arc::downgrade(&threads.shared);
        drop(threads);
        while shared.upgrade().is_some() {
            tokio::task::yield_now().await;
        }
    }
}
