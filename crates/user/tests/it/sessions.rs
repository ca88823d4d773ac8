//! Sessions and their tokens.

use crate::world::{PASSWORD, text, world};
use actix_web::http::header;
use actix_web::test::TestRequest;
use serde_json::json;
use wing_kit::auth::{Revocations, Verifier, Via};

const MINUTE: i64 = 60_000;

#[actix_web::test]
async fn an_access_token_is_checked_with_the_published_keys_and_expires() {
    let world = world().await;
    let ann = world.member("ann@mail.example").await;
    let keys = world
        .send(TestRequest::get().uri("/.well-known/jwks.json"))
        .await;
    let keys = serde_json::from_slice(&keys.bytes).expect("a key set");
    let verifier = Verifier::new(&keys, Revocations::new(), world.clock.clone());
    let viewer = verifier.verify(&ann.access, Via::Bearer).expect("good");
    assert_eq!(viewer.id.to_string(), ann.id().await);
    assert!(
        verifier
            .verify(&format!("{}x", ann.access), Via::Bearer)
            .is_err()
    );

    world.clock.advance_ms(11 * MINUTE);
    assert_eq!(ann.get("/api/v1/users/me").await.code(), "token_expired");
}

#[actix_web::test]
async fn a_refresh_token_is_good_once_and_its_second_use_ends_the_session() {
    let world = world().await;
    let ann = world.member("ann@mail.example").await;
    let second = world.refresh(&ann.refresh).await;
    assert_eq!(second.status, 200);
    let second = text(&second.json(), "refresh_token");
    assert_ne!(second, ann.refresh);

    world.clock.advance_ms(MINUTE);
    assert_eq!(world.refresh(&ann.refresh).await.code(), "refresh_reused");
    assert_eq!(world.refresh(&second).await.code(), "refresh_invalid");
    assert_eq!(ann.get("/api/v1/users/me").await.code(), "token_invalid");
    world.member_again("ann@mail.example", PASSWORD).await;
}

#[actix_web::test]
async fn two_windows_that_renew_at_once_both_stay_logged_in() {
    let world = world().await;
    let ann = world.member("ann@mail.example").await;
    let (one, two) = (
        world.refresh(&ann.refresh).await,
        world.refresh(&ann.refresh).await,
    );
    for answer in [one, two] {
        assert_eq!(answer.status, 200);
        let token = text(&answer.json(), "refresh_token");
        assert_eq!(world.refresh(&token).await.status, 200);
    }
}

#[actix_web::test]
async fn a_session_ends_when_it_is_not_used_for_long() {
    let world = world().await;
    let ann = world.member("ann@mail.example").await;
    let day = 24 * 60 * MINUTE;
    world.clock.advance_ms(29 * day);
    let renewed = world.refresh(&ann.refresh).await;
    assert_eq!(renewed.status, 200);
    world.clock.advance_ms(31 * day);
    let late = world.refresh(&text(&renewed.json(), "refresh_token")).await;
    assert_eq!(late.code(), "refresh_invalid");
}

#[actix_web::test]
async fn logging_out_voids_both_tokens() {
    let world = world().await;
    let ann = world.member("ann@mail.example").await;
    let other = world.member_again("ann@mail.example", PASSWORD).await;
    assert_eq!(
        ann.delete("/api/v1/sessions/current", json!({}))
            .await
            .status,
        204
    );
    assert_eq!(ann.get("/api/v1/users/me").await.code(), "token_invalid");
    assert_eq!(world.refresh(&ann.refresh).await.status, 401);
    assert_eq!(other.get("/api/v1/users/me").await.status, 200);
}

#[actix_web::test]
async fn sessions_are_listed_and_ended_by_their_owner_alone() {
    let world = world().await;
    let ann = world.member("ann@mail.example").await;
    let phone = world.member_again("ann@mail.example", PASSWORD).await;
    let eve = world.member("eve@mail.example").await;
    let list = ann.get("/api/v1/sessions").await.json();
    let items = list["items"].as_array().expect("a list").clone();
    assert_eq!(items.len(), 2);
    let other = items
        .iter()
        .find(|s| s["current"] == false)
        .expect("the phone");
    let path = format!("/api/v1/sessions/{}", text(other, "id"));

    assert_eq!(eve.delete(&path, json!({})).await.status, 404);
    assert_eq!(ann.delete(&path, json!({})).await.status, 204);
    assert_eq!(ann.delete(&path, json!({})).await.status, 404);
    assert_eq!(phone.get("/api/v1/users/me").await.status, 401);
}

#[actix_web::test]
async fn what_was_voided_is_void_after_a_restart() {
    let world = world().await;
    let ann = world.member("ann@mail.example").await;
    let eve = world.member("eve@mail.example").await;
    ann.delete("/api/v1/sessions/current", json!({})).await;
    eve.delete("/api/v1/users/me", json!({"password": PASSWORD}))
        .await;

    let revocations = Revocations::new();
    let again = wing_user::Users::new(wing_user::Parts {
        config: &world.config,
        db: world.db.clone(),
        clock: world.clock.clone(),
        media: wing_kit::media::MediaStore::directory(world.dir.path()).expect("media"),
        revocations: revocations.clone(),
    })
    .expect("users");
    let verifier = again.verifier();
    assert!(verifier.verify(&ann.access, Via::Bearer).is_ok());
    again.prime_revocations().await.expect("primed");
    for gone in [&ann, &eve] {
        assert!(verifier.verify(&gone.access, Via::Bearer).is_err());
    }
}

#[actix_web::test]
async fn tokens_are_kept_by_no_cache() {
    let world = world().await;
    world.sign_up("ann@mail.example").await;
    let answer = world.log_in("ann@mail.example", PASSWORD).await;
    let cache = answer.headers.get(header::CACHE_CONTROL).expect("a header");
    assert_eq!(cache, "no-store");
    assert_eq!(answer.json()["token_type"], "Bearer");
    assert_eq!(answer.json()["expires_in"], 600);
}
