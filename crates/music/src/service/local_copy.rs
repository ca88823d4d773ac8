//! A media file as a file of this machine, for work that needs one.

use std::path::{Path, PathBuf};

use tempfile::TempPath;
use wing_kit::media::MediaError;

use super::Music;

/// A media file on this machine: where it is stored, or a copy that goes when
/// this is dropped.
pub(crate) enum LocalCopy {
    /// Where media is kept.
    Stored(PathBuf),
    /// Fetched.
    Passing(TempPath),
}

impl LocalCopy {
    /// A file that lies there and stays.
    pub(crate) fn stored(path: PathBuf) -> Self {
        Self::Stored(path)
    }

    /// A copy of our own.
    pub(crate) fn passing(path: TempPath) -> Self {
        Self::Passing(path)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Stored(path) => path,
            Self::Passing(path) => path,
        }
    }

    /// Whether it is a copy of our own.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self, Self::Passing(_))
    }
}

impl Music {
    /// The media file of `key` on this machine, fetched if it is kept elsewhere.
    pub(crate) async fn local_copy(&self, key: &str) -> Result<LocalCopy, MediaError> {
        if let Some(path) = self.media.local_path(key) {
            return Ok(LocalCopy::stored(path));
        }
        let copy = self.workshop.temp("copy")?;
        let mut file = tokio::fs::File::create(&copy).await?;
        self.media.fetch(key, &mut file).await?;
        Ok(LocalCopy::passing(copy))
    }
}
