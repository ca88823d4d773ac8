//! The desk's live news, and its pages.

use futures_util::StreamExt as _;
use serde_json::Value;
use wing_suite::{Musician, NewTrack, spawn_app, text, wait_for};

/// The desk's events until `enough`.
async fn news(musician: &Musician, mut enough: impl FnMut(&Value) -> bool) -> Vec<Value> {
    let request = musician.request(reqwest::Method::GET, "/desk/events");
    let response = request.send().await.expect("the stream");
    assert_eq!(response.status(), 200);
    let kind = response.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(kind.starts_with("text/event-stream"), "{kind}");
    let (mut stream, mut text, mut events) = (response.bytes_stream(), String::new(), Vec::new());
    while let Some(chunk) = stream.next().await {
        text.push_str(&String::from_utf8_lossy(
            &chunk.expect("more of the stream"),
        ));
        while let Some((event, rest)) = text.split_once("\n\n") {
            if let Some(data) = event.lines().find_map(|line| line.strip_prefix("data: ")) {
                let news: Value = serde_json::from_str(data).expect("JSON");
                events.push(news);
            }
            text = rest.to_owned();
            if events.last().is_some_and(&mut enough) {
                return events;
            }
        }
    }
    panic!("the stream ended: {events:#?}");
}

#[tokio::test]
async fn each_step_of_a_track_is_streamed_as_it_happens() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let artist = musician.artist("Watched").await;
    let listener = {
        let musician = musician.clone();
        tokio::spawn(async move { news(&musician, |news| news["status"] == "published").await })
    };
    let track = musician
        .begin_track(&artist, NewTrack::titled("Watched Song"))
        .await;
    let events = listener.await.unwrap();
    assert!(
        events.iter().all(|news| news["track_id"] == track["id"]),
        "{events:#?}"
    );
    assert!(events.iter().all(|news| news["title"] == "Watched Song"));
    let mut steps: Vec<_> = events
        .iter()
        .map(|news| text(&news["step"]))
        .filter(|step| !step.is_empty())
        .collect();
    steps.dedup();
    assert!(steps.iter().any(|step| step == "transcoding"), "{steps:?}");
    let order = ["queued", "storing", "analysing", "transcoding", "finishing"];
    let ranks: Vec<_> = steps
        .iter()
        .map(|step| order.iter().position(|known| known == step).expect(step))
        .collect();
    assert!(ranks.is_sorted(), "{steps:?}");
}

#[tokio::test]
async fn a_failure_is_explained_in_the_readers_words_and_after_a_reload() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let artist = musician.artist("Unlucky").await;
    let new = NewTrack::titled("No Song").file("x.mp3", b"only words ".repeat(50));
    let track = musician.begin_track(&artist, new).await;
    musician.processed(&track).await;
    let events = news(&musician, |news| news["status"] == "failed").await;
    let reason = text(&events.last().unwrap()["reason"]);
    assert!(
        reason.chars().any(|c| ('가'..='힣').contains(&c)),
        "Korean is the default: {reason}"
    );
}

#[tokio::test]
async fn nobody_else_hears_of_it() {
    let app = spawn_app().await;
    let (musician, other) = (app.musician().await, app.musician().await);
    let artist = musician.artist("Private Matters").await;
    let own = other.artist("Own Matters").await;
    let listener = {
        let other = other.clone();
        tokio::spawn(async move { news(&other, |news| news["status"] == "published").await })
    };
    let track = musician
        .begin_track(&artist, NewTrack::titled("Not Yours"))
        .await;
    musician.processed(&track).await;
    other.begin_track(&own, NewTrack::titled("Yours")).await;
    let events = listener.await.unwrap();
    assert!(
        events.iter().all(|news| news["title"] == "Yours"),
        "{events:#?}"
    );
    app.nobody()
        .get("/desk/events")
        .await
        .expect_problem(401, "login_required");
    app.fan()
        .await
        .get("/desk/events")
        .await
        .expect_problem(403, "not_a_musician");
}

#[tokio::test]
async fn the_desk_opens_for_musicians_and_sends_others_away() {
    let app = spawn_app().await;
    let (musician, fan) = (app.musician().await, app.fan().await);
    let artist = musician.artist("Desk Owner").await;
    let browser = app.browser();
    let away = browser.open("/desk").await.expect(303);
    assert_eq!(away.header("location"), "/login?next=%2Fdesk");
    browser.log_in(&musician).await;
    let page = browser.follow("/desk").await.expect(200).text();
    assert!(page.contains("Desk Owner"), "{page}");
    let own = format!("/desk/artists/{}", text(&artist["id"]));
    browser.open(&own).await.expect(200);

    let stranger = app.browser();
    stranger.log_in(&app.musician().await.client).await;
    stranger.open(&own).await.expect(404);
    let listener = app.browser();
    listener.log_in(&fan).await;
    let refused = listener.open(&own).await;
    assert!(matches!(refused.status, 403 | 404), "{}", refused.status);
}

#[tokio::test]
async fn a_musician_releases_music_with_forms_alone() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let browser = app.browser();
    browser.log_in(&musician).await;
    let fields = [
        ("name", "Paper Forms"),
        ("slug", ""),
        ("bio", "No script."),
        ("genres", "folk"),
    ];
    let made = browser
        .submit("/desk/artists/new", "/desk/artists/new", &fields)
        .await
        .expect(303);
    let place = made.header("location").to_owned();
    let artist = place
        .trim_start_matches("/desk/artists/")
        .split('?')
        .next()
        .unwrap()
        .to_owned();
    let page = browser.open(&place).await.expect(200).text();
    assert!(page.contains("Paper Forms"));

    let bytes = wing_suite::sound::file("short.mp3");
    let token = wing_suite::csrf_in(&page);
    let form = multipart(
        &[("csrf", &token), ("album", "")],
        ("file", "a song.mp3", &bytes),
    );
    let path = format!("/desk/artists/{artist}/upload");
    let request = browser
        .request(reqwest::Method::POST, &path)
        .header("content-type", form.0);
    browser.send(request.body(form.1)).await.expect(303);
    let track = wait_for("the track is a draft", || async {
        let page = browser
            .open(&format!("/desk/artists/{artist}"))
            .await
            .expect(200)
            .text();
        let at = page.find("/desk/tracks/")?;
        let id: String = page[at + 13..].chars().take(36).collect();
        let track = musician
            .get(&format!("/api/v1/tracks/{id}"))
            .await
            .expect(200)
            .json();
        (track["status"] == "draft").then_some(track)
    })
    .await;
    assert_eq!(track["title"], "Tagged Title");
    let id = text(&track["id"]);
    let publish = format!("/desk/tracks/{id}/publish");
    let sent = browser
        .submit(
            &format!("/desk/tracks/{id}"),
            &publish,
            &[("published", "true")],
        )
        .await;
    sent.expect(303);
    app.nobody()
        .get(&format!("/api/v1/tracks/{id}"))
        .await
        .expect(200);
}

/// A form with a file, as a browser sends it: its content type and body.
fn multipart(fields: &[(&str, &str)], file: (&str, &str, &[u8])) -> (String, Vec<u8>) {
    let boundary = "suite-boundary-7f3a91";
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
        body.extend_from_slice(part.as_bytes());
    }
    let (name, filename, bytes) = file;
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{filename}\"\r\n\
         Content-Type: audio/mpeg\r\n\r\n"
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(bytes);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}
