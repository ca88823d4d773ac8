//! What the site does when what it needs is away, full or broken.

use std::process::Command;

use serde_json::json;
use wing_suite::{
    Database, Options, SpawnedProcess, sound, spawn_app, text, tus, wait_for, wait_until,
};

#[tokio::test]
async fn broken_database_connections_are_replaced() {
    let app = spawn_app().await;
    if !wing_suite::on_postgres() {
        return; // There is no connection to break.
    }
    let musician = app.musician().await;
    for round in 0..3 {
        app.database().break_connections();
        wait_until("writing works again", || async {
            let body = json!({"name": format!("Band {round}")});
            let answer = musician.post_json("/api/v1/artists", &body).await;
            assert!(
                matches!(answer.status, 201 | 503),
                "{}: {}",
                answer.status,
                answer.text()
            );
            answer.status == 201
        })
        .await;
        app.nobody().get("/api/v1/artists").await.expect(200);
    }
}

#[tokio::test]
async fn a_database_that_is_away_is_503_and_nothing_else_until_it_is_back() {
    let app = spawn_app().await;
    if !wing_suite::on_postgres() {
        return; // The database is a file beside the program.
    }
    let musician = app.musician().await;
    let track = musician.published("Before The Outage").await;
    app.database().allow_connections(false);
    app.database().break_connections();
    let away = app
        .nobody()
        .get("/api/v1/artists")
        .await
        .expect_problem(503, "unavailable");
    assert!(away.number("retry-after") >= 1);
    assert!(
        !away.text().to_lowercase().contains("postgres"),
        "nothing internal is revealed"
    );
    wait_until("it is not ready", || async {
        app.behind_the_edge().get("/readyz").await.status == 503
    })
    .await;
    app.behind_the_edge().get("/healthz").await.expect(200);
    let page = app.browser().open("/artists").await;
    assert_eq!(page.status, 503);
    assert!(page.header("content-type").starts_with("text/html"));

    app.database().allow_connections(true);
    wait_until("it is ready", || async {
        app.behind_the_edge().get("/readyz").await.status == 200
    })
    .await;
    let path = format!("/api/v1/tracks/{}", text(&track["id"]));
    app.nobody().get(&path).await.expect(200);
    // What runs beside the requests goes on, too.
    musician.published("After The Outage").await;
}

/// A site whose data directory is a disk of a few megabytes, mounted for it
/// alone; its database lies elsewhere.
async fn on_a_small_disk(
    data: &std::path::Path,
    database: &Database,
    options: &Options,
) -> Option<SpawnedProcess> {
    let possible = Command::new("unshare")
        .args([
            "--mount",
            "--map-root-user",
            "mount",
            "-t",
            "tmpfs",
            "-o",
            "size=4m",
            "none",
        ])
        .arg(data)
        .output()
        .is_ok_and(|output| output.status.success());
    if !possible {
        eprintln!("no disk can be mounted here: skipped");
        return None;
    }
    let script = "mount -t tmpfs -o size=5m none \"$WING_DATA\" && exec \"$0\" \"$@\"";
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "--map-root-user", "sh", "-c", script])
        .arg(wing_suite::binary());
    Some(SpawnedProcess::start_with(command, data, &database.url, options).await)
}

#[tokio::test]
async fn a_full_disk_keeps_what_arrived_and_says_so() {
    let (data, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let database = Database::create(elsewhere.path());
    let Some(program) = on_a_small_disk(data.path(), &database, &Options::default()).await else {
        return;
    };
    let musician = program.musician().await;
    tus::begin(&musician, 6_000_000, "never-fits.wav")
        .await
        .expect_problem(507, "storage_full");

    // Both fit when they begin, but not both when they end.
    let bytes = vec![9_u8; 3_500_000];
    let first = tus::location(
        &tus::begin(&musician, bytes.len(), "a.wav")
            .await
            .expect(201),
    );
    let second = tus::location(
        &tus::begin(&musician, bytes.len(), "b.wav")
            .await
            .expect(201),
    );
    tus::patch(&musician, &first, 0, &bytes).await.expect(204);
    tus::patch(&musician, &second, 0, &bytes)
        .await
        .expect_problem(507, "storage_full");
    let kept = tus::head(&musician, &second)
        .await
        .expect(200)
        .number("upload-offset");
    assert!(kept < bytes.len() as u64, "{kept}");
    program.nobody().get("/api/v1/tracks").await.expect(200);

    tus::terminate(&musician, &first).await.expect(204);
    let at = usize::try_from(tus::head(&musician, &second).await.number("upload-offset")).unwrap();
    let done = tus::patch(&musician, &second, at, &bytes[at..])
        .await
        .expect(204);
    assert_eq!(done.number("upload-offset"), bytes.len() as u64);
}

#[tokio::test]
async fn a_track_whose_processing_found_the_disk_full_waits_and_goes_on() {
    let (data, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let database = Database::create(elsewhere.path());
    let Some(program) = on_a_small_disk(data.path(), &database, &Options::default()).await else {
        return;
    };
    let musician = program.musician().await;
    let artist = musician.artist("Crowded").await;
    let file = sound::file("short.flac");
    let upload = tus::upload(&musician, &file, "short.flac").await;

    // Fill the disk to its last byte.
    let mut fillers = Vec::new();
    for size in [1_000_000, 300_000, 100_000, 30_000, 8_192, 4_096] {
        loop {
            let begun = tus::begin(&musician, size, "filler.wav").await;
            if begun.status != 201 {
                break;
            }
            let location = tus::location(&begun);
            let full = tus::patch(&musician, &location, 0, &vec![1; size])
                .await
                .status
                == 507;
            fillers.push(location);
            if full {
                break;
            }
        }
    }
    let body = json!({"artist_id": artist["id"], "title": "Squeezed In", "genre": "rock", "upload_id": upload});
    let track = musician
        .post_json("/api/v1/tracks", &body)
        .await
        .expect(202)
        .json();
    let path = format!("/api/v1/tracks/{}", text(&track["id"]));
    let event = wait_for("the desk says that the disk is full", || async {
        let track = musician.get(&path).await.expect(200).json();
        (track["reason_code"] == "storage_full").then_some(track)
    })
    .await;
    assert_eq!(event["status"], "processing", "it is not given up at once");
    musician.without_token().get(&path).await.expect(404);

    for filler in fillers {
        tus::terminate(&musician, &filler).await.expect(204);
    }
    let track = musician.processed(&track).await;
    assert_eq!(track["status"], "published", "{track:#}");
    let original = program
        .nobody()
        .get(&format!("{path}/stream?format=original"))
        .await
        .expect(200);
    assert!(original.body == file);
}
