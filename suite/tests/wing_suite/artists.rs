//! Artists: made, changed, removed with what they released, brought back.

use serde_json::json;
use wing_suite::{NewTrack, spawn_app, text};

#[tokio::test]
async fn an_artist_is_made_read_and_changed() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let body = json!({
        "name": "Blue Room", "genres": ["rock", "folk"], "bio": "Three friends.",
        "debut_on": "2024-03-01", "video_url": "https://youtu.be/abcDEF12345",
        "links": [{"label": "Homepage", "url": "https://example.com/band"}],
    });
    let made = musician
        .post_json("/api/v1/artists", &body)
        .await
        .expect(201);
    let artist = made.json();
    assert_eq!(
        made.header("location"),
        format!("/api/v1/artists/{}", text(&artist["id"]))
    );
    assert_eq!(artist["slug"], "blue-room");

    let path = format!("/api/v1/artists/{}", text(&artist["id"]));
    let seen = app.nobody().get(&path).await.expect(200).json();
    for field in ["name", "genres", "bio", "debut_on", "links"] {
        assert_eq!(seen[field], body[field], "{field}");
    }
    assert_eq!(seen["owner"]["display_name"], musician.name.as_str());

    let change = json!({"name": "Blue Room Trio", "debut_on": null, "genres": []});
    let changed = musician.patch_json(&path, &change).await.expect(200).json();
    assert_eq!(changed["name"], "Blue Room Trio");
    assert_eq!(changed["slug"], "blue-room", "links to the page stay good");
    assert_eq!(changed["debut_on"], json!(null));
    assert_eq!(changed["bio"], "Three friends.");
}

#[tokio::test]
async fn names_that_are_taken_are_numbered_and_addresses_that_are_taken_refused() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    assert_eq!(musician.artist("Same Name").await["slug"], "same-name");
    assert_eq!(musician.artist("Same  name!").await["slug"], "same-name-2");
    let taken = json!({"name": "Other", "slug": "same-name"});
    let refused = musician
        .post_json("/api/v1/artists", &taken)
        .await
        .expect_problem(409, "slug_taken")
        .json();
    assert_eq!(refused["errors"][0]["field"], "slug");
}

#[tokio::test]
async fn words_of_the_system_are_nobodys_address() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    for reserved in ["admin", "api", "desk", "new", "swagger-ui"] {
        let body = json!({"name": "Band", "slug": reserved});
        musician
            .post_json("/api/v1/artists", &body)
            .await
            .expect_invalid(&[("slug", "reserved")]);
        let named = musician.artist(reserved).await;
        assert_ne!(named["slug"], reserved);
    }
    let body = json!({"name": "Band", "slug": "../etc"});
    musician
        .post_json("/api/v1/artists", &body)
        .await
        .expect_invalid(&[("slug", "bad_slug")]);
}

#[tokio::test]
async fn everything_wrong_with_an_artist_is_reported_at_once() {
    let app = spawn_app().await;
    let body = json!({
        "name": " \u{202e} ", "genres": ["polka"], "bio": "x".repeat(5001), "debut_on": "2024-02-30",
        "links": [{"label": "x", "url": "javascript:alert(1)"}], "video_url": "ftp://x",
    });
    let answer = app
        .musician()
        .await
        .post_json("/api/v1/artists", &body)
        .await
        .expect_problem(422, "invalid");
    let errors = answer.json()["errors"].clone();
    let mut fields: Vec<_> = errors
        .as_array()
        .unwrap()
        .iter()
        .map(|e| text(&e["field"]))
        .collect();
    fields.sort();
    assert_eq!(
        fields,
        ["bio", "debut_on", "genres", "links", "name", "video_url"]
    );
}

#[tokio::test]
async fn a_removed_artist_takes_albums_and_tracks_along_and_brings_them_back() {
    let app = spawn_app().await;
    let (musician, nobody) = (app.musician().await, app.nobody());
    let artist = musician.artist("Going And Coming").await;
    let album = musician.album(&artist, "Both Ways").await;
    let track = musician
        .track(
            &artist,
            NewTrack::titled("There And Back").with("album_id", album["id"].clone()),
        )
        .await;
    let paths = [
        format!("/api/v1/artists/{}", text(&artist["id"])),
        format!("/api/v1/albums/{}", text(&album["id"])),
        format!("/api/v1/tracks/{}", text(&track["id"])),
        format!("/api/v1/tracks/{}/stream", text(&track["id"])),
        format!("/artists/{}", text(&artist["slug"])),
    ];
    for path in &paths {
        nobody.get(path).await.expect(200);
    }
    app.musician()
        .await
        .delete(&paths[0])
        .await
        .expect_problem(404, "not_found");
    musician.delete(&paths[0]).await.expect(204);
    for path in &paths {
        nobody.get(path).await.expect(404);
    }
    assert!(nobody.get("/api/v1/tracks").await.items().is_empty());
    assert!(nobody.get("/api/v1/albums").await.items().is_empty());
    assert_eq!(
        nobody.get("/api/v1/search?q=back").await.json()["tracks"],
        json!([])
    );

    let restore = format!("{}/restore", paths[0]);
    app.musician()
        .await
        .post(&restore)
        .await
        .expect_problem(404, "not_found");
    musician.post(&restore).await.expect(200);
    for path in &paths {
        nobody.get(path).await.expect(200);
    }
    assert_eq!(
        nobody.get("/api/v1/search?q=back").await.json()["tracks"][0]["id"],
        track["id"]
    );
}

#[tokio::test]
async fn an_admin_manages_what_others_made() {
    let app = spawn_app().await;
    let artist = app.musician().await.artist("Somebody Else").await;
    let path = format!("/api/v1/artists/{}", text(&artist["id"]));
    let admin = app.admin().await;
    admin
        .patch_json(&path, &json!({"bio": "Moderated."}))
        .await
        .expect(200);
    admin.delete(&path).await.expect(204);
    app.nobody().get(&path).await.expect(404);
}

#[tokio::test]
async fn ones_own_artists_are_listed_and_nobody_elses() {
    let app = spawn_app().await;
    let (one, two) = (app.musician().await, app.musician().await);
    one.artist("One A").await;
    one.artist("One B").await;
    two.artist("Two").await;
    let mine = one.get("/api/v1/artists/mine").await.expect(200).items();
    let mut names: Vec<_> = mine.iter().map(|artist| text(&artist["name"])).collect();
    names.sort();
    assert_eq!(names, ["One A", "One B"]);
}
