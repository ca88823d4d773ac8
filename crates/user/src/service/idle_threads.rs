//! Threads that run only while nobody else wants the processor.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};

use parking_lot::Mutex;
use wing_kit::threads;

type Work = Box<dyn FnOnce() + Send>;

/// A few of them, for as long as this is kept. They stay, since Linux lets a
/// thread that has only just become idle finish its first time slice, whoever
/// wakes beside it.
pub(super) struct IdleThreads(mpsc::Sender<Work>);

impl IdleThreads {
    /// Starts them.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn start(name: &str, threads: usize) -> std::io::Result<Self> {
        let (sender, receiver) = mpsc::channel::<Work>();
        let receiver = Arc::new(Mutex::new(receiver));
        for _ in 0..threads {
            let receiver = Arc::clone(&receiver);
            std::thread::Builder::new()
                .name(name.into())
                .spawn(move || {
                    threads::run_when_idle();
                    // Each waits for its turn to wait.
                    while let Some(work) = next(&receiver) {
                        // What panics is missed by whoever waits for its answer.
                        let _ = catch_unwind(AssertUnwindSafe(work));
                    }
                })?;
        }
        Ok(Self(sender))
    }

    /// Does `work` on the first of them that is free.
    pub fn run(&self, work: impl FnOnce() + Send + 'static) {
        // They end with their sender alone.
        let _ = self.0.send(Box::new(work));
    }
}

fn next(receiver: &Mutex<mpsc::Receiver<Work>>) -> Option<Work> {
    receiver.lock().recv().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_panics_ends_no_thread() {
        let threads = IdleThreads::start("idle", 1).expect("a thread");
        threads.run(|| panic!("as wanted"));
        let (sender, receiver) = mpsc::channel();
        threads.run(move || sender.send(7).expect("somebody waits"));
        assert_eq!(receiver.recv(), Ok(7));
    }
}
