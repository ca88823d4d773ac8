//! What changes on the page, as server-sent events.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::{Stream, stream};
use tokio::time::{Instant, Interval, MissedTickBehavior};
use wing_kit::Problem;
use wing_kit::auth::Viewer;
use wing_kit::http::Pass;
use wing_ui::Lang;

use super::filter::Filter;
use super::only_admins;
use super::parts::Parts;
use crate::Visualizer;
use crate::watch::Listener;

/// Each side learns that the other is there, and that it still may listen.
const ALIVE: Duration = Duration::from_secs(5);

pub(super) async fn listen(
    visualizer: web::Data<Visualizer>,
    req: HttpRequest,
    viewer: Viewer,
    filter: web::Query<Filter>,
) -> Result<HttpResponse, Problem> {
    only_admins(&viewer)?;
    let pass = Pass::of(&req).ok_or_else(Problem::login_required)?;
    let listener = visualizer.listen().ok_or_else(Problem::unavailable)?;
    let feed = Feed::new(listener, pass, filter.into_inner(), Lang::of_request(&req));
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // Proxies hand each event on at once.
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(feed.into_stream()))
}

/// One page's news.
struct Feed {
    listener: Listener,
    pass: Pass,
    filter: Filter,
    lang: Lang,
    alive: Interval,
    told: HashMap<&'static str, String>,
    waiting: VecDeque<Bytes>,
}

impl Feed {
    fn new(listener: Listener, pass: Pass, filter: Filter, lang: Lang) -> Self {
        let mut alive = tokio::time::interval_at(Instant::now() + ALIVE, ALIVE);
        alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut feed = Self {
            listener,
            pass,
            filter,
            lang,
            alive,
            told: HashMap::new(),
            waiting: VecDeque::from([Bytes::from_static(b"retry: 2000\n\n")]),
        };
        feed.tell();
        feed
    }

    /// Tells of the parts that are not as they were told last.
    fn tell(&mut self) {
        let scene = self.listener.scene.borrow_and_update().clone();
        for (name, html) in Parts::new(self.lang, &scene, &self.filter).render().named() {
            if self.told.get(name) != Some(&html) {
                self.waiting.push_back(event(name, &html));
                self.told.insert(name, html);
            }
        }
        // Whoever shows it knows that it is as new as this.
        self.waiting
            .push_back(Bytes::from_static(b"event: seen\ndata:\n\n"));
    }

    async fn next(&mut self) -> Option<Bytes> {
        loop {
            let may = self.pass.viewer().is_some_and(|viewer| viewer.is_admin());
            if !may {
                return None;
            }
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            tokio::select! {
                () = self.listener.stop.cancelled() => return None,
                _ = self.alive.tick() => return Some(Bytes::from_static(b":\n\n")),
                changed = self.listener.scene.changed() => match changed {
                    Ok(()) => self.tell(),
                    Err(_) => return None,
                },
            }
        }
    }

    fn into_stream(self) -> impl Stream<Item = Result<Bytes, actix_web::Error>> {
        stream::unfold(self, |mut feed| async move {
            Some((Ok(feed.next().await?), feed))
        })
    }
}

/// A part as Turbo puts it in its place: what is still there stays the same
/// element, so that the focus and what is unfolded stay, too.
fn event(name: &str, html: &str) -> Bytes {
    let stream = format!(
        "<turbo-stream action=\"update\" method=\"morph\" target=\"vis-{name}\"><template>{html}</template></turbo-stream>"
    );
    let mut text = String::with_capacity(stream.len() + 64);
    text.push_str("event: part\n");
    for line in stream.lines() {
        text.push_str("data: ");
        text.push_str(line);
        text.push('\n');
    }
    text.push('\n');
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_a_part_is_a_line_of_its_event() {
        let text = event("nodes", "<p>one</p>\n<p>two\r\nthree</p>");
        let text = std::str::from_utf8(&text).expect("text");
        assert!(text.starts_with("event: part\ndata: <turbo-stream "));
        assert!(text.ends_with("</turbo-stream>\n\n"));
        let lines = text.trim_end().lines().skip(1);
        assert!(
            lines.clone().all(|line| line.starts_with("data: ")),
            "{text}"
        );
        assert_eq!(lines.count(), 3);
        assert!(text.contains("target=\"vis-nodes\""));
    }
}
