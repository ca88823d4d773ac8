//! The desk while one looks at it, forms that come back, and what the player's
//! bar must not cover.

use wing_suite::chromium::{Chromium, Look, Theme};
use wing_suite::{Musician, NewTrack, Options, spawn_app, text, tus};

use crate::songs::{Songs, Tags};

async fn logged_in(base: &str, musician: &Musician) -> Chromium {
    let browser = Chromium::open(base).await;
    browser.log_in(&musician.email, &musician.password).await;
    browser
}

#[tokio::test]
async fn an_upload_begun_elsewhere_goes_on_and_becomes_a_row_without_a_reload() {
    let site = Options::default().set("WING_FFMPEG", "off").spawn().await;
    let musician = site.musician().await;
    let artist = musician.artist("Two Devices").await;
    let songs = Songs::new();
    let tags = Tags {
        title: "Carried Over",
        artist: "Two Devices",
        track: 1,
    };
    let file = songs.song("carried.flac", 20, &tags);
    let bytes = std::fs::read(&file).expect("a song");
    let half = bytes.len() / 2;
    let begun = tus::begin(&musician, bytes.len(), "carried.flac").await;
    let location = tus::location(&begun.expect(201));
    tus::patch(&musician, &location, 0, &bytes[..half])
        .await
        .expect(204);

    let browser = logged_in(&site.base_url, &musician).await;
    let desk = format!("/desk/artists/{}", text(&artist["id"]));
    browser.visit(&desk).await;
    browser.see_text("[data-upload]", "carried.flac").await;
    browser.mark_document().await;
    let url = browser.path().await;
    browser
        .js("window.seenOffsets = [];
             const set = XMLHttpRequest.prototype.setRequestHeader;
             XMLHttpRequest.prototype.setRequestHeader = function (name, value) {
               if (name.toLowerCase() === 'upload-offset') window.seenOffsets.push(Number(value));
               return set.call(this, name, value);
             };")
        .await;
    browser
        .choose_files(".uploader input[type=file]", &[&file])
        .await;
    browser.gone("[data-upload]").await;
    browser.see_text("main .table-title", "Carried Over").await;
    // The row offers what a track that is ready can do.
    browser
        .see("[data-row][data-state=ready] form[action$=\"/publish\"]")
        .await;
    let offsets = browser.js("return window.seenOffsets").await;
    assert_eq!(offsets[0], half, "it began anew: {offsets}");
    assert_eq!(browser.count("[data-row]").await, 1);
    assert!(browser.same_document().await && browser.path().await == url);
    assert!(tus::head(&musician, &location).await.status == 200);
    let complaints = browser.complaints().await;
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[tokio::test]
async fn another_file_is_not_taken_for_the_one_that_was_begun() {
    let site = Options::default().set("WING_FFMPEG", "off").spawn().await;
    let musician = site.musician().await;
    let artist = musician.artist("Mixed Up").await;
    let begun = tus::begin(&musician, 5_000, "mine.mp3").await.expect(201);
    let browser = logged_in(&site.base_url, &musician).await;
    browser
        .visit(&format!("/desk/artists/{}", text(&artist["id"])))
        .await;
    let dir = tempfile::tempdir().expect("a directory");
    let other = dir.path().join("mine.mp3");
    std::fs::write(&other, [1; 4_000]).expect("a file");
    // Headless, the window to choose a file in never opens.
    browser
        .js("HTMLInputElement.prototype.click = () => undefined")
        .await;
    browser.click("[data-upload] button[type=button]").await;
    browser
        .choose_files(".uploader input[type=file]", &[&other])
        .await;
    browser.see_text(".upload-note", "mine.mp3").await;
    browser.see("[data-upload]").await;
    assert_eq!(browser.count("[data-phase]").await, 0);
    let place = tus::location(&begun);
    let answer = tus::head(&musician, &place).await.expect(200);
    assert_eq!(answer.number("upload-offset"), 0);
}

#[tokio::test]
async fn of_two_that_look_the_same_the_one_goes_on_that_was_asked_for() {
    let site = Options::default().set("WING_FFMPEG", "off").spawn().await;
    let musician = site.musician().await;
    let artist = musician.artist("Twice").await;
    let songs = Songs::new();
    let tags = Tags {
        title: "Same Again",
        artist: "Twice",
        track: 1,
    };
    let file = songs.song("again.flac", 2, &tags);
    let length = std::fs::read(&file).expect("a song").len();
    let mut ids = Vec::new();
    for _ in 0..2 {
        let begun = tus::begin(&musician, length, "again.flac")
            .await
            .expect(201);
        ids.push(tus::id_of(&tus::location(&begun)));
    }
    let browser = logged_in(&site.base_url, &musician).await;
    let desk = format!("/desk/artists/{}", text(&artist["id"]));
    browser.visit(&desk).await;
    browser
        .js("HTMLInputElement.prototype.click = () => undefined")
        .await;
    let listed = browser
        .js("return [...document.querySelectorAll('[data-upload]')].map((row) => row.dataset.upload)")
        .await;
    // The one that no search by name would find first.
    let last = text(&listed[1]);
    browser
        .click(&format!("[data-upload=\"{last}\"] button[type=button]"))
        .await;
    browser
        .choose_files(".uploader input[type=file]", &[&file])
        .await;
    browser.gone(&format!("[data-upload=\"{last}\"]")).await;
    browser.see_text("main .table-title", "Same Again").await;
    for id in ids {
        let offset = tus::head(&musician, &format!("/api/v1/uploads/{id}")).await;
        let arrived = offset.expect(200).number("upload-offset");
        assert_eq!(arrived > 0, id == last, "{id}: {arrived}");
    }
    assert_eq!(browser.count("[data-upload]").await, 1);
}

#[tokio::test]
async fn a_form_that_comes_back_shows_what_is_wrong() {
    let site = spawn_app().await;
    let musician = site.musician().await;
    for browser in [logged_in(&site.base_url, &musician).await, {
        let plain = Chromium::without_scripts(&site.base_url).await;
        plain.log_in(&musician.email, &musician.password).await;
        plain
    }] {
        browser.visit("/me/settings").await;
        browser.fill("current_password", "not the password").await;
        browser.fill("password", "a wholly new password").await;
        browser
            .click("main form[action$=\"/password\"] [type=submit]")
            .await;
        browser.see("#f-current_password[aria-invalid]").await;
        let wrong = browser.see("#f-current_password-more .field-error").await;
        let focused = browser.web().active_element().await.expect("a focus");
        assert_eq!(
            focused.id().await.expect("an id").as_deref(),
            Some("f-current_password")
        );
        let rect = wrong.rect().await.expect("a place");
        assert!(rect.height > 0.0);
    }
}

#[tokio::test]
async fn what_has_the_focus_is_never_under_the_player() {
    let site = spawn_app().await;
    let musician = site.musician().await;
    let artist = musician.artist("Long List").await;
    let album = musician.album(&artist, "Twelve").await;
    for title in ["One", "Two", "Three", "Four", "Five", "Six"] {
        let new = NewTrack::titled(title).with("album_id", album["id"].clone());
        musician.track(&artist, new).await;
    }
    let browser = Chromium::open(&site.base_url).await;
    browser.visit("/").await;
    for width in [1440, 390] {
        let look = Look {
            width,
            theme: Theme::Light,
            lang: "en",
        };
        browser.look(look).await;
        browser
            .visit(&format!("/albums/{}", text(&album["slug"])))
            .await;
        browser.click("[data-play-list]").await;
        browser.see("#player").await;
        let covered = browser
            .js("const bar = document.querySelector('#player');
                 const all = [...document.querySelectorAll('main a, main button, .foot a')].filter((one) => one.checkVisibility() && !one.closest('dialog'));
                 window.scrollTo(0, 0);
                 return all.filter((one) => {
                   one.focus();
                   return document.activeElement === one && one.getBoundingClientRect().bottom > bar.getBoundingClientRect().top;
                 }).map((one) => one.outerHTML.slice(0, 80));")
            .await;
        assert_eq!(covered, serde_json::json!([]), "at {width}");
    }
}
