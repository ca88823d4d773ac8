//! A body whose bytes are fetched from another machine while it is sent.

use std::fmt;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::vec;

use actix_web::body::{BodySize, MessageBody};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;

use crate::parts::Piece;

/// The bytes of a range, as they come.
pub type Bytestream = BoxStream<'static, io::Result<Bytes>>;
/// A range that is requested.
pub type Fetching = BoxFuture<'static, io::Result<Bytestream>>;

/// A file on another machine: how long it is, and what fetches a range of it.
#[derive(Clone)]
pub struct RemoteFile {
    /// Bytes.
    pub len: u64,
    /// Fetches the bytes of a range that is not empty. Bytes are only asked for
    /// when the client has taken those before, so whatever fetches need hold no
    /// more than one piece.
    pub fetch: Arc<dyn Fn(Range<u64>) -> Fetching + Send + Sync>,
}

impl fmt::Debug for RemoteFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RemoteFile({} bytes)", self.len)
    }
}

/// What of a range is to come.
enum Coming {
    Nothing,
    Requested(Fetching),
    Flowing(Bytestream),
}

/// Ranges of one remote file, fetched one after another.
///
/// If one cannot be fetched to its end, the body fails, and the server breaks
/// the connection off: the client sees that bytes are missing.
pub struct RemoteBody {
    remote: RemoteFile,
    rest: vec::IntoIter<Piece>,
    coming: Coming,
    /// Bytes that are missing of the range at hand.
    left: u64,
    size: u64,
}

impl fmt::Debug for RemoteBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RemoteBody({} bytes)", self.size)
    }
}

impl RemoteBody {
    /// Pieces of `size` bytes together. Waits until the first range begins to
    /// come, so that a file that cannot be fetched is known before the answer's
    /// head is sent.
    pub(crate) async fn begin(
        remote: RemoteFile,
        pieces: Vec<Piece>,
        size: u64,
    ) -> io::Result<Self> {
        let first = pieces.iter().find_map(|piece| match piece {
            Piece::File(range) if !range.is_empty() => Some(range.clone()),
            _ => None,
        });
        let coming = match first {
            Some(range) => Coming::Flowing((remote.fetch)(range).await?),
            None => Coming::Nothing,
        };
        Ok(Self {
            remote,
            rest: pieces.into_iter(),
            coming,
            left: 0,
            size,
        })
    }

    /// The next bytes of the range at hand; none when it is at its end.
    fn poll_range(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        while self.left > 0 {
            match &mut self.coming {
                Coming::Nothing => return Poll::Ready(Some(Err(ended_early()))),
                Coming::Requested(request) => {
                    let flowing = ready!(request.as_mut().poll(cx))?;
                    self.coming = Coming::Flowing(flowing);
                }
                Coming::Flowing(flowing) => {
                    let Some(bytes) = ready!(flowing.as_mut().poll_next(cx)).transpose()? else {
                        return Poll::Ready(Some(Err(ended_early())));
                    };
                    let Some(left) = self.left.checked_sub(bytes.len() as u64) else {
                        return Poll::Ready(Some(Err(io::Error::other("more than asked for"))));
                    };
                    self.left = left;
                    if left == 0 {
                        self.coming = Coming::Nothing;
                    }
                    if !bytes.is_empty() {
                        return Poll::Ready(Some(Ok(bytes)));
                    }
                }
            }
        }
        Poll::Ready(None)
    }
}

fn ended_early() -> io::Error {
    io::ErrorKind::UnexpectedEof.into()
}

impl MessageBody for RemoteBody {
    type Error = io::Error;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.size)
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Bytes>>> {
        loop {
            if let Some(bytes) = ready!(self.poll_range(cx)) {
                return Poll::Ready(Some(bytes));
            }
            match self.rest.next() {
                None => return Poll::Ready(None),
                Some(Piece::Text(text)) => return Poll::Ready(Some(Ok(text))),
                Some(Piece::File(range)) => {
                    self.left = range.end - range.start;
                    // The first range was asked for before the answer began.
                    if matches!(self.coming, Coming::Nothing) && self.left > 0 {
                        self.coming = Coming::Requested((self.remote.fetch)(range));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt as _, StreamExt as _, stream};

    use super::*;

    /// A remote file of which each range ends after `most` bytes.
    fn remote(bytes: &'static [u8], most: usize) -> RemoteFile {
        RemoteFile {
            len: bytes.len() as u64,
            fetch: Arc::new(move |range| {
                let all = &bytes[range.start as usize..range.end as usize];
                let chunks: Vec<_> = all[..all.len().min(most)]
                    .chunks(3)
                    .map(|chunk| Ok(Bytes::from_static(chunk)))
                    .collect();
                async move { Ok(stream::iter(chunks).boxed()) }.boxed()
            }),
        }
    }

    async fn body(remote: RemoteFile, pieces: Vec<Piece>) -> io::Result<Vec<u8>> {
        let mut body = RemoteBody::begin(remote, pieces, 0).await?;
        let mut all = Vec::new();
        while let Some(bytes) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_next(cx)).await {
            all.extend_from_slice(&bytes?);
        }
        Ok(all)
    }

    fn pieces() -> Vec<Piece> {
        vec![
            Piece::Text(Bytes::from_static(b"<")),
            Piece::File(2..6),
            Piece::Text(Bytes::from_static(b"|")),
            Piece::File(0..1),
            Piece::Text(Bytes::from_static(b">")),
        ]
    }

    #[actix_web::test]
    async fn stretches_come_one_after_another() {
        let sent = body(remote(b"0123456789", 10), pieces())
            .await
            .expect("sent");
        assert_eq!(sent, b"<2345|0>");
    }

    #[actix_web::test]
    async fn a_stretch_that_ends_early_breaks_the_body_off() {
        let error = body(remote(b"0123456789", 3), pieces())
            .await
            .expect_err("broken");
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
