//! Accounts over the JSON API.

use crate::world::{PASSWORD, text, world, world_with};
use actix_web::test::TestRequest;
use serde_json::json;

#[actix_web::test]
async fn signing_up_answers_the_same_for_a_known_address_and_changes_nothing() {
    let world = world().await;
    let new = world.sign_up("ann@mail.example").await;
    let body = json!({"email": "ANN@mail.example", "password": "another good phrase",
        "display_name": "River", "role": "fan"});
    let known = world.post("/api/v1/users", body).await;
    assert_eq!((new.status, known.status), (201, 201));
    assert_eq!(new.bytes, known.bytes);
    assert_eq!(
        world
            .log_in("ann@mail.example", "another good phrase")
            .await
            .status,
        401
    );
    assert_eq!(world.log_in("Ann@Mail.Example", PASSWORD).await.status, 200);
}

#[actix_web::test]
async fn every_wrong_field_of_a_sign_up_is_reported_at_once() {
    let world = world().await;
    let body = json!({"email": "nobody", "password": "short", "display_name": " ", "role": "fan"});
    let answer = world.post("/api/v1/users", body).await;
    assert_eq!(answer.status, 422);
    let errors = answer.json()["errors"].clone();
    let codes: Vec<_> = (0..3).map(|i| text(&errors[i], "code")).collect();
    assert_eq!(codes, ["email_invalid", "password_too_short", "required"]);

    for body in [
        json!({"email": "a@b.example", "password": PASSWORD, "display_name": "x", "role": "admin"}),
        json!({"email": "a@b.example", "password": PASSWORD, "display_name": "x", "role": "fan", "extra": 1}),
        json!({"email": 5, "password": PASSWORD, "display_name": "x", "role": "fan"}),
        json!([]),
    ] {
        assert_eq!(world.post("/api/v1/users", body).await.code(), "bad_json");
    }
}

#[actix_web::test]
async fn an_unknown_address_and_a_wrong_password_get_one_answer() {
    let world = world().await;
    world.member("ann@mail.example").await;
    let wrong = world.log_in("ann@mail.example", "not the password").await;
    for (email, password) in [
        ("nobody@mail.example", PASSWORD),
        ("no address", PASSWORD),
        ("ann@mail.example", ""),
        ("ann@mail.example", &"x".repeat(100_000)),
    ] {
        let other = world.log_in(email, password).await;
        assert_eq!((other.status, other.bytes), (401, wrong.bytes.clone()));
    }
}

#[actix_web::test]
async fn a_name_and_a_role_can_be_changed_but_not_to_admin() {
    let world = world().await;
    let ann = world.member("ann@mail.example").await;
    let changed = ann
        .patch(json!({"display_name": "<b>밤</b>", "role": "musician"}))
        .await;
    assert_eq!(changed.status, 200);
    assert_eq!(changed.json()["display_name"], "<b>밤</b>");
    assert_eq!(changed.json()["role"], "musician");
    assert!(changed.json().get("refresh_token").is_none());
    assert_eq!(ann.patch(json!({"role": "fan"})).await.status, 422);
    assert_eq!(ann.patch(json!({"role": "admin"})).await.code(), "bad_json");
    assert_eq!(
        ann.patch(json!({"email": "x@y.z"})).await.code(),
        "bad_json"
    );

    let profile = format!("/api/v1/users/{}", ann.id().await);
    let seen = world.send(TestRequest::get().uri(&profile)).await.json();
    assert_eq!(seen["display_name"], "<b>밤</b>");
    assert!(seen.get("email").is_none());
    let batch = format!("/api/v1/users?ids={},{}", ann.id().await, uuid());
    let seen = world.send(TestRequest::get().uri(&batch)).await.json();
    assert_eq!(seen["items"].as_array().map(Vec::len), Some(1));
    let junk = TestRequest::get().uri("/api/v1/users?ids=1,2");
    assert_eq!(world.send(junk).await.status, 422);
}

fn uuid() -> String {
    wing_contracts::UserId::new().to_string()
}

#[actix_web::test]
async fn a_new_password_ends_every_session_at_once() {
    let world = world().await;
    let ann = world.member("ann@mail.example").await;
    let elsewhere = world.member_again("ann@mail.example", PASSWORD).await;

    let without = ann.patch(json!({"password": "a new good phrase"})).await;
    assert_eq!((without.status, without.code()), (422, "invalid".into()));
    let wrong = json!({"password": "a new good phrase", "current_password": "wrong"});
    let wrong = ann.patch(wrong).await.json();
    assert_eq!(wrong["errors"][0]["code"], "wrong_password");

    let right = json!({"password": "a new good phrase", "current_password": PASSWORD});
    let answer = ann.patch(right).await;
    assert_eq!(answer.status, 200);
    for old in [&ann, &elsewhere] {
        assert_eq!(old.get("/api/v1/users/me").await.code(), "token_invalid");
        assert_eq!(world.refresh(&old.refresh).await.status, 401);
    }
    assert_eq!(world.log_in("ann@mail.example", PASSWORD).await.status, 401);
    let fresh = text(&answer.json(), "refresh_token");
    assert_eq!(world.refresh(&fresh).await.status, 200);
    world
        .member_again("ann@mail.example", "a new good phrase")
        .await;
}

#[actix_web::test]
async fn a_deleted_account_is_gone_for_everybody() {
    let world = world().await;
    let ann = world.member("ann@mail.example").await;
    let profile = format!("/api/v1/users/{}", ann.id().await);
    let refused = ann
        .delete("/api/v1/users/me", json!({"password": "no"}))
        .await;
    assert_eq!(refused.status, 422);
    let gone = ann
        .delete("/api/v1/users/me", json!({"password": PASSWORD}))
        .await;
    assert_eq!(gone.status, 204);
    assert_eq!(ann.get("/api/v1/users/me").await.status, 401);
    let seen = world.send(TestRequest::get().uri(&profile)).await;
    assert_eq!(seen.status, 404);
    assert_eq!(world.log_in("ann@mail.example", PASSWORD).await.status, 401);
    world.member("ann@mail.example").await;
}

#[actix_web::test]
async fn an_admin_closes_and_opens_accounts_and_nobody_else_does() {
    let world = world().await;
    let ann = world.member("ann@mail.example").await;
    world.member("boss@mail.example").await;
    wing_user::grant_admin(&world.db, &world.clock, "Boss@mail.example").expect("granted");
    let boss = world.member_again("boss@mail.example", PASSWORD).await;
    let disable = |id: String| TestRequest::post().uri(&format!("/api/v1/users/{id}/disable"));

    let id = ann.id().await;
    assert_eq!(ann.send(disable(boss.id().await)).await.status, 403);
    assert_eq!(boss.send(disable(boss.id().await)).await.status, 409);
    assert_eq!(boss.send(disable(uuid())).await.status, 404);
    assert_eq!(boss.send(disable(id.clone())).await.status, 204);
    assert_eq!(ann.get("/api/v1/users/me").await.status, 401);
    assert_eq!(world.refresh(&ann.refresh).await.status, 401);
    assert_eq!(world.log_in("ann@mail.example", PASSWORD).await.status, 401);

    let enable = TestRequest::post().uri(&format!("/api/v1/users/{id}/enable"));
    assert_eq!(boss.send(enable).await.status, 204);
    world.member_again("ann@mail.example", PASSWORD).await;

    wing_user::revoke_admin(&world.db, &world.clock, "boss@mail.example").expect("revoked");
    assert!(wing_user::grant_admin(&world.db, &world.clock, "who@mail.example").is_err());
}

#[actix_web::test]
async fn attempts_are_limited_for_known_and_unknown_accounts_alike() {
    let world = world_with(&[("WING_LOGIN_LIMIT", "3"), ("WING_SIGNUP_LIMIT", "2")]).await;
    for _ in 0..2 {
        assert_eq!(world.sign_up("ann@mail.example").await.status, 201);
    }
    let refused = world.sign_up("new@mail.example").await;
    assert_eq!(refused.status, 429);
    assert!(refused.headers.contains_key("retry-after"));
    for email in [
        "nobody@mail.example",
        "ann@mail.example",
        "who@mail.example",
    ] {
        let answer = world.log_in(email, "not the password").await;
        assert_eq!(answer.status, 401);
    }
    // The network has guessed enough, whomever it names and with the right password.
    for email in ["nobody@mail.example", "ann@mail.example"] {
        let answer = world.log_in(email, PASSWORD).await;
        assert_eq!(
            (answer.status, answer.code()),
            (429, "too_many_requests".into())
        );
    }
    world.clock.advance_ms(16 * 60_000);
    assert_eq!(world.log_in("ann@mail.example", PASSWORD).await.status, 200);
}

#[actix_web::test]
async fn guesses_from_elsewhere_lock_no_device_out_that_was_logged_in_on() {
    let world = world_with(&[("WING_LOGIN_LIMIT", "30")]).await;
    world.member("ann@mail.example").await;
    world.member("bea@mail.example").await;
    let device = |answer: &crate::world::Answer| text(&answer.json(), "device_token");
    let anns = device(&world.log_in("ann@mail.example", PASSWORD).await);
    let beas = device(&world.log_in("bea@mail.example", PASSWORD).await);
    // From all over the world, so that no network has its share.
    for n in 0..20 {
        let from = format!("192.0.2.{n}:4000");
        let answer = world
            .log_in_from(&from, "ann@mail.example", "wrong", None)
            .await;
        assert_eq!(answer.status, 401, "{n}");
    }
    let elsewhere = "198.51.100.7:4000";
    let log_in = async |password, device| {
        let answer = world
            .log_in_from(elsewhere, "ann@mail.example", password, device)
            .await;
        answer.status
    };
    assert_eq!(log_in(PASSWORD, None).await, 429, "locked, whoever it is");
    assert_eq!(log_in(PASSWORD, Some(beas.as_str())).await, 429);
    assert_eq!(log_in(PASSWORD, Some("AAAA")).await, 429);
    assert_eq!(log_in(PASSWORD, Some(anns.as_str())).await, 200);
    // The device has a budget of its own.
    for _ in 0..10 {
        assert_eq!(log_in("wrong", Some(anns.as_str())).await, 401);
    }
    assert_eq!(log_in(PASSWORD, Some(anns.as_str())).await, 429);
    world.clock.advance_ms(16 * 60_000);
    assert_eq!(log_in(PASSWORD, Some(anns.as_str())).await, 200);
    assert_eq!(log_in(PASSWORD, None).await, 429, "for an hour");
    world.clock.advance_ms(45 * 60_000);
    assert_eq!(log_in(PASSWORD, None).await, 200);
}

#[actix_web::test]
async fn the_fifth_wrong_confirmation_ends_its_session_and_no_other() {
    let world = world_with(&[("WING_LOGIN_LIMIT", "3")]).await;
    let ann = world.member("ann@mail.example").await;
    let thief = world.member_again("ann@mail.example", PASSWORD).await;
    let guess = json!({"password": "another good phrase", "current_password": "wrong"});
    for _ in 0..4 {
        assert_eq!(thief.patch(guess.clone()).await.status, 422);
    }
    let right = json!({"password": "another good phrase", "current_password": PASSWORD});
    let delete = json!({"password": "wrong"});
    let fifth = thief.delete("/api/v1/users/me", delete).await;
    assert_eq!(fifth.code(), "token_invalid");
    assert_eq!(thief.get("/api/v1/users/me").await.code(), "token_invalid");
    assert_eq!(world.refresh(&thief.refresh).await.status, 401);
    // The owner's session has a count of its own.
    for _ in 0..4 {
        assert_eq!(ann.patch(guess.clone()).await.status, 422);
    }
    assert_eq!(ann.patch(right).await.status, 200);
}

#[actix_web::test]
async fn many_confirmations_at_once_are_no_more_than_one_after_the_other() {
    let world = world().await;
    let thief = world.member("ann@mail.example").await;
    let guesses = (0..12).map(|n| {
        let guess = json!({"password": "another good phrase", "current_password": format!("{n}")});
        thief.patch(guess)
    });
    let answers = futures_util::future::join_all(guesses).await;
    let judged = answers.iter().filter(|answer| answer.status == 422).count();
    assert!(judged <= 4, "{judged} passwords were judged");
    assert_eq!(thief.get("/api/v1/users/me").await.status, 401);
}

#[actix_web::test]
async fn a_picture_is_shown_and_replaced() {
    let world = world().await;
    let ann = world.member("ann@mail.example").await;
    let put = |bytes: Vec<u8>| {
        TestRequest::put()
            .uri("/api/v1/users/me/picture")
            .set_payload(bytes)
    };
    let refused = ann.send(put(b"not a picture.jpg".to_vec())).await;
    assert_eq!(
        (refused.status, refused.code()),
        (415, "image_not_recognised".into())
    );

    let first = ann.send(put(png([200, 0, 0]))).await;
    assert_eq!(first.status, 200, "{}", first.text());
    let url = text(&first.json(), "picture_url");
    assert_eq!(world.send(TestRequest::get().uri(&url)).await.status, 200);
    let second = ann.send(put(png([0, 200, 0]))).await;
    let replaced = text(&second.json(), "picture_url");
    assert_ne!(replaced, url);
    let shown = world.send(TestRequest::get().uri(&replaced)).await;
    assert_eq!(shown.status, 200);

    let remove = TestRequest::delete().uri("/api/v1/users/me/picture");
    assert!(ann.send(remove).await.json()["picture_url"].is_null());
}

fn png(colour: [u8; 3]) -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(120, 90, image::Rgb(colour))
        .write_to(&mut out, image::ImageFormat::Png)
        .expect("a picture");
    out.into_inner()
}
