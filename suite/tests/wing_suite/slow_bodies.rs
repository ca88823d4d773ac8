//! Whoever sends a body slowly, or many at once, keeps nobody else from being served.

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use wing_suite::{App, Client, Options, PASSWORD, is_split, tus};

/// A connection on which the head of a request was sent, and `body` of its body.
async fn begun(app: &App, head: &str, length: usize, body: &[u8]) -> TcpStream {
    let host = app
        .behind_the_edge()
        .url("")
        .trim_start_matches("http://")
        .to_owned();
    let mut stream = TcpStream::connect(&host).await.expect("a connection");
    let head = format!("{head}\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.expect("sent");
    stream.write_all(body).await.expect("sent");
    stream
}

/// Everything that comes until the server closes the connection.
async fn until_closed(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset is a close, too.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn bearer(client: &Client) -> String {
    format!(
        "Authorization: Bearer {}",
        client.token.clone().expect("a token")
    )
}

#[tokio::test]
async fn a_body_that_does_not_come_is_cut_and_its_connection_closed() {
    if is_split() {
        // There the edge reads bodies first, and has a timeout of its own.
        return;
    }
    let app = Options::default().set("WING_BODY_SECONDS", 1).spawn().await;
    let fan = app.fan().await;
    let musician = app.musician().await;
    let upload = tus::location(&tus::begin(&musician, 1000, "slow.flac").await.expect(201));
    let upload = upload[upload.find("/api/").expect("a path")..].to_owned();
    let json = "Content-Type: application/json";
    let form = "Content-Type: application/x-www-form-urlencoded";
    let files = "Content-Type: multipart/form-data; boundary=x";
    for head in [
        format!("POST /api/v1/sessions HTTP/1.1\r\n{json}"),
        format!("POST /login HTTP/1.1\r\n{form}"),
        format!("POST /me/settings/picture HTTP/1.1\r\n{files}"),
        format!("PUT /api/v1/users/me/picture HTTP/1.1\r\n{}", bearer(&fan)),
        format!(
            "PATCH {upload} HTTP/1.1\r\n{}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n\
             Content-Type: application/offset+octet-stream",
            bearer(&musician)
        ),
    ] {
        let answer = until_closed(begun(&app, &head, 1000, b"-").await).await;
        assert!(answer.starts_with("HTTP/1.1 408"), "{head}: {answer}");
    }
    // What arrived of an upload counts.
    let at = tus::head(&musician, &upload)
        .await
        .expect(200)
        .number("upload-offset");
    assert_eq!(at, 1);
}

#[tokio::test]
async fn one_account_and_one_network_hold_their_share_of_bodies_alone() {
    if is_split() {
        return;
    }
    let app = Options::default()
        .set("WING_BODY_SECONDS", 600)
        .spawn()
        .await;
    let (fan, other) = (app.fan().await, app.fan().await);
    let head = format!(
        "PUT /api/v1/users/me/picture HTTP/1.1\r\nExpect: 100-continue\r\n{}",
        bearer(&fan)
    );
    let mut held = Vec::new();
    for _ in 0..16 {
        let mut stream = begun(&app, &head, 1000, b"").await;
        // Only now has it taken its place.
        let mut answer = [0; 25];
        stream.read_exact(&mut answer).await.expect("an answer");
        assert!(answer.starts_with(b"HTTP/1.1 100"));
        held.push(stream);
    }
    let rename = json!({"display_name": "Brook"});
    let refused = fan.patch_json("/api/v1/users/me", &rename).await;
    let refused = refused.expect_problem(429, "too_many_at_once");
    assert!(refused.number("retry-after") >= 1);
    fan.get("/api/v1/users/me").await.expect(200);
    other
        .patch_json("/api/v1/users/me", &rename)
        .await
        .expect(200);
    let body = json!({"email": other.email, "password": PASSWORD});
    app.nobody()
        .post_json("/api/v1/sessions", &body)
        .await
        .expect(200);
    drop(held);
    wing_suite::wait_until("the places are given back", || async {
        fan.patch_json("/api/v1/users/me", &rename).await.status == 200
    })
    .await;
}
