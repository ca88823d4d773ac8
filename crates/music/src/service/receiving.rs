//! Bytes of one request on their way to the disk: large writes on blocking
//! threads, one behind the network, in bounded memory.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::Duration;

use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use futures_util::{Stream, StreamExt as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use tokio::task::{JoinHandle, spawn_blocking};

/// Bytes gathered before they are written. Two of these are held at most.
const PIECE: usize = 256 * 1024;
/// How long a sender may be silent.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a request says its body hashes to (tus 1.0, checksum).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// SHA-1, 20 bytes.
    Sha1(Vec<u8>),
    /// SHA-256, 32 bytes.
    Sha256(Vec<u8>),
}

enum Hasher {
    None,
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Hasher {
    fn of(checksum: Option<&Checksum>) -> Self {
        match checksum {
            None => Self::None,
            Some(Checksum::Sha1(_)) => Self::Sha1(Sha1::new()),
            Some(Checksum::Sha256(_)) => Self::Sha256(Sha256::new()),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::None => {}
            Self::Sha1(hasher) => hasher.update(bytes),
            Self::Sha256(hasher) => hasher.update(bytes),
        }
    }

    fn matches(self, checksum: &Checksum) -> bool {
        match (self, checksum) {
            (Self::Sha1(hasher), Checksum::Sha1(given)) => hasher.finalize()[..] == given[..],
            (Self::Sha256(hasher), Checksum::Sha256(given)) => hasher.finalize()[..] == given[..],
            _ => false,
        }
    }
}

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
pub struct Writer {
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

impl Writer {
    /// Opens the part file at `path` to go on at `from`; what lies behind that
    /// was never acknowledged and is cut off.
    pub async fn open(path: &Path, from: u64, checksum: Option<&Checksum>) -> io::Result<Self> {
        let path = path.to_owned();
        let hasher = Hasher::of(checksum);
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
    async fn write(&mut self, piece: &mut Vec<u8>) -> io::Result<()> {
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
    pub async fn end(&mut self) -> io::Result<u64> {
        Ok(self.settle().await?.end)
    }

    /// Where the file ends, however writing went.
    pub async fn reached(&mut self) -> Option<u64> {
        // An error of the last write is told by the one that asked for it.
        let _ = self.settle().await;
        match &self.slot {
            Slot::Idle(part) => Some(part.end),
            Slot::Busy(_) | Slot::Broken => None,
        }
    }

    /// Whether everything written hashes to `checksum`.
    pub async fn matches(&mut self, checksum: &Checksum) -> io::Result<bool> {
        let part = self.settle().await?;
        Ok(std::mem::replace(&mut part.hasher, Hasher::None).matches(checksum))
    }

    /// Cuts the file off at `end`.
    pub async fn cut(&mut self, end: u64) -> io::Result<()> {
        self.with(move |part| {
            part.file.set_len(end)?;
            part.end = end;
            Ok(())
        })
        .await
    }

    /// Waits until the bytes are on the disk itself.
    pub async fn sync(&mut self) -> io::Result<()> {
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

/// How a body ended.
#[derive(Debug)]
pub enum Ended {
    /// With its last byte.
    Whole,
    /// The connection broke, or the sender fell silent.
    Broken,
    /// There was more than may come.
    TooMuch,
    /// The disk refused.
    Disk(io::Error),
}

/// Reads a request's body in pieces.
pub struct Body<S> {
    stream: S,
    piece: Vec<u8>,
    room: u64,
}

/// What one turn of [`Body::some`] brought.
pub enum Turn {
    /// A piece is being written; there is more.
    More,
    /// It is over; all of it was given to the writer.
    Over(Ended),
}

impl<S: Stream<Item = Result<Bytes, PayloadError>> + Unpin> Body<S> {
    /// A body of which at most `room` bytes are taken.
    pub fn new(stream: S, room: u64) -> Self {
        Self {
            stream,
            piece: Vec::new(),
            room,
        }
    }

    /// Reads until a piece is full, and begins to write it.
    pub async fn some(&mut self, writer: &mut Writer) -> Turn {
        let ended = loop {
            if self.piece.len() >= PIECE {
                match writer.write(&mut self.piece).await {
                    Ok(()) => return Turn::More,
                    Err(error) => return Turn::Over(Ended::Disk(error)),
                }
            }
            match tokio::time::timeout(PATIENCE, self.stream.next()).await {
                Ok(Some(Ok(bytes))) => {
                    let Some(room) = self.room.checked_sub(bytes.len() as u64) else {
                        break Ended::TooMuch;
                    };
                    self.room = room;
                    if self.piece.capacity() == 0 {
                        self.piece.reserve(bytes.len().max(16 * 1024));
                    }
                    self.piece.extend_from_slice(&bytes);
                }
                Ok(None) => break Ended::Whole,
                Ok(Some(Err(_))) | Err(_) => break Ended::Broken,
            }
        };
        if let Err(error) = writer.write(&mut self.piece).await {
            return Turn::Over(Ended::Disk(error));
        }
        match writer.end().await {
            Ok(_) => Turn::Over(ended),
            Err(error) => Turn::Over(Ended::Disk(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    fn body(parts: &[&'static [u8]], broken: bool) -> Vec<Result<Bytes, PayloadError>> {
        let mut items: Vec<_> = parts
            .iter()
            .map(|part| Ok(Bytes::from_static(part)))
            .collect();
        if broken {
            items.push(Err(PayloadError::Incomplete(None)));
        }
        items
    }

    async fn send(
        path: &Path,
        from: u64,
        room: u64,
        items: Vec<Result<Bytes, PayloadError>>,
    ) -> (Writer, Ended) {
        let mut writer = Writer::open(path, from, None).await.expect("opens");
        let mut body = Body::new(stream::iter(items), room);
        loop {
            if let Turn::Over(ended) = body.some(&mut writer).await {
                return (writer, ended);
            }
        }
    }

    #[tokio::test]
    async fn what_arrived_before_the_break_stays_and_the_next_goes_on_behind_it() {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("part");
        let (mut writer, ended) = send(&path, 0, 100, body(&[b"one ", b"two "], true)).await;
        assert!(matches!(ended, Ended::Broken));
        assert_eq!(writer.reached().await, Some(8));
        let (_, ended) = send(&path, 8, 92, body(&[b"three"], false)).await;
        assert!(matches!(ended, Ended::Whole));
        assert_eq!(std::fs::read(&path).expect("reads"), b"one two three");
    }

    #[tokio::test]
    async fn what_was_never_acknowledged_is_cut_off() {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("part");
        std::fs::write(&path, b"good bad").expect("writes");
        let (_, ended) = send(&path, 5, 100, body(&[b"new"], false)).await;
        assert!(matches!(ended, Ended::Whole));
        assert_eq!(std::fs::read(&path).expect("reads"), b"good new");
    }

    #[tokio::test]
    async fn more_than_there_is_room_for_is_refused() {
        let dir = tempfile::tempdir().expect("dir");
        let (_, ended) = send(
            &dir.path().join("part"),
            0,
            6,
            body(&[b"1234", b"567"], false),
        )
        .await;
        assert!(matches!(ended, Ended::TooMuch));
    }

    #[tokio::test]
    async fn a_large_body_is_hashed_as_it_is_written() {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("part");
        let chunk = Bytes::from(vec![7; 100_000]);
        let items: Vec<_> = (0..30).map(|_| Ok(chunk.clone())).collect();
        let sum = Checksum::Sha256(Sha256::digest(vec![7; 3_000_000]).to_vec());
        let mut writer = Writer::open(&path, 0, Some(&sum)).await.expect("opens");
        let mut body = Body::new(stream::iter(items), 3_000_000);
        while matches!(body.some(&mut writer).await, Turn::More) {}
        assert_eq!(writer.end().await.expect("written"), 3_000_000);
        assert!(writer.matches(&sum).await.expect("hashed"));
        writer.cut(0).await.expect("cut");
        assert_eq!(length(&path).expect("length"), 0);
    }
}
