//! Open files, kept for the next request.
//!
//! Listeners ask for a song in many small ranges; opening it anew for each of
//! them costs more than reading it.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use quick_cache::sync::Cache;
use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags, fstat, openat2};

use crate::answer::ServeError;
use crate::warmth::Warmth;

/// How long an open file is trusted before its path is looked up again. Only a
/// file that was moved elsewhere needs this: one that was deleted or replaced
/// has no name left, which is seen at once.
const TRUSTED: Duration = Duration::from_secs(20);

/// A file that can be read by any number of answers at once.
#[derive(Debug)]
pub(crate) struct OpenFile {
    pub(crate) file: File,
    pub(crate) warmth: Warmth,
    since: Instant,
}

/// What is known of an open file at the time of a request.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    pub(crate) file: Arc<OpenFile>,
    /// Bytes.
    pub(crate) len: u64,
}

/// A bounded number of open files by path.
#[derive(Debug)]
pub(crate) struct OpenFiles {
    kept: Cache<PathBuf, Arc<OpenFile>>,
}

impl OpenFiles {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            kept: Cache::new(capacity),
        }
    }

    pub(crate) fn evict(&self, path: &Path) {
        self.kept.remove(path);
    }

    /// The file at a path, opened now or before.
    pub(crate) async fn open(&self, path: &Path) -> Result<Opened, ServeError> {
        if let Some(file) = self.kept.get(path) {
            if file.since.elapsed() < TRUSTED
                && let Some(len) = length(&file.file)?
            {
                return Ok(Opened { file, len });
            }
            self.kept.remove(path);
        }
        let file = match open_cached(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(error.into()),
            Err(_) => {
                let path = path.to_owned();
                tokio::task::spawn_blocking(move || open_waiting(&path))
                    .await
                    .map_err(io::Error::other)??
            }
        };
        let len = length(&file)?.ok_or(ServeError::NotFound)?;
        let file = Arc::new(OpenFile {
            file,
            warmth: Warmth::new(len),
            since: Instant::now(),
        });
        // Files nobody asks for any more would keep the space of a deleted one
        // taken; whoever opens a file puts away those that are due.
        self.kept.retain(|_, file| file.since.elapsed() < TRUSTED);
        self.kept.insert(path.to_owned(), Arc::clone(&file));
        Ok(Opened { file, len })
    }
}

/// `O_NONBLOCK` so that a pipe in a file's place cannot hold the caller up.
const FLAGS: OFlags = OFlags::RDONLY
    .union(OFlags::CLOEXEC)
    .union(OFlags::NONBLOCK);

/// Opens only if every part of the path is in memory: never waits for a disk.
fn open_cached(path: &Path) -> io::Result<File> {
    Ok(openat2(CWD, path, FLAGS, Mode::empty(), ResolveFlags::CACHED)?.into())
}

fn open_waiting(path: &Path) -> io::Result<File> {
    Ok(rustix::fs::open(path, FLAGS, Mode::empty())?.into())
}

/// The length of an open file, or none when it has been deleted or replaced.
fn length(file: &File) -> Result<Option<u64>, ServeError> {
    let stat = fstat(file).map_err(io::Error::from)?;
    if !FileType::from_raw_mode(stat.st_mode).is_file() {
        return Err(ServeError::NotAFile);
    }
    Ok((stat.st_nlink > 0).then(|| u64::try_from(stat.st_size).unwrap_or(0)))
}
