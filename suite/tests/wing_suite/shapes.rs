//! What only the services behind their edge can get wrong.

use serde_json::json;
use wing_kit::telemetry::metrics;
use wing_suite::{Options, is_split, spawn_app, text, wait_until};

#[tokio::test]
async fn what_is_between_processes_does_not_exist_at_the_edge() {
    if !is_split() {
        return;
    }
    let app = spawn_app().await;
    for path in ["/internal/users?ids=", "/internal", "/metrics"] {
        app.nobody().get(path).await.expect(404);
    }
    let problem = app.nobody().get("/internal/users").await;
    problem.expect_problem(404, "not_found");
}

#[tokio::test]
async fn a_forged_address_is_not_believed() {
    let options = Options::default().services(&["user"]);
    let app = options.set("WING_SIGNUP_LIMIT", 2).spawn().await;
    let mut statuses = Vec::new();
    for number in 0..4 {
        let body = json!({
            "email": format!("{number}@mail.example"), "password": wing_suite::PASSWORD,
            "display_name": "Somebody", "role": "fan",
        });
        let request = app
            .nobody()
            .request(reqwest::Method::POST, "/api/v1/users")
            .header("x-forwarded-for", format!("192.0.2.{number}"))
            .header("forwarded", format!("for=192.0.2.{number}"))
            .json(&body);
        statuses.push(app.nobody().send(request).await.status);
    }
    assert_eq!(statuses, [201, 201, 429, 429]);
}

#[tokio::test]
async fn without_accounts_music_goes_on_and_the_rest_says_so() {
    if !is_split() {
        return;
    }
    let app = spawn_app().await;
    let musician = app.musician().await;
    let track = musician.published("Still Here").await;
    let browser = app.browser();
    browser.log_in(&musician).await;
    app.stop_service("user").await;

    let nobody = app.nobody();
    let artist = text(&track["artist"]["slug"]);
    for path in [
        "/",
        "/latest",
        "/artists",
        "/search?q=still",
        &format!("/artists/{artist}"),
    ] {
        let page = browser.open(path).await.expect(200);
        assert!(
            page.header("content-type").starts_with("text/html"),
            "{path}"
        );
    }
    // Who was logged in still is, as long as the token is good.
    musician.get("/api/v1/artists/mine").await.expect(200);
    let stream = format!("/api/v1/tracks/{}/stream", text(&track["id"]));
    nobody.get(&stream).await.expect(200);

    let away = nobody
        .get("/api/v1/users/me")
        .await
        .expect_problem(503, "unavailable");
    assert!(away.number("retry-after") >= 1);
    let page = app.browser().open("/login").await.expect(503);
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.text().contains("지금은 조율 중이에요"));
    assert!(!page.text().contains("nginx"));

    // When the token has expired nobody can renew it, and pages still open.
    app.clock.advance_ms(700_000);
    wait_until("its absence is known", || async {
        browser.open("/latest").await.status == 200
    })
    .await;
}

#[tokio::test]
async fn without_music_accounts_go_on() {
    if !is_split() {
        return;
    }
    let app = spawn_app().await;
    let fan = app.fan().await;
    app.stop_service("music").await;
    fan.get("/api/v1/users/me").await.expect(200);
    app.browser().open("/login").await.expect(200);
    app.browser().open("/").await.expect(503);
    let away = app.nobody().get("/api/v1/tracks").await;
    away.expect_problem(503, "unavailable");
}

#[tokio::test]
async fn a_test_that_names_its_services_starts_those_alone() {
    if !is_split() {
        return;
    }
    let app = Options::default().services(&["user"]).spawn().await;
    app.fan().await.get("/api/v1/users/me").await.expect(200);
    app.db_of("user");
    let music = app.nobody().get("/api/v1/tracks").await;
    music.expect_problem(503, "unavailable");
}

#[tokio::test]
async fn those_that_a_named_service_calls_are_started_with_it() {
    if !is_split() {
        return;
    }
    let app = Options::default().services(&["music"]).spawn().await;
    app.fan().await.get("/api/v1/likes").await.expect(200);
}

#[tokio::test]
async fn a_body_that_is_no_upload_is_refused_when_it_is_large() {
    if !is_split() {
        return;
    }
    let app = Options::default().services(&["user"]).spawn().await;
    let fan = app.fan().await;
    let request = fan
        .request(reqwest::Method::PATCH, "/api/v1/users/me")
        .header("content-type", "application/json")
        .header("content-length", "50000000")
        .body(reqwest::Body::wrap_stream(futures_util::stream::pending::<
            Result<bytes::Bytes, std::io::Error>,
        >()));
    fan.send(request).await.expect_problem(413, "too_large");
}

/// How often music has asked accounts for names, by the metrics that operators
/// see, too.
fn names_asked_for() -> u64 {
    let text = metrics::render();
    let counters = text
        .lines()
        .filter(|line| line.starts_with("wing_calls_total") && line.contains("/internal/users"));
    counters
        .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
        .sum()
}

#[tokio::test]
async fn no_page_asks_its_neighbours_more_than_three_times() {
    if !is_split() {
        return;
    }
    let app = spawn_app().await;
    let musician = app.musician().await;
    let browser = app.browser();
    browser.log_in(&musician).await;
    let mut tracks = Vec::new();
    for number in 0..3 {
        let other = app.musician().await;
        tracks.push(other.published(&format!("Number {number}")).await);
    }
    let artist = format!("/artists/{}", text(&tracks[0]["artist"]["slug"]));
    let track = format!("/tracks/{}", text(&tracks[0]["slug"]));
    for path in [
        "/",
        "/latest",
        "/genres",
        "/artists",
        "/search?q=number",
        "/likes",
        "/desk",
        &artist,
        &track,
    ] {
        let before = names_asked_for();
        browser.open(path).await.expect(200);
        let calls = names_asked_for() - before;
        assert!(calls <= 3, "{path} made {calls} calls");
    }
    let anew = app.musician().await;
    let begun = anew.published("Asked For").await;
    let before = names_asked_for();
    let path = format!("/artists/{}", text(&begun["artist"]["slug"]));
    browser.open(&path).await.expect(200);
    assert_eq!(names_asked_for() - before, 1, "its owner's name, once");
}
