//! Too many requests are refused with when to come back.

use serde_json::json;
use wing_suite::{Options, PASSWORD, spawn_app, text};

#[tokio::test]
async fn attempts_to_log_in_are_limited_and_say_when_to_come_back() {
    let app = Options::default().set("WING_LOGIN_LIMIT", 4).spawn().await;
    let nobody = app.nobody();
    for account in ["known@mail.example", "unknown@mail.example"] {
        let app = Options::default().set("WING_LOGIN_LIMIT", 4).spawn().await;
        let nobody = app.nobody();
        if account.starts_with("known") {
            let body =
                json!({"email": account, "password": PASSWORD, "display_name": "K", "role": "fan"});
            nobody.post_json("/api/v1/users", &body).await.expect(201);
        }
        let body = json!({"email": account, "password": "not the password"});
        let mut refused = None;
        for _ in 0..30 {
            let answer = nobody.post_json("/api/v1/sessions", &body).await;
            if answer.status == 429 {
                refused = Some(answer);
                break;
            }
            answer.expect(401);
        }
        let refused = refused
            .expect("a limit")
            .expect_problem(429, "too_many_requests");
        assert!(
            (1..=3601).contains(&refused.number("retry-after")),
            "{account}"
        );
    }
    // Whoever does not log in is not limited by it.
    nobody.get("/api/v1/tracks").await.expect(200);
}

#[tokio::test]
async fn sign_ups_from_one_address_are_limited() {
    let app = Options::default().set("WING_SIGNUP_LIMIT", 3).spawn().await;
    let mut statuses = Vec::new();
    for number in 0..5 {
        let body = json!({
            "email": format!("{number}@mail.example"), "password": PASSWORD,
            "display_name": "Somebody", "role": "fan",
        });
        let answer = app.nobody().post_json("/api/v1/users", &body).await;
        if answer.status == 429 {
            assert!(answer.number("retry-after") >= 1);
        }
        statuses.push(answer.status);
    }
    assert_eq!(statuses, [201, 201, 201, 429, 429]);
}

#[tokio::test]
async fn guessing_a_password_with_a_stolen_token_ends_its_session() {
    let app = spawn_app().await;
    let fan = app.fan().await;
    let body = json!({"password": "nine herons on a weir", "current_password": "guess"});
    for _ in 0..4 {
        fan.patch_json("/api/v1/users/me", &body)
            .await
            .expect_invalid(&[("current_password", "wrong_password")]);
    }
    for _ in 0..2 {
        fan.patch_json("/api/v1/users/me", &body)
            .await
            .expect_problem(401, "token_invalid");
    }
    let mut owner = fan.clone();
    owner.log_in().await;
    owner.get("/api/v1/users/me").await.expect(200);
}

#[tokio::test]
async fn a_client_that_floods_is_slowed_and_its_health_is_still_seen() {
    let app = Options::default().set("WING_RATE_LIMIT", 2).spawn().await;
    let nobody = app.nobody();
    let mut refused = None;
    for _ in 0..200 {
        let answer = nobody.get("/api/v1/genres").await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused
        .expect("a limit")
        .expect_problem(429, "too_many_requests");
    assert!(refused.number("retry-after") >= 1);
    nobody.get("/healthz").await.expect(200);
    nobody.get("/readyz").await.expect(200);
    assert_eq!(text(&refused.json()["title"]), "Too Many Requests");
}
