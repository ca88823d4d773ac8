//! Forms of the desk and the settings: what is refused shows where, and what
//! they are sent to leads to a page.

use crate::pictures::png;
use reqwest::Method;
use serde_json::Value;
use wing_suite::{Musician, NewTrack, Options, csrf_in, form_body, spawn_app, text, tus};

fn number_of(track: &Value) -> String {
    format!("number_{}", text(&track["id"]))
}

/// A page, where its form goes, what is typed, and the field that is first wrong.
type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a str);

async fn numbers(musician: &Musician, tracks: &[Value]) -> Vec<Value> {
    let mut numbers = Vec::new();
    for track in tracks {
        let path = format!("/api/v1/tracks/{}", text(&track["id"]));
        let track = musician.get(&path).await.expect(200).json();
        numbers.push(track["track_number"].clone());
    }
    numbers
}

#[tokio::test]
async fn only_a_cover_of_its_own_can_be_taken_from_a_track() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let artist = musician.artist("Dressed").await;
    let album = musician.album(&artist, "Dressed Alike").await;
    let new = NewTrack::titled("Same Coat").with("album_id", album["id"].clone());
    let track = musician.track(&artist, new).await;
    let cover_of =
        |kind: &str, thing: &Value| format!("/api/v1/{kind}/{}/cover", text(&thing["id"]));
    musician
        .put(&cover_of("albums", &album), png(80, 80))
        .await
        .expect(200);
    let page = format!("/desk/tracks/{}", text(&track["id"]));
    let browser = app.browser();
    browser.log_in(&musician).await;
    let offered = async || {
        browser
            .open(&page)
            .await
            .expect(200)
            .text()
            .contains("/cover/delete")
    };

    assert!(
        !offered().await,
        "the album's cover is not the track's to take away"
    );
    musician
        .put(&cover_of("tracks", &track), png(90, 90))
        .await
        .expect(200);
    assert!(offered().await);
}

#[tokio::test]
async fn an_order_is_taken_as_a_whole_or_not_at_all() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let artist = musician.artist("Well Ordered").await;
    let album = musician.album(&artist, "Sequence").await;
    let mut tracks = Vec::new();
    for (at, title) in ["One", "Two", "Elsewhere"].into_iter().enumerate() {
        let mut new = NewTrack::titled(title).with("track_number", at + 1);
        if title != "Elsewhere" {
            new = new.with("album_id", album["id"].clone());
        }
        tracks.push(musician.track(&artist, new).await);
    }
    let [one, two, elsewhere] = [0, 1, 2].map(|at| number_of(&tracks[at]));
    let page = format!("/desk/albums/{}", text(&album["id"]));
    let action = format!("{page}/order");
    let browser = app.browser();
    browser.log_in(&musician).await;

    // They change places in one go.
    let swapped = [(one.as_str(), "2"), (two.as_str(), "1")];
    let done = browser.submit(&page, &action, &swapped).await.expect(303);
    assert_eq!(done.header("location"), format!("{page}?did=ordered"));
    assert_eq!(numbers(&musician, &tracks).await, [2, 1, 3]);

    for wrong in [
        [(one.as_str(), "5"), (two.as_str(), "5")],
        [(one.as_str(), "5"), (two.as_str(), "0")],
        [(one.as_str(), "1"), (one.as_str(), "4")],
        [(one.as_str(), "5"), (elsewhere.as_str(), "6")],
    ] {
        browser.submit(&page, &action, &wrong).await.expect(422);
        assert_eq!(numbers(&musician, &tracks).await, [2, 1, 3], "{wrong:?}");
    }
    // Of a page that was opened before a track left, there is no number to say it beside.
    let stale = [(one.as_str(), "5"), (elsewhere.as_str(), "6")];
    let refused = browser.submit(&page, &action, &stale).await.expect(422);
    assert!(refused.text().contains("left this album") || refused.text().contains("빠진 곡"));
    // What is wrong is said beside the number, which is kept as it was typed.
    let wrong = [(one.as_str(), "7"), (two.as_str(), "7")];
    let refused = browser.submit(&page, &action, &wrong).await.expect(422);
    let html = refused.text();
    let field = html.split('<').find(|tag| tag.contains("aria-invalid"));
    let field = field.expect("a field that is marked");
    assert!(
        field.contains(&two) && field.contains("value=\"7\"") && field.contains("autofocus"),
        "{field}"
    );

    let stranger = app.browser();
    stranger.log_in(&app.musician().await.client).await;
    let sent = stranger.submit("/desk?all", &action, &swapped).await;
    sent.expect(404);
    assert_eq!(numbers(&musician, &tracks).await, [2, 1, 3]);
}

#[tokio::test]
async fn the_first_field_that_is_wrong_has_the_focus() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let artist = musician.artist("Careless").await;
    let browser = app.browser();
    browser.log_in(&musician).await;
    let album = format!("/desk/artists/{}/albums/new", text(&artist["id"]));
    let long = "x".repeat(300);
    let cases: [Case<'_>; 4] = [
        (
            "/me/settings",
            "/me/settings/password",
            &[
                ("current_password", "not it"),
                ("password", "a wholly new password"),
            ],
            "f-current_password",
        ),
        (
            "/me/settings",
            "/me/settings/profile",
            &[("display_name", "")],
            "f-display_name",
        ),
        (
            &album,
            &album,
            &[("title", "Fine"), ("label", &long), ("released_on", "x")],
            "f-released_on",
        ),
        (
            "/desk/artists/new",
            "/desk/artists/new",
            &[("name", ""), ("video_url", "x")],
            "f-name",
        ),
    ];
    for (page, action, fields, first) in cases {
        let refused = browser.submit(page, action, fields).await.expect(422);
        let html = refused.text();
        let focused: Vec<_> = html
            .split('<')
            .filter(|tag| tag.contains(" autofocus"))
            .collect();
        let place = format!("id=\"{first}\"");
        assert!(
            focused.len() == 1 && focused[0].contains(&place),
            "{action}: {focused:#?}"
        );
        // The address that shows it can be loaded again.
        let again = browser.follow(action).await.expect(200);
        assert!(!again.text().contains(" autofocus"), "{action}");
    }
}

#[tokio::test]
async fn a_form_sent_after_logging_out_elsewhere_leads_back_to_its_page() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let artist = musician.artist("Two Tabs").await;
    let page = format!("/desk/artists/{}/edit", text(&artist["id"]));
    let browser = app.browser();
    browser.log_in(&musician).await;
    let token = csrf_in(&browser.open(&page).await.expect(200).text());
    browser.submit("/me", "/auth/logout", &[]).await.expect(303);

    let send = |referer: Option<String>| {
        let action = format!("/desk/artists/{}/delete", text(&artist["id"]));
        let mut request = browser
            .request(Method::POST, &action)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form_body(&[("csrf", &token)]));
        if let Some(referer) = referer {
            request = request.header("referer", referer);
        }
        browser.send(request)
    };
    let sent = send(Some(format!("{}{page}", app.base_url))).await;
    let to = sent.expect(303).header("location").to_owned();
    let next = page.replace('/', "%2F");
    assert_eq!(to, format!("/login?next={next}"));
    let nowhere = send(None).await.expect(303);
    assert_eq!(nowhere.header("location"), "/login?next=%2F");

    // There one logs in and is on the page again, with nothing deleted.
    let fields = [
        ("email", musician.email.as_str()),
        ("password", musician.password.as_str()),
        ("next", page.as_str()),
    ];
    let inside = browser.submit(&to, "/login", &fields).await.expect(303);
    assert_eq!(inside.header("location"), page);
    browser.open(&page).await.expect(200);
}

#[tokio::test]
async fn an_upload_begun_elsewhere_is_on_the_desk_until_it_is_discarded() {
    let app = spawn_app().await;
    let (musician, other) = (app.musician().await, app.musician().await);
    let artist = musician.artist("Half Way").await;
    let begun = tus::begin(&musician, 4_000, "long <way>.flac").await;
    let location = tus::location(&begun.expect(201));
    tus::patch(&musician, &location, 0, &[7; 1_000])
        .await
        .expect(204);
    let browser = app.browser();
    browser.log_in(&musician).await;
    let desk = format!("/desk/artists/{}", text(&artist["id"]));
    let html = browser.open(&desk).await.expect(200).text();
    assert!(html.contains("long &#60;way&#62;.flac"), "{html}");
    assert!(
        html.contains("value=\"25\"") && html.contains("25%"),
        "{html}"
    );

    let discard = format!("/desk/uploads/{}/discard", tus::id_of(&location));
    let stranger = app.browser();
    stranger.log_in(&other).await;
    let seen = stranger.open("/desk?all").await.expect(200).text();
    assert!(!seen.contains("way&#62;"), "{seen}");
    let fields = [("next", desk.as_str())];
    let refused = stranger.submit("/desk?all", &discard, &fields).await;
    refused.expect(404);
    tus::head(&musician, &location).await.expect(200);

    let gone = browser.submit(&desk, &discard, &fields).await.expect(303);
    assert_eq!(gone.header("location"), format!("{desk}?did=discarded"));
    tus::head(&musician, &location).await.expect(404);
    let html = browser.open(&desk).await.expect(200).text();
    assert!(!html.contains("way&#62;"), "{html}");
}

#[tokio::test]
async fn a_row_of_the_table_is_for_its_musician_alone() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let track = musician.published("Row of One").await;
    let path = format!("/desk/tracks/{}/row", text(&track["id"]));
    let browser = app.browser();
    browser.log_in(&musician).await;
    let row = browser.open(&path).await.expect(200).text();
    assert!(
        row.trim_start().starts_with("<tr") && row.contains("Row of One"),
        "{row}"
    );
    let stranger = app.browser();
    stranger.log_in(&app.musician().await.client).await;
    stranger.open(&path).await.expect(404);
}

#[tokio::test]
async fn a_wish_to_publish_when_ready_is_shown_and_can_be_taken_back() {
    // Nobody does jobs here: what was uploaded stays on its way.
    let app = Options::default().set("WING_JOBS", "false").spawn().await;
    let musician = app.musician().await;
    let artist = musician.artist("Patience").await;
    let new = NewTrack::titled("Soon");
    let track = musician.begin_track(&artist, new).await;
    let path = format!("/desk/tracks/{}", text(&track["id"]));
    let browser = app.browser();
    browser.log_in(&musician).await;
    browser.open("/lang/en?next=/desk").await.expect(303);
    let fields = |then| [("title", "Soon"), ("genre", "electronica"), ("then", then)];
    for (then, offered, expected) in [
        ("save", "Save, and do not publish yet", true),
        ("unpublish", "Save, and publish when ready", false),
        ("save", "Save, and publish when ready", false),
        ("publish", "Save, and do not publish yet", true),
    ] {
        let saved = browser
            .submit(&path, &path, &fields(then))
            .await
            .expect(303);
        let location = saved.header("location").to_owned();
        let page = browser.open(&location).await.expect(200).text();
        assert!(page.contains(offered), "{then}: {page}");
        let awaited = page.contains("It will be public as soon as it is ready.");
        assert_eq!(awaited, expected, "{then}: {page}");
    }
}
