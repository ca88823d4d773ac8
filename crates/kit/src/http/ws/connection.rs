//! What happens on one connection after its handshake.

use actix_ws::{AggregatedMessage, AggregatedMessageStream, Session as Sender};
use bytestring::ByteString;
use futures_util::StreamExt as _;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior};

use super::{Close, Options, Session};
use crate::http::pass::Audience;

/// What is sent, in order.
enum Frame {
    Text(ByteString),
    Ping,
    Pong(actix_web::web::Bytes),
}

/// Runs the session until one side ends it. A task of its own writes, so that a
/// client that does not read holds up neither reading nor pings.
pub(super) async fn run(
    session: impl Session,
    audience: Audience,
    sends: Sender,
    receives: AggregatedMessageStream,
    options: Options,
) {
    let (queue, frames) = mpsc::channel(options.queue);
    let (close, closing) = oneshot::channel();
    let writing = actix_web::rt::spawn(write(sends, frames, closing, options.linger));
    let conversation = Conversation {
        session,
        audience,
        receives,
        queue,
    };
    // Without a code where the client has gone.
    if let Some(code) = conversation.hold(&options).await {
        tracing::debug!(?code, "a websocket is closed");
        let _ = close.send(code);
    }
    let _ = writing.await;
}

struct Conversation<S> {
    session: S,
    audience: Audience,
    receives: AggregatedMessageStream,
    queue: mpsc::Sender<Frame>,
}

impl<S: Session> Conversation<S> {
    /// Until it ends, and with which code.
    async fn hold(mut self, options: &Options) -> Option<Close> {
        let mut pings = tokio::time::interval_at(Instant::now() + options.ping, options.ping);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut is_alive = true;
        loop {
            if !self.may_go_on() {
                return Some(Close::Policy);
            }
            let sent = tokio::select! {
                () = options.stop.cancelled() => Err(Close::GoingAway),
                _ = pings.tick() => {
                    if is_alive {
                        is_alive = false;
                        self.send(Frame::Ping)
                    } else {
                        Err(Close::Failed)
                    }
                }
                message = self.receives.next() => {
                    is_alive = true;
                    match message? {
                        Ok(AggregatedMessage::Close(_)) => Err(Close::Done),
                        Ok(message) => self.take(message).await,
                        Err(error) => Err(Close::of_error(&error)),
                    }
                }
                next = self.session.next() => next.and_then(|text| self.send(Frame::Text(text))),
            };
            if let Err(code) = sent {
                return Some(code);
            }
        }
    }

    fn may_go_on(&self) -> bool {
        let viewer = self.audience.viewer();
        viewer.is_ok_and(|viewer| self.session.admits(viewer.as_ref()))
    }

    async fn take(&mut self, message: AggregatedMessage) -> Result<(), Close> {
        match message {
            AggregatedMessage::Text(text) => {
                for answer in self.session.receive(text).await? {
                    self.send(Frame::Text(answer))?;
                }
                Ok(())
            }
            AggregatedMessage::Ping(bytes) => self.send(Frame::Pong(bytes)),
            AggregatedMessage::Pong(_) => Ok(()),
            AggregatedMessage::Binary(_) => Err(Close::Unsupported),
            AggregatedMessage::Close(_) => Err(Close::Done),
        }
    }

    fn send(&self, frame: Frame) -> Result<(), Close> {
        let sent = self.queue.try_send(frame);
        sent.map_err(|_| Close::TryAgainLater)
    }
}

/// Writes frames as fast as the client reads, and at last the closing one, which
/// passes those that wait.
async fn write(
    mut sends: Sender,
    mut frames: mpsc::Receiver<Frame>,
    mut closing: oneshot::Receiver<Close>,
    linger: std::time::Duration,
) {
    let writing = async {
        while let Some(frame) = frames.recv().await {
            let sent = match frame {
                Frame::Text(text) => sends.text(text).await,
                Frame::Ping => sends.ping(b"").await,
                Frame::Pong(bytes) => sends.pong(&bytes).await,
            };
            if sent.is_err() {
                return;
            }
        }
    };
    let code = tokio::select! {
        biased;
        code = &mut closing => code.ok(),
        // The client has gone; why is not known before the reader ends, too.
        () = writing => closing.await.ok(),
    };
    if let Some(code) = code {
        // A client that reads nothing does not get this either.
        let _ = tokio::time::timeout(linger, sends.close(Some(code.into()))).await;
    }
}
