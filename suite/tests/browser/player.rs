//! The player: its queue, its keys, what it fetches ahead, reports and remembers.

use serde_json::Value;
use thirtyfour::Key;
use wing_suite::chromium::Chromium;
use wing_suite::{App, Musician, NewTrack, spawn_app, text, wait_for};

use crate::songs::{Songs, Tags};

/// An album of three, the second of them short, but not so short that it is
/// over before a slow machine has looked.
struct Album {
    musician: Musician,
    path: String,
    tracks: Vec<Value>,
}

const TITLES: [&str; 3] = ["First Light", "Short Noon", "Long Dusk"];

async fn album(site: &App) -> Album {
    let songs = Songs::new();
    let musician = site.musician().await;
    let artist = musician.artist("Hourglass").await;
    let album = musician.album(&artist, "One Day").await;
    let mut tracks = Vec::new();
    for (at, title) in TITLES.into_iter().enumerate() {
        let tags = Tags {
            title,
            artist: "Hourglass",
            track: 1,
        };
        let seconds = if at == 1 { 25 } else { 60 };
        let file = std::fs::read(songs.song("song.flac", seconds, &tags)).expect("a song");
        let new = NewTrack::titled(title)
            .file("song.flac", file)
            .with("album_id", album["id"].clone())
            .with("track_number", at + 1);
        tracks.push(musician.track(&artist, new).await);
    }
    let path = format!("/albums/{}", text(&album["slug"]));
    Album {
        musician,
        path,
        tracks,
    }
}

/// A script that moves what plays to where an expression over `one` says.
fn seek(to: &str) -> String {
    format!(
        "document.querySelectorAll('audio').forEach((one) => {{ if (!one.paused) one.currentTime = {to}; }})"
    )
}

/// Opens the album and plays it from the start.
async fn play_all(browser: &Chromium, album: &Album) {
    browser.visit(&album.path).await;
    browser.click("[data-play-list]").await;
    browser.player_shows(TITLES[0]).await;
    browser.hear_past(0.0).await;
    // Space would press the button again while it has the focus.
    browser.click("h1").await;
    browser.js("document.activeElement.blur()").await;
}

#[tokio::test]
async fn an_album_plays_through_its_queue() {
    let site = spawn_app().await;
    let album = album(&site).await;
    let browser = Chromium::open(&site.base_url).await;
    play_all(&browser, &album).await;
    assert_eq!(browser.count("#queue .queue-row").await, 3);
    // A screen reader says what the row's sign does now.
    let sign = "return document.querySelector('.track.is-playing .track-play')?.innerText.trim()";
    let said = browser.wait_js("a row plays", sign).await;
    assert_eq!(said, "First Light 일시정지");

    browser.click("#player .player-next").await;
    browser.player_shows(TITLES[1]).await;
    browser.click("#player .player-next").await;
    browser.player_shows(TITLES[2]).await;
    browser.hear_past(0.0).await;
    // First to the start, and from there to the track before. It rests
    // meanwhile, so that no slow machine plays on between two clicks.
    browser.js(&seek("20")).await;
    browser.hear_past(20.0).await;
    browser.click("#player .player-play").await;
    browser.hear_nothing().await;
    browser.click("#player .player-previous").await;
    wait_for("the start of the track", || async {
        (browser.player_position().await == 0.0).then_some(())
    })
    .await;
    browser.player_shows(TITLES[2]).await;
    browser.click("#player .player-previous").await;
    browser.player_shows(TITLES[1]).await;

    // A row plays the list from there; the queue moves and removes.
    browser.click("#player .player-listing").await;
    browser
        .see_text("#queue [aria-current=true]", TITLES[1])
        .await;
    browser
        .click("#queue .queue-row:last-child .queue-play")
        .await;
    browser.player_shows(TITLES[2]).await;
    browser
        .click("#queue .queue-row:first-child button:last-of-type")
        .await;
    wait_for("two in the queue", || async {
        (browser.count("#queue .queue-row").await == 2).then_some(())
    })
    .await;
    browser.player_shows(TITLES[2]).await;
}

#[tokio::test]
async fn what_has_no_cover_plays_with_the_one_drawn_on_its_page() {
    let site = spawn_app().await;
    let track = site.musician().await.published("Bare Bones").await;
    let browser = Chromium::open(&site.base_url).await;
    browser
        .visit(&format!("/tracks/{}", text(&track["slug"])))
        .await;
    browser.click("main .play-large").await;
    browser.player_shows("Bare Bones").await;
    browser.see("#player .player-cover svg.made").await;
}

#[tokio::test]
async fn keys_drive_it_except_while_somebody_types() {
    let site = spawn_app().await;
    let album = album(&site).await;
    let browser = Chromium::open(&site.base_url).await;
    browser.visit("/").await;
    let fan = site.fan().await;
    browser.log_in(&fan.email, &fan.password).await;
    play_all(&browser, &album).await;

    browser.press(" ").await;
    browser.hear_nothing().await;
    browser.press(" ").await;
    browser.hear_past(0.0).await;
    browser.press("m").await;
    browser.find("#player.is-muted").await;
    browser.press("m").await;
    browser.find("#player:not(.is-muted)").await;
    let before = browser.hear_past(0.0).await.position;
    browser.press(Key::Right).await;
    browser.press(Key::Right).await;
    browser.hear_past(before + 10.0).await;
    browser.press(" ").await;
    browser.hear_nothing().await;
    let paused_at = browser.player_position().await;
    browser.press(Key::Left).await;
    wait_for("five seconds back", || async {
        let back = paused_at - browser.player_position().await;
        (4.0..=6.0).contains(&back).then_some(())
    })
    .await;
    browser.press("l").await;
    browser.see("#player .player-like[aria-pressed=true]").await;
    browser
        .see(".track.is-current .like button[aria-pressed=true]")
        .await;
    browser.press("?").await;
    browser.see("dialog#keys[open]").await;
    browser.press(Key::Escape).await;
    browser.gone("dialog#keys[open]").await;
    browser.press("n").await;
    browser.player_shows(TITLES[1]).await;
    // Twice at once: from later in the track the first goes to its start.
    browser.press(" ").await;
    browser.hear_nothing().await;
    browser.press("pp").await;
    browser.player_shows(TITLES[0]).await;
    browser.hear_past(0.0).await;

    // Nothing of that while the search field has the focus.
    browser.press(" ").await;
    browser.hear_nothing().await;
    browser.click("#top-q").await;
    browser.press("lmn p?").await;
    assert_eq!(
        browser
            .js("return document.querySelector('#top-q').value")
            .await,
        "lmn p?"
    );
    browser.player_shows(TITLES[0]).await;
    assert_eq!(
        browser.count("dialog#keys[open], #player.is-muted").await,
        0
    );
    assert_eq!(
        browser
            .count("#player .player-like[aria-pressed=true]")
            .await,
        1
    );
    assert!(
        browser.sound().await.is_none(),
        "a space in the search field started the music"
    );
}

#[tokio::test]
async fn the_next_track_is_there_before_it_is_needed() {
    let site = spawn_app().await;
    let album = album(&site).await;
    let browser = Chromium::open(&site.base_url).await;
    play_all(&browser, &album).await;
    let first = browser.hear_past(0.1).await;
    let second = text(&album.tracks[1]["id"]);
    let ahead = format!(
        "const next = [...document.querySelectorAll('audio')].find((one) => one.currentSrc.includes('{second}'));
         return next && next.paused && next.readyState === 4 ? next.id : null;"
    );
    assert!(browser.js(&ahead).await.is_null(), "fetched too early");
    // Close to the end, but not there yet.
    browser.js(&seek("one.duration - 12")).await;
    let waiting = browser
        .wait_js("the next track waits in the other element", &ahead)
        .await;
    assert_ne!(text(&waiting), first.element);
    browser.js(&seek("one.duration - 1")).await;
    browser.player_shows(TITLES[1]).await;
    let then = browser.hear_past(0.0).await;
    assert_eq!(then.element, text(&waiting));
    assert!(then.source.contains(&second), "{then:?}");
}

#[tokio::test]
async fn a_play_counts_once_half_of_a_short_track_was_heard() {
    let site = spawn_app().await;
    let album = album(&site).await;
    let short = format!("/api/v1/tracks/{}", text(&album.tracks[1]["id"]));
    let browser = Chromium::open(&site.base_url).await;
    browser
        .visit(&format!("/tracks/{}", text(&album.tracks[1]["slug"])))
        .await;
    browser.click("main .play-large").await;
    browser.hear_past(1.0).await;
    let track = album.musician.get(&short).await.expect(200).json();
    assert_eq!(track["play_count"], 0, "counted too early");
    wait_for("the play is counted", || async {
        let track = album.musician.get(&short).await.expect(200).json();
        (track["play_count"] == 1).then_some(())
    })
    .await;
    browser
        .visit(&format!("/tracks/{}", text(&album.tracks[1]["slug"])))
        .await;
    browser.see_text("main", "1").await;
}

/// From now on Turbo is given pages as a next release would send them: with scripts
/// and styles under other names.
const NEXT_RELEASE: &str = r"
    document.addEventListener('turbo:before-fetch-response', ({ detail }) => {
        const page = detail.fetchResponse.responseHTML;
        const name = /(\/assets\/app-\w+\.(?:js|css))/g;
        Object.defineProperty(detail.fetchResponse, 'responseHTML', {
            value: page.then((html) => html?.replace(name, '$1?next')),
        });
    });
    window.started = 0;
    document.addEventListener('turbo:load', () => { window.started += 1; });
";

#[tokio::test]
async fn music_plays_on_while_a_release_changes_the_scripts() {
    let site = spawn_app().await;
    let album = album(&site).await;
    let browser = Chromium::open(&site.base_url).await;
    play_all(&browser, &album).await;
    browser.mark_document().await;
    browser.js(NEXT_RELEASE).await;
    browser.click("header .brand").await;
    browser.wait_for_path("/").await;
    browser
        .wait_js(
            "the other scripts were loaded",
            "return performance.getEntriesByType('resource').some(({ name, responseEnd }) =>
                 name.includes('.js?next') && responseEnd > 0)",
        )
        .await;
    let heard = browser.hear_past(0.0).await.position;
    browser.hear_past(heard + 1.0).await;
    assert!(browser.same_document().await, "the music was cut off");
    assert_eq!(
        browser.count("link[rel=stylesheet][href*='/app-']").await,
        1,
        "the styles of one release are in the way of the other's"
    );
    assert_eq!(
        browser.js("return window.started").await,
        1,
        "two of Turbo run"
    );
    // The scripts of the first still work, and go when nobody hears them.
    browser.press(" ").await;
    browser.hear_nothing().await;
    browser.click("header .brand").await;
    wait_for("a document of the next release", || async {
        (!browser.same_document().await).then_some(())
    })
    .await;
    browser.player_shows(TITLES[0]).await;
}

#[tokio::test]
async fn it_is_where_it_was_after_a_reload() {
    let site = spawn_app().await;
    let album = album(&site).await;
    let browser = Chromium::open(&site.base_url).await;
    play_all(&browser, &album).await;
    browser.press(Key::Right).await;
    browser.press(Key::Right).await;
    let heard = browser.hear_past(10.0).await.position;
    browser.press("m").await;
    browser.find("#player.is-muted").await;
    browser.web().refresh().await.expect("a reload");
    browser.player_shows(TITLES[0]).await;
    browser.find("#player.is-muted").await;
    assert!(
        browser.sound().await.is_none(),
        "it plays without being asked to"
    );
    assert_eq!(browser.count("#queue .queue-row").await, 3);
    assert!(
        browser.player_position().await >= heard.floor(),
        "it forgot where it was"
    );
    browser.click("#player .player-play").await;
    let again = browser.hear_past(heard - 1.0).await;
    assert!(
        again.source.contains(&text(&album.tracks[0]["id"])),
        "{again:?}"
    );
}

#[tokio::test]
async fn each_tab_finds_its_own_place_again_in_a_new_document() {
    let site = spawn_app().await;
    let album = album(&site).await;
    let browser = Chromium::open(&site.base_url).await;
    play_all(&browser, &album).await;
    browser.js(&seek("20")).await;
    let heard = browser.hear_past(20.0).await.position;
    browser.press(" ").await;
    browser.hear_nothing().await;
    let web = browser.web();
    let first = web.window().await.expect("a window");
    let second = web.new_tab().await.expect("a tab");
    web.switch_to_window(second).await.expect("the tab");
    browser
        .visit(&format!("/tracks/{}", text(&album.tracks[2]["slug"])))
        .await;
    browser.click("main .play-large").await;
    browser.player_shows(TITLES[2]).await;
    browser.hear_past(0.0).await;

    web.switch_to_window(first).await.expect("the first tab");
    browser.visit("/login").await;
    browser.player_shows(TITLES[0]).await;
    assert!(browser.sound().await.is_none(), "it plays by itself");
    assert!(browser.player_position().await >= heard.floor());
    assert_eq!(browser.count("#queue .queue-row").await, 3);
    browser.click("#player .player-play").await;
    browser.hear_past(heard.floor()).await;
}
