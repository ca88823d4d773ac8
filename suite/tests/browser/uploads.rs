//! An upload goes on where it stopped: after a pause, after a reload of the
//! page, after a restart of the server.

use std::path::Path;

use serde_json::Value;
use wing_suite::chromium::Chromium;
use wing_suite::{Client, Database, Musician, Options, SpawnedProcess, text, tus, wait_for};

use crate::songs::Songs;

/// Slow enough that the middle of 60 MB is long, in bytes a second.
const SLOW: i32 = 4_000_000;
const MINUTES: u32 = 6;

/// Notes where each piece of an upload begins, from now on.
const WATCH_OFFSETS: &str = "window.seenOffsets = [];
    const set = XMLHttpRequest.prototype.setRequestHeader;
    XMLHttpRequest.prototype.setRequestHeader = function (name, value) {
      if (name.toLowerCase() === 'upload-offset') window.seenOffsets.push(Number(value));
      return set.call(this, name, value);
    };";

/// No renditions: they are not what this is about, and take a while.
fn options() -> Options {
    Options::default().set("WING_FFMPEG", "off")
}

/// A browser on the desk of an artist, with the scripts watched.
async fn at_the_desk(base: &str, musician: &Musician) -> (Chromium, String) {
    let artist = musician.artist("Long Haul").await;
    let desk = format!("/desk/artists/{}", text(&artist["id"]));
    let browser = Chromium::open(base).await;
    browser.log_in(&musician.email, &musician.password).await;
    browser.visit(&desk).await;
    browser.see(".uploader").await;
    browser.js(WATCH_OFFSETS).await;
    (browser, desk)
}

async fn begin(browser: &Chromium, file: &Path) -> String {
    browser.limit_upload(Some(SLOW)).await;
    browser
        .choose_files(".uploader input[type=file]", &[file])
        .await;
    let place = browser
        .wait_js(
            "the upload has a place",
            "const key = Object.keys(localStorage).find((one) => one.startsWith('tus::'));
             return key ? JSON.parse(localStorage.getItem(key)).uploadUrl : null;",
        )
        .await;
    text(&place)
}

/// How much the server has.
async fn arrived(client: &Client, place: &str) -> u64 {
    tus::head(client, place)
        .await
        .expect(200)
        .number("upload-offset")
}

/// Waits until the page says that this share of it is sent.
async fn sent(browser: &Chromium, percent: u32) {
    let script = format!("return document.querySelector('.upload progress')?.value >= {percent}");
    browser
        .wait_js(&format!("{percent} % are sent"), &script)
        .await;
}

async fn first_offset(browser: &Chromium) -> u64 {
    let seen = browser
        .wait_js("a piece is sent", "return window.seenOffsets[0] ?? null")
        .await;
    seen.as_u64().unwrap_or_default()
}

/// Waits until the track is there, whole.
async fn finished(browser: &Chromium, musician: &Musician) {
    browser.limit_upload(None).await;
    browser.see(".upload[data-phase=ready]").await;
    let list: Value = musician
        .get("/api/v1/artists/mine")
        .await
        .expect(200)
        .json();
    let artist = text(&list["items"][0]["id"]);
    browser.visit(&format!("/desk/artists/{artist}")).await;
    let link = browser.see("main .table-title").await.attr("href").await;
    let id = link
        .expect("a link")
        .unwrap_or_default()
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .to_owned();
    let track = musician
        .get(&format!("/api/v1/tracks/{id}"))
        .await
        .expect(200)
        .json();
    assert_eq!(track["duration_ms"], MINUTES * 60_000, "{track:#}");
}

#[tokio::test]
async fn it_goes_on_after_a_pause_and_after_a_reload() {
    let site = options().spawn().await;
    let songs = Songs::new();
    let file = songs.long_wav("tape.wav", MINUTES);
    let musician = site.musician().await;
    let (browser, desk) = at_the_desk(&site.base_url, &musician).await;

    let place = begin(&browser, &file).await;
    sent(&browser, 10).await;
    browser.click(".upload-actions button:first-child").await;
    browser.see(".upload[data-phase=paused]").await;
    // What was on its way may still arrive; then it rests.
    let rested = wait_for("the upload rests", || async {
        let before = arrived(&musician, &place).await;
        let after = arrived(&musician, &place).await;
        (before == after && after > 0).then_some(after)
    })
    .await;
    browser.js("window.seenOffsets.length = 0").await;
    browser.click(".upload-actions button:first-child").await;
    assert!(
        first_offset(&browser).await >= rested,
        "it began anew after the pause"
    );
    sent(&browser, 35).await;

    browser.visit(&desk).await;
    browser.see_text("[data-upload]", "tape.wav").await;
    browser.js(WATCH_OFFSETS).await;
    browser.limit_upload(Some(SLOW)).await;
    browser
        .choose_files(".uploader input[type=file]", &[&file])
        .await;
    let went_on_at = first_offset(&browser).await;
    assert!(
        went_on_at > rested,
        "it began anew after the reload, at {went_on_at}"
    );
    assert!(
        arrived(&musician, &place).await >= went_on_at,
        "it went on elsewhere"
    );
    browser.gone("[data-upload]").await;
    finished(&browser, &musician).await;
}

#[tokio::test]
async fn it_goes_on_after_a_restart_of_the_server() {
    let data = tempfile::tempdir().expect("a directory");
    let database = Database::create(data.path());
    let options = options();
    let songs = Songs::new();
    let file = songs.long_wav("tape.wav", MINUTES);
    let server = SpawnedProcess::start(data.path(), &database.url, &options).await;
    let base = server.base_url.clone();
    let musician = server.musician().await;
    let (browser, _) = at_the_desk(&base, &musician).await;

    let place = begin(&browser, &file).await;
    sent(&browser, 30).await;
    server.kill();
    browser.see(".upload[data-phase=retrying]").await;
    browser.js("window.seenOffsets.length = 0").await;
    let address = base.trim_start_matches("http://");
    let again = options.set("WING_ADDR", address);
    let _server = SpawnedProcess::start(data.path(), &database.url, &again).await;
    let kept = arrived(&musician, &place).await;
    assert!(kept > 0, "nothing outlived the restart");
    let went_on_at = first_offset(&browser).await;
    assert!(
        went_on_at >= kept,
        "it began anew at {went_on_at}, with {kept} here"
    );
    finished(&browser, &musician).await;
}

#[tokio::test]
async fn a_file_that_is_no_music_says_so_and_says_it_again_when_retried() {
    let site = options().spawn().await;
    let musician = site.musician().await;
    let (browser, _) = at_the_desk(&site.base_url, &musician).await;
    let dir = tempfile::tempdir().expect("a directory");
    let page = dir.path().join("page.mp3");
    std::fs::write(&page, "<html>not music</html>".repeat(500)).expect("a file");

    browser
        .choose_files(".uploader input[type=file]", &[&page])
        .await;
    browser.see(".upload[data-phase=track_failed]").await;
    let reason = browser
        .see(".upload-state")
        .await
        .text()
        .await
        .expect("a reason");
    browser
        .js("window.seenPhases = [];
             const row = document.querySelector('.upload');
             new MutationObserver(() => window.seenPhases.push(row.dataset.phase)).observe(row, {attributes: true});")
        .await;
    browser.click(".upload-actions button:first-child").await;
    browser
        .wait_js("it was tried again", "return window.seenPhases.includes('processing') && window.seenPhases.at(-1) === 'track_failed'")
        .await;
    // The answer to the click comes after the news and must not undo them.
    browser
        .wait_js("all answers are here", "return performance.getEntriesByType('resource').some((one) => one.name.endsWith('/retry') && one.responseEnd > 0)")
        .await;
    browser.see(".upload[data-phase=track_failed]").await;
    assert_eq!(
        browser
            .see(".upload-state")
            .await
            .text()
            .await
            .expect("a reason"),
        reason
    );
}
