//! Nothing secret is logged, at any level.

use serde_json::json;
use wing_suite::{Browser, Database, NewTrack, Options, PASSWORD, SpawnedProcess, text};

#[tokio::test]
async fn passwords_tokens_cookies_and_addresses_stay_out_of_the_log() {
    let data = tempfile::tempdir().unwrap();
    let database = Database::create(data.path());
    let program = SpawnedProcess::start(data.path(), &database.url, &Options::default()).await;
    let musician = program.musician().await;
    let mut secrets = vec![
        PASSWORD.to_owned(),
        musician.email.clone(),
        musician.token.clone().unwrap(),
        musician.refresh.clone(),
        "wrong-password-that-was-tried".to_owned(),
        "forged-token-that-was-tried".to_owned(),
        "query-word-that-was-searched".to_owned(),
        "bad-field-value-that-was-sent".to_owned(),
    ];
    let nobody = program.nobody();
    let wrong = json!({"email": musician.email, "password": "wrong-password-that-was-tried"});
    nobody
        .post_json("/api/v1/sessions", &wrong)
        .await
        .expect(401);
    let mut forger = program.nobody();
    forger.token = Some("forged-token-that-was-tried".into());
    forger.get("/api/v1/users/me").await.expect(401);
    nobody
        .get("/api/v1/search?q=query-word-that-was-searched")
        .await
        .expect(200);
    nobody
        .get("/search?q=query-word-that-was-searched")
        .await
        .expect(200);
    let bad = json!({"email": "bad-field-value-that-was-sent", "password": PASSWORD, "role": "admin", "display_name": "x"});
    nobody.post_json("/api/v1/users", &bad).await.expect(400);

    let renewed = nobody
        .post_json(
            "/api/v1/sessions/refresh",
            &json!({"refresh_token": musician.refresh}),
        )
        .await;
    let renewed = renewed.expect(200).json();
    secrets.extend([
        text(&renewed["access_token"]),
        text(&renewed["refresh_token"]),
    ]);
    nobody
        .post_json(
            "/api/v1/sessions/refresh",
            &json!({"refresh_token": "no such token"}),
        )
        .await
        .expect(401);

    let browser = Browser::new(&program.base_url);
    let page = browser.open("/login").await;
    secrets.push(wing_suite::csrf_in(&page.text()));
    browser.log_in(&musician).await;
    browser.open("/me").await.expect(200);
    let artist = musician.artist("Logged").await;
    musician
        .track(&artist, NewTrack::titled("Logged Song"))
        .await;
    let new = json!({"password": "a new password nobody reads", "current_password": PASSWORD});
    musician
        .patch_json("/api/v1/users/me", &new)
        .await
        .expect(200);
    secrets.push("a new password nobody reads".into());

    let mut program = program;
    program.ask_to_stop();
    program.ended().await;
    let output = program.output();
    assert!(output.contains("/api/v1/sessions"), "it does log requests");
    for secret in secrets {
        assert!(!output.contains(&secret), "the log has {secret:?}");
    }
    if let Some((_, rest)) = database.url.split_once("://wing:")
        && let Some((password, _)) = rest.split_once('@')
    {
        assert!(
            !output.contains(password),
            "the log has the database's password"
        );
    }
    assert!(!output.contains("BEGIN PRIVATE KEY") && !output.contains("$argon2"));
}
