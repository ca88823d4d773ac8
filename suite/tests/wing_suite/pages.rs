//! Pages without JavaScript: forms, their protection, languages, redirects.

use reqwest::Method;
use wing_suite::{PASSWORD, csrf_in, form_body, spawn_app, text};

#[tokio::test]
async fn one_signs_up_logs_in_likes_and_logs_out_with_forms_alone() {
    let app = spawn_app().await;
    let track = app.musician().await.published("Found By Paper").await;
    let browser = app.browser();
    let fields = [
        ("email", "paper@mail.example"),
        ("password", PASSWORD),
        ("display_name", "Paper Listener"),
        ("role", "fan"),
    ];
    let made = browser
        .submit("/signup", "/signup", &fields)
        .await
        .expect(303);
    assert!(made.header("location").starts_with("/login"));
    let log_in = [
        ("email", "paper@mail.example"),
        ("password", PASSWORD),
        ("next", "/me"),
    ];
    let inside = browser
        .submit("/login", "/login", &log_in)
        .await
        .expect(303);
    assert_eq!(inside.header("location"), "/me");
    assert!(
        browser
            .open("/me")
            .await
            .expect(200)
            .text()
            .contains("Paper Listener")
    );

    let page = format!("/tracks/{}", text(&track["slug"]));
    let action = format!("/likes/{}", text(&track["id"]));
    let fields = [("liked", "true"), ("next", page.as_str())];
    let liked = browser.submit(&page, &action, &fields).await.expect(303);
    assert_eq!(liked.header("location"), page);
    assert!(
        browser
            .open("/likes")
            .await
            .expect(200)
            .text()
            .contains("Found By Paper")
    );
    assert!(
        browser
            .open("/likes/frame")
            .await
            .expect(200)
            .text()
            .contains("Found By Paper")
    );

    browser.submit("/me", "/auth/logout", &[]).await.expect(303);
    let away = browser.open("/me").await.expect(303);
    assert!(away.header("location").starts_with("/login"));
}

#[tokio::test]
async fn a_form_with_mistakes_comes_back_with_what_was_typed() {
    let app = spawn_app().await;
    let browser = app.browser();
    let fields = [
        ("email", "not an address"),
        ("password", "x"),
        ("display_name", "Kept Name"),
        ("role", "musician"),
    ];
    let page = browser
        .submit("/signup", "/signup", &fields)
        .await
        .expect(422)
        .text();
    assert!(page.contains("Kept Name") && page.contains("not an address"));
    assert!(!page.contains("value=\"x\""), "a password is not sent back");
    let wrong = [
        ("email", "nobody@mail.example"),
        ("password", "not the password"),
    ];
    let page = browser
        .submit("/login", "/login", &wrong)
        .await
        .expect(422)
        .text();
    assert!(page.contains("nobody@mail.example") && !page.contains("not the password"));
}

#[tokio::test]
async fn a_form_without_its_token_is_refused() {
    let app = spawn_app().await;
    let fan = app.fan().await;
    let browser = app.browser();
    browser.log_in(&fan).await;
    let name = ("display_name", "Changed From Afar");
    browser
        .post("/me/settings/profile", &[name])
        .await
        .expect(403);
    browser
        .post("/me/settings/profile", &[name, ("csrf", "")])
        .await
        .expect(403);
    browser
        .post("/me/settings/profile", &[name, ("csrf", &"A".repeat(43))])
        .await
        .expect(403);
    // The token of another browser is as good as none.
    let other = csrf_in(&app.browser().open("/login").await.text());
    browser
        .post("/me/settings/profile", &[name, ("csrf", &other)])
        .await
        .expect(403);
    assert!(
        !browser
            .open("/me")
            .await
            .text()
            .contains("Changed From Afar")
    );
    browser
        .submit("/me/settings", "/me/settings/profile", &[name])
        .await
        .expect(303);
    assert!(
        browser
            .open("/me")
            .await
            .text()
            .contains("Changed From Afar")
    );
}

#[tokio::test]
async fn what_another_site_sends_is_refused() {
    let app = spawn_app().await;
    let fan = app.fan().await;
    let browser = app.browser();
    browser.log_in(&fan).await;
    let token = csrf_in(&browser.open("/me/settings").await.text());
    let body = form_body(&[("csrf", &token), ("display_name", "Changed From Afar")]);
    for (header, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let request = browser
            .request(Method::POST, "/me/settings/profile")
            .header("content-type", "application/x-www-form-urlencoded")
            .header(header, value)
            .body(body.clone());
        browser.send(request).await.expect(403);
    }
    // The API with a browser's cookies wants the token too.
    let change = |token: Option<&str>, origin: &str| {
        let mut request = browser
            .request(Method::PATCH, "/api/v1/users/me")
            .header("origin", origin)
            .header("content-type", "application/json")
            .body(r#"{"display_name": "By Script"}"#);
        if let Some(token) = token {
            request = request.header("x-csrf-token", token);
        }
        request
    };
    browser
        .send(change(None, &app.base_url))
        .await
        .expect_problem(403, "csrf");
    browser
        .send(change(Some(&token), "https://evil.example"))
        .await
        .expect_problem(403, "foreign_origin");
    browser
        .send(change(Some(&token), &app.base_url))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_redirect_never_leaves_the_site() {
    let app = spawn_app().await;
    let fan = app.fan().await;
    for next in [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
    ] {
        let browser = app.browser();
        let fields = [
            ("email", fan.email.as_str()),
            ("password", PASSWORD),
            ("next", next),
        ];
        let answer = browser
            .submit("/login", "/login", &fields)
            .await
            .expect(303);
        assert_eq!(answer.header("location"), "/", "{next}");
        let query = form_body(&[("next", next)]);
        for path in ["/auth/refresh", "/lang/en", "/theme/dark", "/login"] {
            let answer = browser.open(&format!("{path}?{query}")).await;
            assert!(
                !answer.header("location").contains("evil"),
                "{path}: {}",
                answer.header("location")
            );
        }
    }
}

#[tokio::test]
async fn an_expired_token_is_renewed_on_the_way_and_a_form_is_not_lost() {
    let app = spawn_app().await;
    let fan = app.fan().await;
    let browser = app.browser();
    browser.log_in(&fan).await;
    let token = csrf_in(&browser.open("/me/settings").await.text());
    app.clock.advance_ms(700_000);
    let away = browser.open("/me").await;
    assert_eq!(away.header("location"), "/auth/refresh?next=%2Fme");
    assert!(
        browser
            .follow("/me")
            .await
            .expect(200)
            .text()
            .contains(&fan.name)
    );

    app.clock.advance_ms(700_000);
    let fields = [("csrf", token.as_str()), ("display_name", "Slow Typist")];
    let mut answer = browser.post("/me/settings/profile", &fields).await;
    for _ in 0..3 {
        if answer.status != 307 {
            break;
        }
        let next = answer.header("location").to_owned();
        answer = browser.post(&next, &fields).await;
    }
    answer.expect(303);
    assert!(browser.follow("/me").await.text().contains("Slow Typist"));
}

#[tokio::test]
async fn the_readers_language_is_heard_and_can_be_changed() {
    let app = spawn_app().await;
    let language = async |accept: &'static str| {
        let browser = app.browser();
        let request = browser
            .request(Method::GET, "/")
            .header("accept-language", accept);
        browser.send(request).await.expect(200).text()
    };
    assert!(language("ko").await.contains("<html lang=\"ko\""));
    assert!(
        language("en-GB, ko;q=0.5")
            .await
            .contains("<html lang=\"en\"")
    );
    assert!(language("fr").await.contains("<html lang=\"ko\""));
    let browser = app.browser();
    let switched = browser.open("/lang/en?next=/latest").await.expect(303);
    assert_eq!(switched.header("location"), "/latest");
    assert!(
        browser
            .open("/latest")
            .await
            .text()
            .contains("<html lang=\"en\"")
    );
    browser.open("/lang/ko").await.expect(303);
    assert!(
        browser
            .open("/latest")
            .await
            .text()
            .contains("<html lang=\"ko\"")
    );
    browser.open("/lang/xx").await.expect(404);
}

#[tokio::test]
async fn every_public_page_opens_for_anybody_in_both_languages() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let artist = musician.artist("Open Doors").await;
    let album = musician.album(&artist, "Open Album").await;
    let new = wing_suite::NewTrack::titled("Open Song").with("album_id", album["id"].clone());
    let track = musician.track(&artist, new).await;
    let slug = |thing: &serde_json::Value| text(&thing["slug"]);
    for lang in ["ko", "en"] {
        let browser = app.browser();
        browser.open(&format!("/lang/{lang}")).await.expect(303);
        for path in [
            "/".to_owned(),
            "/latest".into(),
            "/genres".into(),
            "/genres/electronica".into(),
            "/artists".into(),
            format!("/artists/{}", slug(&artist)),
            format!("/albums/{}", slug(&album)),
            format!("/tracks/{}", slug(&track)),
            "/search?q=open".into(),
            "/signup".into(),
            "/login".into(),
        ] {
            let page = browser.open(&path).await.expect(200);
            assert!(
                page.header("content-type").starts_with("text/html"),
                "{path}"
            );
            let html = page.text();
            assert!(html.contains(&format!("<html lang=\"{lang}\"")), "{path}");
            assert_eq!(html.matches("<h1").count(), 1, "{path} has one heading");
            let inline = html.split("<script").skip(1).any(|script| {
                let (attributes, _) = script.split_once('>').unwrap_or((script, ""));
                !attributes.contains("src=") && !attributes.contains("application/")
            });
            assert!(
                !inline,
                "{path} has a script in it, which the policy would not run"
            );
            for handler in [" onclick=", " onload=", " onerror=", "javascript:"] {
                assert!(!html.contains(handler), "{path}: {handler}");
            }
        }
    }
}

#[tokio::test]
async fn a_track_page_plays_without_a_script() {
    let app = spawn_app().await;
    let track = app.musician().await.published("Plain Audio").await;
    let page = app
        .browser()
        .open(&format!("/tracks/{}", text(&track["slug"])))
        .await
        .expect(200)
        .text();
    assert!(page.contains("<audio"), "{page}");
    let stream = format!("/api/v1/tracks/{}/stream", text(&track["id"]));
    assert!(page.contains(&stream));
}

#[tokio::test]
async fn cookies_are_out_of_reach_of_scripts_and_secure_behind_tls() {
    let app = wing_suite::Options::default()
        .set("WING_PUBLIC_URL", "https://wing.example")
        .spawn()
        .await;
    let fan = app.fan().await;
    let page = app
        .nobody()
        .get_with("/login", &[("accept", "text/html")])
        .await
        .expect(200);
    let token = csrf_in(&page.text());
    let cookie = page
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap_or_default()
        .to_owned();
    let body = form_body(&[
        ("csrf", &token),
        ("email", &fan.email),
        ("password", PASSWORD),
    ]);
    let request = app
        .nobody()
        .request(Method::POST, "/login")
        .header("cookie", cookie)
        .header("origin", "https://wing.example")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body);
    let answer = app.nobody().send(request).await.expect(303);
    let cookies: Vec<_> = answer
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|value| value.to_str().unwrap().to_owned())
        .collect();
    for (name, path) in [
        ("__Host-wing_access=", "Path=/;"),
        ("__Host-wing_device=", "Path=/;"),
        ("__Secure-wing_refresh=", "Path=/auth"),
    ] {
        let cookie = cookies
            .iter()
            .find(|cookie| cookie.starts_with(name))
            .expect(name);
        for attribute in ["HttpOnly", "Secure", "SameSite=Lax"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        let cookie = format!("{cookie};");
        assert!(
            cookie.contains(path) && !cookie.contains("Domain"),
            "{cookie}"
        );
    }
    assert!(
        answer
            .header("strict-transport-security")
            .contains("max-age")
    );
}
