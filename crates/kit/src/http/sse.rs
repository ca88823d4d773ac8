//! Server-sent events (HTML Living Standard, 9.2): news for one page.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Bytes;
use futures_util::stream;
use tokio::time::{Instant, Interval, MissedTickBehavior};

/// What one page is told.
pub trait Feed: 'static {
    /// The next to send; `None` ends the answer, and the browser connects anew.
    fn next(&mut self) -> impl Future<Output = Option<Bytes>>;
}

/// The answer that hands on what `feed` has to tell, as it comes.
pub fn answer(feed: impl Feed) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/event-stream; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // Proxies hand each event on at once.
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(stream::unfold(feed, |mut feed| async move {
            let told = feed.next().await?;
            Some((Ok::<_, actix_web::Error>(told), feed))
        }))
}

/// An event of this name; each line of `data` is a line of it.
pub fn event(name: &str, data: &str) -> Bytes {
    let mut text = String::with_capacity(data.len() + 64);
    text.push_str("event: ");
    text.push_str(name);
    text.push('\n');
    // A carriage return alone ends a line as well: what follows it would be a field.
    for line in data.lines().flat_map(|line| line.split('\r')) {
        text.push_str("data: ");
        text.push_str(line);
        text.push('\n');
    }
    // An event without data would be told to nobody.
    if data.is_empty() {
        text.push_str("data:\n");
    }
    text.push('\n');
    text.into()
}

/// How long the browser waits before it connects anew.
pub fn retry(after: Duration) -> Bytes {
    format!("retry: {}\n\n", after.as_millis()).into()
}

/// A line that says nothing but that both sides are there.
pub fn alive() -> Bytes {
    Bytes::from_static(b":\n\n")
}

/// When to send [`alive`].
pub fn alive_every(period: Duration) -> Interval {
    let mut interval = tokio::time::interval_at(Instant::now() + period, period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_data_is_a_line_of_its_event() {
        let text = event("part", "<p>one</p>\n<p>two\r\nthree</p>");
        assert_eq!(
            text,
            "event: part\ndata: <p>one</p>\ndata: <p>two\ndata: three</p>\n\n"
        );
        assert_eq!(event("seen", ""), "event: seen\ndata:\n\n");
        assert_eq!(
            event("part", "one\revent: forged"),
            "event: part\ndata: one\ndata: event: forged\n\n"
        );
    }
}
