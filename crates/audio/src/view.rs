//! What a decoder is shown of a file: a short prefix we wrote, then one range of the file.
//!
//! Tags and pictures may be as large as the file; a decoder that never sees them cannot be made to
//! load them. Reading counts towards progress and stops when the caller cancels.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use symphonia::core::io::MediaSource;

/// Which bytes of a file make up the audio.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    /// Bytes put in front, a few KiB at most.
    pub(crate) prefix: Vec<u8>,
    /// First byte of the file that is shown.
    pub(crate) start: u64,
    /// One past the last byte that is shown.
    pub(crate) end: u64,
}

impl Span {
    /// A plain range of the file.
    pub(crate) fn range(start: u64, end: u64) -> Self {
        Span {
            prefix: Vec::new(),
            start,
            end: end.max(start),
        }
    }

    /// Length in bytes as the decoder sees it.
    pub(crate) fn len(&self) -> u64 {
        self.prefix.len() as u64 + (self.end - self.start)
    }
}

/// A seekable reader over a [`Span`].
pub(crate) struct View<'a> {
    file: File,
    span: Span,
    pos: u64,
    cancel: &'a AtomicBool,
    furthest: &'a AtomicU64,
}

impl<'a> View<'a> {
    /// Shows `span` of `file`. Reads fail once `cancel` is set; `furthest` is kept at the highest
    /// position read, in bytes of the span.
    pub(crate) fn new(
        file: File,
        span: Span,
        cancel: &'a AtomicBool,
        furthest: &'a AtomicU64,
    ) -> io::Result<Self> {
        let mut view = View {
            file,
            span,
            pos: 0,
            cancel,
            furthest,
        };
        view.seek(SeekFrom::Start(0))?;
        Ok(view)
    }
}

impl Read for View<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(io::Error::other("cancelled"));
        }
        let prefix = self.span.prefix.len() as u64;
        let read = if self.pos < prefix {
            (&self.span.prefix[self.pos as usize..]).read(buf)?
        } else {
            let left = self.span.len().saturating_sub(self.pos);
            let most = buf.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            if self.pos == prefix && prefix > 0 {
                self.file.seek(SeekFrom::Start(self.span.start))?;
            }
            self.file.read(&mut buf[..most])?
        };
        self.pos += read as u64;
        self.furthest.fetch_max(self.pos, Ordering::Relaxed);
        Ok(read)
    }
}

impl Seek for View<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => i128::from(at),
            SeekFrom::End(delta) => i128::from(self.span.len()) + i128::from(delta),
            SeekFrom::Current(delta) => i128::from(self.pos) + i128::from(delta),
        };
        let target = u64::try_from(target)
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "seek before the start"))?;
        self.pos = target;
        let inside = target.saturating_sub(self.span.prefix.len() as u64);
        self.file
            .seek(SeekFrom::Start(self.span.start.saturating_add(inside)))?;
        Ok(target)
    }
}

impl MediaSource for View<'_> {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.span.len())
    }
}
