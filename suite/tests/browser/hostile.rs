//! What people write shows as text, whatever it is.

use serde_json::json;
use wing_suite::chromium::Chromium;
use wing_suite::{NewTrack, spawn_app, text};

const TITLE: &str = "<script>window.__pwned=1</script><img src=x onerror=\"window.__pwned=2\">";
const NAME: &str = "\"><svg onload=window.__pwned=3> & 'band'";
const LABEL: &str = "<img src=x onerror=window.__pwned=6>";
const LYRICS: &str =
    "</p></textarea><iframe srcdoc=\"<script>parent.__pwned=4</script>\"></iframe>\n{{ 7 * 7 }}";

#[tokio::test]
async fn html_in_every_field_shows_as_text() {
    let site = spawn_app().await;
    let musician = site.musician().await;
    let artist = musician.artist(NAME).await;
    let change = json!({"bio": LYRICS, "links": [{"label": LABEL, "url": "https://band.example/?<script>"}]});
    let path = format!("/api/v1/artists/{}", text(&artist["id"]));
    musician.patch_json(&path, &change).await.expect(200);
    let album = musician.album(&artist, TITLE).await;
    let new = NewTrack::titled(TITLE)
        .with("lyrics", LYRICS)
        .with("album_id", album["id"].clone());
    let track = musician.track(&artist, new).await;

    let browser = Chromium::open(&site.base_url).await;
    browser.log_in(&musician.email, &musician.password).await;
    let pages = [
        "/".to_owned(),
        "/latest".to_owned(),
        "/artists".to_owned(),
        "/search?q=%3Cscript%3Ewindow.__pwned%3D5%3C%2Fscript%3E".to_owned(),
        format!("/artists/{}", text(&artist["slug"])),
        format!("/albums/{}", text(&album["slug"])),
        format!("/tracks/{}", text(&track["slug"])),
        format!("/tracks/{}/embed", text(&track["slug"])),
        format!("/desk/artists/{}", text(&artist["id"])),
        format!("/desk/artists/{}/edit", text(&artist["id"])),
        format!("/desk/albums/{}", text(&album["id"])),
        format!("/desk/tracks/{}", text(&track["id"])),
    ];
    for page in &pages {
        browser.visit(page).await;
        browser.see("h1, main").await;
        assert!(
            browser.js("return window.__pwned").await.is_null(),
            "a script ran on {page}"
        );
        let planted = browser.count("iframe, img[src=x], svg[onload]").await;
        assert_eq!(planted, 0, "markup came through on {page}");
    }
    shows_as_written(&browser, &track).await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

/// Also where scripts write it: into the player, its queue and its words.
async fn shows_as_written(browser: &Chromium, track: &serde_json::Value) {
    browser
        .visit(&format!("/tracks/{}", text(&track["slug"])))
        .await;
    browser.see_text("h1", TITLE).await;
    browser.see_text(".prose", "{{ 7 * 7 }}").await;
    browser.click("main .play-large").await;
    browser.player_shows(TITLE).await;
    browser.click("#player .player-listing").await;
    browser.see_text("#queue .queue-title", TITLE).await;
    browser.see_text("#queue .queue-artist", "& 'band'").await;
    assert!(
        browser.js("return window.__pwned").await.is_null(),
        "a script ran in the player"
    );
}
