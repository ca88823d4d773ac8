//! Media in an object store, which any number of processes share.

mod bucket;

use std::time::Duration;

use diesel::prelude::*;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use wing_kit::db::DbError;
use wing_suite::{App, Client, Database, SpawnedProcess, sound, text, tus, wait_for, wait_until};

use bucket::Bucket;

/// Ten seconds of a saw, in 16-bit stereo: 1.7 MB.
fn wav() -> Vec<u8> {
    let samples = (0..441_000_u32).flat_map(|n| {
        let sample = (n % 200) as i16 * 80 - 8_000;
        [sample.to_le_bytes(), (-sample).to_le_bytes()].concat()
    });
    let samples: Vec<u8> = samples.collect();
    let size = u32::try_from(samples.len()).unwrap();
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((size + 36).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x02\0");
    bytes.extend(44_100_u32.to_le_bytes());
    bytes.extend(176_400_u32.to_le_bytes());
    bytes.extend(b"\x04\0\x10\0data");
    bytes.extend(size.to_le_bytes());
    bytes.extend(samples);
    bytes
}

async fn stands_at(client: &Client, upload: &str) -> usize {
    let at = tus::head(client, upload).await.expect(200);
    usize::try_from(at.number("upload-offset")).unwrap()
}

/// Sends a part of an upload that breaks off in its middle.
async fn break_off(client: &Client, location: &str, at: usize, whole: &[u8]) {
    let host = client.url("").trim_start_matches("http://").to_owned();
    let path = &location[location.find("/api/").unwrap()..];
    let mut stream = tokio::net::TcpStream::connect(&host).await.unwrap();
    let head = format!(
        "PATCH {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\n\
         Upload-Offset: {at}\r\nContent-Length: {}\r\nContent-Type: application/offset+octet-stream\r\n\r\n",
        client.token.clone().unwrap(),
        whole.len() - at,
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let half = at + (whole.len() - at) / 2;
    stream.write_all(&whole[at..half]).await.unwrap();
    stream.shutdown().await.unwrap();
}

/// Everything below the data directory but the database.
fn on_the_disk(data: &std::path::Path) -> Vec<String> {
    let mut found = Vec::new();
    for dir in ["media", "uploads"] {
        for entry in std::fs::read_dir(data.join(dir))
            .into_iter()
            .flatten()
            .flatten()
        {
            found.push(entry.path().display().to_string());
        }
    }
    found
}

#[tokio::test]
async fn a_track_is_uploaded_in_parts_processed_heard_and_downloaded() {
    let bucket = Bucket::start();
    let app = bucket.options().spawn().await;
    let musician = app.musician().await;
    let whole = wav();
    let begun = tus::begin(&musician, whole.len(), "saw.wav").await;
    let upload = tus::location(&begun.expect(201));
    let mut at = 0;
    for end in [1, 100_000, 1_200_000] {
        let part = &whole[at..end];
        let checksum = [("upload-checksum", &*tus::sha256(part))];
        let sent = tus::patch_with(&musician, &upload, at, part, &checksum).await;
        assert_eq!(sent.expect(204).number("upload-offset"), end as u64);
        at = end;
    }
    let wrong = [("upload-checksum", &*tus::sha1(b"something else"))];
    tus::patch_with(&musician, &upload, at, &whole[at..], &wrong)
        .await
        .expect_problem(460, "checksum_mismatch");
    assert_eq!(stands_at(&musician, &upload).await, at);
    tus::patch(&musician, &upload, at + 1, &whole[at + 1..])
        .await
        .expect_problem(409, "offset_mismatch");
    break_off(&musician, &upload, at, &whole).await;
    let at = wait_for("what came before the break is counted", || async {
        let reached = stands_at(&musician, &upload).await;
        (reached > at).then_some(reached)
    })
    .await;
    wait_until("the broken request has ended", || async {
        let sent = tus::patch(&musician, &upload, at, &whole[at..]).await;
        assert!(matches!(sent.status, 204 | 409 | 423), "{}", sent.text());
        sent.status == 204
    })
    .await;
    let pieces = bucket.keys_in("uploads");
    assert_eq!(pieces.len(), 2, "a full one and the rest: {pieces:?}");

    let artist = musician.artist("Far Away").await;
    let body = json!({
        "artist_id": artist["id"], "upload_id": tus::id_of(&upload),
        "title": "Saw", "genre": "electronica", "downloadable": true,
    });
    let track = musician
        .post_json("/api/v1/tracks", &body)
        .await
        .expect(202)
        .json();
    let track = musician.processed(&track).await;
    assert_eq!(track["status"], "published", "{track:#}");
    assert_eq!(track["duration_ms"], 10_000);
    wait_until("the parts are gone", || async {
        bucket.keys_in("uploads").is_empty()
    })
    .await;
    assert_eq!(bucket.keys_in("originals").len(), 1);
    assert_eq!(bucket.keys_in("renditions").len(), 2);

    let nobody = app.nobody();
    let path = format!("/api/v1/tracks/{}", text(&track["id"]));
    let stream = format!("{path}/stream?format=original");
    let heard = nobody.get(&stream).await.expect(200);
    assert!(heard.body == whole, "every byte once and in its place");
    let saved = nobody.get(&format!("{path}/download")).await.expect(200);
    assert!(
        saved
            .body
            .windows(1_000)
            .any(|part| part == &whole[44..1_044])
    );
    assert_eq!(saved.header("content-length"), saved.body.len().to_string());
    let again = nobody.get(&format!("{path}/download")).await.expect(200);
    assert!(again.body == saved.body);
    assert_eq!(
        on_the_disk(app.data.path()),
        [""; 0],
        "all of it is in the store"
    );
}

#[tokio::test]
async fn ranges_and_conditions_of_what_is_in_the_store_are_as_on_a_disk() {
    let bucket = Bucket::start();
    let app = bucket.options().spawn().await;
    let musician = app.musician().await;
    let track = musician.published("Ranged").await;
    let whole = sound::file("short.flac");
    let path = format!(
        "/api/v1/tracks/{}/stream?format=original",
        text(&track["id"])
    );
    let nobody = app.nobody();
    let get = async |headers: &[(&str, &str)]| nobody.get_with(&path, headers).await;

    let first = get(&[]).await.expect(200);
    let etag = first.header("etag").to_owned();
    let part = get(&[("range", "bytes=1000-1999")]).await.expect(206);
    assert!(part.body == whole[1_000..2_000]);
    assert_eq!(
        part.header("content-range"),
        format!("bytes 1000-1999/{}", whole.len())
    );
    let end = get(&[("range", "bytes=-7")]).await.expect(206);
    assert!(end.body == whole[whole.len() - 7..]);
    let beyond = get(&[("range", "bytes=99999999-")]).await.expect(416);
    assert_eq!(
        beyond.header("content-range"),
        format!("bytes */{}", whole.len())
    );
    let both = get(&[("range", "bytes=0-9, 20000-20009")])
        .await
        .expect(206);
    assert!(
        both.header("content-type")
            .starts_with("multipart/byteranges")
    );
    for range in [0..10, 20_000..20_010] {
        assert!(
            both.body
                .windows(10)
                .any(|part| part == &whole[range.clone()])
        );
    }

    let kept = get(&[("range", "bytes=0-9"), ("if-range", &etag)])
        .await
        .expect(206);
    assert!(kept.body == whole[..10]);
    let changed = get(&[("range", "bytes=0-9"), ("if-range", "\"other\"")])
        .await
        .expect(200);
    assert!(changed.body == whole);
    get(&[("if-none-match", &etag)]).await.expect(304);
    get(&[("if-match", "\"other\"")]).await.expect(412);
    let head = nobody
        .send_with(reqwest::Method::HEAD, &path, &[])
        .await
        .expect(200);
    assert_eq!(head.number("content-length"), whole.len() as u64);
}

/// Waits until no sweep over pictures is due.
async fn until_swept(app: &App) {
    use wing_kit::db::schema::jobs;
    let now = app.clock.now();
    let due = move |conn: &mut wing_kit::Conn| {
        let sweeps = jobs::table
            .filter(jobs::kind.eq("sweep_user_pictures"))
            .filter(jobs::state.eq_any(["queued", "running"]))
            .filter(jobs::run_at.le(now));
        Ok::<i64, DbError>(sweeps.count().get_result(conn)?)
    };
    wait_until("the sweep is over", || async {
        app.db_of("user").read(due).await.unwrap() == 0
    })
    .await;
}

#[tokio::test]
async fn pictures_are_in_the_store_and_go_with_the_last_account_that_shows_them() {
    let bucket = Bucket::start();
    let app = bucket.options().spawn().await;
    let fan = app.fan().await;
    fan.put("/api/v1/users/me/picture", crate::pictures::png(64, 64))
        .await
        .expect(200);
    let keys = bucket.keys_in("user");
    assert_eq!(keys.len(), 8, "every width in both formats: {keys:?}");
    for key in &keys {
        app.nobody().get(&format!("/media/{key}")).await.expect(200);
    }
    fan.delete("/api/v1/users/me/picture").await.expect(200);
    assert_eq!(bucket.keys_in("user").len(), 8, "not at once");
    // Seen unreferenced by two of the hourly sweeps that come after an hour of rest.
    for _ in 0..4 {
        app.advance_hours(1);
        until_swept(&app).await;
    }
    assert_eq!(bucket.keys_in("user"), [""; 0]);
    app.nobody()
        .get(&format!("/media/{}", keys[0]))
        .await
        .expect_problem(404, "not_found");
}

#[tokio::test]
async fn a_store_that_is_away_is_503_and_nothing_is_half_stored() {
    let mut bucket = Bucket::start();
    let app = bucket.options().spawn().await;
    let musician = app.musician().await;
    let track = musician.published("Before The Outage").await;
    let stream = format!("/api/v1/tracks/{}/stream", text(&track["id"]));
    let whole = wav();
    let begun = tus::begin(&musician, whole.len(), "saw.wav").await;
    let upload = tus::location(&begun.expect(201));
    tus::patch(&musician, &upload, 0, &whole[..500_000])
        .await
        .expect(204);
    let before = bucket.keys();

    bucket.go_away();
    let nobody = app.nobody();
    let away = nobody.get(&stream).await.expect_problem(503, "unavailable");
    assert!(away.number("retry-after") >= 1);
    assert!(
        !away.text().contains("127.0.0.1"),
        "nothing internal is revealed"
    );
    tus::patch(&musician, &upload, 500_000, &whole[500_000..])
        .await
        .expect_problem(503, "unavailable");
    musician
        .put("/api/v1/users/me/picture", crate::pictures::png(32, 32))
        .await
        .expect_problem(503, "unavailable");
    let ready = nobody.get("/readyz").await.expect(503).json();
    assert!(ready.to_string().contains("media"));
    // What needs no file goes on.
    nobody.get("/api/v1/tracks").await.expect(200);
    assert_eq!(bucket.keys(), before);

    bucket.come_back();
    nobody.get("/readyz").await.expect(200);
    nobody.get(&stream).await.expect(200);
    assert_eq!(stands_at(&musician, &upload).await, 500_000);
    tus::patch(&musician, &upload, 500_000, &whole[500_000..])
        .await
        .expect(204);
    let artist = musician.artist("Patient").await;
    let body = json!({"artist_id": artist["id"], "upload_id": tus::id_of(&upload), "title": "Saw"});
    let track = musician
        .post_json("/api/v1/tracks", &body)
        .await
        .expect(202)
        .json();
    assert_eq!(musician.processed(&track).await["status"], "published");
}

/// The second program has a data directory of its own: another machine.
#[tokio::test]
async fn another_process_goes_on_with_what_a_killed_one_began() {
    let bucket = Bucket::start();
    let shared = tempfile::tempdir().unwrap();
    let database = Database::create(shared.path());
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let program = SpawnedProcess::start(here.path(), &database.url, &bucket.options()).await;
    let musician = program.musician().await;
    let whole = sound::file("minutes.flac");
    let begun = tus::begin(&musician, whole.len(), "minutes.flac").await;
    let upload = tus::location(&begun.expect(201));
    let path = upload[upload.find("/api/").unwrap()..].to_owned();
    tus::patch(&musician, &path, 0, &whole[..1_500_000])
        .await
        .expect(204);
    break_off_and_kill(&musician, &path, &whole, program, &bucket).await;

    let program = SpawnedProcess::start(there.path(), &database.url, &bucket.options()).await;
    let musician = program.again(&musician).await;
    let at = stands_at(&musician, &path).await;
    assert!((1_500_000..whole.len()).contains(&at), "{at}");
    tus::patch(&musician, &path, at, &whole[at..])
        .await
        .expect(204);
    let artist = musician.artist("Unkillable").await;
    let body = json!({
        "artist_id": artist["id"], "upload_id": tus::id_of(&path),
        "title": "Survivor", "genre": "folk",
    });
    let track = musician
        .post_json("/api/v1/tracks", &body)
        .await
        .expect(202)
        .json();
    let track_path = format!("/api/v1/tracks/{}", text(&track["id"]));
    wait_until("it is analysed", || async {
        let track = musician.get(&track_path).await.expect(200).json();
        assert_eq!(
            track["status"], "processing",
            "the kill must come in the middle"
        );
        track["step"] == "analysing"
    })
    .await;
    program.kill();

    let again = tempfile::tempdir().unwrap();
    let program = SpawnedProcess::start(again.path(), &database.url, &bucket.options()).await;
    let musician = program.again(&musician).await;
    assert_eq!(musician.processed(&track).await["status"], "published");
    let original = format!("{track_path}/stream?format=original");
    assert!(program.nobody().get(&original).await.expect(200).body == whole);
    assert_eq!(bucket.keys_in("uploads"), [""; 0], "nothing is left over");
}

/// Kills the program while it receives, after some more has been stored.
async fn break_off_and_kill(
    musician: &Client,
    path: &str,
    whole: &[u8],
    program: SpawnedProcess,
    bucket: &Bucket,
) {
    let before = bucket.keys_in("uploads").len();
    let request = musician
        .request(reqwest::Method::PATCH, path)
        .header("tus-resumable", "1.0.0")
        .header("upload-offset", 1_500_000)
        .header("content-type", "application/offset+octet-stream");
    // Half of the rest, and then nothing more.
    let half = whole[1_500_000..(1_500_000 + whole.len()) / 2].to_vec();
    let body = futures_util::StreamExt::chain(
        futures_util::stream::iter([Ok::<_, std::io::Error>(half)]),
        futures_util::stream::pending(),
    );
    let sending = tokio::spawn(request.body(reqwest::Body::wrap_stream(body)).send());
    wait_until("some of it is stored", || async {
        bucket.keys_in("uploads").len() > before + 1
    })
    .await;
    program.kill();
    let _ = tokio::time::timeout(Duration::from_secs(30), sending).await;
}
