//! Two at once on PostgreSQL, where nothing but the use case itself keeps them apart.
//!
//! Each test holds a lock that stops them where it hurts most, waits until they have
//! come that far, and lets them go.

use std::sync::mpsc;
use std::thread::JoinHandle;

use diesel::RunQueryDsl as _;
use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::sql_types::{BigInt, Text};
use serde_json::{Value, json};
use wing_kit::db::DbError;
use wing_kit::{Clock, Db};
use wing_suite::{
    Answer, App, Client, Musician, NewTrack, PASSWORD, on_postgres, spawn_app, text, tus,
    wait_until,
};

use crate::events::recorded;
use crate::pictures::png;

/// A transaction that keeps its locks until it is released.
struct Held {
    release: mpsc::Sender<()>,
    transaction: JoinHandle<Result<(), DbError>>,
}

impl Held {
    /// Runs `statements` and keeps what they have locked.
    fn locks(db: &Db, statements: impl Into<String>) -> Self {
        let (db, statements) = (db.clone(), statements.into());
        let (release, released) = mpsc::channel::<()>();
        let (locked, has_locked) = mpsc::channel();
        let transaction = std::thread::spawn(move || {
            db.write_blocking(|tx| {
                tx.conn().batch_execute(&statements)?;
                locked.send(()).unwrap();
                let _ = released.recv();
                Ok(())
            })
        });
        has_locked.recv().expect("it is locked");
        Self {
            release,
            transaction,
        }
    }

    fn release(self) {
        drop(self.release);
        self.transaction.join().unwrap().unwrap();
    }
}

async fn until_blocked(db: &Db, sessions: i64) {
    let waiting = |conn: &mut wing_kit::Conn| {
        let count = sql::<BigInt>(
            "SELECT count(*) FROM pg_stat_activity \
             WHERE datname = current_database() AND wait_event_type = 'Lock'",
        );
        Ok::<i64, DbError>(count.get_result(conn)?)
    };
    wait_until("they wait for the lock", || async {
        db.read(waiting).await.unwrap() >= sessions
    })
    .await;
}

/// Runs one request until it waits for what is held, then another until it waits as
/// well, and lets both go.
async fn one_behind_the_other<T>(
    db: &Db,
    held: Held,
    first: impl Future<Output = T>,
    second: impl Future<Output = T>,
) -> (T, T) {
    let second = async {
        until_blocked(db, 1).await;
        let release = async {
            until_blocked(db, 2).await;
            held.release();
        };
        tokio::join!(second, release).0
    };
    tokio::join!(first, second)
}

/// Sends two changes of one thing while its row is locked, and lets both go.
async fn change_both(app: &App, table: &str, path: &str, of: &Musician, changes: [Value; 2]) {
    let id = path.rsplit('/').next().unwrap();
    let held = Held::locks(
        app.db(),
        format!("SELECT 1 FROM {table} WHERE id = '{id}' FOR UPDATE"),
    );
    let release = async {
        until_blocked(app.db(), 2).await;
        held.release();
    };
    let [one, two] = &changes;
    let (one, two, ()) = tokio::join!(of.patch_json(path, one), of.patch_json(path, two), release);
    one.expect(200);
    two.expect(200);
}

#[tokio::test]
async fn changes_of_two_fields_at_once_are_both_kept() {
    if !on_postgres() {
        return;
    }
    let app = spawn_app().await;
    let musician = app.musician().await;
    let track = musician.published("First Title").await;
    let album = musician.album(&track["artist"], "First Album").await;
    for (table, path, changes) in [
        (
            "tracks",
            format!("/api/v1/tracks/{}", text(&track["id"])),
            [json!({"title": "Second Title"}), json!({"lyrics": "La la"})],
        ),
        (
            "albums",
            format!("/api/v1/albums/{}", text(&album["id"])),
            [
                json!({"title": "Second Album"}),
                json!({"label": "Kitchen"}),
            ],
        ),
        (
            "artists",
            format!("/api/v1/artists/{}", text(&track["artist"]["id"])),
            [json!({"name": "Second Name"}), json!({"bio": "A story."})],
        ),
    ] {
        change_both(&app, table, &path, &musician, changes.clone()).await;
        let after = musician.get(&path).await.expect(200).json();
        for change in changes {
            for (field, value) in change.as_object().unwrap() {
                assert_eq!(&after[field], value, "{path} {field}");
            }
        }
    }
}

#[tokio::test]
async fn genres_that_two_write_at_once_are_those_of_one() {
    if !on_postgres() {
        return;
    }
    let app = spawn_app().await;
    let musician = app.musician().await;
    let artist = musician.artist("Undecided").await;
    let path = format!("/api/v1/artists/{}", text(&artist["id"]));
    let held = Held::locks(app.db(), "SELECT 1 FROM artists FOR UPDATE");
    let (first, second) = (json!({"genres": ["rock"]}), json!({"genres": ["jazz"]}));
    let (one, two) = one_behind_the_other(
        app.db(),
        held,
        musician.patch_json(&path, &first),
        musician.patch_json(&path, &second),
    )
    .await;
    one.expect(200);
    two.expect(200);
    let after = musician.get(&path).await.expect(200).json();
    assert_eq!(after["genres"], second["genres"]);
}

#[tokio::test]
async fn a_change_that_waits_for_a_publication_is_an_event() {
    if !on_postgres() {
        return;
    }
    let app = spawn_app().await;
    let musician = app.musician().await;
    let artist = musician.artist("Just Out").await;
    let album = musician.draft_album(&artist, "First Album").await;
    let new = NewTrack::titled("First Title").with("publish", false);
    let track = musician.begin_track(&artist, new).await;
    musician.processed(&track).await;
    for (table, draft, events) in [
        ("albums", album, ["album.changed", "album.changed"]),
        ("tracks", track, ["track.published", "track.changed"]),
    ] {
        let path = format!("/api/v1/{table}/{}", text(&draft["id"]));
        let before = recorded(app.db()).await.len();
        let held = Held::locks(app.db(), format!("SELECT 1 FROM {table} FOR UPDATE"));
        let (published, titled) = (json!({"published": true}), json!({"title": "Second"}));
        let (one, two) = one_behind_the_other(
            app.db(),
            held,
            musician.patch_json(&path, &published),
            musician.patch_json(&path, &titled),
        )
        .await;
        one.expect(200);
        two.expect(200);
        let since = recorded(app.db()).await.split_off(before);
        let kinds: Vec<_> = since.into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(kinds, events);
    }
}

#[tokio::test]
async fn a_track_published_at_the_moment_its_processing_ends_is_published() {
    if !on_postgres() {
        return;
    }
    let app = spawn_app().await;
    let musician = app.musician().await;
    let artist = musician.artist("In The Nick Of Time").await;
    // Processing has locked the track when it comes to its renditions.
    let held = Held::locks(app.db(), "LOCK TABLE renditions IN SHARE MODE");
    let new = NewTrack::titled("Just Then").with("publish", false);
    let track = musician.begin_track(&artist, new).await;
    until_blocked(app.db(), 1).await;
    let path = format!("/api/v1/tracks/{}", text(&track["id"]));
    let release = async {
        until_blocked(app.db(), 2).await;
        held.release();
    };
    let published = json!({"published": true});
    let (changed, ()) = tokio::join!(musician.patch_json(&path, &published), release);
    changed.expect(200);
    let track = musician.processed(&track).await;
    assert_eq!(track["status"], "published");
}

#[tokio::test]
async fn an_album_that_two_put_in_order_at_once_ends_in_the_order_of_one() {
    if !on_postgres() {
        return;
    }
    let app = spawn_app().await;
    let musician = app.musician().await;
    let artist = musician.artist("Both Ways").await;
    let album = musician.album(&artist, "Upside Down").await;
    let mut tracks = Vec::new();
    for number in [1, 2] {
        let new = NewTrack::titled(&format!("Number {number}"))
            .with("album_id", album["id"].clone())
            .with("track_number", number);
        tracks.push(musician.track(&artist, new).await);
    }
    let ids = [0, 1].map(|at: usize| text(&tracks[at]["id"]));
    let (browser, other) = (app.browser(), app.browser());
    browser.log_in(&musician).await;
    other.log_in(&musician).await;
    let page = format!("/desk/albums/{}", text(&album["id"]));
    let action = format!("{page}/order");
    let numbers = [0, 1].map(|at: usize| format!("number_{}", ids[at]));
    // The second begins when the first has written one of the two and waits for the
    // other, so it must not decide by the numbers that it finds then.
    let first = [(numbers[0].as_str(), "3"), (numbers[1].as_str(), "1")];
    let second = [(numbers[0].as_str(), "1"), (numbers[1].as_str(), "3")];
    let held = Held::locks(
        app.db(),
        format!("SELECT 1 FROM tracks WHERE id = '{}' FOR UPDATE", ids[1]),
    );
    let (one, two) = one_behind_the_other(
        app.db(),
        held,
        browser.submit(&page, &action, &first),
        other.submit(&page, &action, &second),
    )
    .await;
    one.expect(303);
    two.expect(303);
    let mut numbers = Vec::new();
    for id in &ids {
        let path = format!("/api/v1/tracks/{id}");
        let track = musician.get(&path).await.expect(200).json();
        numbers.push(track["track_number"].as_i64().unwrap());
    }
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 3]);
}

#[tokio::test]
async fn of_two_that_choose_one_address_one_is_refused_as_taken() {
    if !on_postgres() {
        return;
    }
    let app = spawn_app().await;
    let (one, two) = (app.musician().await, app.musician().await);
    let chosen = json!({"name": "A Band", "slug": "the-same-address"});
    let held = Held::locks(app.db(), "LOCK TABLE artists IN SHARE MODE");
    let release = async {
        until_blocked(app.db(), 2).await;
        held.release();
    };
    let (one, two, ()) = tokio::join!(
        one.post_json("/api/v1/artists", &chosen),
        two.post_json("/api/v1/artists", &chosen),
        release
    );
    let refused = one_of(one, two).expect_problem(409, "slug_taken").json();
    assert_eq!(refused["errors"][0]["field"], "slug");
}

#[tokio::test]
async fn what_is_named_alike_at_the_same_moment_gets_addresses_of_its_own() {
    if !on_postgres() {
        return;
    }
    let app = spawn_app().await;
    let musicians = [
        app.musician().await,
        app.musician().await,
        app.musician().await,
    ];
    let slugs = made_at_once(&app, &musicians, "artists", |_| json!({"name": "Alike"})).await;
    assert_eq!(slugs, ["alike", "alike-2", "alike-3"]);

    let mut artists = Vec::new();
    for musician in &musicians {
        artists.push(musician.artist("Someone").await["id"].clone());
    }
    let album = |index: usize| json!({"artist_id": artists[index], "title": "Also Alike"});
    let slugs = made_at_once(&app, &musicians, "albums", album).await;
    assert_eq!(slugs, ["also-alike", "also-alike-2", "also-alike-3"]);
}

/// Makes one thing each at the same moment; their addresses in order.
async fn made_at_once(
    app: &App,
    musicians: &[Musician; 3],
    table: &str,
    body: impl Fn(usize) -> Value,
) -> Vec<String> {
    let held = Held::locks(app.db(), format!("LOCK TABLE {table} IN SHARE MODE"));
    let release = async {
        until_blocked(app.db(), 3).await;
        held.release();
    };
    let path = format!("/api/v1/{table}");
    let make = |index: usize| {
        let (musician, path, body) = (&musicians[index], path.clone(), body(index));
        async move { musician.post_json(&path, &body).await.expect(201).json() }
    };
    let (one, two, three, ()) = tokio::join!(make(0), make(1), make(2), release);
    let mut slugs: Vec<_> = [one, two, three]
        .iter()
        .map(|made| text(&made["slug"]))
        .collect();
    slugs.sort_unstable();
    slugs
}

#[tokio::test]
async fn of_two_artists_made_at_once_only_as_many_as_an_account_may_have_are_made() {
    if !on_postgres() {
        return;
    }
    let app = spawn_app().await;
    let musician = app.musician().await;
    for number in 1..50 {
        musician.artist(&format!("Number {number}")).await;
    }
    let held = Held::locks(app.db(), "LOCK TABLE artists IN SHARE MODE");
    let release = async {
        until_blocked(app.db(), 2).await;
        held.release();
    };
    let (named, otherwise) = (json!({"name": "One More"}), json!({"name": "Another"}));
    let (one, two, ()) = tokio::join!(
        musician.post_json("/api/v1/artists", &named),
        musician.post_json("/api/v1/artists", &otherwise),
        release
    );
    one_of(one, two).expect_problem(409, "too_many_artists");
    let mine = musician.get("/api/v1/artists/mine").await.items();
    assert_eq!(mine.len(), 50);
}

#[tokio::test]
async fn of_two_uploads_begun_at_once_only_as_many_as_an_account_may_have_are_begun() {
    if !on_postgres() {
        return;
    }
    let app = spawn_app().await;
    let musician = app.musician().await;
    for _ in 1..100 {
        tus::begin(&musician, 10, "one").await.expect(201);
    }
    let held = Held::locks(app.db(), "LOCK TABLE uploads IN SHARE MODE");
    let release = async {
        until_blocked(app.db(), 2).await;
        held.release();
    };
    let (one, two, ()) = tokio::join!(
        tus::begin(&musician, 10, "one-more"),
        tus::begin(&musician, 10, "one-more"),
        release
    );
    one_of(one, two).expect_problem(409, "too_many_uploads");
}

/// The refusal of two answers of which the other one made something.
fn one_of(one: Answer, two: Answer) -> Answer {
    let (made, refused) = match one.status {
        201 => (one, two),
        _ => (two, one),
    };
    made.expect(201);
    refused
}

#[tokio::test]
async fn one_picture_is_shown_and_taken_away_by_two_at_once() {
    if !on_postgres() {
        return;
    }
    let app = spawn_app().await;
    let musician = app.musician().await;
    let artist = musician.artist("Two Frames").await;
    let mut covers = Vec::new();
    for title in ["Left", "Right"] {
        let album = musician.album(&artist, title).await;
        covers.push(format!("/api/v1/albums/{}/cover", text(&album["id"])));
    }
    let set = |path: String| {
        let musician = &musician;
        async move { musician.put(&path, png(64, 64)).await }
    };
    let let_go = |held: Held| async {
        until_blocked(app.db(), 2).await;
        held.release();
    };
    let hold = || Held::locks(app.db(), "SELECT 1 FROM albums FOR UPDATE");

    let (left, right) = (set(covers[0].clone()), set(covers[1].clone()));
    let (left, right, ()) = tokio::join!(left, right, let_go(hold()));
    let [left, right] = [left, right].map(|set| set.expect(200).json()["cover"].clone());
    assert_eq!(left, right);

    // Setting takes the picture's row and then the album's, removing the reverse.
    let (gone, again) = one_behind_the_other(
        app.db(),
        hold(),
        musician.delete(&covers[0]),
        set(covers[0].clone()),
    )
    .await;
    gone.expect(200);
    assert_eq!(again.expect(200).json()["cover"], left);
}

/// Status, role, password and token version of an account as they are stored.
async fn stored(db: &Db, email: &str) -> String {
    let email = email.to_owned();
    db.read(move |conn| {
        let row = sql::<Text>(
            "SELECT concat_ws(' ', status, role, password_hash, token_version) \
             FROM users WHERE email = ",
        )
        .bind::<Text, _>(email);
        Ok::<String, DbError>(row.get_result(conn)?)
    })
    .await
    .unwrap()
}

/// Locks an account that is being disabled, which voids its tokens, and whose password
/// is being changed.
fn disabling(db: &Db, account: &Client) -> Held {
    Held::locks(
        db,
        format!(
            "UPDATE users SET status = 'disabled', password_hash = 'new', \
             token_version = token_version + 1 WHERE email = '{}'",
            account.email
        ),
    )
}

#[tokio::test]
async fn a_sign_up_with_a_known_address_undoes_nothing_that_happens_meanwhile() {
    if !on_postgres() {
        return;
    }
    let app = spawn_app().await;
    let fan = app.fan().await;
    let db = app.db_of("user");
    let held = disabling(db, &fan);
    let release = async {
        until_blocked(db, 1).await;
        held.release();
    };
    let again = json!({
        "email": fan.email, "password": PASSWORD, "display_name": "Somebody", "role": "fan",
    });
    let nobody = app.nobody();
    let (answer, ()) = tokio::join!(nobody.post_json("/api/v1/users", &again), release);
    answer.expect(201);
    assert_eq!(stored(db, &fan.email).await, "disabled fan new 1");
}

#[tokio::test]
async fn becoming_an_admin_undoes_nothing_that_happens_meanwhile() {
    if !on_postgres() {
        return;
    }
    let app = spawn_app().await;
    let fan = app.fan().await;
    let db = app.db_of("user");
    let held = disabling(db, &fan);
    let (granting, email) = (db.clone(), fan.email.clone());
    let granted = tokio::task::spawn_blocking(move || {
        wing_user::grant_admin(&granting, &Clock::system(), &email)
    });
    until_blocked(db, 1).await;
    held.release();
    granted.await.unwrap().unwrap();
    // Both have voided the tokens that were out.
    assert_eq!(stored(db, &fan.email).await, "disabled admin new 2");
}
