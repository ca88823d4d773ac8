//! What one account may keep, and what all uploads together may announce.

use serde_json::json;
use wing_suite::{App, Musician, NewTrack, Options, sound, spawn_app, text, tus};

async fn unfinished(musician: &Musician) -> usize {
    musician
        .get("/api/v1/uploads")
        .await
        .expect(200)
        .items()
        .len()
}

/// Sends a file by the form of an artist's page, as a browser without scripts does.
async fn send_form(
    app: &App,
    musician: &Musician,
    artist: &str,
    file: &[u8],
) -> wing_suite::Answer {
    let browser = app.browser();
    browser.log_in(musician).await;
    let page = format!("/desk/artists/{artist}");
    let token = wing_suite::csrf_in(&browser.open(&page).await.expect(200).text());
    let part = reqwest::multipart::Part::bytes(file.to_vec()).file_name("short.flac");
    let form = reqwest::multipart::Form::new()
        .text("csrf", token)
        .part("file", part);
    let request = browser
        .request(reqwest::Method::POST, &format!("{page}/upload"))
        .multipart(form);
    browser.send(request).await
}

#[tokio::test]
async fn an_account_keeps_so_much_and_no_more() {
    let file = sound::file("short.flac");
    let most = 2 * file.len() + file.len() / 2;
    let app = Options::default()
        .set("WING_STORAGE_BYTES", most)
        .spawn()
        .await;
    let musician = app.musician().await;
    let artist = musician.artist("Keeper").await;
    let track = musician
        .track(
            &artist,
            NewTrack::titled("First").file("short.flac", file.clone()),
        )
        .await;
    // Two at once: there is room for one of them.
    let begin = || {
        let (musician, size) = (musician.client.clone(), file.len());
        tokio::spawn(async move { tus::begin(&musician, size, "more.flac").await })
    };
    let both = [begin(), begin()];
    let mut statuses = Vec::new();
    for one in both {
        let answer = one.await.unwrap();
        if answer.status != 201 {
            answer.expect_problem(409, "storage_used_up");
            statuses.push(409);
        } else {
            statuses.push(201);
        }
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
    // The form is held to the same, and leaves nothing behind.
    let before = unfinished(&musician).await;
    let artist_id = text(&artist["id"]);
    let refused = send_form(&app, &musician, &artist_id, &file).await;
    assert_eq!(refused.status, 409);
    assert_eq!(unfinished(&musician).await, before);
    // Others have room of their own.
    let other = app.musician().await;
    tus::begin(&other, file.len(), "a.flac").await.expect(201);
    // What waits to be purged counts as long as it can come back.
    let path = format!("/api/v1/tracks/{}", text(&track["id"]));
    musician.delete(&path).await.expect(204);
    tus::begin(&musician, file.len(), "b.flac")
        .await
        .expect_problem(409, "storage_used_up");
}

#[tokio::test]
async fn a_form_with_two_files_makes_two_tracks_of_their_own_lengths() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let artist = musician.artist("By Hand").await;
    let page = format!("/desk/artists/{}", text(&artist["id"]));
    let browser = app.browser();
    browser.log_in(&musician).await;
    let token = wing_suite::csrf_in(&browser.open(&page).await.expect(200).text());
    let part =
        |name: &str| reqwest::multipart::Part::bytes(sound::file(name)).file_name(name.to_owned());
    let form = reqwest::multipart::Form::new()
        .text("csrf", token)
        .part("file", part("short.flac"))
        .part("file", part("short.mp3"));
    let request = browser
        .request(reqwest::Method::POST, &format!("{page}/upload"))
        .multipart(form);
    browser.send(request).await.expect(303);
    let desk = browser.open(&page).await.expect(200).text();
    let rows: std::collections::BTreeSet<_> = desk
        .split("/desk/tracks/")
        .skip(1)
        .filter_map(|rest| rest.get(..36))
        .collect();
    assert_eq!(rows.len(), 2);
    for id in rows {
        let track = musician.processed(&json!({"id": id})).await;
        assert_eq!(track["status"], "draft", "{track:#}");
    }
    assert_eq!(unfinished(&musician).await, 0);
}
