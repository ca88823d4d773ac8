//! A place for files that are being made, and threads to make them on.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempPath;
use tokio::sync::oneshot;
use wing_contracts::JobId;

const LOCK: &str = "lock";

/// This process' own directory for unfinished files, below `work` in the data
/// directory. Held by a lock, so that another process knows its owner lives.
pub struct Workshop {
    dir: PathBuf,
    _lock: File,
}

impl Workshop {
    /// Makes the directory, and clears away those whose owners are gone:
    /// whatever they were making is made anew by its job.
    pub fn open(data: &Path) -> io::Result<Self> {
        let all = data.join("work");
        std::fs::create_dir_all(&all)?;
        let all = all.canonicalize()?;
        for entry in std::fs::read_dir(&all)? {
            clear_if_dead(&entry?.path());
        }
        let dir = all.join(JobId::new().to_string());
        std::fs::create_dir(&dir)?;
        let lock = File::create(dir.join(LOCK))?;
        lock.try_lock().map_err(io::Error::other)?;
        Ok(Self { dir, _lock: lock })
    }

    /// A new path with this extension; the file there, if any is left, goes
    /// when the answer is dropped.
    pub(crate) fn temp(&self, extension: &str) -> io::Result<TempPath> {
        let name = format!("{}.{extension}", JobId::new());
        TempPath::try_from_path(self.dir.join(name))
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

fn clear_if_dead(dir: &Path) {
    let dead = match File::open(dir.join(LOCK)) {
        Ok(lock) => lock.try_lock().is_ok(),
        // Killed before it had its lock, or about to take it: then it is young.
        Err(_) => dir
            .metadata()
            .and_then(|meta| meta.modified())
            .is_ok_and(|at| at.elapsed().is_ok_and(|age| age.as_secs() > 60)),
    };
    if dead && let Err(error) = std::fs::remove_dir_all(dir) {
        tracing::warn!(%error, dir = %dir.display(), "unfinished files of an earlier process stay");
    }
}

/// Runs `work` on a thread of its own that yields to all others; `None`
/// when it panicked or no thread could be had.
pub(crate) async fn at_low_priority<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (sender, receiver) = oneshot::channel();
    let span = tracing::Span::current();
    let thread = std::thread::Builder::new()
        .name("audio".into())
        .spawn(move || {
            wing_kit::threads::run_with_a_small_share();
            let _ = sender.send(span.in_scope(work));
        });
    if let Err(error) = thread {
        tracing::error!(%error, "no thread for audio");
        return None;
    }
    receiver.await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_dead_process_left_is_cleared_and_what_a_living_one_makes_is_not() {
        let data = tempfile::tempdir().expect("dir");
        let living = Workshop::open(data.path()).expect("opens");
        let theirs = living.temp("opus").expect("a path");
        std::fs::write(&theirs, b"half").expect("writes");
        let dead = data.path().join("work").join("dead");
        std::fs::create_dir(&dead).expect("dir");
        std::fs::write(dead.join(LOCK), b"").expect("writes");
        std::fs::write(dead.join("x.opus"), b"half").expect("writes");

        let second = Workshop::open(data.path()).expect("opens");
        assert!(theirs.exists());
        assert!(!dead.exists());
        drop(second);
        assert!(theirs.exists());
    }

    #[tokio::test]
    async fn work_that_panics_has_no_result() {
        assert_eq!(at_low_priority(|| 7).await, Some(7));
        assert_eq!(at_low_priority(|| -> i32 { panic!("broken") }).await, None);
    }
}
