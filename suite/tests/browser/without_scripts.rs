//! Everything that matters works with JavaScript off.

use serde_json::Value;
use thirtyfour::Key;
use wing_suite::chromium::Chromium;
use wing_suite::{App, NewTrack, spawn_app, text, wait_for};

use crate::songs::{Songs, Tags};

/// A published album with one track, and what it is called.
async fn release(site: &App) -> Value {
    let musician = site.musician().await;
    let artist = musician.artist("종이 등대").await;
    let album = musician.album(&artist, "불빛 아래").await;
    let new = NewTrack::titled("등대지기의 왈츠").with("album_id", album["id"].clone());
    musician.track(&artist, new).await
}

#[tokio::test]
async fn a_fan_signs_up_listens_likes_searches_and_logs_out() {
    let site = spawn_app().await;
    let track = release(&site).await;
    let fan = Chromium::without_scripts(&site.base_url).await;
    fan.visit("/").await;
    fan.sign_up("Quiet Reader", "fan").await;
    fan.log_out().await;
    fan.click(".top a[href^=\"/login\"]").await;
    fan.wait_for_path("/login").await;
    // Wrong first: the words are kept and the page says what is wrong.
    fan.fill("email", "nobody@mail.example").await;
    fan.fill("password", "not the password").await;
    fan.click("main form [type=submit]").await;
    fan.see(".flash-error").await;
    assert_eq!(
        fan.find("main [name=email]")
            .await
            .prop("value")
            .await
            .expect("a value")
            .as_deref(),
        Some("nobody@mail.example")
    );

    fan.visit("/").await;
    fan.sign_up("Second Reader", "fan").await;
    browse(&fan, &track).await;
    listen(&fan, &site).await;
    like(&fan).await;

    fan.click("#top-q").await;
    fan.press("지기의".to_owned() + Key::Enter).await;
    fan.wait_for_path("/search?q=").await;
    fan.see_text("main .track-title", "등대지기의 왈츠").await;
    fan.visit("/me").await;
    fan.click("main a[href=\"/likes\"]").await;
    fan.see_text("main .track-title", "등대지기의 왈츠").await;
    fan.log_out().await;
}

/// From the home page by links to the artist, the album and the track.
async fn browse(fan: &Chromium, track: &Value) {
    fan.visit("/").await;
    fan.click("main .hero .lead a[href^=\"/artists/\"]").await;
    fan.see_text("h1", "종이 등대").await;
    fan.click("main a.card-link[href^=\"/albums/\"]").await;
    fan.see_text("h1", "불빛 아래").await;
    fan.click("main a.track-title").await;
    fan.wait_for_path("/tracks/").await;
    fan.see_text("h1", &text(&track["title"])).await;
}

/// The browser's own player has something to play.
async fn listen(fan: &Chromium, site: &App) {
    let audio = fan.find("main audio[controls]").await;
    let source = audio
        .prop("src")
        .await
        .expect("an attribute")
        .expect("a source");
    let answer = site
        .nobody()
        .get_with(&source, &[("range", "bytes=0-99")])
        .await
        .expect(206);
    assert!(
        answer.header("content-type").starts_with("audio/"),
        "{:?}",
        answer.headers
    );
    assert_eq!(answer.body.len(), 100);
    let shown = fan.js("const box = document.querySelector('main audio').getBoundingClientRect(); return box.width > 100 && box.height > 20").await;
    assert_eq!(shown, true, "its controls are not shown");
    let played = fan
        .js("const audio = document.querySelector('main audio'); audio.muted = true; audio.play(); return audio.tagName")
        .await;
    assert_eq!(played, "AUDIO");
    fan.wait_js(
        "it plays",
        "return document.querySelector('main audio').currentTime > 0.2",
    )
    .await;
}

/// The like's form goes to the server and comes back to the page.
async fn like(fan: &Chromium) {
    let at = fan.path().await;
    fan.click("main header .like button").await;
    fan.see("main header .like button[aria-pressed=true]").await;
    assert!(
        fan.path()
            .await
            .starts_with(at.split('#').next().unwrap_or_default())
    );
    fan.click("main header .like button").await;
    fan.see("main header .like button[aria-pressed=false]")
        .await;
    fan.click("main header .like button").await;
    fan.see("main header .like button[aria-pressed=true]").await;
}

#[tokio::test]
async fn a_musician_uploads_by_the_plain_form_and_publishes() {
    let site = spawn_app().await;
    let songs = Songs::new();
    let tags = Tags {
        title: "Lantern Room",
        artist: "종이 등대",
        track: 3,
    };
    let flac = songs.song("03 lantern.flac", 9, &tags);
    let musician = Chromium::without_scripts(&site.base_url).await;
    musician.visit("/").await;
    musician.sign_up("등대지기", "musician").await;
    musician.wait_for_path("/desk").await;
    musician.click("main a[href=\"/desk/artists/new\"]").await;
    musician.fill("name", "종이 등대").await;
    musician.click("main form [type=submit]").await;
    musician.see_text("h1", "종이 등대").await;

    musician.click(".plain-upload summary").await;
    musician.see(".plain-upload form [type=submit]").await;
    musician
        .choose_files(".plain-upload input[type=file]", &[&flac])
        .await;
    musician.click(".plain-upload form [type=submit]").await;
    musician.see(".flash-success").await;
    // Without scripts one loads the page again to see how far it is.
    wait_for("the track is ready", || async {
        musician.visit(&musician.path().await).await;
        (musician.count("tbody form[action$=\"/publish\"]").await == 1).then_some(())
    })
    .await;
    musician.see_text(".table-title", "Lantern Room").await;
    musician
        .click("tbody form[action$=\"/publish\"] button")
        .await;
    musician.see(".flash-success").await;
    musician.visit("/latest").await;
    musician.see_text("main .track-title", "Lantern Room").await;
}
