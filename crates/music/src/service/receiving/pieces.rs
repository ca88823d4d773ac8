//! An upload's bytes in the object store: pieces of one size, each an object
//! of its own, so that any process can go on with it.
//!
//! Which pieces make up an upload is written to the database together with how
//! much of it is counted. A piece is never written over: its key is drawn anew,
//! and two processes that believe to be the only one cannot spoil each other's.

use tokio::task::JoinHandle;
use wing_contracts::UploadId;
use wing_kit::media::{MediaError, MediaStore};

use super::{Checksum, Hasher};
use crate::store::uploads::Piece;

/// Bytes of a piece; only an upload's last may have fewer. One is gathered
/// while the one before is sent.
pub(super) const PIECE: usize = 1024 * 1024;

/// Pieces that are stored and not counted.
#[derive(Clone, Debug, Default)]
pub struct Fresh {
    /// One behind the other.
    pub pieces: Vec<Piece>,
    /// A shorter piece that they begin with and replace.
    pub instead_of: Option<Piece>,
}

/// Pieces that are being written.
pub struct Pieces {
    media: MediaStore,
    upload: UploadId,
    hasher: Hasher,
    /// Up to where everything is stored.
    stored: u64,
    /// Up to where everything is stored or being stored.
    at: u64,
    /// What follows there.
    gathered: Vec<u8>,
    /// How much of that is counted already, in the piece that is replaced.
    known: usize,
    fresh: Fresh,
    busy: Option<JoinHandle<Result<Piece, MediaError>>>,
    /// A piece could not be stored: nothing behind it counts.
    broken: bool,
}

impl Pieces {
    /// Goes on behind `last`. A short one is read back and written anew with
    /// what follows, so that an upload never falls into many small pieces.
    pub(super) async fn open(
        media: &MediaStore,
        upload: UploadId,
        last: Option<Piece>,
        hasher: Hasher,
    ) -> Result<Self, MediaError> {
        let mut this = Self {
            media: media.clone(),
            upload,
            hasher,
            stored: last.as_ref().map_or(0, Piece::end),
            at: last.as_ref().map_or(0, Piece::end),
            gathered: Vec::new(),
            known: 0,
            fresh: Fresh::default(),
            busy: None,
            broken: false,
        };
        if let Some(last) = last.filter(|last| last.size < PIECE as i64) {
            this.gathered = media.get(&last.key).await?.into();
            this.known = this.gathered.len();
            this.at = last.start.cast_unsigned();
            this.fresh.instead_of = Some(last);
        }
        Ok(this)
    }

    pub(super) async fn write(&mut self, bytes: &mut Vec<u8>) -> Result<(), MediaError> {
        self.hasher.update(bytes);
        self.gathered.append(bytes);
        while self.gathered.len() >= PIECE {
            let rest = self.gathered.split_off(PIECE);
            let piece = std::mem::replace(&mut self.gathered, rest);
            self.send(piece).await?;
        }
        Ok(())
    }

    /// Begins to store a piece when the one before is stored.
    async fn send(&mut self, bytes: Vec<u8>) -> Result<(), MediaError> {
        self.settle().await?;
        let piece = Piece {
            start: self.at.cast_signed(),
            size: bytes.len() as i64,
            key: format!(
                "{}/{:012}-{}",
                folder(self.upload),
                self.at,
                UploadId::new()
            ),
        };
        self.at += bytes.len() as u64;
        self.known = 0;
        let media = self.media.clone();
        self.busy = Some(tokio::spawn(async move {
            media.put(&piece.key, bytes.into()).await?;
            Ok(piece)
        }));
        Ok(())
    }

    async fn settle(&mut self) -> Result<(), MediaError> {
        if let Some(busy) = self.busy.take() {
            let stored = busy
                .await
                .unwrap_or_else(|error| Err(MediaError::Failed(error.to_string())));
            match stored {
                Ok(piece) => {
                    self.stored = piece.end();
                    self.fresh.pieces.push(piece);
                }
                Err(error) => {
                    self.broken = true;
                    return Err(error);
                }
            }
        }
        if self.broken {
            return Err(MediaError::Away("a piece before was not stored".into()));
        }
        Ok(())
    }

    pub(super) async fn stored(&mut self) -> Result<u64, MediaError> {
        self.settle().await?;
        Ok(self.stored)
    }

    pub(super) async fn end(&mut self) -> Result<u64, MediaError> {
        self.settle().await?;
        if self.gathered.len() > self.known {
            let rest = std::mem::take(&mut self.gathered);
            self.send(rest).await?;
            self.settle().await?;
        }
        Ok(self.stored)
    }

    /// Where what is stored ends.
    pub(super) fn reached(&self) -> u64 {
        self.stored
    }

    pub(super) fn matches(&mut self, checksum: &Checksum) -> bool {
        std::mem::replace(&mut self.hasher, Hasher::None).matches(checksum)
    }

    pub(super) fn fresh(&self) -> Fresh {
        self.fresh.clone()
    }

    pub(super) async fn counted(&mut self) {
        if self.fresh.pieces.is_empty() {
            return;
        }
        let fresh = std::mem::take(&mut self.fresh);
        if let Some(piece) = fresh.instead_of {
            self.discard(&piece).await;
        }
    }

    /// Removes what is stored and not counted. What cannot be removed now goes
    /// with the rest of the upload.
    pub(super) async fn drop_uncounted(&mut self) {
        let _ = self.settle().await;
        self.broken = true;
        for piece in std::mem::take(&mut self.fresh.pieces) {
            self.discard(&piece).await;
        }
    }

    async fn discard(&self, piece: &Piece) {
        if let Err(error) = self.media.remove(&piece.key).await {
            tracing::debug!(%error, "a piece that nothing needs stays for now");
        }
    }
}

/// Where the pieces of an upload lie.
pub(in crate::service) fn folder(upload: UploadId) -> String {
    format!("uploads/{upload}")
}
