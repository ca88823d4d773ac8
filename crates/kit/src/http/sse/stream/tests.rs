use std::time::Duration;

use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use tokio_util::sync::CancellationToken;
use wing_contracts::{SessionId, UserId};

use super::super::{event, event_with_id, last_event_id};
use super::*;
use crate::http::hub::{Hub, Received, Subscription};
use crate::http::testing::Site;

/// Numbers as they are published, beginning with what the hub's owner has.
struct Numbers {
    numbers: Subscription<&'static str, u64>,
    first: Option<u64>,
    admits_all: bool,
}

impl Source for Numbers {
    fn admits(&self, viewer: Option<&Viewer>) -> bool {
        self.admits_all || viewer.is_some()
    }

    async fn next(&mut self) -> Option<Vec<Bytes>> {
        if let Some(first) = self.first.take() {
            return Some(vec![event_with_id(first, "number", "first")]);
        }
        Some(vec![match self.numbers.next().await {
            Received::Event(number) => event_with_id(number, "number", "next"),
            Received::Missed => event("missed", ""),
        }])
    }
}

type State = (Hub<&'static str, u64>, CancellationToken);

async fn numbers(
    state: Data<State>,
    req: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let (hub, stop) = state.get_ref().clone();
    let source = Numbers {
        numbers: hub.subscribe("numbers"),
        first: Some(last_event_id(&req).unwrap_or(0)),
        admits_all: *path == "all",
    };
    let options = Options {
        keepalive: Duration::from_millis(20),
        ..Options::new(stop)
    };
    respond(&req, source, options)
}

struct Feed {
    hub: Hub<&'static str, u64>,
    site: Site,
}

fn feed() -> Feed {
    let (hub, stop) = (Hub::new(4), CancellationToken::new());
    let state = Data::new((hub.clone(), stop.clone()));
    let site = Site::start(stop, move |config| {
        config
            .app_data(state.clone())
            .route("/api/v1/numbers/{who}", web::get().to(numbers));
    });
    Feed { hub, site }
}

impl Feed {
    fn ask(&self, who: &str) -> reqwest::RequestBuilder {
        let address = format!("http://{}/api/v1/numbers/{who}", self.site.address);
        reqwest::Client::new().get(address)
    }
}

/// Reads until `text` came; all that came until then. `None` when the answer
/// ended before.
async fn until(answer: &mut reqwest::Response, text: &str) -> Option<String> {
    let mut all = String::new();
    while !all.contains(text) {
        let chunk = answer.chunk().await.ok().flatten()?;
        all.push_str(&String::from_utf8_lossy(&chunk));
    }
    Some(all)
}

#[tokio::test]
async fn a_page_gets_how_things_stand_and_then_what_changes() {
    let feed = feed();
    let ask = feed.ask("all").header("Last-Event-ID", "41");
    let mut answer = ask.send().await.expect("an answer");
    let headers = answer.headers().clone();
    assert_eq!(headers["content-type"], "text/event-stream; charset=utf-8");
    assert_eq!(headers["x-accel-buffering"], "no");
    let first = until(&mut answer, "data: first\n\n")
        .await
        .expect("a first");
    // A slow machine may have sent a comment already.
    assert_eq!(
        first.replace(":\n\n", ""),
        "retry: 2000\n\nid: 41\nevent: number\ndata: first\n\n"
    );
    feed.hub.publish(&"numbers", 42);
    let next = until(&mut answer, "data: next\n\n").await.expect("a next");
    assert!(next.contains("id: 42\nevent: number\n"), "{next}");
    until(&mut answer, ":\n\n")
        .await
        .expect("a comment while nothing happens");
}

#[tokio::test]
async fn who_is_logged_out_reads_no_further() {
    let feed = feed();
    let (user, session) = (UserId::new(), SessionId::new());
    let token = feed.site.token(user, session);
    let ask = feed.ask("members").bearer_auth(token);
    let mut answer = ask.send().await.expect("an answer");
    until(&mut answer, "data: first").await.expect("a first");
    feed.site
        .revocations
        .end_session(session, feed.site.clock.now());
    feed.hub.publish(&"numbers", 1);
    assert_eq!(until(&mut answer, "data: next").await, None);

    let mut nobody = feed.ask("members").send().await.expect("an answer");
    assert_eq!(until(&mut nobody, "data: first").await, None);
}

#[tokio::test]
async fn an_answer_ends_when_the_process_stops() {
    let feed = feed();
    let mut answer = feed.ask("all").send().await.expect("an answer");
    until(&mut answer, "data: first").await.expect("a first");
    feed.site.stop.cancel();
    assert_eq!(until(&mut answer, "never").await, None);
}

#[tokio::test]
async fn one_account_has_a_bounded_number_of_streams() {
    let feed = feed();
    let (user, session) = (UserId::new(), SessionId::new());
    let token = feed.site.token(user, session);
    let mut open = Vec::new();
    for _ in 0..20 {
        let ask = feed.ask("all").bearer_auth(&token);
        open.push(ask.send().await.expect("an answer"));
    }
    let more = feed.ask("all").bearer_auth(&token).send().await;
    let more = more.expect("an answer");
    assert_eq!(more.status().as_u16(), 429);
    let body = more.text().await.expect("a body");
    assert!(body.contains("too_many_connections"), "{body}");
    assert!(
        feed.ask("all")
            .send()
            .await
            .expect("an answer")
            .status()
            .is_success()
    );
}
