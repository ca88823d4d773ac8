//! Bodies of requests as they arrive: so many at once of one account and network, and
//! none so slowly that it holds its place for nothing (CWE-400; "slow POST").

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::HttpMessage as _;
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::http::{Method, StatusCode};
use actix_web::web::Bytes;
use futures_util::Stream;
use tokio::time::{Instant, Sleep};

use crate::Problem;
use crate::limits::{Share, Shares};

/// Bodies of one account at once: a few uploads, and what is done beside them.
const PER_ACCOUNT: usize = 16;
/// Those of one network.
const PER_NETWORK: usize = 96;
/// Bytes that a body brings in each second, on average over the time that it is given
/// for the next part: less than any connection that music can be heard over.
const BYTES_PER_SECOND: u64 = 1024;

/// What bodies are held to.
#[derive(Clone)]
pub struct Bodies {
    shares: Shares,
    /// The time in which a body ends or brings its next part.
    window: Duration,
}

impl Bodies {
    /// Each body has `window` for its next part of 1 KiB a second.
    pub fn new(window: Duration) -> Self {
        Self {
            shares: Shares::new(PER_ACCOUNT, PER_NETWORK, too_many),
            window,
        }
    }

    /// Puts the request's body, if it has one, under what bodies are held to.
    ///
    /// # Errors
    /// 429 when too many of the account or network are under way.
    pub fn guard(&self, req: &mut ServiceRequest) -> Result<(), Problem> {
        // Nobody reads the body of a GET, and a websocket is not one.
        if matches!(*req.method(), Method::GET | Method::HEAD) {
            return Ok(());
        }
        let payload = req.take_payload();
        if matches!(payload, Payload::None) {
            return Ok(());
        }
        let share = self.shares.of(req.request())?;
        let paced = Paced {
            payload,
            window: self.window,
            end: Box::pin(tokio::time::sleep(self.window)),
            arrived: 0,
            share: Some(share),
        };
        req.set_payload(Payload::Stream {
            payload: Box::pin(paced),
        });
        Ok(())
    }
}

fn too_many() -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too_many_at_once",
        "Too much is being sent by you or from your network at once. Try again when some of it has arrived.",
    )
    .retry_after(10)
}

/// A body that fails when it comes too slowly.
struct Paced {
    payload: Payload,
    window: Duration,
    end: Pin<Box<Sleep>>,
    /// Bytes of this window.
    arrived: u64,
    /// Given back with the last byte.
    share: Option<Share>,
}

impl Stream for Paced {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.share.is_none() {
            return Poll::Ready(None);
        }
        if let Poll::Ready(next) = Pin::new(&mut self.payload).poll_next(cx) {
            match &next {
                Some(Ok(bytes)) => self.arrived += bytes.len() as u64,
                Some(Err(_)) | None => self.share = None,
            }
            return Poll::Ready(next);
        }
        ready!(self.end.as_mut().poll(cx));
        let wanted = BYTES_PER_SECOND * self.window.as_secs().max(1);
        if self.arrived < wanted {
            self.share = None;
            return Poll::Ready(Some(Err(PayloadError::Io(io::ErrorKind::TimedOut.into()))));
        }
        self.arrived = 0;
        let end = Instant::now() + self.window;
        self.end.as_mut().reset(end);
        // Registers for the time just set.
        match self.end.as_mut().poll(cx) {
            Poll::Ready(()) | Poll::Pending => Poll::Pending,
        }
    }
}

/// Why a body could not be read: 408 when it came too slowly, else 400.
pub(crate) fn unreadable(error: &PayloadError) -> Problem {
    match error {
        PayloadError::Io(error) if error.kind() == io::ErrorKind::TimedOut => Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "body_too_slow",
            "The body came too slowly, so the connection was given to others. Try again over a better one.",
        ),
        PayloadError::Overflow => too_large(),
        _ => Problem::bad_request("bad_body", "The body could not be read to its end."),
    }
}

/// 413 for a body that is larger than its call takes.
pub(crate) fn too_large() -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too_large",
        "The body is larger than this call takes.",
    )
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use futures_util::StreamExt as _;
    use futures_util::stream;

    use super::*;

    /// A body that brings `size` bytes each `pause`, `count` times.
    fn trickle(size: usize, pause: Duration, count: usize) -> Payload {
        let parts = stream::unfold(0, move |sent| async move {
            if sent == count {
                return None;
            }
            tokio::time::sleep(pause).await;
            Some((Ok(Bytes::from(vec![7; size])), sent + 1))
        });
        Payload::Stream {
            payload: Box::pin(parts),
        }
    }

    fn silent() -> Payload {
        Payload::Stream {
            payload: Box::pin(stream::pending()),
        }
    }

    fn guarded(bodies: &Bodies, payload: Payload) -> Result<ServiceRequest, Problem> {
        let mut req = TestRequest::post().to_srv_request();
        req.set_payload(payload);
        bodies.guard(&mut req).map(|()| req)
    }

    async fn read(mut req: ServiceRequest) -> Result<usize, PayloadError> {
        let mut payload = req.take_payload();
        let mut all = 0;
        while let Some(bytes) = payload.next().await {
            all += bytes?.len();
        }
        Ok(all)
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_body_goes_on_and_one_that_trickles_is_cut() {
        let bodies = Bodies::new(Duration::from_secs(30));
        let second = Duration::from_secs(1);
        for (size, pause, count) in [
            (1, second, 20),
            (2048, second, 300),
            (100_000, 29 * second, 10),
        ] {
            let req = guarded(&bodies, trickle(size, pause, count)).expect("room");
            assert_eq!(read(req).await.expect("read"), size * count);
        }
        for (size, pause) in [(1, second), (1, 29 * second), (900, second)] {
            let req = guarded(&bodies, trickle(size, pause, 1000)).expect("room");
            let error = read(req).await.expect_err("too slow");
            assert_eq!(unreadable(&error).status(), StatusCode::REQUEST_TIMEOUT);
        }
        assert!(
            read(guarded(&bodies, silent()).expect("room"))
                .await
                .is_err()
        );
    }

    #[tokio::test]
    async fn bodies_of_one_network_are_counted_until_they_are_read() {
        let bodies = Bodies::new(Duration::from_secs(30));
        let mut held: Vec<_> = (0..PER_NETWORK)
            .map(|_| guarded(&bodies, silent()).expect("room"))
            .collect();
        let refused = guarded(&bodies, silent()).expect_err("no room");
        assert_eq!(refused.code(), "too_many_at_once");
        // A request without a body needs no place.
        assert!(guarded(&bodies, Payload::None).is_ok());
        held.pop();
        let whole = guarded(&bodies, trickle(5, Duration::ZERO, 1)).expect("room again");
        assert_eq!(read(whole).await.expect("read"), 5);
        assert!(guarded(&bodies, silent()).is_ok());
    }
}
