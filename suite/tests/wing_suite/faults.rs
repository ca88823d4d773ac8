//! `kill -9` at bad moments: after the restart everything is whole.

use std::path::Path;

use diesel::prelude::*;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use wing_kit::Db;
use wing_kit::db::DbError;
use wing_suite::{Client, Database, NewTrack, Options, SpawnedProcess, sound, text, tus, wait_for};

struct Place {
    data: tempfile::TempDir,
    database: Database,
    options: Options,
}

impl Place {
    fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        Self {
            database: Database::create(data.path()),
            data,
            options: Options::default(),
        }
    }

    async fn start(&self) -> SpawnedProcess {
        SpawnedProcess::start(self.data.path(), &self.database.url, &self.options).await
    }
}

#[tokio::test]
async fn a_process_without_jobs_leaves_them_to_one_that_has_them() {
    let mut place = Place::new();
    place.options = Options::default().set("WING_JOBS", false);
    let program = place.start().await;
    let musician = program.musician().await;
    let artist = musician.artist("Handed Over").await;
    let track = musician
        .begin_track(&artist, NewTrack::titled("Handed Over"))
        .await;
    let token = musician.token.clone();
    program.kill();
    let db = Db::open(&place.database.url, 1, &[]).unwrap();
    let begun = db
        .write(|tx| {
            diesel::sql_query("UPDATE jobs SET attempts = attempts WHERE attempts > 0")
                .execute(tx.conn())
                .map_err(DbError::from)
        })
        .await
        .unwrap();
    assert_eq!(begun, 0, "nobody began it");
    drop(db);

    place.options = Options::default();
    let program = place.start().await;
    let mut musician = program.musician().await;
    musician.client.token = token;
    assert_eq!(musician.processed(&track).await["status"], "published");
}

#[tokio::test]
async fn an_upload_goes_on_where_it_stood_when_the_program_was_killed() {
    let place = Place::new();
    let program = place.start().await;
    let musician = program.musician().await;
    let whole: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 253) as u8).collect();
    let location = tus::location(
        &tus::begin(&musician, whole.len(), "killed.wav")
            .await
            .expect(201),
    );
    let path = location[location.find("/api/").unwrap()..].to_owned();
    tus::patch(&musician, &path, 0, &whole[..1_000_000])
        .await
        .expect(204);
    // The kill comes in the middle of the next part.
    let mut stream = half_sent(&musician, &path, 1_000_000, &whole).await;
    let part = place.data.path().join("uploads").join(tus::id_of(&path));
    wait_for("some of it is on the disk", || async {
        let length = std::fs::metadata(&part).map_or(0, |meta| meta.len());
        (length > 1_200_000).then_some(())
    })
    .await;
    program.kill();
    let _ = stream.shutdown().await;

    let program = place.start().await;
    let musician = program.again(&musician).await;
    let at = usize::try_from(
        tus::head(&musician, &path)
            .await
            .expect(200)
            .number("upload-offset"),
    )
    .unwrap();
    assert!(
        (1_000_000..whole.len()).contains(&at),
        "what was acknowledged is there: {at}"
    );
    tus::patch(&musician, &path, at, &whole[at..])
        .await
        .expect(204);
    assert!(
        std::fs::read(&part).unwrap() == whole,
        "every byte once and in its place"
    );
}

/// Begins to send everything from `at`, and stops halfway.
async fn half_sent(client: &Client, path: &str, at: usize, whole: &[u8]) -> tokio::net::TcpStream {
    let host = client.url("").trim_start_matches("http://").to_owned();
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
    stream.flush().await.unwrap();
    stream
}

async fn step_of(client: &Client, track: &Value) -> Value {
    client
        .get(&format!("/api/v1/tracks/{}", text(&track["id"])))
        .await
        .expect(200)
        .json()
}

/// How often the track was said to be published.
async fn times_published(database: &Database, track: &Value) -> usize {
    let db = Db::open(&database.url, 1, &[]).unwrap();
    let id = text(&track["id"]);
    let payloads: Vec<String> = db
        .read(|conn| {
            use wing_kit::db::schema::outbox;
            Ok::<_, DbError>(outbox::table.select(outbox::payload).load(conn)?)
        })
        .await
        .unwrap();
    let events = payloads
        .iter()
        .map(|payload| serde_json::from_str::<Value>(payload).unwrap());
    events
        .filter(|event| {
            event["type"] == "track.published" && event["data"]["track_id"] == id.as_str()
        })
        .count()
}

/// Everything under the data directory that is being worked on or left over.
fn leftovers(data: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![
        data.join("uploads"),
        data.join("workshop"),
        data.join("media"),
    ];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                open.push(entry.path());
            } else if !entry.path().starts_with(data.join("media"))
                || entry.path().extension().is_some_and(|e| e == "part")
            {
                found.push(entry.path().display().to_string());
            }
        }
    }
    found
}

/// Whether there is such a process that has not ended.
fn is_running(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit(')').next().unwrap_or_default().trim();
    !(state.is_empty() || state.starts_with('Z'))
}

async fn killed_during(step: &str) {
    let place = Place::new();
    let program = place.start().await;
    let musician = program.musician().await;
    let artist = musician.artist("Unkillable").await;
    let file = sound::file("minutes.flac");
    let new = NewTrack::titled("Survivor").file("minutes.flac", file.clone());
    let begun = musician.begin_track(&artist, new).await;
    let seen = wait_for(step, || async {
        let track = step_of(&musician, &begun).await;
        let reached = track["step"] == step || track["status"] != "processing";
        reached.then_some(track)
    })
    .await;
    assert_eq!(
        seen["step"], step,
        "the kill must come in the middle: {seen:#}"
    );
    let path = format!("/api/v1/tracks/{}", text(&begun["id"]));
    program.nobody().get(&path).await.expect(404);
    let helpers = match step {
        "transcoding" => {
            wait_for("it has help", || async {
                Some(program.children("ffmpeg")).filter(|pids| !pids.is_empty())
            })
            .await
        }
        _ => Vec::new(),
    };
    program.kill();
    wait_for("its helpers are gone with it", || async {
        let alive = |pid: &u32| is_running(*pid);
        (!helpers.iter().any(alive)).then_some(())
    })
    .await;
    assert_eq!(times_published(&place.database, &begun).await, 0);

    let program = place.start().await;
    let musician = program.again(&musician).await;
    // Not there for others one moment before it is all there.
    let nobody = program.nobody();
    let track = wait_for("the track is published", || async {
        let public = nobody.get(&path).await;
        if public.status == 200 {
            for form in ["opus", "aac", "original"] {
                nobody
                    .get(&format!("{path}/stream?format={form}"))
                    .await
                    .expect(200);
            }
            return Some(public.json());
        }
        let own = step_of(&musician, &begun).await;
        assert_ne!(own["status"], "failed", "{own:#}");
        None
    })
    .await;
    assert_eq!(track["title"], "Survivor");
    assert!(track["duration_ms"].as_u64().unwrap().abs_diff(240_000) < 10);
    let original = nobody
        .get(&format!("{path}/stream?format=original"))
        .await
        .expect(200);
    assert!(original.body == file, "the original is whole");
    assert_eq!(times_published(&place.database, &begun).await, 1);
    let tracks = nobody.get("/api/v1/tracks").await.expect(200).items();
    assert_eq!(tracks.len(), 1);
    wait_for("nothing half made is left", || async {
        leftovers(place.data.path()).is_empty().then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_track_survives_a_kill_while_it_is_analysed() {
    killed_during("analysing").await;
}

#[tokio::test]
async fn a_track_survives_a_kill_while_it_is_transcoded() {
    killed_during("transcoding").await;
}

#[tokio::test]
async fn what_was_acknowledged_before_a_kill_is_there_after_it() {
    let place = Place::new();
    let program = place.start().await;
    let musician = program.musician().await;
    let track = musician.published("Liked For Good").await;
    let like = format!("/api/v1/likes/{}", text(&track["id"]));
    let mut fans = Vec::new();
    for _ in 0..3 {
        let fan = Client::signed_up(&program.base_url, "fan").await;
        fan.send_with(reqwest::Method::PUT, &like, &[])
            .await
            .expect(200);
        let play = json!({"track_id": track["id"], "seconds_listened": 2});
        assert_eq!(
            fan.post_json("/api/v1/plays", &play)
                .await
                .expect(200)
                .json()["counted"],
            true
        );
        fans.push(fan);
    }
    let artist = musician.artist("Made In The Last Moment").await;
    program.kill();

    let program = place.start().await;
    let nobody = program.nobody();
    let path = format!("/api/v1/tracks/{}", text(&track["id"]));
    let seen = nobody.get(&path).await.expect(200).json();
    assert_eq!(
        (&seen["like_count"], &seen["play_count"]),
        (&json!(3), &json!(3))
    );
    nobody
        .get(&format!("/api/v1/artists/{}", text(&artist["id"])))
        .await
        .expect(200);
    for fan in &fans {
        // The same token, and the same like.
        let mut same = program.nobody();
        same.token.clone_from(&fan.token);
        assert_eq!(same.get("/api/v1/likes").await.expect(200).items().len(), 1);
    }
}

#[tokio::test]
async fn a_kill_during_many_writes_loses_nothing_that_was_answered() {
    let place = Place::new();
    let program = place.start().await;
    let musician = program.musician().await;
    let writers = (0..4).map(|writer| {
        let musician = musician.clone();
        tokio::spawn(async move {
            let mut made = Vec::new();
            for n in 0..8 {
                let body = json!({"name": format!("Writer {writer} {n}")});
                let request = musician
                    .request(reqwest::Method::POST, "/api/v1/artists")
                    .json(&body);
                match request.send().await {
                    Ok(answer) if answer.status() == 201 => match answer.json::<Value>().await {
                        Ok(artist) => made.push(text(&artist["id"])),
                        Err(_) => break,
                    },
                    _ => break,
                }
            }
            made
        })
    });
    let writers: Vec<_> = writers.collect();
    let nobody = program.nobody();
    wait_for("some are written", || async {
        let some = nobody.get("/api/v1/artists").await.items().len() >= 3;
        some.then_some(())
    })
    .await;
    program.kill();
    let mut made = Vec::new();
    for writer in writers {
        made.extend(writer.await.unwrap());
    }
    let program = place.start().await;
    for id in &made {
        program
            .nobody()
            .get(&format!("/api/v1/artists/{id}"))
            .await
            .expect(200);
    }
    // The list has no half of an artist: each has its address and can be found.
    for artist in program.nobody().all_pages("/api/v1/artists").await {
        program
            .nobody()
            .get(&format!("/artists/{}", text(&artist["slug"])))
            .await
            .expect(200);
    }
}
