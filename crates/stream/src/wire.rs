//! A connection that can send a file itself, out of the page cache, without
//! the bytes ever coming into this process (`sendfile(2)`).
//!
//! actix copies every body byte into its write buffer. That is cheap for small
//! answers and most of the cost of large ones. Here a body makes an *offer*
//! instead of giving bytes, and the connection takes it up when it is flushed:
//! actix flushes a connection only after the socket has accepted all that was
//! written before, so the file's bytes come exactly where the body stands.

use std::cell::RefCell;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use actix_web::rt::net::TcpStream;
use rustix::fs::sendfile;
use rustix::net::sockopt::set_tcp_cork;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};

use crate::open::OpenFile;

/// What one connection and the body it is sending agree on.
#[derive(Debug, Default)]
enum State {
    /// Nothing offered.
    #[default]
    Idle,
    /// The body would like these bytes to be sent.
    Offered(Arc<OpenFile>, Range<u64>),
    /// The connection has begun to send them.
    Sending(Arc<OpenFile>, Range<u64>),
    /// All of them are sent.
    Sent,
    /// The body went away in the middle: nothing may follow.
    Broken,
}

/// What the body learns when it asks about its offer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Offer {
    /// There is none.
    None,
    /// The connection was not flushed since; the offer is withdrawn.
    NotTaken,
    /// It is being carried out. The task is woken when it is done.
    Taken,
    /// It has been carried out.
    Done,
}

/// The body's end of a connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct SendfileHandle(Rc<RefCell<State>>);

impl SendfileHandle {
    /// Offers bytes. The caller has itself woken, then answers `Pending`.
    pub(crate) fn offer(&self, file: Arc<OpenFile>, range: Range<u64>) {
        *self.0.borrow_mut() = State::Offered(file, range);
    }

    pub(crate) fn poll(&self) -> Offer {
        let mut state = self.0.borrow_mut();
        let (next, offer) = match std::mem::take(&mut *state) {
            State::Idle => (State::Idle, Offer::None),
            State::Offered(..) => (State::Idle, Offer::NotTaken),
            State::Sent => (State::Idle, Offer::Done),
            other @ (State::Sending(..) | State::Broken) => (other, Offer::Taken),
        };
        *state = next;
        offer
    }

    /// The body is gone.
    pub(crate) fn close(&self) {
        let mut state = self.0.borrow_mut();
        *state = match *state {
            State::Sending(..) | State::Broken => State::Broken,
            State::Idle | State::Offered(..) | State::Sent => State::Idle,
        };
    }
}

/// A TCP connection whose bodies may offer parts of files.
#[derive(Debug)]
pub(crate) struct Wire {
    io: TcpStream,
    sendfile: SendfileHandle,
    corked: bool,
}

impl Wire {
    pub(crate) fn new(io: TcpStream) -> Self {
        Self {
            io,
            sendfile: SendfileHandle::default(),
            corked: false,
        }
    }

    pub(crate) fn sendfile(&self) -> SendfileHandle {
        self.sendfile.clone()
    }

    /// Carries out what is offered, as far as the socket takes it.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.sendfile.0.borrow_mut();
        *state = match std::mem::take(&mut *state) {
            State::Offered(file, range) => State::Sending(file, range),
            other => other,
        };
        if let State::Sending(file, range) = &mut *state {
            ready!(poll_range(&self.io, &file.file, range, cx))?;
            *state = State::Sent;
            // The body, asked before the flush, is to be asked again.
            cx.waker().wake_by_ref();
        }
        if matches!(*state, State::Broken) {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        if std::mem::take(&mut self.corked) {
            // Refused, the last bytes leave a little later.
            let _ = set_tcp_cork(&self.io, false);
        }
        Poll::Ready(Ok(()))
    }
}

fn poll_range(
    io: &TcpStream,
    file: &std::fs::File,
    range: &mut Range<u64>,
    cx: &mut Context<'_>,
) -> Poll<io::Result<()>> {
    while !range.is_empty() {
        let count = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        let mut at = range.start;
        let sent = io.try_io(Interest::WRITABLE, || {
            sendfile(io, file, Some(&mut at), count).map_err(io::Error::from)
        });
        match sent {
            Ok(0) => {
                return Poll::Ready(Err(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    "the file became shorter while it was sent",
                )));
            }
            Ok(count) => {
                range.start += count as u64;
                // The rest after the other connections had their turn: a fast
                // client would else keep them waiting for as long as it reads.
                if !range.is_empty() {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                ready!(io.poll_write_ready(cx))?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Poll::Ready(Err(error)),
        }
    }
    Poll::Ready(Ok(()))
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        // A head, and its file to follow: they leave together (`TCP_CORK`).
        if matches!(*self.sendfile.0.borrow(), State::Offered(..)) {
            self.corked = self.corked || set_tcp_cork(&self.io, true).is_ok();
        }
        // Bytes written into the middle of a file would pass for the file's.
        if matches!(
            *self.sendfile.0.borrow(),
            State::Sending(..) | State::Broken
        ) {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_send(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
