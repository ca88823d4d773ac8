//! What changes on the page, as server-sent events.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use tokio::time::Interval;
use wing_kit::Problem;
use wing_kit::auth::Viewer;
use wing_kit::http::{Pass, sse};
use wing_ui::Lang;

use super::filter::Filter;
use super::only_admins;
use super::parts::Parts;
use crate::Visualizer;
use crate::watch::Listener;

/// Each side learns that the other is there, and that it still may listen.
const ALIVE: Duration = Duration::from_secs(5);
/// After the end of an answer.
const RETRY: Duration = Duration::from_secs(2);

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
    Ok(sse::answer(feed))
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
        let mut feed = Self {
            listener,
            pass,
            filter,
            lang,
            alive: sse::alive_every(ALIVE),
            told: HashMap::new(),
            waiting: VecDeque::from([sse::retry(RETRY)]),
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
        self.waiting.push_back(sse::event("seen", ""));
    }
}

impl sse::Feed for Feed {
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
                _ = self.alive.tick() => return Some(sse::alive()),
                changed = self.listener.scene.changed() => match changed {
                    Ok(()) => self.tell(),
                    Err(_) => return None,
                },
            }
        }
    }
}

/// A part as Turbo puts it in its place: what is still there stays the same
/// element, so that the focus and what is unfolded stay, too.
fn event(name: &str, html: &str) -> Bytes {
    let stream = format!(
        "<turbo-stream action=\"update\" method=\"morph\" target=\"vis-{name}\"><template>{html}</template></turbo-stream>"
    );
    sse::event("part", &stream)
}
