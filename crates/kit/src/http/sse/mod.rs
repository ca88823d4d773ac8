//! Server-sent events (HTML Living Standard, 9.2): what changes, for one page.
//!
//! [`respond`] is the answer that sends what a [`Source`] has, as it comes: with
//! a comment now and then that shows each side that the other is there, until
//! the process stops or the reader may not read any more.

mod stream;

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::web::Bytes;

pub use stream::{Options, Source, respond};

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
    // An event without data would not be dispatched.
    if data.is_empty() {
        text.push_str("data:\n");
    }
    text.push('\n');
    text.into()
}

/// An event with an id, which the browser repeats as [`last_event_id`] when it
/// connects anew. An id is a number, so no line feed can break it.
pub fn event_with_id(id: u64, name: &str, data: &str) -> Bytes {
    let mut text = format!("id: {id}\n").into_bytes();
    text.extend_from_slice(&event(name, data));
    text.into()
}

/// The id of the last event that the browser had before it connected anew.
pub fn last_event_id(req: &HttpRequest) -> Option<u64> {
    let value = req.headers().get("last-event-id")?;
    value.to_str().ok()?.parse().ok()
}

/// How long the browser waits before it connects anew.
fn retry(after: Duration) -> Bytes {
    format!("retry: {}\n\n", after.as_millis()).into()
}

/// A comment, which no page sees.
fn keepalive() -> Bytes {
    Bytes::from_static(b":\n\n")
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

    #[test]
    fn an_event_s_id_comes_back_with_the_next_connection() {
        assert_eq!(
            event_with_id(7, "line", "x"),
            "id: 7\nevent: line\ndata: x\n\n"
        );
        let of = |value: &str| {
            let req = actix_web::test::TestRequest::default();
            last_event_id(
                &req.insert_header(("Last-Event-ID", value))
                    .to_http_request(),
            )
        };
        assert_eq!((of("7"), of("x"), of("-1")), (Some(7), None, None));
    }
}
