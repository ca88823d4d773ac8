use std::collections::VecDeque;
use std::time::Duration;

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;
use tokio::time::{Instant, Interval, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::{keepalive, retry};
use crate::Problem;
use crate::auth::Viewer;
use crate::http::gate::Gate;
use crate::http::pass::Audience;
use crate::limits::Share;

/// Where one page's events come from.
pub trait Source: 'static {
    /// Whether this reader may read, and still may: asked again before each
    /// event. `None` is somebody who is not logged in.
    fn admits(&self, viewer: Option<&Viewer>) -> bool;

    /// The next events, as [`event`](super::event) makes them, when there are
    /// some; the first call gives what a page begins with. `None` ends the
    /// answer, and the browser connects anew. The future is dropped and made
    /// again while nothing happens, which must not lose an event.
    fn next(&mut self) -> impl Future<Output = Option<Vec<Bytes>>>;
}

/// How an answer behaves.
pub struct Options {
    /// Ends the answer when the process is asked to stop.
    pub stop: CancellationToken,
    /// How often a comment is sent while nothing happens; also how late a void
    /// log-in may be noticed then. Proxies close what is silent for a minute.
    pub keepalive: Duration,
    /// How long the browser waits before it connects anew.
    pub retry: Duration,
}

impl Options {
    /// The usual: a comment each 15 seconds, anew after 2.
    pub fn new(stop: CancellationToken) -> Self {
        Self {
            stop,
            keepalive: Duration::from_secs(15),
            retry: Duration::from_secs(2),
        }
    }
}

/// The answer that sends what `source` has. A browser that reads slowly is asked
/// no faster than it reads. 429 when the account or network has too many open.
pub fn respond(
    req: &HttpRequest,
    source: impl Source,
    options: Options,
) -> Result<HttpResponse, Problem> {
    let mut keepalive =
        tokio::time::interval_at(Instant::now() + options.keepalive, options.keepalive);
    keepalive.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let feed = Feed {
        source,
        audience: Audience::of(req),
        stop: options.stop,
        keepalive,
        queue: VecDeque::from([retry(options.retry)]),
        _share: Gate::connection(req)?,
    };
    let events = stream::unfold(feed, |mut feed| async move {
        let event = feed.next().await?;
        Some((Ok::<_, actix_web::Error>(event), feed))
    });
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // Proxies hand each event on at once.
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(events))
}

struct Feed<S> {
    source: S,
    audience: Audience,
    stop: CancellationToken,
    keepalive: Interval,
    queue: VecDeque<Bytes>,
    _share: Share,
}

impl<S: Source> Feed<S> {
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            let may_read = match self.audience.viewer() {
                Ok(viewer) => self.source.admits(viewer.as_ref()),
                Err(_) => false,
            };
            if !may_read {
                return None;
            }
            if let Some(event) = self.queue.pop_front() {
                return Some(event);
            }
            tokio::select! {
                () = self.stop.cancelled() => return None,
                _ = self.keepalive.tick() => return Some(keepalive()),
                events = self.source.next() => self.queue.extend(events?),
            }
        }
    }
}

#[cfg(test)]
mod tests;
