//! Albums: drafts that nobody else knows of, published with their tracks.

use serde_json::json;
use wing_suite::{NewTrack, spawn_app, text};

#[tokio::test]
async fn a_draft_album_is_not_there_for_others_until_it_is_published() {
    let app = spawn_app().await;
    let (musician, nobody) = (app.musician().await, app.nobody());
    let artist = musician.artist("Draft Makers").await;
    let album = musician.draft_album(&artist, "Not Yet").await;
    assert_eq!(album["published"], false);
    let path = format!("/api/v1/albums/{}", text(&album["id"]));
    let page = format!("/albums/{}", text(&album["slug"]));
    let list = format!("/api/v1/albums?artist_id={}", text(&artist["id"]));

    musician.get(&path).await.expect(200);
    for stranger in [nobody.clone(), app.musician().await.client] {
        stranger.get(&path).await.expect_problem(404, "not_found");
        assert!(stranger.get(&list).await.expect(200).items().is_empty());
        let drafts = stranger.get(&format!("{list}&drafts=true")).await;
        assert!(matches!(drafts.status, 401 | 404), "{}", drafts.text());
    }
    nobody.get(&page).await.expect(404);
    assert_eq!(
        musician
            .get(&format!("{list}&drafts=true"))
            .await
            .items()
            .len(),
        1
    );

    let published = musician
        .patch_json(&path, &json!({"published": true}))
        .await
        .expect(200)
        .json();
    assert_eq!(published["published"], true);
    nobody.get(&path).await.expect(200);
    nobody.get(&page).await.expect(200);
    assert_eq!(nobody.get(&list).await.items().len(), 1);
}

#[tokio::test]
async fn publishing_an_album_publishes_its_tracks_that_are_ready() {
    let app = spawn_app().await;
    let (musician, nobody) = (app.musician().await, app.nobody());
    let artist = musician.artist("All Together").await;
    let album = musician.draft_album(&artist, "Together").await;
    let new = |title| {
        NewTrack::titled(title)
            .with("album_id", album["id"].clone())
            .with("publish", false)
    };
    let mut tracks = Vec::new();
    for (number, title) in [(2, "Second"), (1, "First")] {
        let begun = musician
            .begin_track(&artist, new(title).with("track_number", number))
            .await;
        let track = musician.processed(&begun).await;
        assert_eq!(track["status"], "draft", "{track}");
        nobody
            .get(&format!("/api/v1/tracks/{}", text(&track["id"])))
            .await
            .expect(404);
        tracks.push(track);
    }
    let path = format!("/api/v1/albums/{}", text(&album["id"]));
    musician
        .patch_json(&path, &json!({"published": true}))
        .await
        .expect(200);
    let seen = nobody.get(&path).await.expect(200).json();
    let titles: Vec<_> = seen["tracks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| text(&t["title"]))
        .collect();
    assert_eq!(titles, ["First", "Second"]);
    for track in tracks {
        nobody
            .get(&format!("/api/v1/tracks/{}/stream", text(&track["id"])))
            .await
            .expect(200);
    }
}

#[tokio::test]
async fn an_album_published_again_keeps_its_place_among_the_latest() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let artist = musician.artist("Back Again").await;
    let first = musician.album(&artist, "First Out").await;
    let second = musician.album(&artist, "Second Out").await;
    let path = format!("/api/v1/albums/{}", text(&first["id"]));
    for published in [false, true] {
        musician
            .patch_json(&path, &json!({ "published": published }))
            .await
            .expect(200);
    }
    let list = format!("/api/v1/albums?artist_id={}", text(&artist["id"]));
    let latest = app.nobody().get(&list).await.expect(200).items();
    let ids: Vec<_> = latest.iter().map(|album| &album["id"]).collect();
    assert_eq!(ids, [&second["id"], &first["id"]]);
    assert_eq!(latest[1]["published_at"], first["published_at"]);
}

#[tokio::test]
async fn a_removed_album_takes_its_tracks_along_and_brings_them_back() {
    let app = spawn_app().await;
    let (musician, nobody) = (app.musician().await, app.nobody());
    let artist = musician.artist("Keepers").await;
    let album = musician.album(&artist, "Kept").await;
    let on = musician
        .track(
            &artist,
            NewTrack::titled("On It").with("album_id", album["id"].clone()),
        )
        .await;
    let off = musician.track(&artist, NewTrack::titled("Not On It")).await;
    let path = format!("/api/v1/albums/{}", text(&album["id"]));
    let track = |track: &serde_json::Value| format!("/api/v1/tracks/{}", text(&track["id"]));

    musician.delete(&path).await.expect(204);
    nobody.get(&path).await.expect(404);
    nobody.get(&track(&on)).await.expect(404);
    nobody.get(&track(&off)).await.expect(200);
    musician.post(&format!("{path}/restore")).await.expect(200);
    nobody.get(&path).await.expect(200);
    nobody.get(&track(&on)).await.expect(200);
}

#[tokio::test]
async fn an_album_belongs_to_an_artist_of_ones_own() {
    let app = spawn_app().await;
    let (one, two) = (app.musician().await, app.musician().await);
    let (mine, theirs) = (one.artist("Mine").await, two.artist("Theirs").await);
    let body = json!({"artist_id": theirs["id"], "title": "Stolen"});
    one.post_json("/api/v1/albums", &body)
        .await
        .expect_problem(404, "not_found");
    let foreign = two.album(&theirs, "Theirs").await;
    let track = one.track(&mine, NewTrack::titled("Mine")).await;
    let path = format!("/api/v1/tracks/{}", text(&track["id"]));
    one.patch_json(&path, &json!({"album_id": foreign["id"]}))
        .await
        .expect_invalid(&[("album_id", "foreign_album")]);
    let bad = json!({"artist_id": mine["id"], "title": "", "released_on": "someday"});
    let answer = one
        .post_json("/api/v1/albums", &bad)
        .await
        .expect_problem(422, "invalid");
    assert_eq!(answer.json()["errors"].as_array().unwrap().len(), 2);
}
