//! HTML in any text field shows as text, on every page that shows it.

use serde_json::json;
use wing_suite::{NewTrack, form_body, spawn_app, text};

const BAD: &str = "<script>alert('pwned')</script>";
const WORSE: &str = "\"><img src=x onerror=alert(1)>";

#[tokio::test]
async fn what_musicians_write_is_shown_and_never_run() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let body = json!({
        "name": format!("A{BAD}"), "genres": ["rock"], "bio": format!("{WORSE}\n{BAD}"),
        "links": [{"label": BAD, "url": "https://example.com/\"onmouseover=alert(1)"}],
        "video_url": "https://example.com/?\"><script>alert('pwned')</script>",
    });
    let artist = musician
        .post_json("/api/v1/artists", &body)
        .await
        .expect(201)
        .json();
    let body = json!({
        "artist_id": artist["id"], "title": format!("B{WORSE}"), "description": format!("{BAD}{WORSE}"),
        "label": BAD, "distributor": WORSE, "published": true,
    });
    let album = musician
        .post_json("/api/v1/albums", &body)
        .await
        .expect(201)
        .json();
    let new = NewTrack::titled(&format!("C{BAD}{WORSE}"))
        .with("album_id", album["id"].clone())
        .with("lyrics", format!("{BAD}\n{WORSE}\n]]></style></textarea>"))
        .file(
            &format!("{BAD}.flac"),
            wing_suite::sound::file("short.flac"),
        );
    let track = musician.track(&artist, new).await;
    let name = json!({"display_name": "D<script>alert('pwned')</script>"});
    musician
        .patch_json("/api/v1/users/me", &name)
        .await
        .expect(200);

    let (artist_slug, album_slug, track_slug) = (
        text(&artist["slug"]),
        text(&album["slug"]),
        text(&track["slug"]),
    );
    let query = form_body(&[("q", &format!("{BAD}{WORSE}"))]);
    let public = [
        "/".to_owned(),
        "/latest".into(),
        "/artists".into(),
        "/genres/electronica".into(),
        format!("/artists/{artist_slug}"),
        format!("/albums/{album_slug}"),
        format!("/tracks/{track_slug}"),
        format!("/tracks/{track_slug}/embed"),
        "/search?q=script".into(),
        format!("/search?{query}"),
        "/feed.xml".into(),
        format!("/artists/{artist_slug}/feed.xml"),
        format!("/login?next={}", &query[2..]),
        format!("/signup?next={}&role={}", &query[2..], &query[2..]),
        format!("/oembed?url={}/tracks/{track_slug}", app.base_url),
    ];
    let desk = [
        "/desk".to_owned(),
        "/me".into(),
        "/me/settings".into(),
        "/likes".into(),
        format!("/desk/artists/{}", text(&artist["id"])),
        format!("/desk/artists/{}/edit", text(&artist["id"])),
        format!("/desk/albums/{}", text(&album["id"])),
        format!("/desk/tracks/{}", text(&track["id"])),
    ];
    let like = format!("/api/v1/likes/{}", text(&track["id"]));
    musician
        .send_with(reqwest::Method::PUT, &like, &[])
        .await
        .expect(200);
    let browser = app.browser();
    browser.log_in(&musician).await;
    let mut shown = 0;
    for path in public.iter().chain(&desk) {
        let answer = browser.open(path).await;
        assert!(
            matches!(answer.status, 200 | 303),
            "{path}: {}",
            answer.status
        );
        let html = answer.text();
        if answer.status == 303 {
            assert!(!answer.header("location").contains(['<', '"']), "{path}");
        } else if answer.header("content-type").starts_with("text/html") {
            let markup = [
                "<script>alert",
                "<img src=x",
                "\"onmouseover=",
                "</style></textarea>",
            ];
            for bad in markup {
                assert!(!html.contains(bad), "{path} contains {bad}");
            }
            shown += html.matches("alert(").count();
        } else if answer.header("content-type").contains("xml") {
            assert!(!html.contains("<script>alert"), "{path}");
        } else {
            // JSON says what the title is; what is to stand in a page is `html`.
            let embed = text(&answer.json()["html"]);
            assert!(
                embed.starts_with("<iframe")
                    && !embed.contains("<script>")
                    && !embed.contains("<img"),
                "{embed}"
            );
        }
    }
    assert!(shown > 20, "it is shown as text, {shown} times");
}

#[tokio::test]
async fn a_form_that_comes_back_shows_what_was_typed_as_text() {
    let app = spawn_app().await;
    let browser = app.browser();
    let fields = [
        ("email", WORSE),
        ("password", "x"),
        ("display_name", WORSE),
        ("role", BAD),
        ("next", WORSE),
    ];
    let page = browser
        .submit("/signup", "/signup", &fields)
        .await
        .expect(422)
        .text();
    assert!(!page.contains("<img src=x") && !page.contains("<script>alert"));
    assert!(page.contains("onerror=alert(1)"), "what was typed is kept");
    let musician = app.musician().await;
    let desk = app.browser();
    desk.log_in(&musician).await;
    let fields = [
        ("name", ""),
        ("slug", WORSE),
        ("bio", "</textarea><script>alert('pwned')</script>"),
    ];
    let page = desk
        .submit("/desk/artists/new", "/desk/artists/new", &fields)
        .await
        .expect(422)
        .text();
    assert!(!page.contains("<script>alert") && !page.contains("<img src=x"));
}

#[tokio::test]
async fn problem_pages_show_no_markup_of_the_path() {
    let app = spawn_app().await;
    for path in [
        "/artists/<script>alert('pwned')</script>",
        "/%3Cscript%3Ealert(1)%3C/script%3E",
        "/search?type=<script>alert",
    ] {
        let answer = app.browser().open(path).await;
        assert!(answer.status >= 400, "{path}");
        assert!(!answer.text().contains("<script>alert"), "{path}");
    }
}
