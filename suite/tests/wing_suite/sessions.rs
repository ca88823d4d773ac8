//! Logging in and out, renewing, and the keys that tokens are checked with.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use serde_json::{Value, json};
use wing_suite::{App, Client, PASSWORD, spawn_app, text};

async fn refresh(client: &Client, token: &str) -> wing_suite::Answer {
    client
        .without_token()
        .post_json("/api/v1/sessions/refresh", &json!({"refresh_token": token}))
        .await
}

#[tokio::test]
async fn an_unknown_address_and_a_wrong_password_get_the_same_answer() {
    let app = spawn_app().await;
    let fan = app.fan().await;
    let ask = |email: String, password: &'static str| {
        let nobody = app.nobody();
        async move {
            let body = json!({"email": email, "password": password});
            nobody
                .post_json("/api/v1/sessions", &body)
                .await
                .expect_problem(401, "wrong_credentials")
        }
    };
    let wrong = ask(fan.email.clone(), "not the password").await;
    let unknown = ask("nobody-here@mail.example".into(), PASSWORD).await;
    let no_address = ask("not an address".into(), PASSWORD).await;
    assert_eq!(wrong.text(), unknown.text());
    assert_eq!(wrong.text(), no_address.text());
    let names = |answer: &wing_suite::Answer| {
        let mut names: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
        names.sort();
        names
    };
    assert_eq!(names(&wrong), names(&unknown));
}

#[tokio::test]
async fn a_refresh_token_is_exchanged_for_tokens_of_the_same_session() {
    let app = spawn_app().await;
    let fan = app.fan().await;
    let renewed = refresh(&fan, &fan.refresh).await.expect(200).json();
    assert_ne!(text(&renewed["refresh_token"]), fan.refresh);
    let mut later = fan.clone();
    later.hold(&renewed);
    let sessions = later.get("/api/v1/sessions").await.expect(200).items();
    assert_eq!(sessions.len(), 1);
    assert_eq!(sessions[0]["current"], true);
}

#[tokio::test]
async fn a_refresh_token_used_again_ends_its_session_for_the_thief_and_the_owner() {
    let app = spawn_app().await;
    let fan = app.fan().await;
    let mut elsewhere = fan.clone();
    elsewhere.log_in().await;
    let renewed = refresh(&fan, &fan.refresh).await.expect(200).json();
    // Two windows that renew in the same moment are one person.
    refresh(&fan, &fan.refresh).await.expect(200);

    app.clock.advance_ms(60_000);
    refresh(&fan, &fan.refresh)
        .await
        .expect_problem(401, "refresh_reused");
    refresh(&fan, &text(&renewed["refresh_token"]))
        .await
        .expect(401);
    let mut holder = fan.clone();
    holder.hold(&renewed);
    holder.get("/api/v1/users/me").await.expect(401);
    // The other session is somebody who logged in by themselves.
    elsewhere.get("/api/v1/users/me").await.expect(200);
    refresh(&elsewhere, &elsewhere.refresh).await.expect(200);
}

#[tokio::test]
async fn an_access_token_expires_and_the_refresh_token_outlives_it() {
    let app = spawn_app().await;
    let mut fan = app.fan().await;
    app.clock.advance_ms(601_000);
    let expired = fan
        .get("/api/v1/users/me")
        .await
        .expect_problem(401, "token_expired");
    assert!(expired.header("www-authenticate").contains("invalid_token"));
    let renewed = refresh(&fan, &fan.refresh).await.expect(200).json();
    fan.hold(&renewed);
    fan.get("/api/v1/users/me").await.expect(200);
    app.advance_hours(31 * 24);
    refresh(&fan, &fan.refresh)
        .await
        .expect_problem(401, "refresh_invalid");
}

#[tokio::test]
async fn logging_out_voids_both_tokens_at_once() {
    let app = spawn_app().await;
    let fan = app.fan().await;
    fan.delete("/api/v1/sessions/current").await.expect(204);
    fan.get("/api/v1/users/me")
        .await
        .expect_problem(401, "token_invalid");
    refresh(&fan, &fan.refresh).await.expect(401);
}

#[tokio::test]
async fn one_session_is_ended_from_another_and_not_from_another_account() {
    let app = spawn_app().await;
    let here = app.fan().await;
    let mut there = here.clone();
    there.log_in().await;
    let sessions = here.get("/api/v1/sessions").await.expect(200).items();
    assert_eq!(sessions.len(), 2);
    let other = sessions
        .iter()
        .find(|session| session["current"] == false)
        .unwrap();
    let path = format!("/api/v1/sessions/{}", text(&other["id"]));
    app.fan()
        .await
        .delete(&path)
        .await
        .expect_problem(404, "not_found");
    there.get("/api/v1/users/me").await.expect(200);
    here.delete(&path).await.expect(204);
    there.get("/api/v1/users/me").await.expect(401);
    here.get("/api/v1/users/me").await.expect(200);
}

async fn keys(app: &App) -> JwkSet {
    let answer = app.nobody().get("/.well-known/jwks.json").await.expect(200);
    let raw = answer.json();
    assert!(
        raw["keys"]
            .as_array()
            .is_some_and(|keys| keys.iter().all(|key| key.get("d").is_none()))
    );
    serde_json::from_value(raw).expect("a key set")
}

#[tokio::test]
async fn the_published_key_verifies_tokens_and_no_other_does() {
    let app = spawn_app().await;
    let fan = app.fan().await;
    let token = fan.token.clone().unwrap();
    let header = jsonwebtoken::decode_header(&token).unwrap();
    assert_eq!(header.alg, Algorithm::EdDSA);
    let check = |keys: &JwkSet| {
        let key = keys.keys.first().expect("a key");
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&["wing-api"]);
        validation.set_issuer(&["wing"]);
        jsonwebtoken::decode::<Value>(&token, &DecodingKey::from_jwk(key).unwrap(), &validation)
    };
    let known = keys(&app).await;
    assert!(known.find(&header.kid.unwrap()).is_some());
    assert_eq!(text(&check(&known).unwrap().claims["sub"]), fan.id);

    let other = spawn_app().await;
    assert!(check(&keys(&other).await).is_err());
    let mut stranger = other.nobody();
    stranger.token = Some(token);
    stranger
        .get("/api/v1/users/me")
        .await
        .expect_problem(401, "token_invalid");
}

#[tokio::test]
async fn tokens_that_were_tampered_with_are_worth_nothing() {
    let app = spawn_app().await;
    let fan = app.fan().await;
    let token = fan.token.clone().unwrap();
    let parts: Vec<_> = token.split('.').collect();
    use base64::Engine as _;
    let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let claims = String::from_utf8(engine.decode(parts[1]).unwrap()).unwrap();
    let admin = engine.encode(claims.replace("\"fan\"", "\"admin\""));
    let none = engine.encode(r#"{"alg":"none","typ":"JWT"}"#);
    for forged in [
        format!("{}.{admin}.{}", parts[0], parts[2]),
        format!("{none}.{admin}."),
        format!("{}.{}.", parts[0], parts[1]),
        "x".repeat(6000),
        String::new(),
    ] {
        let mut client = fan.clone();
        client.token = Some(forged);
        client.get("/api/v1/users/me").await.expect(401);
        // Not even for what everybody may see: a program must notice.
        client.get("/api/v1/tracks").await.expect(401);
    }
}
