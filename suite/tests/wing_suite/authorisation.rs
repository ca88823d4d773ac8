//! Who may call what: every operation of the OpenAPI document, called by nobody,
//! by a fan, by another musician, by the owner and by an admin.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};
use wing_suite::{Answer, App, Client, Musician, NewTrack, PASSWORD, spawn_app, text, tus};

use crate::openapi::{document, operations};

/// Who an operation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum For {
    /// Anybody.
    All,
    /// Whoever is logged in, and it concerns them alone.
    Account,
    /// Musicians; what they name must be their own.
    Musician,
    /// Who manages the thing; to all others it is not there.
    Manager,
    /// Whose upload it is; not even an admin.
    Owner,
    /// Admins.
    Admin,
}

use For::{Account, Admin, All, Manager, Owner};

/// The rule of every operation.
const RULES: &[(&str, For)] = &[
    ("get /.well-known/jwks.json", All),
    ("get /api/v1/albums", All),
    ("post /api/v1/albums", Manager),
    ("get /api/v1/albums/{id}", All),
    ("patch /api/v1/albums/{id}", Manager),
    ("delete /api/v1/albums/{id}", Manager),
    ("put /api/v1/albums/{id}/cover", Manager),
    ("delete /api/v1/albums/{id}/cover", Manager),
    ("post /api/v1/albums/{id}/restore", Manager),
    ("get /api/v1/artists", All),
    ("post /api/v1/artists", For::Musician),
    ("get /api/v1/artists/mine", Account),
    ("get /api/v1/artists/{id}", All),
    ("patch /api/v1/artists/{id}", Manager),
    ("delete /api/v1/artists/{id}", Manager),
    ("put /api/v1/artists/{id}/portrait", Manager),
    ("delete /api/v1/artists/{id}/portrait", Manager),
    ("post /api/v1/artists/{id}/restore", Manager),
    ("get /api/v1/genres", All),
    ("get /api/v1/likes", Account),
    ("put /api/v1/likes/{track_id}", Account),
    ("delete /api/v1/likes/{track_id}", Account),
    ("post /api/v1/plays", All),
    ("get /api/v1/search", All),
    ("post /api/v1/sessions", All),
    ("get /api/v1/sessions", Account),
    ("delete /api/v1/sessions/current", Account),
    ("post /api/v1/sessions/refresh", All),
    ("delete /api/v1/sessions/{id}", Owner),
    ("get /api/v1/tracks", All),
    ("post /api/v1/tracks", Owner),
    ("get /api/v1/tracks/{id}", All),
    ("patch /api/v1/tracks/{id}", Manager),
    ("delete /api/v1/tracks/{id}", Manager),
    ("put /api/v1/tracks/{id}/cover", Manager),
    ("delete /api/v1/tracks/{id}/cover", Manager),
    ("get /api/v1/tracks/{id}/download", All),
    ("head /api/v1/tracks/{id}/download", All),
    ("post /api/v1/tracks/{id}/restore", Manager),
    ("post /api/v1/tracks/{id}/retry", Manager),
    ("get /api/v1/tracks/{id}/stream", All),
    ("head /api/v1/tracks/{id}/stream", All),
    ("get /api/v1/tracks/{id}/waveform", All),
    ("options /api/v1/uploads", All),
    ("get /api/v1/uploads", For::Musician),
    ("post /api/v1/uploads", For::Musician),
    ("head /api/v1/uploads/{id}", Owner),
    ("patch /api/v1/uploads/{id}", Owner),
    ("delete /api/v1/uploads/{id}", Owner),
    ("post /api/v1/users", All),
    ("get /api/v1/users", All),
    ("get /api/v1/users/me", Account),
    ("patch /api/v1/users/me", Account),
    ("delete /api/v1/users/me", Account),
    ("put /api/v1/users/me/picture", Account),
    ("delete /api/v1/users/me/picture", Account),
    ("get /api/v1/users/{id}", All),
    ("post /api/v1/users/{id}/disable", Admin),
    ("post /api/v1/users/{id}/enable", Admin),
];

#[test]
fn every_operation_has_a_rule_and_says_whether_it_is_guarded() {
    let rules: BTreeMap<_, _> = RULES.iter().copied().collect();
    assert_eq!(rules.len(), RULES.len(), "a rule is there twice");
    let mut seen = Vec::new();
    for (path, method, operation) in operations(&document()) {
        let name = format!("{method} {path}");
        let Some(rule) = rules.get(name.as_str()) else {
            panic!("{name} has no rule: say in RULES who it is for");
        };
        let guarded = operation["security"]
            .as_array()
            .is_some_and(|all| !all.is_empty());
        assert_eq!(
            guarded,
            *rule != All,
            "{name}: `security` and the rule disagree"
        );
        seen.push(name);
    }
    for (name, _) in RULES {
        assert!(
            seen.iter().any(|one| one == name),
            "{name} is no operation any more"
        );
    }
}

/// Things of one musician that the calls name.
struct Things {
    owner: Musician,
    artist: String,
    album: String,
    track: String,
    failed: String,
    upload: String,
    whole_upload: String,
    session: String,
    victim: Client,
}

async fn things(app: &App) -> Things {
    let owner = app.musician().await;
    let artist = owner.artist("Guarded").await;
    let album = owner.album(&artist, "Guarded").await;
    let track = owner.track(&artist, NewTrack::titled("Guarded")).await;
    let bad = NewTrack::titled("Failed").file("x.mp3", b"only words".repeat(20));
    let failed = owner.begin_track(&artist, bad).await;
    owner.processed(&failed).await;
    let begun = tus::begin(&owner, 1000, "begun.flac").await.expect(201);
    let sessions = owner.get("/api/v1/sessions").await.expect(200).items();
    Things {
        artist: text(&artist["id"]),
        album: text(&album["id"]),
        track: text(&track["id"]),
        failed: text(&failed["id"]),
        upload: tus::id_of(&tus::location(&begun)),
        whole_upload: tus::upload(&owner, &wing_suite::sound::file("short.mp3"), "whole.mp3").await,
        session: text(&sessions[0]["id"]),
        victim: app.fan().await,
        owner,
    }
}

impl Things {
    fn path(&self, path: &str) -> String {
        let id = match path {
            _ if path.contains("/albums/") => &self.album,
            _ if path.contains("/artists/") => &self.artist,
            _ if path.ends_with("/retry") => &self.failed,
            _ if path.contains("/tracks/") || path.contains("/likes/") => &self.track,
            _ if path.contains("/uploads/") => &self.upload,
            _ if path.contains("/sessions/") => &self.session,
            _ => &self.victim.id,
        };
        let filled = path.replace("{id}", id).replace("{track_id}", id);
        match filled.as_str() {
            "/api/v1/users" => format!("{filled}?ids={id}"),
            _ => filled,
        }
    }

    /// A body that would do, were the caller the right one.
    fn body(&self, method: &str, path: &str) -> Option<Value> {
        Some(match (method, path) {
            ("post", "/api/v1/albums") => json!({"artist_id": self.artist, "title": "Another"}),
            ("post", "/api/v1/artists") => json!({"name": "Another"}),
            ("post", "/api/v1/tracks") => {
                json!({"artist_id": self.artist, "title": "Another", "upload_id": self.whole_upload})
            }
            ("patch", path) if path.contains("/artists/") => json!({"bio": "Changed."}),
            ("patch", path) if path.contains("/albums/") => json!({"label": "Changed"}),
            ("patch", path) if path.contains("/tracks/") => json!({"lyrics": "Changed."}),
            ("patch", "/api/v1/users/me") => json!({"display_name": "Changed"}),
            ("delete", "/api/v1/users/me") => json!({"password": PASSWORD}),
            ("post", "/api/v1/plays") => json!({"track_id": self.track}),
            ("post", "/api/v1/users") => json!({
                "email": format!("{}@mail.example", uuid::Uuid::now_v7()), "password": PASSWORD,
                "display_name": "Another", "role": "fan",
            }),
            ("post", "/api/v1/sessions") => {
                json!({"email": self.victim.email, "password": PASSWORD})
            }
            ("post", "/api/v1/sessions/refresh") => json!({"refresh_token": self.victim.refresh}),
            _ => return None,
        })
    }

    async fn call(&self, client: &Client, method: &str, path: &str) -> Answer {
        let verb: Method = method.to_uppercase().parse().expect("a method");
        let mut request = client.request(verb, &self.path(path));
        if let Some(body) = self.body(method, path) {
            request = request.json(&body);
        } else if method == "put" && !path.contains("/likes/") {
            request = request.body(crate::pictures::png(40, 40));
        } else if path.contains("/uploads") {
            request = request.header("tus-resumable", "1.0.0");
            match method {
                "post" => request = request.header("upload-length", "10"),
                "patch" => {
                    request = request
                        .header("upload-offset", 0)
                        .header("content-type", "application/offset+octet-stream")
                        .body("0123456789");
                }
                _ => {}
            }
        }
        client.send(request).await
    }
}

fn walk() -> impl Iterator<Item = (&'static str, &'static str, For)> {
    RULES.iter().map(|(name, rule)| {
        let (method, path) = name.split_once(' ').expect("a method and a path");
        (method, path, *rule)
    })
}

fn good(answer: &Answer) -> bool {
    (200..300).contains(&answer.status)
}

#[tokio::test]
async fn nobody_gets_what_is_for_all_and_401_for_the_rest() {
    let app = spawn_app().await;
    let things = things(&app).await;
    for (method, path, rule) in walk() {
        let answer = things.call(&app.nobody(), method, path).await;
        let name = format!("{method} {path}: {} {}", answer.status, answer.text());
        match rule {
            All => assert!(good(&answer), "{name}"),
            _ if method == "head" => assert_eq!(answer.status, 401, "{name}"),
            _ => {
                answer.expect_problem(401, "login_required");
            }
        }
    }
    // Nothing happened.
    assert_eq!(
        things
            .owner
            .get(&things.path("/api/v1/tracks/{id}"))
            .await
            .expect(200)
            .json()["lyrics"],
        ""
    );
}

#[tokio::test]
async fn the_wrong_account_changes_nothing_of_anothers() {
    let app = spawn_app().await;
    let things = things(&app).await;
    for (method, path, rule) in walk() {
        for role in ["fan", "musician"] {
            let client = Client::signed_up(&app.base_url, role).await;
            let answer = things.call(&client, method, path).await;
            let name = format!(
                "{role}: {method} {path}: {} {}",
                answer.status,
                answer.text()
            );
            match (rule, role) {
                (All | Account, _) | (For::Musician, "musician") => {
                    assert!(good(&answer), "{name}");
                }
                (For::Musician, _) => assert_eq!(answer.code(), "not_a_musician", "{name}"),
                (Manager | Owner, "musician") => assert_eq!(answer.status, 404, "{name}"),
                // Uploads say that they are for musicians; what is another's is not there.
                (Manager | Owner, _) => assert!(matches!(answer.status, 403 | 404), "{name}"),
                (Admin, _) => {
                    answer.expect_problem(403, "admin_only");
                }
            }
        }
    }
    let track = things
        .owner
        .get(&things.path("/api/v1/tracks/{id}"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&track["lyrics"], &track["title"]),
        (&json!(""), &json!("Guarded"))
    );
    let artist = app
        .nobody()
        .get(&things.path("/api/v1/artists/{id}"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&artist["bio"], &artist["portrait"]),
        (&json!("Recorded at home."), &Value::Null)
    );
    app.nobody()
        .get(&things.path("/api/v1/users/{id}"))
        .await
        .expect(200);
    let upload = format!("/api/v1/uploads/{}", things.upload);
    assert_eq!(
        tus::head(&things.owner, &upload)
            .await
            .expect(200)
            .number("upload-offset"),
        0
    );
}

/// Those last that end what the others need.
fn by_harm(method: &str, path: &str) -> u8 {
    match (method, path) {
        ("delete", "/api/v1/users/me") => 9,
        ("delete", path) if path.contains("/sessions/") => 8,
        ("post", path) if path.ends_with("/disable") => 5,
        ("post", path) if path.ends_with("/enable") => 6,
        ("delete", path) if path.ends_with("{id}") => 3,
        ("post", path) if path.ends_with("/restore") => 4,
        _ => 0,
    }
}

#[tokio::test]
async fn the_owner_may_do_everything_with_what_is_theirs() {
    let app = spawn_app().await;
    let things = things(&app).await;
    let mut calls: Vec<_> = walk().filter(|(_, _, rule)| *rule != Admin).collect();
    calls.sort_by_key(|(method, path, _)| by_harm(method, path));
    // An artist that is removed takes the rest along: it goes last and comes back first.
    calls.sort_by_key(|(method, path, _)| match by_harm(method, path) {
        3 if path.contains("/artists/") => 35,
        4 if path.contains("/artists/") => 36,
        harm => u32::from(harm) * 10,
    });
    let mut owner = things.owner.client.clone();
    for (method, path, _) in calls {
        if by_harm(method, path) >= 8 {
            owner.log_in().await;
        }
        let answer = things.call(&owner, method, path).await;
        assert!(
            good(&answer),
            "{method} {path}: {} {}",
            answer.status,
            answer.text()
        );
    }
}

#[tokio::test]
async fn an_admin_manages_what_is_anothers_but_not_in_their_name() {
    let app = spawn_app().await;
    let things = things(&app).await;
    let admin = app.admin().await;
    let mut calls: Vec<_> = walk()
        .filter(|(_, _, rule)| matches!(rule, Manager | Admin | Owner))
        .collect();
    calls.sort_by_key(|(method, path, _)| match by_harm(method, path) {
        3 if path.contains("/artists/") => 35,
        4 if path.contains("/artists/") => 36,
        harm => u32::from(harm) * 10,
    });
    for (method, path, rule) in calls {
        let answer = things.call(&admin, method, path).await;
        let name = format!("{method} {path}: {} {}", answer.status, answer.text());
        if rule == Owner {
            assert_eq!(answer.status, 404, "{name}");
        } else {
            assert!(good(&answer), "{name}");
        }
    }
}

#[tokio::test]
async fn a_page_of_ones_own_sends_strangers_to_log_in() {
    let app = spawn_app().await;
    let things = things(&app).await;
    let paths = [
        "/me".to_owned(),
        "/me/settings".into(),
        "/likes".into(),
        "/desk".into(),
        "/desk/artists/new".into(),
        format!("/desk/artists/{}", things.artist),
        format!("/desk/artists/{}/edit", things.artist),
        format!("/desk/albums/{}", things.album),
        format!("/desk/tracks/{}", things.track),
    ];
    let stranger = app.browser();
    stranger.log_in(&app.musician().await.client).await;
    let owner = app.browser();
    owner.log_in(&things.owner).await;
    for path in paths {
        let away = app.browser().open(&path).await.expect(303);
        assert!(
            away.header("location").starts_with("/login?next="),
            "{path}"
        );
        owner.follow(&path).await.expect(200);
        if path.starts_with("/desk/") && path != "/desk/artists/new" {
            stranger.open(&path).await.expect(404);
        }
    }
}
