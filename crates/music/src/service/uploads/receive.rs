//! The bodies of uploads, and how far what they brought counts.

use std::time::{Duration, Instant};

use actix_web::error::PayloadError;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use futures_util::Stream;
use wing_contracts::UploadId;
use wing_kit::Problem;
use wing_kit::auth::Viewer;
use wing_kit::media::MediaError;

use super::refusals::{changed_elsewhere, checksum_mismatch, mismatch, refused, too_large};
use super::{Upload, musician};
use crate::error::Error;
use crate::model::Checksum;
use crate::service::Music;
use crate::service::receiving::{Body, Ended, Turn, Writer};
use crate::store::uploads;

/// Given back when the disk is full, in bytes.
const ROOM_TO_COUNT: u64 = 4 * 1024 * 1024;
/// How often progress is stored while a body goes on.
const CHECKPOINT: Duration = Duration::from_secs(1);

/// One body of an upload.
pub struct Sending<S> {
    /// Where the sender believes it goes on.
    pub offset: u64,
    /// What the body hashes to, if the sender says so.
    pub checksum: Option<Checksum>,
    /// Its length, if the sender says so.
    pub length: Option<u64>,
    /// The bytes.
    pub body: S,
}

impl Music {
    /// Takes one body of an upload, from where it stands. Whatever interrupts
    /// it, what is then counted is on the disk, and what has a checksum is
    /// counted as a whole or not at all.
    pub async fn receive_upload<S>(
        &self,
        viewer: &Viewer,
        id: UploadId,
        sending: Sending<S>,
    ) -> Result<Upload, Error>
    where
        S: Stream<Item = Result<Bytes, PayloadError>> + Unpin + 'static,
    {
        musician(viewer)?;
        // Looked at before the lock: whose it is not learns nothing of it.
        self.own_upload(viewer, id).await?;
        let held = self.intake.hold(id)?;
        let upload = self.upload(viewer, id).await?;
        let at = upload.received.cast_unsigned();
        if sending.offset != at {
            return Err(mismatch(at));
        }
        let room = (upload.size - upload.received).cast_unsigned();
        if sending.length.is_some_and(|length| length > room) {
            return Err(too_large(
                "The body is longer than what is missing of the upload.",
            ));
        }
        if upload.is_used() || (room == 0 && sending.length == Some(0)) {
            return Ok(upload);
        }
        let music = self.clone();
        // On its own, so that a handler that is dropped with its connection
        // does not take along the counting of what arrived.
        let task = actix_web::rt::spawn(async move {
            let result = music.receive(upload, sending, room).await;
            drop(held);
            result
        });
        task.await.map_err(|_| Problem::internal())?
    }

    async fn receive<S>(
        &self,
        upload: Upload,
        sending: Sending<S>,
        room: u64,
    ) -> Result<Upload, Error>
    where
        S: Stream<Item = Result<Bytes, PayloadError>> + Unpin,
    {
        let id = upload.id;
        let start = upload.received.cast_unsigned();
        let mut counted = Counted {
            music: self,
            upload,
        };
        counted.correct().await?;
        let mut writer = self.writer(id, start, sending.checksum.as_ref()).await?;
        let mut body = Body::new(sending.body, room);
        let mut last = Instant::now();
        let ended = loop {
            match body.some(&mut writer).await {
                Turn::Over(ended) => break ended,
                // The reserve is the database's, whoever else fills the disk.
                Turn::More if self.media.check_room(1).is_err() => {
                    break Ended::Refused(MediaError::Full);
                }
                Turn::More if sending.checksum.is_none() && last.elapsed() >= CHECKPOINT => {
                    let end = match writer.stored().await {
                        Ok(end) => end,
                        Err(error) => break Ended::Refused(error),
                    };
                    if let Err(error) = counted.to(end, &mut writer).await {
                        counted.forget_uncounted(&mut writer).await;
                        return Err(error);
                    }
                    last = Instant::now();
                }
                Turn::More => {}
            }
        };
        let outcome = counted
            .settle(&mut writer, ended, sending.checksum.as_ref())
            .await;
        if outcome.is_err() {
            counted.forget_uncounted(&mut writer).await;
        }
        outcome.map(|()| counted.upload)
    }

    async fn writer(
        &self,
        id: UploadId,
        start: u64,
        checksum: Option<&Checksum>,
    ) -> Result<Writer, Error> {
        if self.media.is_local() {
            return Ok(Writer::file(&self.part_path(id), start, checksum).await?);
        }
        let last = self
            .db
            .read(move |conn| Ok::<_, Error>(uploads::last_piece(conn, id)?))
            .await?;
        if last.as_ref().map_or(0, uploads::Piece::end) != start {
            return Err(changed_elsewhere());
        }
        Ok(Writer::store(&self.media, id, last, checksum).await?)
    }
}

/// An upload and how far it is counted in the database.
struct Counted<'a> {
    music: &'a Music,
    upload: Upload,
}

impl Counted<'_> {
    /// Makes the count what is truly on the disk, should it say more.
    async fn correct(&mut self) -> Result<(), Error> {
        let there = self.upload.received;
        let id = self.upload.id;
        let stored = self
            .music
            .db
            .read(move |conn| Ok::<_, Error>(uploads::find(conn, id)?))
            .await?;
        self.upload.received = stored.map_or(there, |stored| stored.received);
        if self.upload.received == there {
            return Ok(());
        }
        if !self.music.media.is_local() {
            return Err(changed_elsewhere());
        }
        match self.count(there.cast_unsigned(), Vec::new()).await? {
            true => Ok(()),
            false => Err(changed_elsewhere()),
        }
    }

    /// Counts what `writer` stored up to `end`, if nobody else counted meanwhile.
    async fn to(&mut self, end: u64, writer: &mut Writer) -> Result<(), Error> {
        // Should the database not answer, the pieces stay: they may be counted
        // all the same. What is not goes with the upload.
        if self.count(end, writer.fresh().pieces).await? {
            writer.counted().await;
            Ok(())
        } else {
            writer.cut(self.upload.received.cast_unsigned()).await?;
            Err(changed_elsewhere())
        }
    }

    /// `false` when somebody else counted meanwhile.
    async fn count(&mut self, end: u64, pieces: Vec<uploads::Piece>) -> Result<bool, Error> {
        let (id, from, end) = (self.upload.id, self.upload.received, end.cast_signed());
        let now = self.music.clock.now();
        let expires = self.music.upload_expiry(now);
        let counted = self.music.db.write(move |tx| {
            let counted = uploads::advance(tx, id, from, end, now, expires)?;
            if counted {
                uploads::add_pieces(tx, id, &pieces)?;
            }
            Ok::<_, Error>(counted)
        });
        if !counted.await? {
            return Ok(false);
        }
        self.upload.received = end;
        self.upload.expires_at = expires.0;
        Ok(true)
    }

    /// What is not counted is not kept either: it may be what fills the disk.
    async fn forget_uncounted(&self, writer: &mut Writer) {
        if !self.music.media.is_local() {
            return;
        }
        // Should this fail, the next body cuts it off.
        let _ = writer.cut(self.upload.received.cast_unsigned()).await;
    }

    /// Counts what a body brought, by how it ended.
    async fn settle(
        &mut self,
        writer: &mut Writer,
        ended: Ended,
        checksum: Option<&Checksum>,
    ) -> Result<(), Error> {
        // With a checksum nothing was counted since the body began.
        let start = self.upload.received.cast_unsigned();
        let whole = matches!(ended, Ended::Whole);
        let proven = match checksum {
            Some(checksum) if whole => writer.matches(checksum).await?,
            Some(_) => false,
            None => true,
        };
        if proven {
            let mut end = writer.reached().await.ok_or_else(Problem::internal)?;
            if self.music.media.is_local() && matches!(ended, Ended::Refused(_)) {
                // On a full disk even the database finds no room to count what
                // came; it gets some.
                end = end.saturating_sub(ROOM_TO_COUNT).max(start);
                writer.cut(end).await?;
            }
            if end == self.upload.size.cast_unsigned() {
                writer.sync().await?;
            }
            self.to(end, writer).await?;
        } else {
            writer.cut(start).await?;
        }
        match ended {
            Ended::Whole if proven => Ok(()),
            Ended::Whole => Err(checksum_mismatch()),
            Ended::Broken => Err(refused(
                StatusCode::REQUEST_TIMEOUT,
                "body_broken_off",
                "The body ended early. Ask how much arrived and go on from there.",
            )),
            Ended::TooMuch => Err(too_large(
                "The body is longer than what is missing of the upload.",
            )),
            Ended::Refused(error) => Err(error.into()),
        }
    }
}
