//! What processes of another release say and ask. Contracts only grow: what a
//! release has said stays understood, what it has asked stays answered.
//!
//! `suite/recorded/` has a directory for each release. That of the release in the
//! making is written by these tests when `WING_RECORD` is set; a release that is
//! out there is never written again.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use wing_clients::{Issuer, RemoteUsers};
use wing_contracts::events::music::{
    AlbumChanged, ArtistChanged, ArtistRemoved, TrackChanged, TrackLiked, TrackPlayed,
    TrackPublished, TrackRemoved, TrackUnliked,
};
use wing_contracts::events::user::{
    SessionEnded, SessionsEnded, UserChanged, UserDeleted, UserRegistered,
};
use wing_contracts::events::{Envelope, Event, types};
use wing_contracts::users::UserDirectory as _;
use wing_contracts::{Id, Role, Timestamp, UserId};
use wing_kit::auth::Revocations;
use wing_kit::{Clock, Config};
use wing_suite::{Client, text};

use crate::contracts::{Accounts, accounts, calls};

fn recorded() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("recorded")
}

/// The directories of all releases that were recorded.
fn releases() -> Vec<PathBuf> {
    let all = std::fs::read_dir(recorded()).unwrap();
    let all: Vec<PathBuf> = all.map(|entry| entry.unwrap().path()).collect();
    assert!(!all.is_empty());
    all
}

fn read(release: &Path, name: &str) -> Value {
    let path = release.join(name);
    let text = std::fs::read_to_string(&path);
    let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// Compares `value` with what this release has recorded, or records it.
fn keep(name: &str, value: &Value) {
    let here = recorded().join(env!("CARGO_PKG_VERSION"));
    if std::env::var_os("WING_RECORD").is_some() {
        std::fs::create_dir_all(&here).unwrap();
        let text = serde_json::to_string_pretty(value).unwrap() + "\n";
        std::fs::write(here.join(name), text).unwrap();
    }
    assert_eq!(
        &read(&here, name),
        value,
        "{name} differs: set WING_RECORD while this release is not out yet"
    );
}

/// An id that is always the same.
fn id<K>(number: u128) -> Id<K> {
    Id::from_uuid(uuid::Uuid::from_u128(
        0x0190_0000_0000_7000_8000_0000_0000_0000 | number,
    ))
}

/// One event of each type that this release knows, always the same.
fn samples() -> Vec<Envelope> {
    let (user_id, artist_id, track_id) = (id(1), id(2), id(3));
    vec![
        sample(&UserRegistered {
            user_id,
            role: Role::Musician,
        }),
        sample(&UserChanged { user_id }),
        sample(&UserDeleted { user_id }),
        sample(&SessionsEnded {
            user_id,
            min_version: 7,
        }),
        sample(&SessionEnded { session_id: id(4) }),
        sample(&ArtistChanged { artist_id }),
        sample(&ArtistRemoved {
            artist_id,
            owner_id: user_id,
            name: "A Band".into(),
        }),
        sample(&AlbumChanged {
            album_id: id(5),
            artist_id,
        }),
        sample(&TrackPublished {
            track_id,
            artist_id,
        }),
        sample(&TrackChanged {
            track_id,
            artist_id,
        }),
        sample(&TrackRemoved {
            track_id,
            artist_id,
        }),
        sample(&TrackPlayed {
            track_id,
            user_id: Some(user_id),
        }),
        sample(&TrackLiked { track_id, user_id }),
        sample(&TrackUnliked { track_id, user_id }),
    ]
}

fn sample<E: Event>(event: &E) -> Envelope {
    Envelope::new(event, Timestamp(1_790_000_000_000)).unwrap()
}

fn understood(event: &Value) -> Envelope {
    serde_json::from_value(event.clone()).unwrap()
}

/// Whether the fields of the envelope are those that this release knows of its type.
fn readable(event: &Envelope) -> bool {
    fn reads<E: Event>(event: &Envelope) -> bool {
        event.read::<E>().unwrap().is_some()
    }
    [
        reads::<UserRegistered>,
        reads::<UserChanged>,
        reads::<UserDeleted>,
        reads::<SessionsEnded>,
        reads::<SessionEnded>,
        reads::<ArtistChanged>,
        reads::<ArtistRemoved>,
        reads::<AlbumChanged>,
        reads::<TrackPublished>,
        reads::<TrackChanged>,
        reads::<TrackRemoved>,
        reads::<TrackPlayed>,
        reads::<TrackLiked>,
        reads::<TrackUnliked>,
    ]
    .iter()
    .any(|reads| reads(event))
}

#[test]
fn events_are_recorded_as_they_are_published_today() {
    let samples: Vec<Envelope> = samples()
        .into_iter()
        .zip(100..)
        .map(|(event, number)| Envelope {
            id: id(number),
            ..event
        })
        .collect();
    let kinds: BTreeSet<&str> = samples.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, types().collect(), "each type has a sample");
    keep("events.json", &json!(samples));
}

#[test]
fn events_of_every_release_are_understood_and_so_is_what_a_later_one_adds() {
    for release in releases() {
        for mut event in read(&release, "events.json").as_array().unwrap().clone() {
            let name = event["type"].clone();
            let plain = understood(&event);
            assert!(plain.is_known() && readable(&plain), "{name}");
            event["added"] = json!({"by": "a later release"});
            event["data"]["added"] = json!([1, 2]);
            assert!(readable(&understood(&event)), "{name}");
        }
    }
}

#[test]
fn an_event_of_a_type_that_only_a_later_release_knows_is_carried_untouched() {
    for release in releases() {
        for mut event in read(&release, "events.json").as_array().unwrap().clone() {
            event["type"] = json!(format!("{}_later", text(&event["type"])));
            event["data"]["added"] = json!([1, 2]);
            let carried = understood(&event);
            assert!(!carried.is_known(), "{}", carried.kind);
            assert_eq!(json!(carried), event);
        }
    }
}

/// What accounts answer to `path`, asked by another process.
async fn asked(accounts: &Accounts, path: &str) -> Value {
    calls(&accounts.base, &accounts.config)
        .get(path)
        .await
        .unwrap()
}

/// Whether everything in `old` is in `new` too, and of the same type.
fn grew(old: &Value, new: &Value, at: &str) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            for (name, value) in old {
                let there = new.get(name);
                let there = there.unwrap_or_else(|| panic!("{at}.{name} is gone"));
                grew(value, there, &format!("{at}.{name}"));
            }
        }
        (Value::Array(old), Value::Array(new)) => {
            for (old, new) in old.iter().zip(new) {
                grew(old, new, at);
            }
            assert_eq!(old.is_empty(), new.is_empty(), "{at}");
        }
        (Value::Null, _) | (_, Value::Null) => {}
        (old, new) => assert_eq!(
            std::mem::discriminant(old),
            std::mem::discriminant(new),
            "{at}: {old} became {new}"
        ),
    }
}

/// The answer with what differs each time replaced.
fn settled(mut answer: Value, fields: &[(&str, Value)]) -> Value {
    for list in ["items", "keys"] {
        for item in answer[list].as_array_mut().into_iter().flatten() {
            for (name, value) in fields {
                if item.get(name).is_some() {
                    item[name] = value.clone();
                }
            }
        }
        if answer[list].is_null() {
            answer.as_object_mut().unwrap().remove(list);
        }
    }
    answer
}

#[tokio::test]
async fn what_every_release_asks_of_accounts_is_answered() {
    let accounts = accounts().await;
    let fan = Client::signed_up(&accounts.base, "fan").await;
    // Ends its session, so that something is void.
    fan.delete("/api/v1/sessions/current").await.expect(204);
    let users = asked(&accounts, &format!("/internal/users?ids={}", fan.id)).await;
    let voided = asked(&accounts, "/internal/revocations?since=0").await;
    let keys = asked(&accounts, "/internal/keys").await;
    let same = [
        ("id", json!(id::<()>(1))),
        ("display_name", json!("A Fan")),
        ("occurred_at", json!(1_790_000_000_000_i64)),
        ("data", json!({"session_id": id::<()>(4)})),
        ("kid", json!("a-key")),
        ("x", json!("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")),
    ];
    keep("users.json", &settled(users.clone(), &same));
    keep("revocations.json", &settled(voided.clone(), &same));
    keep("keys.json", &settled(keys.clone(), &same));
    for release in releases() {
        grew(&read(&release, "users.json"), &users, "users");
        grew(&read(&release, "revocations.json"), &voided, "revocations");
        grew(&read(&release, "keys.json"), &keys, "keys");
    }
}

/// Answers by path what a release has answered.
async fn replays(release: &Path) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let answers: HashMap<&str, String> = ["users", "revocations", "keys"]
        .into_iter()
        .map(|name| (name, read(release, &format!("{name}.json")).to_string()))
        .collect();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = vec![0; 8192];
            let length = stream.read(&mut head).await.unwrap_or(0);
            let head = String::from_utf8_lossy(&head[..length]);
            let name = head
                .split("/internal/")
                .nth(1)
                .and_then(|rest| rest.split([' ', '?']).next());
            let body = answers.get(name.unwrap_or_default());
            let body = body.map(String::as_str).unwrap_or("null");
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
                 Connection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    base
}

#[tokio::test]
async fn what_accounts_of_every_release_answer_is_understood() {
    let config = Config::from_lookup(|name| match name {
        "WING_SERVICE_SECRET" => Some("the-secret-of-the-recorded-tests-only".into()),
        "WING_CALL_MS" => Some("10000".into()),
        _ => None,
    })
    .unwrap();
    for release in releases() {
        let base = replays(&release).await;
        let users = RemoteUsers::new(calls(&base, &config));
        let who: UserId = id(1);
        let found = users.summaries(&[who]).await.unwrap();
        assert_eq!(found[&who].display_name, "A Fan");
        assert_eq!(found[&who].role, Role::Fan);

        let clock = Clock::system();
        let revocations = Revocations::new();
        let issuer = Issuer::new(calls(&base, &config), revocations, clock);
        issuer.prime().await;
        let verifier = issuer.verifier();
        assert!(!verifier.issuer_is_away(), "its answer was understood");
    }
}
