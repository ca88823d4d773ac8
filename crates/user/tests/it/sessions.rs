//! Sessions and their tokens.

use crate::world::{PASSWORD, text, world};
use actix_web::http::header;
use actix_web::test::TestRequest;
use diesel::RunQueryDsl as _;
use serde_json::json;
use wing_kit::auth::{Revocations, Verifier, Via};
use wing_kit::db::DbError;

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
async fn a_token_renewed_twenty_times_at_once_at_two_replicas_has_one_successor() {
    let world = world().await;
    let replica = world.replica().await;
    let ann = world.member("ann@mail.example").await;
    let renewals = (0..20).map(|i| match i % 2 {
        0 => world.refresh(&ann.refresh),
        _ => replica.refresh(&ann.refresh),
    });
    let answers = futures_util::future::join_all(renewals).await;
    let mut successors: Vec<String> = answers
        .iter()
        .map(|answer| text(&answer.json(), "refresh_token"))
        .collect();
    successors.dedup();
    assert_eq!(successors.len(), 1, "the session forks");
    assert_ne!(successors[0], ann.refresh);

    let count = "SELECT count(*) AS rows FROM refresh_tokens";
    let rows = world
        .db
        .read(move |conn| Ok::<_, DbError>(diesel::sql_query(count).get_result::<Rows>(conn)?.rows))
        .await
        .expect("counted");
    assert_eq!(rows, 2, "the token and its successor");
    // A process that starts later gives the same.
    let restarted = world.replica().await;
    let again = restarted.refresh(&ann.refresh).await.json();
    assert_eq!(text(&again, "refresh_token"), successors[0]);
}

#[derive(diesel::QueryableByName)]
struct Rows {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    rows: i64,
}

/// Every call that an access token of its own account can make in `user`.
fn calls() -> Vec<TestRequest> {
    let me = "/api/v1/users/me";
    let session = format!("/api/v1/sessions/{}", wing_contracts::SessionId::new());
    vec![
        TestRequest::get().uri(me),
        TestRequest::get().uri("/api/v1/sessions"),
        TestRequest::patch().uri(me).set_json(json!({})),
        TestRequest::patch()
            .uri(me)
            .set_json(json!({"display_name": "Eve"})),
        TestRequest::patch()
            .uri(me)
            .set_json(json!({"password": "another good phrase", "current_password": PASSWORD})),
        TestRequest::put()
            .uri("/api/v1/users/me/picture")
            .set_payload(png()),
        TestRequest::delete().uri("/api/v1/users/me/picture"),
        TestRequest::delete().uri(&session),
        TestRequest::delete()
            .uri(me)
            .set_json(json!({"password": PASSWORD})),
    ]
}

fn png() -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(8, 8)
        .write_to(&mut out, image::ImageFormat::Png)
        .expect("a picture");
    out.into_inner()
}

#[actix_web::test]
async fn a_token_whose_session_is_gone_is_refused_by_every_use_case() {
    let world = world().await;
    let ann = world.member("ann@mail.example").await;
    // As the database of a replica that no event has reached yet.
    let gone = |sql: &'static str| {
        let done = world.db.write(move |tx| {
            diesel::sql_query(sql).execute(tx.conn())?;
            Ok::<_, DbError>(())
        });
        async move { done.await.expect("changed") }
    };
    gone("DELETE FROM sessions").await;
    for call in calls() {
        let answer = ann.send(call).await;
        assert_eq!(answer.code(), "token_invalid", "{}", answer.text());
    }
    let ann = world.member_again("ann@mail.example", PASSWORD).await;
    gone("UPDATE users SET status = 'disabled'").await;
    for call in calls() {
        assert_eq!(ann.send(call).await.code(), "token_invalid");
    }
    gone("UPDATE users SET status = 'active', token_version = token_version + 1").await;
    for call in calls() {
        assert_eq!(ann.send(call).await.code(), "token_invalid");
    }
    world.member_again("ann@mail.example", PASSWORD).await;
}

#[actix_web::test]
async fn a_request_under_way_while_the_password_changes_gets_nothing() {
    let world = world().await;
    let ann = world.member("ann@mail.example").await;
    let thief = world.member_again("ann@mail.example", PASSWORD).await;
    let rename = TestRequest::patch()
        .uri("/api/v1/users/me")
        .set_json(json!({"display_name": "Eve"}));
    let picture = TestRequest::put()
        .uri("/api/v1/users/me/picture")
        .set_payload(png());
    let (rename, picture) = (thief.withhold(rename), thief.withhold(picture));
    let password = json!({"password": "another good phrase", "current_password": PASSWORD});
    assert_eq!(ann.patch(password).await.status, 200);
    assert_eq!(rename.finish().await.code(), "token_invalid");
    assert_eq!(picture.finish().await.code(), "token_invalid");
    let ann = world
        .member_again("ann@mail.example", "another good phrase")
        .await;
    let me = ann.get("/api/v1/users/me").await.json();
    assert_eq!(text(&me, "display_name"), "River");
    assert!(me["picture_url"].is_null());
}

#[actix_web::test]
async fn an_access_token_is_signed_anew_only_when_it_is_outdated_and_lives_no_longer() {
    let world = world().await;
    let ann = world.member("ann@mail.example").await;
    let unchanged = ann.patch(json!({})).await.json();
    assert!(unchanged.get("access_token").is_none());
    assert!(unchanged.get("expires_in").is_none());
    let none = TestRequest::delete().uri("/api/v1/users/me/picture");
    assert!(ann.send(none).await.json().get("access_token").is_none());

    world.clock.advance_ms(9 * MINUTE);
    let renamed = ann.patch(json!({"display_name": "Brook"})).await.json();
    let left = renamed["expires_in"].as_i64().expect("seconds");
    assert!((1..=60).contains(&left), "{left} s");
    let renamed = crate::world::Member::holding(&world, &renamed);
    assert_eq!(renamed.get("/api/v1/users/me").await.status, 200);
    world.clock.advance_ms(2 * MINUTE);
    assert_eq!(
        renamed.get("/api/v1/users/me").await.code(),
        "token_expired"
    );
}

#[actix_web::test]
async fn an_admin_who_was_made_a_musician_closes_no_account() {
    let world = world().await;
    let ann = world.member("ann@mail.example").await;
    world.member("boss@mail.example").await;
    wing_user::grant_admin(&world.db, &world.clock, "boss@mail.example").expect("granted");
    let boss = world.member_again("boss@mail.example", PASSWORD).await;
    // Without the event, as at a replica that has not learned of it yet.
    wing_user::revoke_admin(&world.db, &world.clock, "boss@mail.example").expect("revoked");
    let path = format!("/api/v1/users/{}/disable", ann.id().await);
    let refused = boss.send(TestRequest::post().uri(&path)).await;
    assert_eq!(refused.code(), "token_invalid");
    assert_eq!(ann.get("/api/v1/users/me").await.status, 200);
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
