//! A client that is not ours: tungstenite.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data as Kind, OpCode};
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use wing_contracts::{SessionId, UserId};

use super::*;
use crate::http::hub::{Hub, Received, Subscription};
use crate::http::testing::Site;

/// Answers what it is sent, and sends what is published.
struct Echo {
    lines: Subscription<(), ByteString>,
    gone: Arc<Notify>,
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.gone.notify_one();
    }
}

impl Session for Echo {
    fn admits(&self, _: Option<&Viewer>) -> bool {
        true
    }

    async fn next(&mut self) -> Result<ByteString, Close> {
        match self.lines.next().await {
            Received::Event(line) => Ok(line),
            Received::Missed => Err(Close::TryAgainLater),
        }
    }

    async fn receive(&mut self, text: ByteString) -> Result<Vec<ByteString>, Close> {
        match &*text {
            "end" => Err(Close::Done),
            _ => Ok(vec![text]),
        }
    }
}

struct State {
    hub: Hub<(), ByteString>,
    gone: Arc<Notify>,
    options: Options,
}

async fn echo(
    state: Data<State>,
    req: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let session = Echo {
        lines: state.hub.subscribe(()),
        gone: Arc::clone(&state.gone),
    };
    accept(&req, payload, session, state.options.clone())
}

struct Room {
    hub: Hub<(), ByteString>,
    /// Notified when a session has ended.
    gone: Arc<Notify>,
    site: Site,
}

/// A server whose connections behave as `set` says.
fn room(set: impl FnOnce(&mut Options)) -> Room {
    let stop = CancellationToken::new();
    let mut options = Options::new(stop.clone());
    set(&mut options);
    let (hub, gone) = (Hub::new(1024), Arc::new(Notify::new()));
    let state = Data::new(State {
        hub: hub.clone(),
        gone: Arc::clone(&gone),
        options,
    });
    let site = Site::start(stop, move |config| {
        config
            .app_data(state.clone())
            .route("/api/v1/echo", web::get().to(echo));
    });
    Room { hub, gone, site }
}

type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;

impl Room {
    /// Connects with these headers; the status where it is refused.
    async fn connect(&self, headers: &[(&'static str, String)]) -> Result<Client, u16> {
        let address = format!("ws://{}/api/v1/echo", self.site.address);
        let mut request = address.into_client_request().expect("a request");
        for (name, value) in headers {
            let value = value.parse().expect("a header");
            request.headers_mut().insert(*name, value);
        }
        match tokio_tungstenite::connect_async(request).await {
            Ok((client, _)) => Ok(client),
            Err(tungstenite::Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    async fn anonymous(&self) -> Client {
        self.connect(&[]).await.expect("a connection")
    }

    fn origin(&self) -> String {
        format!("http://{}", self.site.address)
    }
}

async fn say(client: &mut Client, text: &str) {
    client.send(Message::text(text)).await.expect("sent");
}

/// The code that the server closes with, whatever comes before.
async fn close_code(client: &mut Client) -> Option<u16> {
    while let Some(message) = client.next().await {
        match message {
            Ok(Message::Close(frame)) => return frame.map(|frame| frame.code.into()),
            Ok(_) => {}
            Err(_) => return None,
        }
    }
    None
}

#[tokio::test]
async fn what_is_said_is_answered_and_what_is_published_arrives() {
    let room = room(|_| {});
    let mut client = room.anonymous().await;
    say(&mut client, "한 줄").await;
    let answer = client.next().await.expect("a message").expect("no error");
    assert_eq!(answer, Message::text("한 줄"));
    room.hub.publish(&(), "published".into());
    let line = client.next().await.expect("a message").expect("no error");
    assert_eq!(line, Message::text("published"));
    say(&mut client, "end").await;
    assert_eq!(close_code(&mut client).await, Some(1000));
}

#[tokio::test]
async fn only_our_own_pages_connect_with_a_cookie() {
    let room = room(|_| {});
    let token = room.site.token(UserId::new(), SessionId::new());
    let cookie = (
        "cookie",
        format!("{}={token}", crate::auth::cookies::ACCESS.of(false)),
    );
    let bearer = ("authorization", format!("Bearer {token}"));
    let ours = ("origin", room.origin());
    let foreign = ("origin", "https://evil.example".to_owned());
    let sandboxed = ("origin", "null".to_owned());

    assert!(room.connect(&[cookie.clone(), ours.clone()]).await.is_ok());
    assert!(room.connect(std::slice::from_ref(&bearer)).await.is_ok());
    assert!(room.connect(&[ours]).await.is_ok());
    for refused in [
        vec![cookie.clone()],
        vec![cookie.clone(), foreign.clone()],
        vec![cookie, sandboxed],
        vec![bearer, foreign.clone()],
        vec![foreign],
    ] {
        assert_eq!(room.connect(&refused).await.err(), Some(403), "{refused:?}");
    }
}

#[tokio::test]
async fn what_is_no_handshake_is_answered_with_what_to_do() {
    let room = room(|_| {});
    let address = format!("http://{}/api/v1/echo", room.site.address);
    let answer = reqwest::get(address).await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 426);
    assert_eq!(answer.headers()["upgrade"], "websocket");
}

#[tokio::test]
async fn a_message_that_is_too_large_ends_it_in_one_frame_or_in_many() {
    let room = room(|options| options.max_message = 100);
    let mut client = room.anonymous().await;
    say(&mut client, &"x".repeat(100)).await;
    let answer = client.next().await.expect("a message").expect("no error");
    assert_eq!(answer.len(), 100);
    say(&mut client, &"x".repeat(101)).await;
    assert_eq!(close_code(&mut client).await, Some(1009));

    let mut client = room.anonymous().await;
    let part =
        |kind, is_last| Message::Frame(Frame::message("x".repeat(60), OpCode::Data(kind), is_last));
    client.send(part(Kind::Text, false)).await.expect("sent");
    client.send(part(Kind::Continue, true)).await.expect("sent");
    assert_eq!(close_code(&mut client).await, Some(1009));
}

#[tokio::test]
async fn only_text_is_taken() {
    let room = room(|_| {});
    let mut client = room.anonymous().await;
    client
        .send(Message::binary(vec![1, 2]))
        .await
        .expect("sent");
    assert_eq!(close_code(&mut client).await, Some(1003));

    let mut client = room.anonymous().await;
    let no_text = Frame::message(vec![0xff], OpCode::Data(Kind::Text), true);
    client.send(Message::Frame(no_text)).await.expect("sent");
    assert_eq!(close_code(&mut client).await, Some(1007));
}

#[tokio::test]
async fn a_client_that_reads_too_slowly_is_closed_and_the_others_go_on() {
    let room = room(|options| options.queue = 4);
    let (mut slow, mut quick) = (room.anonymous().await, room.anonymous().await);
    let line = ByteString::from("x".repeat(256 * 1024));
    // Until the system's buffers are full as well.
    let publishing = async {
        while tokio::time::timeout(Duration::ZERO, room.gone.notified())
            .await
            .is_err()
        {
            room.hub.publish(&(), line.clone());
            let got = quick.next().await.expect("a message").expect("no error");
            assert_eq!(got.len(), line.len());
        }
    };
    publishing.await;
    assert_eq!(close_code(&mut slow).await, Some(1013));
    say(&mut quick, "still here").await;
    let answer = quick.next().await.expect("a message").expect("no error");
    assert_eq!(answer, Message::text("still here"));
}

#[tokio::test]
async fn a_client_that_answers_no_ping_is_closed() {
    let room = room(|options| options.ping = Duration::from_millis(50));
    // Tungstenite answers pings while it is read, which nobody does here.
    let mut silent = room.anonymous().await;
    room.gone.notified().await;
    assert_eq!(close_code(&mut silent).await, Some(1011));
}

#[tokio::test]
async fn a_client_that_answers_pings_stays() {
    let room = room(|options| options.ping = Duration::from_millis(50));
    let mut client = room.anonymous().await;
    let mut pings = 0;
    while pings < 5 {
        let message = client.next().await.expect("a message").expect("no error");
        pings += usize::from(message.is_ping());
    }
}

#[tokio::test]
async fn who_is_logged_out_is_closed() {
    let room = room(|_| {});
    let (user, session) = (UserId::new(), SessionId::new());
    let bearer = format!("Bearer {}", room.site.token(user, session));
    let mut client = room
        .connect(&[("authorization", bearer)])
        .await
        .expect("a connection");
    say(&mut client, "one").await;
    client.next().await.expect("a message").expect("no error");
    room.site
        .revocations
        .end_session(session, room.site.clock.now());
    say(&mut client, "two").await;
    assert_eq!(close_code(&mut client).await, Some(1008));
}

#[tokio::test]
async fn a_process_that_stops_says_so() {
    let room = room(|_| {});
    let mut client = room.anonymous().await;
    say(&mut client, "one").await;
    client.next().await.expect("a message").expect("no error");
    room.site.stop.cancel();
    assert_eq!(close_code(&mut client).await, Some(1001));
}

#[tokio::test]
async fn a_connection_that_is_over_gives_its_place_back() {
    let room = room(|_| {});
    let bearer = format!(
        "Bearer {}",
        room.site.token(UserId::new(), SessionId::new())
    );
    let headers = [("authorization", bearer)];
    let mut open = Vec::new();
    for _ in 0..20 {
        open.push(room.connect(&headers).await.expect("a connection"));
    }
    assert_eq!(room.connect(&headers).await.err(), Some(429));
    drop(open.pop());
    // The server notices a little later.
    while room.connect(&headers).await.is_err() {
        tokio::task::yield_now().await;
    }
}
