//! axe-core finds nothing serious on any page, in any look.

use std::path::Path;

use serde_json::{Value, json};
use wing_suite::chromium::{Chromium, Look, Stop, Theme, own_stops, public_stops};
use wing_suite::docker::{FakeSwarm, now, task};
use wing_suite::{App, Musician, NewTrack, Options, text};

use crate::operators::{IMAGE, cast};

/// Where npm puts it.
const AXE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../crates/ui/node_modules/axe-core/axe.min.js"
);

/// Scans the page; what is serious or critical, a line each.
const RUN: &str = "const done = arguments[arguments.length - 1];
    axe.run(document, {resultTypes: ['violations']}).then((found) => done(found.violations
      .filter((one) => one.impact === 'serious' || one.impact === 'critical')
      .flatMap((one) => one.nodes.map((node) => `${one.impact} ${one.id}: ${node.target.join(' ')} ${node.html.slice(0, 160)} | ${(node.any[0] ?? node.all[0] ?? node.none[0])?.message}`))),
      (error) => done([String(error)]));";

/// A Swarm with tasks that are well, on their way, and dead.
fn swarm() -> FakeSwarm {
    let mut cast = cast();
    for (slot, state) in [(2, "preparing"), (3, "failed"), (4, "starting")] {
        cast.tasks
            .push(task("music", slot, "beta", IMAGE, state, &now()));
    }
    FakeSwarm::start(cast)
}

/// A site with something on every page.
async fn furnished(swarm: &FakeSwarm) -> (App, Musician) {
    let options = Options::default().visualized();
    let site = options.set("WING_DOCKER_URL", swarm.url()).spawn().await;
    let musician = site.musician().await;
    let artist = musician.artist("느린 파도 Slow Tide").await;
    let path = format!("/api/v1/artists/{}", text(&artist["id"]));
    let more = json!({"debut_on": "2021-03-05", "links": [{"label": "홈페이지", "url": "https://slowtide.example/"}]});
    musician.patch_json(&path, &more).await.expect(200);
    let album = musician.album(&artist, "창가의 계절").await;
    for (number, title) in [(1, "첫 물결"), (2, "Low Light"), (3, "돌아오는 길")] {
        let new = NewTrack::titled(title)
            .with("album_id", album["id"].clone())
            .with("track_number", number)
            .with("lyrics", "물결이 온다\n물결이 간다");
        let track = musician.track(&artist, new).await;
        let like = format!("/api/v1/likes/{}", text(&track["id"]));
        musician.put(&like, "").await;
    }
    (site, musician)
}

async fn check(width: u32, theme: Theme) {
    let script =
        std::fs::read_to_string(Path::new(AXE)).expect("axe-core: `npm ci` in crates/ui brings it");
    let swarm = swarm();
    let (site, musician) = furnished(&swarm).await;
    let browser = Chromium::open(&site.base_url).await;
    browser.visit("/").await;
    let public = public_stops(&site.base_url).await;
    let own = own_stops(&musician).await;
    for kind in ["artist", "album", "track", "genre", "search-results"] {
        assert!(
            public.iter().any(|stop| stop.name == kind),
            "no page of the kind {kind}"
        );
    }
    assert!(own.iter().any(|stop| stop.name == "desk-album"), "no desk");
    let looks: Vec<_> = ["ko", "en"].map(|lang| Look { width, theme, lang }).into();

    let mut found = Vec::new();
    for look in &looks {
        found.extend(check_all(&browser, &script, *look, &public).await);
    }
    browser.log_in(&musician.email, &musician.password).await;
    for look in &looks {
        found.extend(check_all(&browser, &script, *look, &own).await);
    }
    browser.log_out().await;
    let admin = site.admin().await;
    browser.log_in(&admin.email, &admin.password).await;
    let operators = [Stop {
        name: "visualizer",
        path: "/visualizer".into(),
    }];
    for look in &looks {
        found.extend(check_all(&browser, &script, *look, &operators).await);
    }
    assert!(
        found.is_empty(),
        "{} problems:\n{}",
        found.len(),
        found.join("\n")
    );
}

async fn check_all(browser: &Chromium, script: &str, look: Look, stops: &[Stop]) -> Vec<String> {
    browser.look(look).await;
    let mut found = Vec::new();
    for stop in stops {
        browser.visit(&stop.path).await;
        browser.find("main").await;
        browser.js(script).await;
        let answer = browser.web().execute_async(RUN, Vec::new()).await;
        let problems = answer.expect("axe-core runs").json().clone();
        let lines = problems.as_array().cloned().unwrap_or_default();
        let say = |line: &Value| {
            format!(
                "{} {}: {}",
                stop.name,
                look.name(),
                line.as_str().unwrap_or_default()
            )
        };
        found.extend(lines.iter().map(say));
        let wider = browser
            .js("return document.documentElement.scrollWidth > window.innerWidth")
            .await;
        if wider == true {
            found.push(format!(
                "{} {}: wider than the window",
                stop.name,
                look.name()
            ));
        }
    }
    found
}

#[tokio::test]
async fn nothing_serious_on_a_screen_in_light() {
    check(1440, Theme::Light).await;
}

#[tokio::test]
async fn nothing_serious_on_a_screen_in_dark() {
    check(1440, Theme::Dark).await;
}

#[tokio::test]
async fn nothing_serious_on_a_phone_in_light() {
    check(390, Theme::Light).await;
}

#[tokio::test]
async fn nothing_serious_on_a_phone_in_dark() {
    check(390, Theme::Dark).await;
}
