//! Websockets (RFC 6455) of browsers and programs.
//!
//! [`accept`] answers the handshake and then runs a [`Session`] until one side
//! ends it. What a domain brings is what it sends and what it does with what it
//! receives; here are the rest: who may connect from where, how large a message
//! and how long a queue may be, pings, and the codes of [`Close`].

mod close;
mod connection;
mod handshake;

pub(super) use handshake::{check_origin, is_handshake};
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use bytestring::ByteString;
use tokio_util::sync::CancellationToken;

pub use close::Close;

use crate::Problem;
use crate::auth::Viewer;
use crate::http::gate::Gate;
use crate::http::pass::Audience;

/// One client's side of a conversation.
pub trait Session: 'static {
    /// Whether this client may go on: asked before each message, and with each
    /// ping. `None` is somebody who is not logged in.
    fn admits(&self, viewer: Option<&Viewer>) -> bool;

    /// The next message to send when there is one, such as from a subscription
    /// to a [`Hub`](super::hub::Hub). The future is dropped and made again while
    /// other things happen, which must not lose a message.
    fn next(&mut self) -> impl Future<Output = Result<ByteString, Close>>;

    /// Takes a text message of the client, and gives what to answer. Nothing
    /// else is sent or taken meanwhile.
    fn receive(&mut self, text: ByteString)
    -> impl Future<Output = Result<Vec<ByteString>, Close>>;
}

/// How a connection behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// Closes with 1001 when the process is asked to stop.
    pub stop: CancellationToken,
    /// The largest message of a client in bytes; a larger one closes with 1009.
    pub max_message: usize,
    /// Messages that wait for a client that reads slowly; one more closes with
    /// 1013.
    pub queue: usize,
    /// How often a ping is sent. A client that has sent nothing, not even a
    /// pong, until the next is closed with 1011. Proxies close what is silent
    /// for a minute.
    pub ping: Duration,
    /// How long a closing frame may wait for a client that does not read.
    pub linger: Duration,
}

impl Options {
    /// The usual: 16 KiB, 64 messages, a ping each 25 seconds.
    pub fn new(stop: CancellationToken) -> Self {
        Self {
            stop,
            max_message: 16 * 1024,
            queue: 64,
            ping: Duration::from_secs(25),
            linger: Duration::from_secs(5),
        }
    }
}

/// Answers the handshake and runs `session`. A request from another origin is
/// refused with 403, and so is one that a cookie authenticates and that names no
/// origin (the [gate](crate::http::gate) sees to it): every browser names one, and programs
/// use a bearer token. 426 for
/// what is no handshake, 429 when the account or network has too many open.
pub fn accept(
    req: &HttpRequest,
    payload: web::Payload,
    session: impl Session,
    options: Options,
) -> Result<HttpResponse, Problem> {
    let audience = Audience::of(req);
    let share = Gate::connection(req)?;
    let (response, sends, receives) =
        actix_ws::handle(req, payload).map_err(|_| handshake::expected())?;
    let receives = receives
        .max_frame_size(options.max_message)
        .aggregate_continuations()
        .max_continuation_size(options.max_message);
    actix_web::rt::spawn(connection::run(session, audience, sends, receives, options));
    Ok(handshake::hold(response, share))
}

#[cfg(test)]
mod tests;
