//! An upload's bytes on this machine: a part file, written in large pieces on
//! blocking threads, one behind the network.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use tokio::task::{JoinHandle, spawn_blocking};

use super::{Checksum, Hasher};

/// An open part file, written up to `end`.
struct Part {
    file: File,
    hasher: Hasher,
    end: u64,
}

impl Part {
    /// Writes all of `bytes`, or counts how much of them came down.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            match self.file.write(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => {
                    self.end += n as u64;
                    self.hasher.update(&rest[..n]);
                    rest = &rest[n..];
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

type Written = (Part, Vec<u8>, io::Result<()>);

enum Slot {
    Idle(Part),
    Busy(JoinHandle<Written>),
    Broken,
}

/// A part file that is being written.
pub struct PartFile {
    slot: Slot,
    spare: Vec<u8>,
}

fn broken() -> io::Error {
    io::Error::other("the write ended without an answer")
}

/// The length of the part file at `path`, 0 when there is none.
pub fn length(path: &Path) -> io::Result<u64> {
    match std::fs::metadata(path) {
        Ok(meta) => Ok(meta.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

impl PartFile {
    /// Opens the part file at `path` to go on at `from`; what lies behind that
    /// was never acknowledged and is cut off.
    pub(super) async fn open(path: &Path, from: u64, hasher: Hasher) -> io::Result<Self> {
        let path = path.to_owned();
        let part = spawn_blocking(move || {
            let mut file = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .open(path)?;
            file.set_len(from)?;
            file.seek(SeekFrom::Start(from))?;
            Ok::<_, io::Error>(Part {
                file,
                hasher,
                end: from,
            })
        });
        let part = part.await.map_err(|_| broken())??;
        Ok(Self {
            slot: Slot::Idle(part),
            spare: Vec::new(),
        })
    }

    /// Waits until all that was given is written.
    async fn settle(&mut self) -> io::Result<&mut Part> {
        let mut result = Ok(());
        if let Slot::Busy(task) = &mut self.slot {
            let written = task.await;
            self.slot = Slot::Broken;
            let (part, mut buffer, outcome) = written.map_err(|_| broken())?;
            buffer.clear();
            self.spare = buffer;
            self.slot = Slot::Idle(part);
            result = outcome;
        }
        match &mut self.slot {
            Slot::Idle(part) => result.map(|()| part),
            Slot::Busy(_) | Slot::Broken => Err(broken()),
        }
    }

    /// Begins to write `piece`; leaves an empty buffer in its place.
    pub(super) async fn write(&mut self, piece: &mut Vec<u8>) -> io::Result<()> {
        self.settle().await?;
        let full = std::mem::replace(piece, std::mem::take(&mut self.spare));
        if let Slot::Idle(mut part) = std::mem::replace(&mut self.slot, Slot::Broken) {
            self.slot = Slot::Busy(spawn_blocking(move || {
                let outcome = part.write(&full);
                (part, full, outcome)
            }));
        }
        Ok(())
    }

    /// Where the file ends by now, when all that was given is written.
    pub(super) async fn end(&mut self) -> io::Result<u64> {
        Ok(self.settle().await?.end)
    }

    /// Where the file ends, however writing went.
    pub(super) async fn reached(&mut self) -> Option<u64> {
        // An error of the last write is reported by the call that asked for it.
        let _ = self.settle().await;
        match &self.slot {
            Slot::Idle(part) => Some(part.end),
            Slot::Busy(_) | Slot::Broken => None,
        }
    }

    /// Whether everything written hashes to `checksum`.
    pub(super) async fn matches(&mut self, checksum: &Checksum) -> io::Result<bool> {
        let part = self.settle().await?;
        Ok(std::mem::replace(&mut part.hasher, Hasher::None).matches(checksum))
    }

    /// Cuts the file off at `end`.
    pub(super) async fn cut(&mut self, end: u64) -> io::Result<()> {
        self.with(move |part| {
            part.file.set_len(end)?;
            part.end = end;
            Ok(())
        })
        .await
    }

    /// Waits until the bytes are on the disk itself.
    pub(super) async fn sync(&mut self) -> io::Result<()> {
        self.with(|part| part.file.sync_data()).await
    }

    async fn with(
        &mut self,
        work: impl FnOnce(&mut Part) -> io::Result<()> + Send + 'static,
    ) -> io::Result<()> {
        let _ = self.settle().await;
        let Slot::Idle(mut part) = std::mem::replace(&mut self.slot, Slot::Broken) else {
            return Err(broken());
        };
        let task = spawn_blocking(move || {
            let outcome = work(&mut part);
            (part, outcome)
        });
        let (part, outcome) = task.await.map_err(|_| broken())?;
        self.slot = Slot::Idle(part);
        outcome
    }
}
