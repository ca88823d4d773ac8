//! What the site does when what it needs is away, full or broken.

use std::process::Command;

use serde_json::json;
use wing_suite::{
    Browser, Database, Options, SpawnedProcess, sound, spawn_app, text, tus, wait_for, wait_until,
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
    megabytes: u32,
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
    let script =
        format!("mount -t tmpfs -o size={megabytes}m none \"$WING_DATA\" && exec \"$0\" \"$@\"");
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "--map-root-user", "sh", "-c", &script])
        .arg(wing_suite::binary());
    Some(SpawnedProcess::start_with(command, data, &database.url, options).await)
}

/// The data directory as the program sees it.
fn inside(program: &SpawnedProcess, data: &std::path::Path) -> std::path::PathBuf {
    let data = data.strip_prefix("/").unwrap();
    std::path::Path::new("/proc")
        .join(program.pid().to_string())
        .join("root")
        .join(data)
}

#[tokio::test]
async fn uploads_leave_room_for_the_database_and_for_each_other() {
    let data = tempfile::tempdir().unwrap();
    let database = Database::create(data.path());
    let options = Options::default().set("WING_DISK_RESERVE_BYTES", 8_000_000);
    let Some(program) = on_a_small_disk(40, data.path(), &database, &options).await else {
        return;
    };
    let (musician, other) = (program.musician().await, program.musician().await);
    let size = 20_000_000;
    let first = tus::location(&tus::begin(&musician, size, "a.wav").await.expect(201));
    // What the first has announced is not there for others.
    tus::begin(&other, size, "b.wav")
        .await
        .expect_problem(507, "storage_full");
    tus::patch(&musician, &first, 0, &vec![7; size])
        .await
        .expect(204);
    let browser = Browser::new(&program.base_url);
    browser.log_in(&other).await;
    let artist = other.artist("Crowded Out").await;
    let page = format!("/desk/artists/{}", text(&artist["id"]));
    let token = wing_suite::csrf_in(&browser.open(&page).await.expect(200).text());
    let part = reqwest::multipart::Part::bytes(vec![7; size]).file_name("b.wav");
    let form = reqwest::multipart::Form::new()
        .text("csrf", token)
        .part("file", part);
    let request = browser
        .request(reqwest::Method::POST, &format!("{page}/upload"))
        .multipart(form);
    let refused = browser.send(request).await;
    assert_eq!(refused.status, 507, "{}", refused.text());

    // Something else takes what is left but for a quarter of the reserve.
    let filler = inside(&program, data.path()).join("filler");
    std::fs::write(&filler, vec![1; 6_000_000]).unwrap();
    program.nobody().get("/readyz").await.expect(200);
    tus::begin(&musician, 100_000, "c.wav").await;
    tus::terminate(&musician, &first).await.expect(204);
    musician
        .delete("/api/v1/sessions/current")
        .await
        .expect(204);
    musician
        .get("/api/v1/users/me")
        .await
        .expect_problem(401, "token_invalid");
    // Without even that, it says that it is not ready.
    let until_full = std::fs::write(&filler, vec![1; 60_000_000]);
    assert!(until_full.is_err());
    program.nobody().get("/readyz").await.expect(503);
}

#[tokio::test]
async fn a_full_disk_keeps_what_arrived_and_says_so() {
    let (data, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let database = Database::create(elsewhere.path());
    // Without a reserve, for the disk to become full at all.
    let options = Options::default().set("WING_DISK_RESERVE_BYTES", 0);
    let Some(program) = on_a_small_disk(5, data.path(), &database, &options).await else {
        return;
    };
    let musician = program.musician().await;
    tus::begin(&musician, 6_000_000, "never-fits.wav")
        .await
        .expect_problem(507, "storage_full");

    // Both fit together when they begin. Then something else takes the disk.
    let bytes = vec![9_u8; 2_400_000];
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
    let filler = inside(&program, data.path()).join("filler");
    std::fs::write(&filler, vec![1; 1_500_000]).unwrap();
    tus::patch(&musician, &second, 0, &bytes)
        .await
        .expect_problem(507, "storage_full");
    let kept = tus::head(&musician, &second)
        .await
        .expect(200)
        .number("upload-offset");
    assert!(kept < bytes.len() as u64, "{kept}");
    program.nobody().get("/api/v1/tracks").await.expect(200);

    std::fs::remove_file(&filler).unwrap();
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
    let options = Options::default().set("WING_DISK_RESERVE_BYTES", 0);
    let Some(program) = on_a_small_disk(5, data.path(), &database, &options).await else {
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
