//! What happened is delivered to every domain, and has its effect once, whatever
//! becomes of what carries it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use reqwest::Method;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use wing_contracts::{EventId, Timestamp};
use wing_kit::db::DbError;
use wing_kit::events::{Parked, Repair};
use wing_kit::telemetry::metrics;
use wing_kit::{Clock, Db};
use wing_suite::{
    Answer, App, Client, Musician, NewTrack, PASSWORD, Services, is_split, on_postgres, spawn_app,
    text, wait_until,
};

use crate::listening::days;
use crate::pictures::png;

/// Reports a play by a listener of that browser.
async fn play(client: &Client, track: &Value, browser: &str) -> Answer {
    let request = client
        .request(Method::POST, "/api/v1/plays")
        .header("user-agent", browser)
        .json(&json!({"track_id": track["id"], "seconds_listened": 2}));
    client.send(request).await
}

async fn like(client: &Client, track: &Value, method: Method) -> Answer {
    let path = format!("/api/v1/likes/{}", text(&track["id"]));
    client.send_with(method, &path, &[]).await
}

/// How many events of this database have not been published yet.
async fn waiting(db: &Db) -> i64 {
    use wing_kit::db::schema::outbox;
    let unpublished = |conn: &mut wing_kit::Conn| {
        let of = outbox::table.filter(outbox::published_at.is_null());
        Ok::<_, DbError>(of.count().get_result(conn)?)
    };
    db.read(unpublished).await.unwrap()
}

async fn until_all_published(db: &Db) {
    wait_until("every event is published", || async {
        waiting(db).await == 0
    })
    .await;
}

async fn until_days(db: &Db, plays: i64, likes: i64) {
    wait_until("what happened is counted", || async {
        days(db).await == (plays, likes)
    })
    .await;
}

/// The types of the events that this database has recorded, from the beginning, with
/// what they say.
pub async fn recorded(db: &Db) -> Vec<(String, Value)> {
    use wing_kit::db::schema::outbox;
    let all = |conn: &mut wing_kit::Conn| {
        let payloads = outbox::table
            .order(outbox::sequence)
            .select(outbox::payload);
        Ok::<Vec<String>, DbError>(payloads.load(conn)?)
    };
    let payloads = db.read(all).await.unwrap();
    payloads
        .iter()
        .map(|payload| {
            let event: Value = serde_json::from_str(payload).unwrap();
            (text(&event["type"]), event["data"].clone())
        })
        .collect()
}

#[tokio::test]
async fn what_changes_of_music_that_others_see_is_an_event() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let track = musician.published("On The Wall").await;
    let artist = track["artist"].clone();
    let album = musician.draft_album(&artist, "Frames").await;
    let draft = NewTrack::titled("In The Drawer").with("publish", false);
    let draft = musician.begin_track(&artist, draft).await;
    let draft = musician.processed(&draft).await;
    assert_eq!(draft["status"], "draft");
    let api = |kind: &str, of: &Value| format!("/api/v1/{kind}/{}", text(&of["id"]));
    let (artist_path, album_path) = (api("artists", &artist), api("albums", &album));
    let album_cover = format!("{album_path}/cover");
    let cover = |path: String| {
        let musician = &musician;
        async move { musician.put(&path, png(64, 64)).await.expect(200) }
    };
    let publish = |published: bool| {
        let (musician, path) = (&musician, &album_path);
        async move {
            let body = json!({ "published": published });
            musician.patch_json(path, &body).await.expect(200)
        }
    };
    let mut seen = recorded(app.db()).await.len();
    let mut since = async || {
        let events = recorded(app.db()).await.split_off(seen);
        seen += events.len();
        events
    };
    let kinds = |events: Vec<(String, Value)>| {
        let kinds = events.into_iter().map(|(kind, _)| kind);
        kinds.collect::<Vec<_>>()
    };

    cover(album_cover.clone()).await;
    cover(format!("{}/cover", api("tracks", &draft))).await;
    assert_eq!(kinds(since().await), Vec::<String>::new(), "drafts");
    publish(true).await;
    cover(album_cover.clone()).await;
    musician.delete(&album_cover).await.expect(200);
    publish(false).await;
    assert_eq!(kinds(since().await), ["album.changed"; 4]);
    cover(format!("{}/cover", api("tracks", &track))).await;
    assert_eq!(kinds(since().await), ["track.changed"]);
    cover(format!("{artist_path}/portrait")).await;
    assert_eq!(kinds(since().await), ["artist.changed"]);

    let owner = musician.get("/api/v1/users/me").await.expect(200).json();
    musician.delete(&artist_path).await.expect(204);
    let removed = json!({
        "artist_id": artist["id"], "owner_id": owner["id"], "name": artist["name"],
    });
    let gone = json!({"track_id": track["id"], "artist_id": artist["id"]});
    assert_eq!(
        since().await,
        [
            ("track.removed".to_owned(), gone),
            ("artist.removed".to_owned(), removed),
        ]
    );
}

#[tokio::test]
async fn with_the_broker_away_pages_work_and_afterwards_all_has_its_effect_once() {
    let app = spawn_app().await;
    let Some(broker) = app.broker() else { return };
    let (musician, leaving, fan) = (app.musician().await, app.musician().await, app.fan().await);
    let track = musician.published("Heard In Silence").await;
    let gone = leaving.published("Leaving Soon").await;
    until_all_published(app.db()).await;
    broker.take_away();

    for number in 0..20 {
        play(&app.nobody(), &track, &format!("browser {number}"))
            .await
            .expect(200);
    }
    like(&fan, &track, Method::PUT).await.expect(200);
    like(&fan, &track, Method::DELETE).await.expect(200);
    like(&fan, &track, Method::PUT).await.expect(200);
    let body = json!({"password": leaving.password});
    let request = leaving
        .request(Method::DELETE, "/api/v1/users/me")
        .json(&body);
    leaving.send(request).await.expect(204);
    for path in ["/", "/latest", &format!("/tracks/{}", text(&track["slug"]))] {
        app.browser().open(path).await.expect(200);
    }
    assert_eq!(
        waiting(app.db()).await,
        23,
        "they wait where they were written"
    );
    assert_eq!(days(app.db()).await, (0, 0));
    let path = format!("/api/v1/tracks/{}", text(&gone["id"]));
    app.nobody().get(&path).await.expect(200);

    broker.bring_back();
    until_all_published(app.db()).await;
    until_all_published(app.db_of("user")).await;
    until_days(app.db(), 20, 1).await;
    wait_until("music knows that the account is gone", || async {
        app.nobody().get(&path).await.status == 404
    })
    .await;
}

#[tokio::test]
async fn events_that_come_again_change_nothing() {
    let app = spawn_app().await;
    let (musician, fan) = (app.musician().await, app.fan().await);
    let track = musician.published("Delivered Twice").await;
    for number in 0..3 {
        play(&app.nobody(), &track, &format!("browser {number}"))
            .await
            .expect(200);
    }
    like(&fan, &track, Method::PUT).await.expect(200);
    until_days(app.db(), 3, 1).await;

    // The broker has lost everything, so it takes nothing for a repetition.
    if let Some(broker) = app.broker() {
        broker.empty();
    }
    let mut count = 0;
    for db in [app.db(), app.db_of("user")] {
        let repair = Repair::new(db.clone(), app.clock.clone());
        let again = tokio::task::spawn_blocking(move || repair.resend(Timestamp(0)));
        count += again.await.unwrap().unwrap();
    }
    assert!(count > 5, "{count}");
    until_all_published(app.db()).await;
    // Counted after the others were delivered once more.
    play(&app.nobody(), &track, "one more browser")
        .await
        .expect(200);
    until_days(app.db(), 4, 1).await;
    musician.get("/api/v1/users/me").await.expect(200);
}

/// Has the database refuse that plays of this track are counted, or lets it be.
fn poison(app: &App, track: &Value, poisoned: bool) {
    let id = text(&track["id"]).replace('-', "");
    let sql = match (on_postgres(), poisoned) {
        (true, true) => format!(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'a broken counter'; END $$; \
             CREATE TRIGGER poison BEFORE INSERT ON track_days FOR EACH ROW \
             WHEN (NEW.track_id = '{id}') EXECUTE FUNCTION refuse();"
        ),
        (true, false) => "DROP TRIGGER poison ON track_days;".into(),
        (false, true) => format!(
            "CREATE TRIGGER poison BEFORE INSERT ON track_days \
             WHEN NEW.track_id = x'{id}' BEGIN SELECT RAISE(ABORT, 'a broken counter'); END;"
        ),
        (false, false) => "DROP TRIGGER poison;".into(),
    };
    app.db()
        .write_blocking(|tx| tx.conn().batch_execute(&sql).map_err(DbError::from))
        .unwrap();
}

async fn parked(app: &App) -> Vec<Parked> {
    let repair = Repair::new(app.db().clone(), app.clock.clone());
    let parked = tokio::task::spawn_blocking(move || repair.parked());
    parked.await.unwrap().unwrap()
}

#[tokio::test]
async fn an_event_that_keeps_failing_is_parked_and_delivered_again_when_asked() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let broken = musician.published("Breaks The Counter").await;
    let sound = musician.published("Counts Well").await;
    until_all_published(app.db()).await;
    poison(&app, &broken, true);
    play(&app.nobody(), &broken, "a browser").await.expect(200);
    play(&app.nobody(), &sound, "a browser").await.expect(200);

    wait_until("it is parked", || async { !parked(&app).await.is_empty() }).await;
    until_days(app.db(), 1, 0).await;
    let given_up = parked(&app).await;
    assert_eq!(given_up.len(), 1);
    assert_eq!(given_up[0].consumer, "music.bookkeeper");
    assert!(given_up[0].error.contains("a broken counter"));
    assert!(given_up[0].payload.contains(&text(&broken["id"])));
    let counted = metrics::render();
    let line = counted
        .lines()
        .find(|line| line.starts_with("wing_events_parked_total{consumer=\"music.bookkeeper\"}"));
    assert!(line.is_some_and(|line| line.ends_with(" 1")), "{line:?}");

    poison(&app, &broken, false);
    let repair = Repair::new(app.db().clone(), app.clock.clone());
    let none = repair.clone();
    let none = tokio::task::spawn_blocking(move || none.retry(Some("music.nobody"), None));
    assert_eq!(none.await.unwrap().unwrap(), 0);
    let again = tokio::task::spawn_blocking(move || repair.retry(None, None));
    assert_eq!(again.await.unwrap().unwrap(), 1);
    until_days(app.db(), 2, 0).await;
    assert!(parked(&app).await.is_empty());
}

/// Writes an event of a later release to the outbox of this database.
async fn write_unknown(db: &Db, kind: &'static str) {
    use wing_kit::db::schema::outbox;
    let (id, now) = (EventId::new(), Clock::system().now());
    let event =
        json!({"id": id, "occurred_at": now, "type": kind, "data": {"by": "a later release"}});
    let written = db.write(move |tx| {
        let row = (
            outbox::id.eq(id),
            outbox::payload.eq(event.to_string()),
            outbox::occurred_at.eq(now.0),
        );
        let insert = diesel::insert_into(outbox::table).values(row);
        insert.execute(tx.conn()).map_err(DbError::Query)
    });
    assert_eq!(written.await.unwrap(), 1);
}

#[tokio::test]
async fn types_of_a_later_release_stop_neither_the_relay_nor_a_start() {
    if !is_split() {
        return; // Without a broker: the dispatcher's own tests.
    }
    let mut services = Services::start().await;
    let user_db = Db::open(&services.database("user").url, 1, &[]).unwrap();
    // For nobody here, and for music's consumer of accounts.
    write_unknown(&user_db, "badge.granted").await;
    write_unknown(&user_db, "user.promoted").await;
    until_all_published(&user_db).await;
    services.kill("user");
    services.bring_back("user").await;
    services.until_whole().await;

    let musician = services.musician().await;
    let track = musician.published("Played Under Two Releases").await;
    play(&services.nobody(), &track, "a browser")
        .await
        .expect(200);
    let db = Db::open(&services.database("music").url, 1, &[]).unwrap();
    until_days(&db, 1, 0).await;
}

/// Reports plays, one after the other and each by another listener, until `stop`.
async fn listen(services: &Services, track: &Value, kind: &str, stop: &CancellationToken) {
    let nobody = services.nobody();
    let mut number = 0;
    while !stop.is_cancelled() {
        number += 1;
        let played = play(&nobody, track, &format!("{kind} {number}")).await;
        played.expect(200);
    }
}

/// `WING_TEST_OUTAGE_SECONDS` makes it as long as one likes.
#[tokio::test]
async fn a_broker_away_under_load_costs_nothing_but_time() {
    if !is_split() {
        return;
    }
    let seconds = std::env::var("WING_TEST_OUTAGE_SECONDS");
    let seconds = seconds.map_or(0, |text| text.parse().unwrap());
    let services = Services::start().await;
    let musician = services.musician().await;
    let track = musician.published("Played Into The Silence").await;
    let db = Db::open(&services.database("music").url, 1, &[]).unwrap();
    until_all_published(&db).await;
    services.broker.take_away();
    let stop = CancellationToken::new();
    let outage = async {
        let over = Instant::now() + Duration::from_secs(seconds);
        wait_until("much has happened", || async { waiting(&db).await > 50 }).await;
        tokio::time::sleep_until(over.into()).await;
        services.broker.bring_back();
        stop.cancel();
    };
    tokio::join!(
        listen(&services, &track, "one", &stop),
        listen(&services, &track, "two", &stop),
        outage
    );
    let path = format!("/api/v1/tracks/{}", text(&track["id"]));
    let seen = services.nobody().get(&path).await.expect(200).json();
    let plays = seen["play_count"].as_i64().unwrap();
    // As many events at most as there is patience for in one wait.
    let mut counted = -1;
    while days(&db).await != (plays, 0) {
        wait_until("more is counted", || async { days(&db).await.0 > counted }).await;
        counted = days(&db).await.0;
        assert!(counted <= plays, "{counted} of {plays}");
    }
}

/// What was acknowledged to writers.
#[derive(Default)]
struct Done {
    accounts: Mutex<Vec<String>>,
    albums: Mutex<Vec<String>>,
    plays: AtomicUsize,
    /// Reported, with whatever answer.
    plays_sent: AtomicUsize,
}

impl Done {
    fn count(&self) -> usize {
        let (accounts, albums) = (self.accounts.lock().unwrap(), self.albums.lock().unwrap());
        accounts.len().min(albums.len())
    }
}

/// Signs up, makes albums and listens until `stop`, whatever the answers are.
async fn write(musician: &Musician, track: &Value, done: &Done, stop: &CancellationToken) {
    let nobody = musician.without_token();
    let mut number = 0;
    while !stop.is_cancelled() {
        number += 1;
        let email = format!("fan-{number}@mail.example");
        let body = json!({
            "email": email, "password": PASSWORD, "display_name": "A Fan", "role": "fan",
        });
        if nobody.post_json("/api/v1/users", &body).await.status == 201 {
            done.accounts.lock().unwrap().push(email);
        }
        let title = format!("Album {number}");
        let body = json!({"artist_id": track["artist"]["id"], "title": title});
        if musician.post_json("/api/v1/albums", &body).await.status == 201 {
            done.albums.lock().unwrap().push(title);
        }
        done.plays_sent.fetch_add(1, Ordering::Relaxed);
        let played = play(&nobody, track, &format!("browser {number}")).await;
        if played.status == 200 {
            done.plays.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[tokio::test]
async fn killed_in_the_middle_of_writing_no_process_loses_or_doubles_what_it_acknowledged() {
    if !is_split() {
        return; // One process alone is killed in `faults`.
    }
    let mut services = Services::start().await;
    let musician = services.musician().await;
    let track = musician.published("Written Under Fire").await;
    let (done, stop) = (Done::default(), CancellationToken::new());
    let killing = async {
        for name in ["music", "user", "broker", "user", "music"] {
            let before = done.count();
            wait_until("something is written", || async {
                done.count() >= before + 3
            })
            .await;
            if name == "broker" {
                services.broker.take_away();
                services.broker.bring_back();
            } else {
                services.kill(name);
                services.bring_back(name).await;
                services.until_whole().await;
            }
        }
        stop.cancel();
    };
    tokio::join!(write(&musician, &track, &done, &stop), killing);

    let path = format!(
        "/api/v1/albums?drafts=true&artist_id={}",
        text(&track["artist"]["id"])
    );
    let titles: Vec<String> = musician
        .all_pages(&path)
        .await
        .iter()
        .map(|album| text(&album["title"]))
        .collect();
    for title in done.albums.lock().unwrap().iter() {
        let times = titles.iter().filter(|one| *one == title).count();
        assert_eq!(times, 1, "{title}");
    }
    let accounts = done.accounts.into_inner().unwrap();
    for email in &accounts {
        let body = json!({"email": email, "password": PASSWORD});
        let session = services.nobody().post_json("/api/v1/sessions", &body).await;
        session.expect(200);
    }
    let path = format!("/api/v1/tracks/{}", text(&track["id"]));
    let seen = services.nobody().get(&path).await.expect(200).json();
    let plays = usize::try_from(seen["play_count"].as_i64().unwrap()).unwrap();
    let (least, most) = (
        done.plays.load(Ordering::Relaxed),
        done.plays_sent.load(Ordering::Relaxed),
    );
    assert!((least..=most).contains(&plays), "{least} {plays} {most}");
    // Each of them had its effect once.
    let db = Db::open(&services.database("music").url, 1, &[]).unwrap();
    until_days(&db, i64::try_from(plays).unwrap(), 0).await;
}
