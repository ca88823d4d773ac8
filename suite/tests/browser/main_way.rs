//! The main way: a musician uploads, a fan finds it and listens.

use std::collections::BTreeSet;

use serde_json::Value;
use thirtyfour::Key;
use wing_suite::chromium::Chromium;
use wing_suite::spawn_app;

use crate::songs::{Songs, Tags};

/// Notes every state that the rows of uploads go through, from now on.
const WATCH_UPLOADS: &str = "window.seenPhases = []; window.seenSteps = [];
    const note = () => {
      for (const row of document.querySelectorAll('.upload[data-phase]')) {
        window.seenPhases.push(row.dataset.phase);
        if (row.dataset.phase === 'processing') window.seenSteps.push(row.querySelector('.upload-state').textContent);
      }
    };
    new MutationObserver(note).observe(document.querySelector('.uploads'),
      {subtree: true, childList: true, attributes: true, characterData: true});";

#[tokio::test]
async fn a_musician_uploads_and_a_fan_finds_it_and_listens() {
    let site = spawn_app().await;
    let songs = Songs::new();
    let artist = "밤의 정원";
    // A site that others have used may know such a title already.
    let mark = uuid::Uuid::now_v7().simple().to_string();
    let title = format!("새벽 열차를 타고 {}", &mark[26..]);
    let train = Tags {
        title: &title,
        artist,
        track: 1,
    };
    let rain = Tags {
        title: "Paper Rain",
        artist,
        track: 2,
    };
    let flac = songs.song("01 train.flac", 30, &train);
    let mp3 = songs.song("02 rain.mp3", 10, &rain);

    let musician = Chromium::open(&site.base_url).await;
    musician.visit("/").await;
    musician.sign_up("정원지기", "musician").await;
    make_an_artist(&musician, artist).await;
    upload(&musician, &[&flac, &mp3]).await;
    publish_both(&musician, train.title).await;
    assert_eq!(musician.complaints().await, Vec::<String>::new());

    let fan = Chromium::open(&site.base_url).await;
    fan.visit("/").await;
    find(&fan, "벽 열차", train.title).await;
    listen_while_browsing(&fan, artist).await;
    like_it(&fan, train.title).await;
    assert_eq!(fan.complaints().await, Vec::<String>::new());
}

async fn make_an_artist(musician: &Chromium, name: &str) {
    musician.wait_for_path("/desk").await;
    musician.click("main a[href=\"/desk/artists/new\"]").await;
    musician.wait_for_path("/desk/artists/new").await;
    musician.fill("name", name).await;
    musician
        .click("main label:has(input[name=genres][value=electronica])")
        .await;
    musician.click("main form [type=submit]").await;
    musician.see(".uploader").await;
    musician.see_text("h1", name).await;
}

/// Gives both files to the drop zone and watches until they can be heard.
async fn upload(musician: &Chromium, files: &[&std::path::Path]) {
    musician.js(WATCH_UPLOADS).await;
    musician
        .choose_files(".uploader input[type=file]", files)
        .await;
    musician
        .wait_js(
            "both are ready",
            "return document.querySelectorAll('.upload[data-phase=ready]').length === 2",
        )
        .await;
    let seen = |value: &Value| -> BTreeSet<String> {
        let list = value.as_array().cloned().unwrap_or_default();
        list.iter()
            .filter_map(|one| one.as_str().map(str::to_owned))
            .collect()
    };
    let phases = seen(&musician.js("return window.seenPhases").await);
    for phase in ["sending", "processing", "ready"] {
        assert!(
            phases.contains(phase),
            "nobody saw {phase:?} among {phases:?}"
        );
    }
    let steps = seen(&musician.js("return window.seenSteps").await);
    assert!(
        steps.len() >= 2,
        "the steps were not shown as they went: {steps:?}"
    );
}

/// One from its row in the list of uploads, the other from the table.
async fn publish_both(musician: &Chromium, first: &str) {
    musician.click(".upload[data-phase=ready] a.button").await;
    musician.wait_for_path("/desk/tracks/").await;
    musician.see("main button[name=then][value=publish]").await;
    musician
        .click("main button[name=then][value=publish]")
        .await;
    musician
        .see("main button[name=then][value=unpublish]")
        .await;
    musician.click(".eyebrow a").await;
    musician.see_text(".table-title", first).await;
    assert_eq!(
        musician
            .count("tbody form[action$=\"/publish\"] input[value=true]")
            .await,
        1
    );
    musician
        .click("tbody form[action$=\"/publish\"]:has(input[value=true]) button")
        .await;
    musician
        .gone("tbody form[action$=\"/publish\"] input[value=true]")
        .await;
}

/// Searches for part of its title and opens its page.
async fn find(fan: &Chromium, part: &str, title: &str) {
    fan.click("#top-q").await;
    fan.press(part.to_owned() + Key::Enter).await;
    fan.wait_for_path("/search?q=").await;
    fan.see_text("main .track-title", title).await;
    fan.click_text("main .track-title", title).await;
    fan.wait_for_path("/tracks/").await;
    fan.see_text("h1", title).await;
}

/// Plays it, follows links, signs up: the same element plays on.
async fn listen_while_browsing(fan: &Chromium, artist: &str) {
    fan.mark_document().await;
    fan.click("main .play-large").await;
    let at_first = fan.hear_past(0.5).await;
    fan.click_text("main .lead a", artist).await;
    fan.wait_for_path("/artists/").await;
    fan.see_text("h1", artist).await;
    let later = fan.hear_past(at_first.position).await;
    assert_eq!(later.element, at_first.element);
    assert_eq!(later.source, at_first.source);
    assert!(fan.same_document().await, "the page was loaded anew");
}

/// Signs up, likes it on its page, and sees it on one's own.
async fn like_it(fan: &Chromium, title: &str) {
    fan.sign_up("새벽에 듣는 사람", "fan").await;
    assert!(fan.same_document().await, "signing up stopped the music");
    fan.click("#player .player-title").await;
    fan.wait_for_path("/tracks/").await;
    fan.click("main header .like button").await;
    fan.see("main header .like button[aria-pressed=true]").await;
    fan.see_text("main header .like-count", "1").await;
    fan.choose_in_menu("/me").await;
    fan.see_text("turbo-frame#liked-tracks .track-title", title)
        .await;
    fan.visit("/likes").await;
    fan.see_text("main .track-title", title).await;
}
