//! Tracks after their file arrived.

use reqwest::Method;
use serde_json::{Value, json};
use wing_suite::{NewTrack, spawn_app, text};

use crate::pictures::png;

#[tokio::test]
async fn a_track_is_changed_taken_back_and_published_again() {
    let app = spawn_app().await;
    let (musician, nobody) = (app.musician().await, app.nobody());
    let track = musician.published("First Title").await;
    let path = format!("/api/v1/tracks/{}", text(&track["id"]));

    let change =
        json!({"title": "Second Title", "genre": "jazz", "track_number": 3, "lyrics": "la\nla"});
    let changed = musician.patch_json(&path, &change).await.expect(200).json();
    assert_eq!(
        changed["slug"], track["slug"],
        "links to the page stay good"
    );
    let seen = nobody.get(&path).await.expect(200).json();
    for field in ["title", "genre", "track_number", "lyrics"] {
        assert_eq!(seen[field], change[field], "{field}");
    }

    musician
        .patch_json(&path, &json!({"published": false}))
        .await
        .expect(200);
    for part in ["", "/stream", "/waveform", "/download"] {
        nobody.get(&format!("{path}{part}")).await.expect(404);
        musician.get(&format!("{path}{part}")).await.expect(200);
    }
    assert!(nobody.get("/api/v1/tracks").await.items().is_empty());
    let fan = app.fan().await;
    let like = format!("/api/v1/likes/{}", text(&track["id"]));
    fan.send_with(reqwest::Method::PUT, &like, &[])
        .await
        .expect_problem(404, "not_found");

    musician
        .patch_json(&path, &json!({"published": true}))
        .await
        .expect(200);
    nobody.get(&path).await.expect(200);
    assert_eq!(nobody.get("/api/v1/tracks").await.items().len(), 1);
}

#[tokio::test]
async fn a_visitor_who_looked_a_moment_ago_sees_each_change_at_once() {
    let app = spawn_app().await;
    let (musician, fan, visitor) = (app.musician().await, app.fan().await, app.nobody());
    let artist = musician.artist("The Old Name").await;
    let track = musician.track(&artist, NewTrack::titled("Old")).await;
    let path = format!("/api/v1/tracks/{}", text(&track["id"]));
    let artist_id = text(&artist["id"]);
    let artist = format!("/api/v1/artists/{artist_id}");
    let like = format!("/api/v1/likes/{}", text(&track["id"]));
    let list = format!("/api/v1/tracks?artist_id={artist_id}");
    // What was looked at is what may be remembered: the track, and its row in a list.
    let look = async || {
        let detail = visitor.get(&path).await.expect(200).json();
        let rows = visitor.get(&list).await.expect(200).items();
        for shown in ["title", "artist", "cover_url", "like_count"] {
            assert_eq!(rows[0][shown], detail[shown]);
        }
        detail
    };
    let before = look().await;
    assert_eq!(
        (
            &before["title"],
            &before["like_count"],
            &before["cover_url"]
        ),
        (&json!("Old"), &json!(0), &Value::Null)
    );

    musician
        .patch_json(&path, &json!({"title": "New", "lyrics": "la"}))
        .await
        .expect(200);
    let seen = look().await;
    assert_eq!(
        (&seen["title"], &seen["lyrics"]),
        (&json!("New"), &json!("la"))
    );
    musician
        .patch_json(&artist, &json!({"name": "The New Name"}))
        .await
        .expect(200);
    assert_eq!(look().await["artist"]["name"], "The New Name");
    musician
        .put(&format!("{path}/cover"), png(80, 80))
        .await
        .expect(200);
    assert_ne!(look().await["cover_url"], Value::Null);
    musician.delete(&format!("{path}/cover")).await.expect(200);
    assert_eq!(look().await["cover_url"], Value::Null);
    for (method, likes) in [(Method::PUT, 1), (Method::DELETE, 0)] {
        fan.send_with(method, &like, &[]).await.expect(200);
        assert_eq!(look().await["like_count"], likes);
        let own = fan.get(&list).await.expect(200).items();
        assert_eq!(own[0]["liked"], likes == 1);
        let others = musician.get(&list).await.expect(200).items();
        assert_eq!(others[0]["liked"], false);
    }
    musician.delete(&artist).await.expect(204);
    visitor.get(&path).await.expect(404);
    assert!(visitor.get(&list).await.items().is_empty());
}

#[tokio::test]
async fn a_removed_track_comes_back_with_its_likes() {
    let app = spawn_app().await;
    let (musician, fan) = (app.musician().await, app.fan().await);
    let track = musician.published("Back Again").await;
    let path = format!("/api/v1/tracks/{}", text(&track["id"]));
    let like = format!("/api/v1/likes/{}", text(&track["id"]));
    fan.send_with(reqwest::Method::PUT, &like, &[])
        .await
        .expect(200);

    musician.delete(&path).await.expect(204);
    fan.get(&path).await.expect(404);
    musician.get(&path).await.expect(404);
    assert!(fan.get("/api/v1/likes").await.items().is_empty());
    musician.post(&format!("{path}/restore")).await.expect(200);
    let seen = fan.get(&path).await.expect(200).json();
    assert_eq!(
        (&seen["like_count"], &seen["liked"]),
        (&json!(1), &json!(true))
    );
    assert_eq!(fan.get("/api/v1/likes").await.items().len(), 1);
}

#[tokio::test]
async fn wrong_fields_of_a_track_are_named() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let track = musician.published("Right").await;
    let path = format!("/api/v1/tracks/{}", text(&track["id"]));
    let wrong = json!({"title": "x".repeat(201), "track_number": 1000, "genre": "polka", "lyrics": "y".repeat(20_001)});
    musician.patch_json(&path, &wrong).await.expect_invalid(&[
        ("title", "too_long"),
        ("track_number", "out_of_range"),
        ("genre", "unknown_genre"),
        ("lyrics", "too_long"),
    ]);
    assert_eq!(musician.get(&path).await.json()["title"], "Right");
}

#[tokio::test]
async fn a_track_made_while_its_album_is_a_draft_does_not_give_the_album_away() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let artist = musician.artist("Secretive").await;
    let album = musician.draft_album(&artist, "Secret Album Title").await;
    let new = NewTrack::titled("Single First").with("album_id", album["id"].clone());
    let track = musician.track(&artist, new).await;
    let path = format!("/api/v1/tracks/{}", text(&track["id"]));
    let answer = app.nobody().get(&path).await;
    assert!(
        !answer.text().contains("Secret Album Title"),
        "{}",
        answer.text()
    );
    let list = app.nobody().get("/api/v1/tracks").await.expect(200).text();
    assert!(!list.contains("Secret Album Title"));
    let page = app
        .nobody()
        .get(&format!("/tracks/{}", text(&track["slug"])))
        .await;
    assert!(!page.text().contains("Secret Album Title"));
}
