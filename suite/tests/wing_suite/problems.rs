//! Refusals: the same shape everywhere, with nothing of the inside.

use reqwest::Method;
use serde_json::json;
use wing_suite::{Answer, spawn_app, text};

#[tokio::test]
async fn bodies_that_cannot_be_read_are_refused_with_the_reason() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let path = "/api/v1/artists";
    let send = async |body: &'static str, kind: &'static str| -> Answer {
        let request = musician
            .request(Method::POST, path)
            .header("content-type", kind);
        musician.send(request.body(body)).await
    };
    let json_type = "application/json";
    let unknown = send(r#"{"name": "x", "colour": "blue"}"#, json_type).await;
    assert!(text(&unknown.expect_problem(400, "bad_json").json()["detail"]).contains("colour"));
    send(r#"{"name": 7}"#, json_type)
        .await
        .expect_problem(400, "bad_json");
    send(r#"{"name": ["#, json_type)
        .await
        .expect_problem(400, "bad_json");
    send("", json_type).await.expect_problem(400, "bad_json");
    send("null", json_type)
        .await
        .expect_problem(400, "bad_json");
    send("{}", json_type).await.expect_problem(400, "bad_json");
    send("name=x", "application/x-www-form-urlencoded")
        .await
        .expect_problem(415, "not_json");
    send(r#"{"name": "x"}"#, "text/plain")
        .await
        .expect_problem(415, "not_json");
    let deep: &'static str = Box::leak("[".repeat(100_000).into_boxed_str());
    send(deep, json_type).await.expect_problem(400, "bad_json");
}

#[tokio::test]
async fn a_huge_body_is_refused_everywhere() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let huge = json!({"name": "x".repeat(3_000_000)});
    for path in [
        "/api/v1/artists",
        "/api/v1/albums",
        "/api/v1/tracks",
        "/api/v1/users",
        "/api/v1/sessions",
        "/api/v1/plays",
    ] {
        musician
            .post_json(path, &huge)
            .await
            .expect_problem(413, "too_large");
    }
    let browser = app.browser();
    let name = "x".repeat(300_000);
    let answer = browser.post("/signup", &[("display_name", &name)]).await;
    assert_eq!(answer.status, 413);
}

#[tokio::test]
async fn paths_that_lead_nowhere_say_so() {
    let app = spawn_app().await;
    let nobody = app.nobody();
    for path in [
        "/api/v1/nothing",
        "/api/v1/tracks/not-an-id",
        "/api/v1/tracks/0198c6a5-5b1a-7c3e-8d21-6f0a9b4c2d10",
        "/api/v1/albums/%F0%28%8C%28",
        "/api/v1/users/1",
    ] {
        nobody.get(path).await.expect_problem(404, "not_found");
    }
    // nginx lets no such path pass.
    let (status, code) = match wing_suite::is_split() {
        true => (400, "bad_request"),
        false => (404, "not_found"),
    };
    let odd = nobody.get("/api/v1/artists/%00").await;
    odd.expect_problem(status, code);
    let page = app.browser().open("/no-such-page").await.expect(404);
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.text().contains("</html>"));
}

#[tokio::test]
async fn a_method_nobody_takes_is_refused() {
    let app = spawn_app().await;
    for (method, path) in [
        (Method::PUT, "/api/v1/artists"),
        (Method::DELETE, "/api/v1/tracks"),
        (Method::PATCH, "/api/v1/sessions"),
        (Method::POST, "/.well-known/jwks.json"),
        (Method::DELETE, "/latest"),
    ] {
        let answer = app.nobody().send_with(method.clone(), path, &[]).await;
        assert!(
            // A page asks for its token before anything else.
            matches!(answer.status, 403..=405),
            "{method} {path}: {}",
            answer.status
        );
    }
}

#[tokio::test]
async fn a_refusal_has_an_id_and_is_not_kept() {
    let app = spawn_app().await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    let answer = app
        .nobody()
        .get_with("/api/v1/users/me", &[("traceparent", &parent)])
        .await;
    let answer = answer.expect_problem(401, "login_required");
    assert_eq!(answer.header("x-request-id"), trace);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(answer.header("www-authenticate").starts_with("Bearer"));
    let own = app.nobody().get("/api/v1/users/me").await;
    assert_eq!(own.header("x-request-id").len(), 32);
    let forged = app
        .nobody()
        .get_with("/api/v1/genres", &[("traceparent", "00-<script>-x-01")])
        .await;
    assert!(!forged.header("x-request-id").contains('<'));
}

#[tokio::test]
async fn malformed_credentials_are_no_credentials() {
    let app = spawn_app().await;
    for value in [
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "bearer a.b.c",
        "Token x",
        "Bearer \u{1}",
    ] {
        let Ok(header) = reqwest::header::HeaderValue::from_str(value) else {
            continue;
        };
        let request = app
            .nobody()
            .request(Method::GET, "/api/v1/users/me")
            .header("authorization", header);
        let answer = app.nobody().send(request).await.expect(401);
        assert!(
            ["token_invalid", "login_required"].contains(&answer.code().as_str()),
            "{value}"
        );
    }
}

#[tokio::test]
async fn text_of_any_script_comes_back_as_it_was_and_controls_do_not() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    for (sent, kept) in [
        ("밴드 이름 🎸", "밴드 이름 🎸"),
        ("  many \t blanks  ", "many blanks"),
        ("zero\u{0}byte", "zerobyte"),
        ("right\u{202e}left", "rightleft"),
        ("O'Brien & \"Sons\" <b>", "O'Brien & \"Sons\" <b>"),
    ] {
        let artist = musician.artist(sent).await;
        assert_eq!(artist["name"], kept);
    }
}
