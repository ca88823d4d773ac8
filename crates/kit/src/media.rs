//! Files: originals, renditions, images. Keys are made from the content's hash,
//! so a stored file never changes and may be cached for ever.

mod s3;
pub mod shared;

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::Context as _;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::buffered::BufWriter;
use object_store::local::LocalFileSystem;
use object_store::{GetOptions, ObjectStore, ObjectStoreExt as _, PutPayload};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::Config;

/// Bytes of a part of a large file on its way to an object store; two are held.
const PART: usize = 8 * 1024 * 1024;
/// Bytes of a file from an object store that are gathered before they are
/// written to the disk.
const GATHERED: usize = 1024 * 1024;

/// Where media is kept: a directory of this machine, or an object store that
/// any number of processes share.
#[derive(Clone)]
pub struct MediaStore {
    store: Arc<dyn ObjectStore>,
    root: Option<PathBuf>,
    /// Bytes of the disk that are left to the database and to what must go on.
    reserve: u64,
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
    /// The object store does not answer; the text is for the log.
    #[error("the media store is out of reach: {0}")]
    Away(String),
    /// Anything else; the text is for the log.
    #[error("media store: {0}")]
    Failed(String),
}

impl From<object_store::Error> for MediaError {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { .. } => Self::Missing,
            object_store::Error::Generic { store, .. } if store == s3::NAME => {
                Self::Away(error.to_string())
            }
            error => {
                let text = error.to_string();
                if text.contains("No space left") || text.contains("os error 28") {
                    Self::Full
                } else {
                    Self::Failed(text)
                }
            }
        }
    }
}

impl From<io::Error> for MediaError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => match error.downcast::<object_store::Error>() {
                Ok(error) => error.into(),
                Err(error) => Self::Failed(error.to_string()),
            },
        }
    }
}

impl From<MediaError> for io::Error {
    fn from(error: MediaError) -> Self {
        match error {
            MediaError::Missing => io::ErrorKind::NotFound.into(),
            MediaError::Full => io::ErrorKind::StorageFull.into(),
            error => io::Error::other(error),
        }
    }
}

impl MediaStore {
    /// Media where the settings say: in the data directory or an object store.
    pub fn open(config: &Config) -> anyhow::Result<Self> {
        if config.media_url.is_empty() {
            let mut media = Self::directory(&config.data.join("media"))?;
            media.reserve = config.disk_reserve_bytes;
            return Ok(media);
        }
        Ok(Self {
            store: s3::connect(config)?,
            root: None,
            reserve: 0,
        })
    }

    /// Media in a directory, made if it is not there.
    pub fn directory(root: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(root).context("making the media directory")?;
        let root = root.canonicalize().context("finding the media directory")?;
        let store = LocalFileSystem::new_with_prefix(&root)?.with_fsync(true);
        Ok(Self {
            store: Arc::new(store),
            root: Some(root),
            reserve: 0,
        })
    }

    /// Media in this process' memory, in the way of an object store; for tests.
    pub fn in_memory() -> Self {
        Self {
            store: Arc::new(object_store::memory::InMemory::new()),
            root: None,
            reserve: 0,
        }
    }

    /// Bytes that media may still take of this machine's disk: what is free without the
    /// reserve. `None` where media is kept elsewhere, or the disk does not say.
    pub fn room(&self) -> Option<u64> {
        let free = self.free()?;
        Some(free.saturating_sub(self.reserve))
    }

    /// Refuses what there is no room for.
    ///
    /// # Errors
    /// [`MediaError::Full`].
    pub fn check_room(&self, bytes: u64) -> Result<(), MediaError> {
        match self.room() {
            Some(room) if room < bytes.max(1) => Err(MediaError::Full),
            _ => Ok(()),
        }
    }

    /// Whether others have taken so much of the disk that not even the reserve is there:
    /// what is stored then may fail, the database included.
    pub fn reserve_is_taken(&self) -> bool {
        self.free().is_some_and(|free| free < self.reserve / 4)
    }

    fn free(&self) -> Option<u64> {
        let stat = rustix::fs::statvfs(self.root.as_ref()?).ok()?;
        Some(stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    /// Whether media is kept on this machine.
    pub fn is_local(&self) -> bool {
        self.root.is_some()
    }

    /// Where the file of `key` is on this machine, when media is kept here.
    pub fn local_path(&self, key: &str) -> Option<PathBuf> {
        self.root.as_ref().map(|root| root.join(key))
    }

    /// Stores bytes; all of them or nothing.
    pub async fn put(&self, key: &str, bytes: Bytes) -> Result<(), MediaError> {
        self.check_room(bytes.len() as u64)?;
        self.store
            .put(&key.into(), PutPayload::from_bytes(bytes))
            .await?;
        Ok(())
    }

    /// Stores a finished file; all of it or nothing. It is moved away from
    /// `path` where media is kept on this machine, and stays there otherwise.
    /// It is durable before this returns.
    pub async fn put_file(&self, key: &str, path: &Path) -> Result<(), MediaError> {
        if let Some(target) = self.local_path(key) {
            let path = path.to_owned();
            return tokio::task::spawn_blocking(move || move_durably(&path, &target))
                .await
                .map_err(|error| MediaError::Failed(error.to_string()))?;
        }
        let mut target = BufWriter::with_capacity(Arc::clone(&self.store), key.into(), PART)
            .with_max_concurrency(2);
        let sent = send(path, &mut target).await;
        if sent.is_err() {
            // What was sent of it is no file yet; the store may drop it.
            let _ = target.abort().await;
        }
        sent
    }

    /// The whole file; for small ones.
    pub async fn get(&self, key: &str) -> Result<Bytes, MediaError> {
        Ok(self.store.get(&key.into()).await?.bytes().await?)
    }

    /// The bytes of a range that is not empty, as they come: no more are asked
    /// for than are taken.
    pub async fn read(
        &self,
        key: &str,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, io::Result<Bytes>>, MediaError> {
        let options = GetOptions {
            range: Some(range.into()),
            ..GetOptions::default()
        };
        let found = self.store.get_opts(&key.into(), options).await?;
        Ok(found.into_stream().map_err(io::Error::other).boxed())
    }

    /// Adds the whole file to the end of `to`, in bounded memory.
    pub async fn fetch(&self, key: &str, to: &mut tokio::fs::File) -> Result<u64, MediaError> {
        let mut bytes = self.store.get(&key.into()).await?.into_stream();
        let (mut gathered, mut all) = (Vec::new(), 0);
        while let Some(more) = bytes.try_next().await? {
            all += more.len() as u64;
            gathered.extend_from_slice(&more);
            if gathered.len() >= GATHERED {
                to.write_all(&gathered).await?;
                gathered.clear();
            }
        }
        to.write_all(&gathered).await?;
        to.flush().await?;
        Ok(all)
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

    /// The keys below a folder, as they come, and when each was stored.
    pub fn list(
        &self,
        folder: &str,
    ) -> BoxStream<'static, Result<(String, SystemTime), MediaError>> {
        self.store
            .list(Some(&folder.into()))
            .map_ok(|found| (found.location.to_string(), found.last_modified.into()))
            .map_err(MediaError::from)
            .boxed()
    }

    /// Removes all files below a folder.
    pub async fn remove_folder(&self, folder: &str) -> Result<(), MediaError> {
        let mut keys = self.list(folder);
        while let Some((key, _)) = keys.try_next().await? {
            self.remove(&key).await?;
        }
        Ok(())
    }

    /// Whether files can be stored now; for readiness.
    pub async fn ping(&self) -> Result<(), MediaError> {
        match &self.root {
            Some(_) if self.reserve_is_taken() => Err(MediaError::Full),
            Some(root) => Ok(tokio::fs::metadata(root).await.map(drop)?),
            None => match self.store.head(&"ping".into()).await {
                Ok(_) | Err(object_store::Error::NotFound { .. }) => Ok(()),
                Err(error) => Err(error.into()),
            },
        }
    }
}

async fn send(path: &Path, target: &mut BufWriter) -> Result<(), MediaError> {
    let mut file = tokio::fs::File::open(path).await?;
    loop {
        let mut piece = Vec::with_capacity(GATHERED);
        (&mut file)
            .take(GATHERED as u64)
            .read_to_end(&mut piece)
            .await?;
        if piece.is_empty() {
            break;
        }
        target.put(piece.into()).await?;
    }
    Ok(target.shutdown().await?)
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
    async fn a_large_file_goes_to_an_object_store_and_comes_back() {
        let dir = tempfile::tempdir().expect("dir");
        let media = MediaStore::in_memory();
        let bytes: Vec<u8> = (0..2 * PART + 12_345).map(|n| (n % 251) as u8).collect();
        let source = dir.path().join("in");
        std::fs::write(&source, &bytes).expect("write");
        media.put_file("a/large", &source).await.expect("stored");
        assert!(source.exists(), "whoever made it removes it");

        let mut copy = tokio::fs::File::create(dir.path().join("out"))
            .await
            .expect("a file");
        let fetched = media.fetch("a/large", &mut copy).await.expect("fetched");
        assert_eq!(fetched, bytes.len() as u64);
        assert!(std::fs::read(dir.path().join("out")).expect("read") == bytes);
        let part: Vec<Bytes> = media
            .read("a/large", 1_000_000..9_000_000)
            .await
            .expect("there")
            .try_collect()
            .await
            .expect("read");
        assert!(part.concat() == bytes[1_000_000..9_000_000]);

        media.put("a/b/small", "x".into()).await.expect("stored");
        media.put("ab/other", "y".into()).await.expect("stored");
        media.remove_folder("a").await.expect("removed");
        let left: Vec<_> = media.list("").try_collect().await.expect("listed");
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].0, "ab/other");
    }

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
