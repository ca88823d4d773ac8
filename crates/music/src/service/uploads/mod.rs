//! Files on their way in, by tus 1.0: begun, sent in parts, gone on with after
//! any break, ended.

mod intake;
mod receive;
mod refusals;

use std::path::PathBuf;

use actix_web::http::StatusCode;
use wing_contracts::{Timestamp, UploadId};
use wing_kit::Problem;
use wing_kit::auth::Viewer;
use wing_kit::media::MediaError;

pub(crate) use self::intake::Intake;
pub use self::receive::Sending;
pub use self::refusals::UPLOAD_OFFSET;
use self::refusals::{refused, storage_used_up, too_large};
use super::Music;
use super::receiving::{folder, length};
use crate::error::Error;
pub use crate::store::uploads::Upload;
use crate::store::{self, uploads};

/// Uploads an account may have begun and not made tracks of.
const MAX_PENDING: i64 = 100;
/// Bytes that those may have together.
const MAX_PENDING_BYTES: i64 = 20 * 1024 * 1024 * 1024;

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
        let (room, most) = (self.media.room(), self.config.storage_bytes);
        let now = self.clock.now();
        let mut upload = Upload::new(viewer.id, size, now, self.upload_expiry(now));
        upload.filename = begin.filename;
        upload.content_type = begin.content_type;
        upload.metadata = begin.metadata;
        let stored = upload.clone();
        self.db
            .write(move |tx| {
                // Two begun at once would both find room for one: on the disk, and in
                // what their account has.
                tx.lock_name("uploads")?;
                if let Some(room) = room
                    && room
                        < uploads::announced(tx, now)?
                            .saturating_add(size)
                            .cast_unsigned()
                {
                    return Err(MediaError::Full.into());
                }
                let (count, bytes) = uploads::pending_of(tx, stored.owner_id, now)?;
                let kept = store::files::bytes_of(tx, stored.owner_id)?;
                if kept
                    .saturating_add(bytes)
                    .saturating_add(size)
                    .cast_unsigned()
                    > most
                {
                    return Err(storage_used_up());
                }
                if count >= MAX_PENDING || bytes.saturating_add(size) > MAX_PENDING_BYTES {
                    return Err(Error::from(Problem::conflict(
                        "too_many_uploads",
                        "Too many uploads are unfinished. Finish or delete some first.",
                    )));
                }
                Ok(uploads::insert(tx, &stored)?)
            })
            .await?;
        if self.media.is_local()
            && let Err(error) = self.make_part(upload.id).await
        {
            let id = upload.id;
            self.db
                .write(move |tx| Ok::<_, Error>(uploads::delete(tx, id)?))
                .await?;
            return Err(error.into());
        }
        Ok(upload)
    }

    /// Makes an upload end where it stands: of one that did not say how long it is.
    pub(crate) async fn end_at_received(&self, viewer: &Viewer, id: UploadId) -> Result<(), Error> {
        let owner = viewer.id;
        let ended = self
            .db
            .write(move |tx| Ok::<_, Error>(uploads::end_at_received(tx, id, owner)?));
        match ended.await? {
            true => Ok(()),
            false => Err(Error::NotFound),
        }
    }

    /// Bytes of music that the viewer's account keeps, with what it is uploading, and how
    /// many it may.
    pub async fn storage_of(&self, viewer: &Viewer) -> Result<(u64, u64), Error> {
        let (owner, now) = (viewer.id, self.clock.now());
        let used = self.db.read(move |conn| {
            let (_, pending) = uploads::pending_of(conn, owner, now)?;
            Ok::<_, Error>(store::files::bytes_of(conn, owner)?.saturating_add(pending))
        });
        Ok((used.await?.cast_unsigned(), self.config.storage_bytes))
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

    /// Ends an upload and deletes what arrived of it.
    pub async fn end_upload(&self, viewer: &Viewer, id: UploadId) -> Result<(), Error> {
        musician(viewer)?;
        let upload = self.own_upload(viewer, id).await?;
        if upload.is_used() {
            return Err(Error::UploadNotUsable);
        }
        // A body still under way finds no upload to count itself to.
        if self
            .db
            .write(move |tx| Ok::<_, Error>(uploads::delete_open(tx, id)?))
            .await?
        {
            self.remove_part(id).await?;
        }
        Ok(())
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

    /// Where parts of uploads lie that are kept on this machine.
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
