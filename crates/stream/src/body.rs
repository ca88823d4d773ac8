//! A body that reads the file while it is sent.

use std::future::Future as _;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::vec;

use actix_web::body::{BodySize, MessageBody};
use bytes::Bytes;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::buffer::{Buffer, CHUNK};
use crate::open::OpenFile;
use crate::parts::Piece;
use crate::read::{self, Warm};
use crate::wire::{Offer, SendfileHandle};

/// The most bytes a connection sends before it lets others have a turn. More
/// at once is not faster: the client then finds the bytes of one connection
/// piled up and no longer in its core's cache.
const WINDOW: u64 = 64 * 1024;

/// Fewer bytes than this are copied sooner than a connection is asked twice.
pub(crate) const WORTHWHILE: u64 = WINDOW;

/// The next bytes of a stretch that are offered at once.
fn window(at: &Range<u64>) -> Range<u64> {
    at.start..at.end.min(at.start + WINDOW)
}

/// Stretches of one open file, read chunk by chunk as the client takes them.
///
/// It holds one chunk at most, and only while the disk is being waited for or
/// the server has not yet copied it out. If the file ends early or cannot be
/// read, the body fails, and the server breaks the connection off: the client
/// sees that bytes are missing.
#[derive(Debug)]
pub struct FileBody {
    file: Arc<OpenFile>,
    /// What is still to be sent of the piece at hand.
    at: Range<u64>,
    rest: vec::IntoIter<Piece>,
    size: u64,
    waiting: Option<JoinHandle<io::Result<Buffer>>>,
    /// The way past the server's buffer, if the connection has one.
    sendfile: Option<SendfileHandle>,
    /// Up to where the file is known to be cold, or sendfile of no use.
    copied_to: u64,
}

impl FileBody {
    /// Pieces of `size` bytes together.
    pub(crate) fn new(file: Arc<OpenFile>, pieces: Vec<Piece>, size: u64) -> Self {
        Self {
            file,
            at: 0..0,
            rest: pieces.into_iter(),
            size,
            waiting: None,
            sendfile: None,
            copied_to: 0,
        }
    }

    /// The same, going round the server's buffer where that pays. The server
    /// then does not see the bytes and so cannot count them: whoever makes the
    /// answer states its length.
    pub(crate) fn through(mut self, sendfile: SendfileHandle) -> Self {
        self.sendfile = Some(sendfile);
        self
    }

    /// Whether the connection sends what comes next, or is about to.
    fn poll_hatch(&mut self, cx: &Context<'_>) -> Poll<()> {
        let Some(sendfile) = &self.sendfile else {
            return Poll::Ready(());
        };
        match sendfile.poll() {
            Offer::Taken => return Poll::Pending,
            Offer::NotTaken => self.copied_to = window(&self.at).end,
            Offer::Done => self.at.start = window(&self.at).end,
            Offer::None => {}
        }
        let window = window(&self.at);
        if window.end - window.start < WORTHWHILE || window.start < self.copied_to {
            return Poll::Ready(());
        }
        if !self.file.warmth.covers(&self.file.file, &window) {
            self.copied_to = window.end;
            return Poll::Ready(());
        }
        sendfile.offer(Arc::clone(&self.file), window);
        // Should nobody flush the connection, as when the body is read by
        // something between, it is asked again and gives the bytes itself.
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn sent(&mut self, buffer: Buffer) -> Bytes {
        self.at.start += buffer.as_ref().len() as u64;
        Bytes::from_owner(buffer)
    }
}

impl MessageBody for FileBody {
    type Error = io::Error;

    fn size(&self) -> BodySize {
        match self.sendfile {
            None => BodySize::Sized(self.size),
            Some(_) => BodySize::Stream,
        }
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Bytes>>> {
        if let Some(waiting) = &mut self.waiting {
            let read = ready!(Pin::new(waiting).poll(cx));
            self.waiting = None;
            let buffer = read.map_err(io::Error::other)??;
            return Poll::Ready(Some(Ok(self.sent(buffer))));
        }
        ready!(self.poll_hatch(cx));
        while self.at.is_empty() {
            match self.rest.next() {
                None => return Poll::Ready(None),
                Some(Piece::Text(text)) => return Poll::Ready(Some(Ok(text))),
                Some(Piece::File(range)) => {
                    self.at = range;
                    self.copied_to = 0;
                    ready!(self.poll_hatch(cx));
                }
            }
        }
        let Range { start, end } = self.at;
        let wanted = (end - start).min(CHUNK as u64);
        match read::warm(&self.file.file, start, wanted, Buffer::take())? {
            Warm::Read(buffer) => Poll::Ready(Some(Ok(self.sent(buffer)))),
            Warm::Cold(buffer) => {
                let file = Arc::clone(&self.file);
                let read =
                    spawn_blocking(move || read::cold(&file.file, start, wanted, end, buffer));
                self.waiting = Some(read);
                self.poll_next(cx)
            }
        }
    }
}

impl Drop for FileBody {
    fn drop(&mut self) {
        // A client that has gone needs no read that has not begun yet.
        if let Some(waiting) = &self.waiting {
            waiting.abort();
        }
        if let Some(sendfile) = &self.sendfile {
            sendfile.close();
        }
    }
}

/// The body of an answer to HEAD: a length and no bytes, so that nothing is
/// read only to be thrown away.
#[derive(Debug)]
pub(crate) struct LengthOnly(pub(crate) u64);

impl MessageBody for LengthOnly {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.0)
    }

    fn poll_next(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Poll::Ready(None)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;

    use super::*;
    use crate::open::OpenFiles;

    /// Middleware may read a body itself; then no connection takes the offers.
    #[actix_web::test]
    async fn a_body_read_by_something_between_gives_its_bytes_itself() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("song");
        let bytes: Vec<u8> = (0..400_001_u32).map(|n| (n % 251) as u8).collect();
        std::fs::write(&path, &bytes).unwrap();
        let opened = OpenFiles::new(1).open(&path).await.unwrap();
        let pieces = vec![
            Piece::Text(Bytes::from_static(b"head")),
            Piece::File(1..400_000),
            Piece::File(5..6),
        ];
        let body = FileBody::new(opened.file, pieces, 400_004).through(SendfileHandle::default());
        let read = to_bytes(body).await.unwrap();
        assert!(read == [b"head", &bytes[1..400_000], &bytes[5..6]].concat());
    }
}
