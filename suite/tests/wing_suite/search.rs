//! Search: parts of words in both languages, best first.

use serde_json::{Value, json};
use wing_suite::{App, NewTrack, Options, spawn_app, text};

async fn found(app: &App, query: &str) -> Value {
    let query = wing_suite::form_body(&[("q", query)]);
    app.nobody()
        .get(&format!("/api/v1/search?{query}"))
        .await
        .expect(200)
        .json()
}

fn titles(found: &Value, kind: &str) -> Vec<String> {
    let name = if kind == "artists" { "name" } else { "title" };
    found[kind]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| text(&item[name]))
        .collect()
}

#[tokio::test]
async fn parts_of_words_and_of_syllables_are_found() {
    let app = Options::default().set("WING_FFMPEG", "off").spawn().await;
    let musician = app.musician().await;
    let artist = musician.artist("새벽 산책자").await;
    let album = musician.album(&artist, "겨울 바다").await;
    let new = NewTrack::titled("밤 산책 Café Walk").with("album_id", album["id"].clone());
    musician.track(&artist, new).await;
    let other = musician.artist("Unrelated").await;
    musician
        .track(&other, NewTrack::titled("Somewhere Else"))
        .await;

    for query in [
        "밤",
        "산책",
        "산",
        "사",
        "밤 산",
        "cafe",
        "CAFÉ",
        "walk",
        "alk",
        "산책 walk",
        "겨울",
        "새벽",
    ] {
        assert_eq!(
            titles(&found(&app, query).await, "tracks"),
            ["밤 산책 Café Walk"],
            "{query}"
        );
    }
    assert_eq!(titles(&found(&app, "바다").await, "albums"), ["겨울 바다"]);
    assert_eq!(
        titles(&found(&app, "산책자").await, "artists"),
        ["새벽 산책자"]
    );
    for query in [
        "",
        "   ",
        "zzz",
        "%",
        "_",
        "밤 zzz",
        "'; DROP TABLE tracks; --",
        "\" OR \"",
        "*",
    ] {
        let all = found(&app, query).await;
        assert!(titles(&all, "tracks").is_empty(), "{query}: {all}");
    }
    found(&app, &"가".repeat(500)).await;
}

#[tokio::test]
async fn a_type_a_genre_and_a_limit_narrow_the_search() {
    let app = Options::default().set("WING_FFMPEG", "off").spawn().await;
    let musician = app.musician().await;
    let artist = musician.artist("River Band").await;
    musician.album(&artist, "River Album").await;
    for (n, genre) in ["rock", "jazz", "rock"].into_iter().enumerate() {
        musician
            .track(
                &artist,
                NewTrack::titled(&format!("River {n}")).with("genre", genre),
            )
            .await;
    }
    let ask = async |query: &str| {
        app.nobody()
            .get(&format!("/api/v1/search?q=river&{query}"))
            .await
            .expect(200)
            .json()
    };
    let artists = ask("type=artist").await;
    assert_eq!(
        (
            titles(&artists, "artists").len(),
            titles(&artists, "tracks").len()
        ),
        (1, 0)
    );
    assert_eq!(titles(&ask("genre=jazz").await, "tracks"), ["River 1"]);
    assert_eq!(titles(&ask("type=track&limit=2").await, "tracks").len(), 2);
    app.nobody()
        .get("/api/v1/search?q=x&type=song")
        .await
        .expect_invalid(&[("type", "unknown_type")]);
}

#[tokio::test]
async fn what_changed_is_found_by_its_new_name_alone() {
    let app = Options::default().set("WING_FFMPEG", "off").spawn().await;
    let musician = app.musician().await;
    let artist = musician.artist("Oldname").await;
    let track = musician.track(&artist, NewTrack::titled("Before")).await;
    let path = format!("/api/v1/tracks/{}", text(&track["id"]));
    musician
        .patch_json(&path, &json!({"title": "After"}))
        .await
        .expect(200);
    let artist_path = format!("/api/v1/artists/{}", text(&artist["id"]));
    musician
        .patch_json(&artist_path, &json!({"name": "Freshname"}))
        .await
        .expect(200);
    assert!(titles(&found(&app, "before").await, "tracks").is_empty());
    assert_eq!(titles(&found(&app, "after").await, "tracks"), ["After"]);
    assert!(titles(&found(&app, "oldname").await, "tracks").is_empty());
    assert_eq!(titles(&found(&app, "freshname").await, "tracks"), ["After"]);
    assert_eq!(
        titles(&found(&app, "freshname").await, "artists"),
        ["Freshname"]
    );
}

#[tokio::test]
async fn what_is_not_published_is_not_found() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let artist = musician.artist("Quiet Ones").await;
    musician.draft_album(&artist, "Hidden Album").await;
    let begun = musician
        .begin_track(
            &artist,
            NewTrack::titled("Hidden Song").with("publish", false),
        )
        .await;
    let track = musician.processed(&begun).await;
    let all = found(&app, "hidden").await;
    assert!(titles(&all, "tracks").is_empty() && titles(&all, "albums").is_empty());
    let path = format!("/api/v1/tracks/{}", text(&track["id"]));
    musician
        .patch_json(&path, &json!({"published": true}))
        .await
        .expect(200);
    assert_eq!(
        titles(&found(&app, "hidden").await, "tracks"),
        ["Hidden Song"]
    );
}

#[tokio::test]
async fn the_search_page_finds_the_same() {
    let app = Options::default().set("WING_FFMPEG", "off").spawn().await;
    let track = app.musician().await.published("찾아낸 노래").await;
    let query = wing_suite::form_body(&[("q", "찾아")]);
    let page = app
        .nobody()
        .get(&format!("/search?{query}"))
        .await
        .expect(200)
        .text();
    assert!(
        page.contains("찾아낸 노래") && page.contains(&text(&track["slug"])),
        "{page}"
    );
}
