//! What strangers send takes no more memory than anything else.

use serde_json::{Value, json};
use wing_suite::{Database, Musician, NewTrack, Options, SpawnedProcess, sound, text};

use crate::bad_files::{endless_wav, flac_with_comments};

/// The program as tests build it, with everything below behind it. It holds
/// about half of this; what grew with the file would hold far more.
const MOST: u64 = 192 * 1024 * 1024;

async fn fails(musician: &Musician, artist: &Value, name: &str, bytes: Vec<u8>) -> Value {
    let new = NewTrack::titled("Absurd").file(name, bytes);
    let track = musician.begin_track(artist, new).await;
    let track = musician.processed(&track).await;
    assert_eq!(track["status"], "failed", "{name}: {track:#}");
    track
}

#[tokio::test]
async fn endless_absurd_and_shredded_requests_are_answered_in_bounded_memory() {
    let data = tempfile::tempdir().unwrap();
    let database = Database::create(data.path());
    let options = Options::default();
    let program = SpawnedProcess::start(data.path(), &database.url, &options).await;
    let musician = program.musician().await;
    let artist = musician.artist("Patience").await;

    // Ten hours in 110 KB: decoding stops at the platform's limit of three.
    let track = fails(
        &musician,
        &artist,
        "endless.flac",
        sound::endless_flac(36_000),
    )
    .await;
    assert_eq!(track["reason_code"], "too_long");
    assert_eq!(track["reason"], "the audio is longer than 180 minutes");

    let track = fails(&musician, &artist, "endless.wav", endless_wav()).await;
    assert_eq!(track["reason_code"], "truncated");
    assert_eq!(track["reason"], "the file ends early, at 0:02 of 10:00:00");

    // A title of 1 MB, and eleven MB of things nobody asked for.
    let mut comments = vec![format!("TITLE={}", "x".repeat(1_000_000))];
    comments.extend((0..100_000).map(|n| format!("NOTE{n}={}", "y".repeat(100))));
    let mut new = NewTrack::titled("").file("absurd.flac", flac_with_comments(&comments));
    new.fields = json!({});
    let track = musician.track(&artist, new).await;
    assert_eq!(text(&track["title"]).chars().count(), 200);

    let track = musician.track(&artist, NewTrack::titled("Shredded")).await;
    let path = format!("/api/v1/tracks/{}/stream", text(&track["id"]));
    let ranges: Vec<String> = (0..1_000).map(|n| format!("{}-{}", n * 3, n * 3)).collect();
    let ranges = format!("bytes={}", ranges.join(","));
    for _ in 0..20 {
        let answer = program
            .nobody()
            .get_with(&path, &[("range", &ranges)])
            .await;
        assert!(
            matches!(answer.status, 200 | 206 | 416),
            "{}",
            answer.status
        );
        let whole = program.nobody().get(&path).await.expect(200).body.len();
        assert!(answer.body.len() <= 2 * whole, "not one part for each");
    }

    let peak = program.peak_memory();
    assert!(peak < MOST, "{} MB", peak / 1024 / 1024);
}
