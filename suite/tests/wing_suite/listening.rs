//! Likes and plays: counted once, and the same everywhere they are shown.

use diesel::prelude::*;
use reqwest::Method;
use serde_json::{Value, json};
use wing_kit::Db;
use wing_kit::db::DbError;
use wing_suite::{App, Client, NewTrack, Options, spawn_app, text, wait_until};

async fn like(client: &Client, track: &Value, method: Method) -> Value {
    let path = format!("/api/v1/likes/{}", text(&track["id"]));
    client
        .send_with(method, &path, &[])
        .await
        .expect(200)
        .json()
}

async fn play(client: &Client, track: &Value, seconds: i64) -> Value {
    let body = json!({"track_id": track["id"], "seconds_listened": seconds});
    client
        .post_json("/api/v1/plays", &body)
        .await
        .expect(200)
        .json()
}

async fn counts(app: &App, track: &Value) -> (i64, i64) {
    let path = format!("/api/v1/tracks/{}", text(&track["id"]));
    let seen = app.nobody().get(&path).await.expect(200).json();
    (
        seen["play_count"].as_i64().unwrap(),
        seen["like_count"].as_i64().unwrap(),
    )
}

diesel::table! {
    track_days (track_id, day) {
        track_id -> Binary,
        day -> Integer,
        plays -> BigInt,
        likes -> BigInt,
    }
}

/// Plays and likes that were counted by day, over all days.
pub(crate) async fn days(db: &Db) -> (i64, i64) {
    let rows: Vec<(i64, i64)> = db
        .read(|conn| {
            Ok::<_, DbError>(
                track_days::table
                    .select((track_days::plays, track_days::likes))
                    .load(conn)?,
            )
        })
        .await
        .unwrap();
    rows.into_iter()
        .fold((0, 0), |sum, row| (sum.0 + row.0, sum.1 + row.1))
}

#[tokio::test]
async fn a_second_like_changes_nothing_and_neither_does_a_second_unlike() {
    let app = spawn_app().await;
    let track = app.musician().await.published("Liked").await;
    let (one, two) = (app.fan().await, app.fan().await);
    assert_eq!(like(&one, &track, Method::PUT).await["like_count"], 1);
    assert_eq!(like(&one, &track, Method::PUT).await["like_count"], 1);
    assert_eq!(like(&two, &track, Method::PUT).await["like_count"], 2);
    let path = format!("/api/v1/tracks/{}", text(&track["id"]));
    assert_eq!(one.get(&path).await.json()["liked"], true);
    assert_eq!(app.fan().await.get(&path).await.json()["liked"], false);
    assert_eq!(one.get("/api/v1/tracks").await.items()[0]["liked"], true);
    assert_eq!(
        one.get("/api/v1/likes").await.items()[0]["track"]["id"],
        track["id"]
    );

    assert_eq!(like(&one, &track, Method::DELETE).await["like_count"], 1);
    assert_eq!(like(&one, &track, Method::DELETE).await["like_count"], 1);
    assert!(one.get("/api/v1/likes").await.items().is_empty());
    assert_eq!(counts(&app, &track).await, (0, 1));
    wait_until("the days agree", || async {
        days(app.db()).await == (0, 1)
    })
    .await;
}

#[tokio::test]
async fn many_likes_at_once_are_each_counted_once() {
    let app = spawn_app().await;
    let track = app.musician().await.published("Popular").await;
    let mut fans = Vec::new();
    for _ in 0..6 {
        fans.push(app.fan().await);
    }
    let likes = fans.iter().flat_map(|fan| [fan, fan, fan]).map(|fan| {
        let (fan, track) = (fan.clone(), track.clone());
        tokio::spawn(async move { like(&fan, &track, Method::PUT).await })
    });
    for like in likes.collect::<Vec<_>>() {
        like.await.unwrap();
    }
    assert_eq!(counts(&app, &track).await, (0, 6));
    wait_until("the days agree", || async {
        days(app.db()).await == (0, 6)
    })
    .await;
}

#[tokio::test]
async fn a_play_counts_once_a_listener_within_the_tracks_length() {
    let app = spawn_app().await;
    let track = app.musician().await.published("Played").await;
    let fan = app.fan().await;
    // The track is two seconds long: half of it is one.
    assert_eq!(play(&fan, &track, 0).await["counted"], false);
    assert_eq!(play(&fan, &track, 1).await["counted"], true);
    let again = play(&fan, &track, 2).await;
    assert_eq!(
        (&again["counted"], &again["play_count"]),
        (&json!(false), &json!(1))
    );
    app.clock.advance_ms(10_000);
    assert_eq!(play(&fan, &track, 2).await["counted"], true);
    assert_eq!(play(&app.fan().await, &track, 2).await["counted"], true);
    assert_eq!(play(&app.nobody(), &track, 2).await["counted"], true);
    assert_eq!(play(&app.nobody(), &track, 2).await["counted"], false);
    assert_eq!(counts(&app, &track).await, (4, 0));
    wait_until("the days agree", || async {
        days(app.db()).await == (4, 0)
    })
    .await;
}

#[tokio::test]
async fn one_play_reported_many_times_at_once_is_one_play() {
    let app = spawn_app().await;
    let track = app.musician().await.published("Reported").await;
    let fan = app.fan().await;
    let reports = (0..8).map(|_| {
        let (fan, track) = (fan.clone(), track.clone());
        tokio::spawn(async move { play(&fan, &track, 2).await["counted"] == true })
    });
    let mut counted = 0;
    for report in reports.collect::<Vec<_>>() {
        counted += u32::from(report.await.unwrap());
    }
    assert_eq!((counted, counts(&app, &track).await), (1, (1, 0)));
}

async fn play_from(client: &Client, track: &Value, browser: &str) -> bool {
    let request = client
        .request(Method::POST, "/api/v1/plays")
        .header("user-agent", browser)
        .json(&json!({"track_id": track["id"], "seconds_listened": 2}));
    client.send(request).await.expect(200).json()["counted"] == true
}

#[tokio::test]
async fn made_up_browsers_count_as_one_network_and_accounts_as_themselves() {
    let app = Options::default()
        .set("WING_ANONYMOUS_PLAYS", 12)
        .spawn()
        .await;
    let musician = app.musician().await;
    let artist = musician.artist("Forged").await;
    let mut tracks = Vec::new();
    for title in ["One", "Two", "Three", "Four", "Five", "Six", "Seven"] {
        tracks.push(musician.track(&artist, NewTrack::titled(title)).await);
    }
    // At once: each would find room for one more, if they did not wait for each other.
    let reports = (0..20).map(|number| {
        let (nobody, track) = (app.nobody(), tracks[0].clone());
        tokio::spawn(async move { play_from(&nobody, &track, &format!("made up {number}")).await })
    });
    for report in reports.collect::<Vec<_>>() {
        report.await.unwrap();
    }
    assert_eq!(counts(&app, &tracks[0]).await.0, 2, "a sixth of twelve");
    for number in 0..30 {
        let track = &tracks[1 + number % 6];
        play_from(&app.nobody(), track, &format!("made up {number}")).await;
    }
    let mut all = 0;
    for track in &tracks {
        all += counts(&app, track).await.0;
    }
    assert_eq!(all, 12);
    assert!(play_from(&app.fan().await, &tracks[0], "a browser").await);
    app.clock.advance_ms(3_601_000);
    assert!(play_from(&app.nobody(), &tracks[0], "made up 1").await);
}

#[tokio::test]
async fn a_play_that_was_not_heard_or_is_the_artists_own_is_not_counted() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let track = musician.published("Unheard").await;
    let unheard = json!({"track_id": track["id"]});
    let fan = app.fan().await;
    for client in [&fan, &app.nobody()] {
        let answer = client.post_json("/api/v1/plays", &unheard).await;
        assert_eq!(answer.expect(200).json()["counted"], false);
    }
    assert_eq!(play(&musician, &track, 2).await["counted"], false);
    assert_eq!(counts(&app, &track).await, (0, 0));
}

#[tokio::test]
async fn a_draft_has_no_plays_and_nonsense_is_refused() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let track = musician.published("Taken Back").await;
    let path = format!("/api/v1/tracks/{}", text(&track["id"]));
    musician
        .patch_json(&path, &json!({"published": false}))
        .await
        .expect(200);
    let body = json!({"track_id": track["id"]});
    app.nobody()
        .post_json("/api/v1/plays", &body)
        .await
        .expect_problem(404, "not_found");
    assert_eq!(
        musician
            .post_json("/api/v1/plays", &body)
            .await
            .expect(200)
            .json()["counted"],
        false
    );
    for seconds in [-1, 86_401] {
        let body = json!({"track_id": track["id"], "seconds_listened": seconds});
        musician
            .post_json("/api/v1/plays", &body)
            .await
            .expect_invalid(&[("seconds_listened", "out_of_range")]);
    }
}

#[tokio::test]
async fn what_is_played_most_comes_first_when_asked() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let quiet = musician.published("Quiet").await;
    let loud = musician.published("Loud").await;
    let newest = musician.published("Newest").await;
    play(&app.fan().await, &loud, 2).await;
    play(&app.fan().await, &loud, 2).await;
    play(&app.fan().await, &quiet, 2).await;
    let order = |items: Vec<Value>| {
        items
            .iter()
            .map(|item| text(&item["title"]))
            .collect::<Vec<_>>()
    };
    let popular = app
        .nobody()
        .get("/api/v1/tracks?sort=popular")
        .await
        .expect(200)
        .items();
    assert_eq!(order(popular), ["Loud", "Quiet", "Newest"]);
    let latest = app.nobody().get("/api/v1/tracks").await.expect(200).items();
    assert_eq!(order(latest), ["Newest", "Loud", "Quiet"]);
    assert_eq!(newest["play_count"], 0);
}

#[tokio::test]
async fn what_happened_is_published_once_and_in_order() {
    let app = spawn_app().await;
    let (musician, fan) = (app.musician().await, app.fan().await);
    let track = musician.published("Delivered").await;
    like(&fan, &track, Method::PUT).await;
    play(&fan, &track, 2).await;
    like(&fan, &track, Method::DELETE).await;
    let id = text(&track["id"]);
    let delivered = async || {
        let rows: Vec<(String, Option<i64>)> = app
            .db()
            .read(|conn| {
                use wing_kit::db::schema::outbox;
                let rows = outbox::table
                    .order(outbox::sequence)
                    .select((outbox::payload, outbox::published_at));
                Ok::<_, DbError>(rows.load(conn)?)
            })
            .await
            .unwrap();
        rows.into_iter()
            .map(|(payload, at)| (serde_json::from_str::<Value>(&payload).unwrap(), at))
            .filter(|(event, _)| event["data"]["track_id"] == id.as_str())
            .collect::<Vec<_>>()
    };
    wait_until("all plays are reported", || async {
        delivered().await.iter().all(|(_, at)| at.is_some())
    })
    .await;
    let names: Vec<_> = delivered()
        .await
        .iter()
        .map(|(event, _)| text(&event["type"]))
        .collect();
    assert_eq!(
        names,
        [
            "track.published",
            "track.liked",
            "track.played",
            "track.unliked"
        ]
    );
}
