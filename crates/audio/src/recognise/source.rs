//! Random access to a file's bytes through one small cache.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::AudioError;

/// Bytes that one look may ask for, and the size of the cache.
pub(crate) const WINDOW: usize = 64 * 1024;

/// A file being looked at. Walking forward reads each byte once.
pub(crate) struct Source<'a> {
    file: &'a File,
    len: u64,
    cache: Vec<u8>,
    cached_at: u64,
    cancel: &'a AtomicBool,
}

impl<'a> Source<'a> {
    /// Opens the eyes on `file`. Looks fail once `cancel` is set.
    pub(crate) fn new(file: &'a File, cancel: &'a AtomicBool) -> Result<Self, AudioError> {
        let len = file.metadata()?.len();
        Ok(Source {
            file,
            len,
            cache: Vec::new(),
            cached_at: 0,
            cancel,
        })
    }

    /// The file's length in bytes.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// Up to `want` bytes (at most [`WINDOW`]) at `pos`; fewer only at the end of the file.
    pub(crate) fn at(&mut self, pos: u64, want: usize) -> Result<&[u8], AudioError> {
        let want = want.min(WINDOW);
        let want = want.min(usize::try_from(self.len.saturating_sub(pos)).unwrap_or(WINDOW));
        let cached_end = self.cached_at + self.cache.len() as u64;
        if pos < self.cached_at || pos + want as u64 > cached_end {
            self.fill(pos)?;
        }
        let from = usize::try_from(pos - self.cached_at).unwrap_or(usize::MAX);
        let from = from.min(self.cache.len());
        let to = (from + want).min(self.cache.len());
        Ok(&self.cache[from..to])
    }

    /// Exactly `N` bytes at `pos`, or `None` when the file ends before.
    pub(crate) fn array<const N: usize>(
        &mut self,
        pos: u64,
    ) -> Result<Option<[u8; N]>, AudioError> {
        Ok(self.at(pos, N)?.try_into().ok())
    }

    fn fill(&mut self, pos: u64) -> Result<(), AudioError> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(AudioError::Cancelled);
        }
        self.cache.resize(WINDOW, 0);
        self.cached_at = pos;
        let mut filled = 0;
        while filled < WINDOW {
            match self
                .file
                .read_at(&mut self.cache[filled..], pos + filled as u64)
            {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.cache.clear();
                    return Err(error.into());
                }
            }
        }
        self.cache.truncate(filled);
        Ok(())
    }
}

/// Big-endian `u32` at `at`, 0 beyond the end.
pub(crate) fn be32(bytes: &[u8], at: usize) -> u32 {
    bytes
        .get(at..at + 4)
        .and_then(|b| b.try_into().ok())
        .map_or(0, u32::from_be_bytes)
}

/// Big-endian `u64` at `at`, 0 beyond the end.
pub(crate) fn be64(bytes: &[u8], at: usize) -> u64 {
    bytes
        .get(at..at + 8)
        .and_then(|b| b.try_into().ok())
        .map_or(0, u64::from_be_bytes)
}

/// Big-endian `u16` at `at`, 0 beyond the end.
pub(crate) fn be16(bytes: &[u8], at: usize) -> u16 {
    bytes
        .get(at..at + 2)
        .and_then(|b| b.try_into().ok())
        .map_or(0, u16::from_be_bytes)
}

/// Little-endian `u32` at `at`, 0 beyond the end.
pub(crate) fn le32(bytes: &[u8], at: usize) -> u32 {
    be32(bytes, at).swap_bytes()
}

/// Little-endian `u64` at `at`, 0 beyond the end.
pub(crate) fn le64(bytes: &[u8], at: usize) -> u64 {
    be64(bytes, at).swap_bytes()
}

/// Little-endian `u16` at `at`, 0 beyond the end.
pub(crate) fn le16(bytes: &[u8], at: usize) -> u16 {
    be16(bytes, at).swap_bytes()
}
