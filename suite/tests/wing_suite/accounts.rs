//! Signing up, one's own account, and what others may know of it.

use serde_json::json;
use wing_suite::{Client, NewTrack, PASSWORD, spawn_app, text, wait_until};

fn sign_up_body(email: &str) -> serde_json::Value {
    json!({"email": email, "password": PASSWORD, "display_name": "River Listener", "role": "fan"})
}

#[tokio::test]
async fn a_new_account_logs_in_and_sees_itself() {
    let app = spawn_app().await;
    let nobody = app.nobody();
    let made = nobody
        .post_json("/api/v1/users", &sign_up_body("River@Mail.example"))
        .await
        .expect(201);
    let made = made.json();
    assert_eq!(made["display_name"], "River Listener");
    assert_eq!(made["role"], "fan");
    assert!(made.get("password").is_none() && made.get("password_hash").is_none());

    let body = json!({"email": "river@mail.EXAMPLE", "password": PASSWORD});
    let tokens = nobody
        .post_json("/api/v1/sessions", &body)
        .await
        .expect(200);
    assert_eq!(tokens.header("cache-control"), "no-store");
    assert_eq!(tokens.json()["token_type"], "Bearer");
    assert_eq!(tokens.json()["expires_in"], 600);

    let mut client = app.nobody();
    client.hold(&tokens.json());
    let me = client.get("/api/v1/users/me").await.expect(200).json();
    assert!(me["id"].is_string() && made.get("id").is_none());
    assert_eq!(me["display_name"], "River Listener");
}

#[tokio::test]
async fn a_second_sign_up_with_an_address_reveals_nothing_and_changes_nothing() {
    let app = spawn_app().await;
    let nobody = app.nobody();
    let first = nobody
        .post_json("/api/v1/users", &sign_up_body("known@mail.example"))
        .await
        .expect(201);
    let mut again = sign_up_body("KNOWN@mail.example");
    again["password"] = "another passphrase entirely".into();
    again["role"] = "musician".into();
    let second = nobody.post_json("/api/v1/users", &again).await.expect(201);

    let keys = |answer: &wing_suite::Answer| -> Vec<String> {
        answer
            .json()
            .as_object()
            .map(|object| object.keys().cloned().collect())
            .unwrap_or_default()
    };
    assert_eq!(keys(&first), keys(&second));
    let names: std::collections::BTreeSet<_> = keys(&first).into_iter().collect();
    assert!(
        names.iter().eq(["display_name", "email", "role"]),
        "{names:?}"
    );
    let headers = |answer: &wing_suite::Answer| {
        let mut names: Vec<_> = answer
            .headers
            .keys()
            .map(|name| name.as_str().to_owned())
            .collect();
        names.sort();
        names
    };
    assert_eq!(headers(&first), headers(&second));
    assert_eq!(second.json()["role"], "musician");

    let log_in = |password: &'static str| {
        let body = json!({"email": "known@mail.example", "password": password});
        let nobody = nobody.clone();
        async move { nobody.post_json("/api/v1/sessions", &body).await }
    };
    log_in("another passphrase entirely")
        .await
        .expect_problem(401, "wrong_credentials");
    let mut client = app.nobody();
    client.hold(&log_in(PASSWORD).await.expect(200).json());
    assert_eq!(client.get("/api/v1/users/me").await.json()["role"], "fan");
}

#[tokio::test]
async fn every_wrong_field_of_a_sign_up_is_named() {
    let app = spawn_app().await;
    let body =
        json!({"email": "no address", "password": "short", "display_name": " ", "role": "fan"});
    let answer = app
        .nobody()
        .post_json("/api/v1/users", &body)
        .await
        .expect_problem(422, "invalid");
    let fields: Vec<_> = answer.json()["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| text(&e["field"]))
        .collect();
    assert_eq!(fields, ["email", "password", "display_name"]);

    let mut admin = sign_up_body("boss@mail.example");
    admin["role"] = "admin".into();
    app.nobody()
        .post_json("/api/v1/users", &admin)
        .await
        .expect_problem(400, "bad_json");
}

#[tokio::test]
async fn passwords_everybody_knows_are_refused() {
    let app = spawn_app().await;
    for password in ["password", "12345678", "qwertyuiop"] {
        let mut body = sign_up_body("someone@mail.example");
        body["password"] = password.into();
        let answer = app.nobody().post_json("/api/v1/users", &body).await;
        let answer = answer.expect_problem(422, "invalid");
        assert_eq!(
            answer.json()["errors"][0]["field"],
            "password",
            "{password}"
        );
    }
}

#[tokio::test]
async fn a_name_changes_and_others_see_it() {
    let app = spawn_app().await;
    let fan = app.fan().await;
    let body = json!({"display_name": "  Night\u{202e} Listener "});
    let changed = fan
        .patch_json("/api/v1/users/me", &body)
        .await
        .expect(200)
        .json();
    assert_eq!(changed["display_name"], "Night Listener");
    let path = format!("/api/v1/users/{}", fan.id);
    let profile = app.nobody().get(&path).await.expect(200).json();
    assert_eq!(profile["display_name"], "Night Listener");
    assert!(
        profile.get("email").is_none(),
        "an address is nobody else's business"
    );
}

#[tokio::test]
async fn profiles_come_in_a_batch_without_those_that_are_not_there() {
    let app = spawn_app().await;
    let (one, two) = (app.fan().await, app.fan().await);
    let unknown = uuid_like();
    let path = format!("/api/v1/users?ids={},{unknown},{}", one.id, two.id);
    let items = app.nobody().get(&path).await.expect(200).items();
    let mut names: Vec<_> = items
        .iter()
        .map(|item| text(&item["display_name"]))
        .collect();
    names.sort();
    let mut wanted = vec![one.name.clone(), two.name.clone()];
    wanted.sort();
    assert_eq!(names, wanted);

    app.nobody()
        .get("/api/v1/users?ids=x")
        .await
        .expect_invalid(&[("ids", "not_an_id")]);
    let many = vec![unknown.as_str(); 101].join(",");
    app.nobody()
        .get(&format!("/api/v1/users?ids={many}"))
        .await
        .expect_invalid(&[("ids", "too_many")]);
}

fn uuid_like() -> String {
    "0198c6a5-5b1a-7c3e-8d21-6f0a9b4c2d10".to_owned()
}

#[tokio::test]
async fn a_fan_becomes_a_musician_and_not_an_admin() {
    let app = spawn_app().await;
    let mut fan = app.fan().await;
    let artist = json!({"name": "New Band"});
    fan.post_json("/api/v1/artists", &artist)
        .await
        .expect_problem(403, "not_a_musician");
    fan.patch_json("/api/v1/users/me", &json!({"role": "admin"}))
        .await
        .expect(400);
    let changed = fan
        .patch_json("/api/v1/users/me", &json!({"role": "musician"}))
        .await
        .expect(200)
        .json();
    fan.token = Some(text(&changed["access_token"]));
    fan.post_json("/api/v1/artists", &artist).await.expect(201);
    fan.patch_json("/api/v1/users/me", &json!({"role": "fan"}))
        .await
        .expect_invalid(&[("role", "not_offered")]);
}

#[tokio::test]
async fn a_new_password_ends_every_other_session_at_once() {
    let app = spawn_app().await;
    let mut here = app.fan().await;
    let mut there = here.clone();
    there.log_in().await;

    let new = "nine herons on a weir";
    here.patch_json("/api/v1/users/me", &json!({"password": new}))
        .await
        .expect_invalid(&[("current_password", "required")]);
    let wrong = json!({"password": new, "current_password": "not it"});
    here.patch_json("/api/v1/users/me", &wrong)
        .await
        .expect_invalid(&[("current_password", "wrong_password")]);
    there.get("/api/v1/users/me").await.expect(200);

    let right = json!({"password": new, "current_password": PASSWORD});
    let changed = here
        .patch_json("/api/v1/users/me", &right)
        .await
        .expect(200)
        .json();
    there
        .get("/api/v1/users/me")
        .await
        .expect_problem(401, "token_invalid");
    here.get("/api/v1/users/me").await.expect(401);
    let refresh = json!({"refresh_token": there.refresh});
    there
        .without_token()
        .post_json("/api/v1/sessions/refresh", &refresh)
        .await
        .expect(401);

    here.hold(&changed);
    here.get("/api/v1/users/me").await.expect(200);
    let old = json!({"email": here.email, "password": PASSWORD});
    here.without_token()
        .post_json("/api/v1/sessions", &old)
        .await
        .expect(401);
    here.password = new.into();
    here.log_in().await;
}

#[tokio::test]
async fn a_disabled_account_is_out_at_once_and_looks_like_a_wrong_password() {
    let app = spawn_app().await;
    let (admin, mut fan) = (app.admin().await, app.fan().await);
    let path = format!("/api/v1/users/{}", fan.id);
    fan.post(&format!("{path}/disable"))
        .await
        .expect_problem(403, "admin_only");
    admin.post(&format!("{path}/disable")).await.expect(204);

    fan.get("/api/v1/users/me").await.expect(401);
    let refresh = json!({"refresh_token": fan.refresh});
    fan.without_token()
        .post_json("/api/v1/sessions/refresh", &refresh)
        .await
        .expect(401);
    let right = json!({"email": fan.email, "password": PASSWORD});
    let disabled = app.nobody().post_json("/api/v1/sessions", &right).await;
    let wrong = json!({"email": fan.email, "password": "not the password"});
    let refused = app.nobody().post_json("/api/v1/sessions", &wrong).await;
    assert_eq!(
        (disabled.status, disabled.text()),
        (refused.status, refused.text())
    );
    app.nobody()
        .get(&path)
        .await
        .expect_problem(404, "not_found");

    admin.post(&format!("{path}/enable")).await.expect(204);
    fan.log_in().await;
    app.nobody().get(&path).await.expect(200);
    let own = format!("/api/v1/users/{}/disable", admin.id);
    admin.post(&own).await.expect_problem(409, "not_to_oneself");
}

async fn delete_account(client: &Client, password: &str) -> wing_suite::Answer {
    let request = client.request(reqwest::Method::DELETE, "/api/v1/users/me");
    client
        .send(request.json(&json!({"password": password})))
        .await
}

#[tokio::test]
async fn a_deleted_account_takes_its_likes_and_artists_along() {
    let app = spawn_app().await;
    let (musician, fan) = (app.musician().await, app.fan().await);
    let artist = musician.artist("Leaving Soon").await;
    let track = musician.track(&artist, NewTrack::titled("Last Song")).await;
    let other = app.musician().await.published("Staying Song").await;
    let like = format!("/api/v1/likes/{}", text(&other["id"]));
    fan.send_with(reqwest::Method::PUT, &like, &[])
        .await
        .expect(200);

    delete_account(&fan, "not the password")
        .await
        .expect_invalid(&[("password", "wrong_password")]);
    delete_account(&fan, PASSWORD).await.expect(204);
    fan.get("/api/v1/users/me").await.expect(401);
    delete_account(&musician, PASSWORD).await.expect(204);

    let nobody = app.nobody();
    nobody
        .get(&format!("/api/v1/users/{}", fan.id))
        .await
        .expect(404);
    let liked = format!("/api/v1/tracks/{}", text(&other["id"]));
    wait_until("the like is gone", || async {
        nobody.get(&liked).await.expect(200).json()["like_count"] == 0
    })
    .await;
    for path in [
        format!("/api/v1/artists/{}", text(&artist["id"])),
        format!("/api/v1/tracks/{}", text(&track["id"])),
        format!("/api/v1/tracks/{}/stream", text(&track["id"])),
    ] {
        wait_until("the artist's music is gone", || async {
            nobody.get(&path).await.status == 404
        })
        .await;
    }
    // The address is free again.
    let body = sign_up_body(&fan.email);
    nobody.post_json("/api/v1/users", &body).await.expect(201);
    let log_in = json!({"email": fan.email, "password": PASSWORD});
    nobody
        .post_json("/api/v1/sessions", &log_in)
        .await
        .expect(200);
}
