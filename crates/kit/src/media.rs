//! Files: originals, renditions, images. Keys are made from the content's hash,
//! so a stored file never changes and may be cached for ever.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use bytes::Bytes;
use diesel::prelude::*;
use object_store::local::LocalFileSystem;
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload};
use sha2::{Digest as _, Sha256};

use crate::Conn;

/// Where media is kept: a directory of this machine, or an object store.
#[derive(Clone)]
pub struct MediaStore {
    store: Arc<dyn ObjectStore>,
    root: Option<PathBuf>,
}

/// Why a file could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// There is no file of this key.
    #[error("no such file")]
    Missing,
    /// The disk is full.
    #[error("the disk is full")]
    Full,
    /// Anything else; the text is for the log.
    #[error("media store: {0}")]
    Failed(String),
}

impl From<object_store::Error> for MediaError {
    fn from(error: object_store::Error) -> Self {
        if matches!(error, object_store::Error::NotFound { .. }) {
            return Self::Missing;
        }
        let text = error.to_string();
        if text.contains("No space left") || text.contains("os error 28") {
            Self::Full
        } else {
            Self::Failed(text)
        }
    }
}

impl From<std::io::Error> for MediaError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound => Self::Missing,
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Failed(error.to_string()),
        }
    }
}

impl MediaStore {
    /// Media in a directory, made if it is not there.
    pub fn directory(root: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(root).context("making the media directory")?;
        let root = root.canonicalize().context("finding the media directory")?;
        let store = LocalFileSystem::new_with_prefix(&root)?.with_fsync(true);
        Ok(Self {
            store: Arc::new(store),
            root: Some(root),
        })
    }

    /// Where the file of `key` is on this machine, when media is kept here.
    pub fn local_path(&self, key: &str) -> Option<PathBuf> {
        self.root.as_ref().map(|root| root.join(key))
    }

    /// Stores bytes; all of them or nothing.
    pub async fn put(&self, key: &str, bytes: Bytes) -> Result<(), MediaError> {
        self.store
            .put(&key.into(), PutPayload::from_bytes(bytes))
            .await?;
        Ok(())
    }

    /// Stores a finished file, moving it away from `path` where that is
    /// possible. It is on the disk before this returns.
    pub async fn put_file(&self, key: &str, path: &Path) -> Result<(), MediaError> {
        if let Some(target) = self.local_path(key) {
            let path = path.to_owned();
            return tokio::task::spawn_blocking(move || move_durably(&path, &target))
                .await
                .map_err(|error| MediaError::Failed(error.to_string()))?;
        }
        let mut file = tokio::fs::File::open(path).await?;
        let mut upload =
            object_store::WriteMultipart::new(self.store.put_multipart(&key.into()).await?);
        let mut buffer = vec![0; 1 << 20];
        loop {
            let n = tokio::io::AsyncReadExt::read(&mut file, &mut buffer).await?;
            if n == 0 {
                break;
            }
            upload.wait_for_capacity(4).await?;
            upload.write(&buffer[..n]);
        }
        upload.finish().await?;
        tokio::fs::remove_file(path).await?;
        Ok(())
    }

    /// The whole file; for small ones.
    pub async fn get(&self, key: &str) -> Result<Bytes, MediaError> {
        Ok(self.store.get(&key.into()).await?.bytes().await?)
    }

    /// Whether there is a file, and how long it is.
    pub async fn size(&self, key: &str) -> Result<u64, MediaError> {
        Ok(self.store.head(&key.into()).await?.size)
    }

    /// Removes a file; none is as good as removed.
    pub async fn remove(&self, key: &str) -> Result<(), MediaError> {
        match self.store.delete(&key.into()).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether files can be stored now; for readiness.
    pub async fn ping(&self) -> Result<(), MediaError> {
        match &self.root {
            Some(root) => Ok(tokio::fs::metadata(root).await.map(drop)?),
            None => match self.store.head(&"ping".into()).await {
                Ok(_) | Err(object_store::Error::NotFound { .. }) => Ok(()),
                Err(error) => Err(error.into()),
            },
        }
    }
}

/// Until the transaction ends, nobody else takes a stored file that several things may show into
/// use, or removes one. Such files are shared by content, so one may be on its way out for one
/// thing while another is about to point to it.
pub fn hold(conn: &mut Conn) -> QueryResult<()> {
    match conn {
        Conn::Postgres(conn) => {
            diesel::sql_query("SELECT pg_advisory_xact_lock(7749101)").execute(conn)?;
        }
        // An immediate transaction already is alone.
        Conn::Sqlite(_) => {}
    }
    Ok(())
}

/// SHA-256 of some bytes, in hexadecimal: what keys are made of.
pub fn content_hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn move_durably(from: &Path, to: &Path) -> Result<(), MediaError> {
    let parent = to.parent().unwrap_or_else(|| Path::new("."));
    std::fs::create_dir_all(parent)?;
    std::fs::File::open(from)?.sync_all()?;
    match std::fs::rename(from, to) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::CrossesDevices => {
            let part = to.with_extension("part");
            std::fs::copy(from, &part)?;
            std::fs::File::open(&part)?.sync_all()?;
            std::fs::rename(&part, to)?;
            std::fs::remove_file(from)?;
        }
        Err(error) => return Err(error.into()),
    }
    // The name itself must survive, too.
    std::fs::File::open(parent)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_is_moved_in_whole_and_removed_twice_without_harm() {
        let dir = tempfile::tempdir().expect("dir");
        let media = MediaStore::directory(&dir.path().join("media")).expect("store");
        let source = dir.path().join("in");
        std::fs::write(&source, b"music").expect("write");
        media
            .put_file("originals/ab/cd", &source)
            .await
            .expect("stored");
        assert!(!source.exists());
        assert_eq!(media.size("originals/ab/cd").await.expect("size"), 5);
        assert_eq!(
            &media.get("originals/ab/cd").await.expect("bytes")[..],
            b"music"
        );
        media.remove("originals/ab/cd").await.expect("removed");
        media
            .remove("originals/ab/cd")
            .await
            .expect("removed again");
        assert!(matches!(
            media.get("originals/ab/cd").await,
            Err(MediaError::Missing)
        ));
    }
}
