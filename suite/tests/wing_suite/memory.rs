//! What strangers send takes no more memory than anything else.

use serde_json::{Value, json};
use wing_suite::{Client, Database, Musician, NewTrack, Options, SpawnedProcess, sound, text};

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

/// A PNG of one colour, as small as it is large when it is unfolded.
fn one_colour(side: u32, colour: png::ColorType, depth: png::BitDepth) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, side, side);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    let mut writer = encoder.write_header().expect("a header");
    let mut rows = writer.stream_writer().expect("a writer");
    let row = vec![0x55; side as usize * colour.samples() * (depth as usize / 8)];
    for _ in 0..side {
        std::io::Write::write_all(&mut rows, &row).expect("a row");
    }
    rows.finish().expect("an end");
    drop(writer);
    out
}

/// What the container of a service may hold is 512 MB, the largest picture 200 of it.
#[tokio::test]
async fn the_largest_pictures_are_taken_or_refused_in_bounded_memory() {
    use png::{BitDepth, ColorType};
    const MOST: u64 = 400 * 1024 * 1024;
    let data = tempfile::tempdir().unwrap();
    let database = Database::create(data.path());
    let program = SpawnedProcess::start(data.path(), &database.url, &Options::default()).await;
    let fan = Client::signed_up(&program.base_url, "fan").await;
    let put = async |bytes| {
        let request = fan.request(reqwest::Method::PUT, "/api/v1/users/me/picture");
        fan.send(request.body(bytes)).await
    };
    put(one_colour(7000, ColorType::Rgba, BitDepth::Sixteen))
        .await
        .expect_problem(413, "image_too_large");
    put(one_colour(7000, ColorType::Rgba, BitDepth::Eight))
        .await
        .expect(200);
    put(one_colour(5600, ColorType::Rgba, BitDepth::Sixteen))
        .await
        .expect(200);
    let peak = program.peak_memory();
    assert!(peak < MOST, "{} MB", peak / 1024 / 1024);
}
