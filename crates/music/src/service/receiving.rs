//! Bytes of one request on their way to the disk or the object store, in
//! bounded memory.

mod part;
mod pieces;

use std::path::Path;
use std::time::Duration;

use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use futures_util::{Stream, StreamExt as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use wing_contracts::UploadId;
use wing_kit::media::{MediaError, MediaStore};

pub use part::{PartFile, length};
pub(super) use pieces::folder;
pub use pieces::{Fresh, Pieces};

use crate::model::Checksum;
use crate::store::uploads::Piece;

/// Bytes gathered before they are written. Two of these are held at most.
const PIECE: usize = 256 * 1024;
/// How long a sender may be silent.
const TIMEOUT: Duration = Duration::from_secs(60);

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

/// Where an upload's bytes go.
pub enum Writer {
    /// To a part file.
    File(PartFile),
    /// To the object store.
    Store(Pieces),
}

impl Writer {
    /// Goes on with the part file at `path` at `from`; what lies behind that
    /// was never acknowledged and is cut off.
    pub async fn file(
        path: &Path,
        from: u64,
        checksum: Option<&Checksum>,
    ) -> Result<Self, MediaError> {
        let file = PartFile::open(path, from, Hasher::of(checksum)).await?;
        Ok(Self::File(file))
    }

    /// Goes on in the object store behind `last`, the last piece that counts.
    pub async fn store(
        media: &MediaStore,
        upload: UploadId,
        last: Option<Piece>,
        checksum: Option<&Checksum>,
    ) -> Result<Self, MediaError> {
        let pieces = Pieces::open(media, upload, last, Hasher::of(checksum)).await?;
        Ok(Self::Store(pieces))
    }

    /// Begins to write `piece`; leaves an empty buffer in its place.
    async fn write(&mut self, piece: &mut Vec<u8>) -> Result<(), MediaError> {
        match self {
            Self::File(file) => Ok(file.write(piece).await?),
            Self::Store(pieces) => pieces.write(piece).await,
        }
    }

    /// Where what is stored ends by now. In the object store, what does not fill
    /// a piece yet is not.
    pub async fn stored(&mut self) -> Result<u64, MediaError> {
        match self {
            Self::File(file) => Ok(file.end().await?),
            Self::Store(pieces) => pieces.stored().await,
        }
    }

    /// Where it ends when all that was given is stored.
    pub async fn end(&mut self) -> Result<u64, MediaError> {
        match self {
            Self::File(file) => Ok(file.end().await?),
            Self::Store(pieces) => pieces.end().await,
        }
    }

    /// Where it ends, however writing went.
    pub async fn reached(&mut self) -> Option<u64> {
        match self {
            Self::File(file) => file.reached().await,
            Self::Store(pieces) => {
                // An error of the last write is reported by the call that asked for it.
                let _ = pieces.end().await;
                Some(pieces.reached())
            }
        }
    }

    /// Whether everything written hashes to `checksum`.
    pub async fn matches(&mut self, checksum: &Checksum) -> Result<bool, MediaError> {
        match self {
            Self::File(file) => Ok(file.matches(checksum).await?),
            Self::Store(pieces) => Ok(pieces.matches(checksum)),
        }
    }

    /// Drops what lies behind `end`, which is counted.
    pub async fn cut(&mut self, end: u64) -> Result<(), MediaError> {
        match self {
            Self::File(file) => Ok(file.cut(end).await?),
            Self::Store(pieces) => {
                pieces.drop_uncounted().await;
                Ok(())
            }
        }
    }

    /// Waits until the bytes are on the disk itself.
    pub async fn sync(&mut self) -> Result<(), MediaError> {
        match self {
            Self::File(file) => Ok(file.sync().await?),
            // The store answered that it has them.
            Self::Store(_) => Ok(()),
        }
    }

    /// What was stored in the object store and is to be counted.
    pub fn fresh(&self) -> Fresh {
        match self {
            Self::File(_) => Fresh::default(),
            Self::Store(pieces) => pieces.fresh(),
        }
    }

    /// What [`Writer::fresh`] returned is counted.
    pub async fn counted(&mut self) {
        if let Self::Store(pieces) = self {
            pieces.counted().await;
        }
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
    /// The disk or the object store refused.
    Refused(MediaError),
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
                    Err(error) => return Turn::Over(Ended::Refused(error)),
                }
            }
            match tokio::time::timeout(TIMEOUT, self.stream.next()).await {
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
            return Turn::Over(Ended::Refused(error));
        }
        match writer.end().await {
            Ok(_) => Turn::Over(ended),
            Err(error) => Turn::Over(Ended::Refused(error)),
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
        let mut writer = Writer::file(path, from, None).await.expect("opens");
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
        let mut writer = Writer::file(&path, 0, Some(&sum)).await.expect("opens");
        let mut body = Body::new(stream::iter(items), 3_000_000);
        while matches!(body.some(&mut writer).await, Turn::More) {}
        assert_eq!(writer.end().await.expect("written"), 3_000_000);
        assert!(writer.matches(&sum).await.expect("hashed"));
        writer.cut(0).await.expect("cut");
        assert_eq!(length(&path).expect("length"), 0);
    }
}
