//! What changes on the page, as server-sent events.

use std::collections::HashMap;
use std::time::Duration;

use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use wing_kit::Problem;
use wing_kit::auth::Viewer;
use wing_kit::http::sse;
use wing_ui::Lang;

use super::filter::Filter;
use super::only_admins;
use super::parts::Parts;
use crate::Visualizer;
use crate::watch::Listener;

/// Short, so that a page soon sees that its connection is lost.
const KEEPALIVE: Duration = Duration::from_secs(5);

pub(super) async fn listen(
    visualizer: web::Data<Visualizer>,
    req: HttpRequest,
    viewer: Viewer,
    filter: web::Query<Filter>,
) -> Result<HttpResponse, Problem> {
    only_admins(&viewer)?;
    let listener = visualizer.listen().ok_or_else(Problem::unavailable)?;
    let options = sse::Options {
        keepalive: KEEPALIVE,
        ..sse::Options::new(listener.stop.clone())
    };
    let source = PageSource {
        listener,
        filter: filter.into_inner(),
        lang: Lang::of_request(&req),
        is_new: true,
        sent: HashMap::new(),
    };
    sse::respond(&req, source, options)
}

/// One page's events.
struct PageSource {
    listener: Listener,
    filter: Filter,
    lang: Lang,
    /// Whether nothing was sent to the page yet.
    is_new: bool,
    sent: HashMap<&'static str, String>,
}

impl PageSource {
    /// The parts that changed since they were sent.
    fn events(&mut self) -> Vec<Bytes> {
        let scene = self.listener.scene.borrow_and_update().clone();
        let mut events = Vec::new();
        for (name, html) in Parts::new(self.lang, &scene, &self.filter).render().named() {
            if self.sent.get(name) != Some(&html) {
                events.push(event(name, &html));
                self.sent.insert(name, html);
            }
        }
        // Notifies the page that what it shows is current.
        events.push(sse::event("seen", ""));
        events
    }
}

impl sse::Source for PageSource {
    fn admits(&self, viewer: Option<&Viewer>) -> bool {
        viewer.is_some_and(Viewer::is_admin)
    }

    async fn next(&mut self) -> Option<Vec<Bytes>> {
        if !self.is_new {
            self.listener.scene.changed().await.ok()?;
        }
        self.is_new = false;
        Some(self.events())
    }
}

/// A part as a Turbo stream that morphs the old one, so that focus and unfolded elements
/// are kept.
fn event(name: &str, html: &str) -> Bytes {
    let stream = format!(
        "<turbo-stream action=\"update\" method=\"morph\" target=\"vis-{name}\"><template>{html}</template></turbo-stream>"
    );
    sse::event("part", &stream)
}
