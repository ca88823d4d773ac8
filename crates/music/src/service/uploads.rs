//! Files on their way in, by tus 1.0: begun, sent in parts, gone on with after
//! any break, ended.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::error::PayloadError;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use futures_util::Stream;
use parking_lot::Mutex;
use tokio::sync::Semaphore;
use wing_contracts::{Timestamp, UploadId};
use wing_kit::Problem;
use wing_kit::auth::Viewer;
use wing_kit::media::MediaError;

use super::Music;
use super::receiving::{Body, Checksum, Ended, Turn, Writer, folder, length};
use crate::error::Error;
use crate::store::uploads;
pub use crate::store::uploads::Upload;

/// Uploads an account may have begun and not made tracks of.
const MAX_PENDING: i64 = 100;
/// Bytes that those may have together.
const MAX_PENDING_BYTES: i64 = 20 * 1024 * 1024 * 1024;
/// Bodies that are received at once in this process.
const MAX_AT_ONCE: usize = 256;
/// The same where media is in an object store: up to two pieces of each are held
/// in memory, where a disk takes a quarter of that.
const MAX_AT_ONCE_AFAR: usize = 64;
/// Given back when the disk is full, in bytes.
const ROOM_TO_COUNT: u64 = 4 * 1024 * 1024;
/// How often progress is stored while a body goes on.
const CHECKPOINT: Duration = Duration::from_secs(1);

/// Who is sending what to this process.
pub struct Intake {
    held: Arc<Mutex<HashSet<UploadId>>>,
    places: Arc<Semaphore>,
}

/// The right to write to one upload; ends with its drop.
struct Held {
    id: UploadId,
    all: Arc<Mutex<HashSet<UploadId>>>,
    _place: tokio::sync::OwnedSemaphorePermit,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.all.lock().remove(&self.id);
    }
}

impl Intake {
    /// For uploads that are kept on this machine, or are not.
    pub fn new(local: bool) -> Self {
        let most = if local { MAX_AT_ONCE } else { MAX_AT_ONCE_AFAR };
        Self {
            held: Arc::default(),
            places: Arc::new(Semaphore::new(most)),
        }
    }

    fn hold(&self, id: UploadId) -> Result<Held, Error> {
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| Problem::unavailable())?;
        if !self.all_held(id) {
            return Err(refused(
                StatusCode::LOCKED,
                "upload_locked",
                "Another request is sending to this upload. Wait until it ends, then ask where to go on.",
            ));
        }
        Ok(Held {
            id,
            all: Arc::clone(&self.held),
            _place: place,
        })
    }

    fn all_held(&self, id: UploadId) -> bool {
        self.held.lock().insert(id)
    }
}

/// What somebody wants to send.
#[derive(Clone, Debug, Default)]
pub struct Begin {
    /// Bytes.
    pub size: u64,
    /// The file's name; shown, never used as a path.
    pub filename: String,
    /// The media type the sender claims; never believed.
    pub content_type: String,
    /// `Upload-Metadata` as sent, to be repeated.
    pub metadata: String,
}

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
    /// Begins an upload.
    pub async fn begin_upload(&self, viewer: &Viewer, begin: Begin) -> Result<Upload, Error> {
        musician(viewer)?;
        if begin.size > self.config.upload_max_bytes {
            return Err(too_large(
                "The file is larger than this server takes; see `Tus-Max-Size`.",
            ));
        }
        let size = i64::try_from(begin.size).map_err(|_| too_large("The file is too large."))?;
        if self.free_space().is_some_and(|free| free < begin.size) {
            return Err(MediaError::Full.into());
        }
        let now = self.clock.now();
        let mut upload = Upload::new(viewer.id, size, now, self.upload_expiry(now));
        upload.filename = begin.filename;
        upload.content_type = begin.content_type;
        upload.metadata = begin.metadata;
        let stored = upload.clone();
        self.db
            .write(move |conn| {
                let (count, bytes) = uploads::pending_of(conn, stored.owner_id, now)?;
                if count >= MAX_PENDING || bytes.saturating_add(size) > MAX_PENDING_BYTES {
                    return Err(Error::from(Problem::conflict(
                        "too_many_uploads",
                        "Too many uploads are unfinished. Finish or delete some first.",
                    )));
                }
                Ok(uploads::insert(conn, &stored)?)
            })
            .await?;
        if self.media.is_local()
            && let Err(error) = self.make_part(upload.id).await
        {
            let id = upload.id;
            self.db
                .write(move |conn| Ok::<_, Error>(uploads::delete(conn, id)?))
                .await?;
            return Err(error.into());
        }
        Ok(upload)
    }

    /// One's upload, and how much of it is here.
    pub async fn upload(&self, viewer: &Viewer, id: UploadId) -> Result<Upload, Error> {
        musician(viewer)?;
        let mut upload = self.own_upload(viewer, id).await?;
        if !upload.is_used() && self.media.is_local() {
            let path = self.part_path(id);
            let there = blocking(move || Ok(length(&path)?)).await?;
            // After a power cut a file can be shorter than what was stored of it.
            upload.received = upload
                .received
                .min(i64::try_from(there).unwrap_or(i64::MAX));
        }
        Ok(upload)
    }

    /// One's uploads that are no tracks yet.
    pub async fn unfinished_uploads(&self, viewer: &Viewer) -> Result<Vec<Upload>, Error> {
        musician(viewer)?;
        let (owner, now) = (viewer.id, self.clock.now());
        self.db
            .read(move |conn| Ok(uploads::unfinished_of(conn, owner, now)?))
            .await
    }

    /// Ends an upload and forgets what arrived of it.
    pub async fn end_upload(&self, viewer: &Viewer, id: UploadId) -> Result<(), Error> {
        musician(viewer)?;
        let upload = self.own_upload(viewer, id).await?;
        if upload.is_used() {
            return Err(Error::UploadNotUsable);
        }
        // A body still under way finds no upload to count itself to.
        if self
            .db
            .write(move |conn| Ok::<_, Error>(uploads::delete_open(conn, id)?))
            .await?
        {
            self.remove_part(id).await?;
        }
        Ok(())
    }

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

    /// One's own upload that has not expired.
    async fn own_upload(&self, viewer: &Viewer, id: UploadId) -> Result<Upload, Error> {
        let found = self
            .db
            .read(move |conn| Ok::<_, Error>(uploads::find(conn, id)?))
            .await?;
        let upload = found
            .filter(|upload| upload.owner_id == viewer.id)
            .ok_or(Error::NotFound)?;
        if upload.is_expired(self.clock.now()) {
            return Err(refused(
                StatusCode::GONE,
                "upload_expired",
                "The upload rested too long and was dropped. Begin it anew.",
            ));
        }
        Ok(upload)
    }

    /// When an upload that is touched at `now` may be dropped.
    fn upload_expiry(&self, now: Timestamp) -> Timestamp {
        now.plus_seconds(self.config.upload_hours.saturating_mul(3600))
    }

    /// Where parts of uploads lie that are kept on this machine, and forms that
    /// are being received.
    pub(crate) fn parts_dir(&self) -> PathBuf {
        self.config.data.join("uploads")
    }

    /// Where the file of an upload lies.
    pub(crate) fn part_path(&self, id: UploadId) -> PathBuf {
        self.parts_dir().join(id.to_string())
    }

    async fn make_part(&self, id: UploadId) -> Result<(), MediaError> {
        let (dir, path) = (self.parts_dir(), self.part_path(id));
        blocking(move || {
            std::fs::create_dir_all(&dir)?;
            std::fs::File::create(&path)?;
            Ok(())
        })
        .await
    }

    /// Removes what arrived of an upload; nothing is as good as removed.
    pub(crate) async fn remove_part(&self, id: UploadId) -> Result<(), MediaError> {
        if !self.media.is_local() {
            return self.media.remove_folder(&folder(id)).await;
        }
        let path = self.part_path(id);
        blocking(move || match std::fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        })
        .await
    }

    /// Bytes that the data directory has room for, where that can be told and
    /// files go there.
    fn free_space(&self) -> Option<u64> {
        if !self.media.is_local() {
            return None;
        }
        let stat = rustix::fs::statvfs(&self.config.data).ok()?;
        Some(stat.f_bavail.saturating_mul(stat.f_frsize))
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
        let counted = self.music.db.write(move |conn| {
            let counted = uploads::advance(conn, id, from, end, now, expires)?;
            if counted {
                uploads::add_pieces(conn, id, &pieces)?;
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

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, MediaError> + Send + 'static,
) -> Result<T, MediaError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| MediaError::Failed(error.to_string()))?
}

fn musician(viewer: &Viewer) -> Result<(), Error> {
    if viewer.role.makes_music() {
        Ok(())
    } else {
        Err(Error::NotMusician)
    }
}

fn refused(status: StatusCode, code: &'static str, detail: &'static str) -> Error {
    Problem::new(status, code, detail).into()
}

fn changed_elsewhere() -> Error {
    Problem::conflict(
        "upload_changed",
        "The upload was ended or gone on with elsewhere. Ask where it stands.",
    )
    .into()
}

fn too_large(detail: &'static str) -> Error {
    refused(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
}

fn mismatch(at: u64) -> Error {
    Problem::conflict(
        "offset_mismatch",
        "The upload does not stand there; `Upload-Offset` says where it does.",
    )
    .header(crate::http::tus::UPLOAD_OFFSET, at.into())
    .into()
}

/// 460, which tus made up for this.
fn checksum_mismatch() -> Error {
    let status = StatusCode::from_u16(460).unwrap_or(StatusCode::BAD_REQUEST);
    refused(
        status,
        "checksum_mismatch",
        "The body is not what its checksum says; nothing of it was kept. Send it again.",
    )
}
