//! From a file that arrived to a track that can be heard.

use serde_json::json;
use wing_suite::{NewTrack, Options, sound, spawn_app, text};

async fn every_detail_of(name: &str) {
    let (_, format, lossless, slack) = *sound::FORMATS
        .iter()
        .find(|(file, ..)| *file == name)
        .expect("a format");
    let app = spawn_app().await;
    let musician = app.musician().await;
    let artist = musician.artist("Formats").await;
    // The name lies: only the content counts.
    let new = NewTrack::titled("In This Format").file("wrong-name.txt", sound::file(name));
    let track = musician.track(&artist, new).await;

    let duration = track["duration_ms"].as_u64().unwrap();
    let wanted = sound::SECONDS * 1000;
    assert!(duration.abs_diff(wanted) <= slack, "{name}: {duration} ms");
    let audio = &track["audio"];
    assert_eq!(audio["format"], format);
    assert_eq!(audio["lossless"], lossless);
    assert_eq!(audio["channels"], 2);
    assert_eq!(
        audio["sample_rate"],
        if name == "short.opus" { 48_000 } else { 44_100 }
    );
    let loudness = audio["loudness_lufs"].as_f64().unwrap();
    assert!((-30.0..-5.0).contains(&loudness), "{loudness}");
    let peak = audio["true_peak_dbtp"].as_f64().unwrap();
    assert!((-12.0..0.5).contains(&peak), "{peak}");

    let nobody = app.nobody();
    let path = format!("/api/v1/tracks/{}", text(&track["id"]));
    let wave = nobody
        .get(&format!("{path}/waveform"))
        .await
        .expect(200)
        .json();
    assert_eq!(wave["duration_ms"], track["duration_ms"]);
    let peaks = wave["peaks"].as_array().unwrap();
    assert!(
        peaks.len() > 50 && peaks.iter().any(|peak| peak.as_u64() > Some(20)),
        "{peaks:?}"
    );

    let original = nobody
        .get(&format!("{path}/stream?format=original"))
        .await
        .expect(200);
    assert!(
        original.body == sound::file(name),
        "the original is kept as it came"
    );
    for (form, mime) in [("opus", "audio/ogg"), ("aac", "audio/mp4")] {
        let answer = nobody
            .get(&format!("{path}/stream?format={form}"))
            .await
            .expect(200);
        assert_eq!(answer.header("content-type"), mime);
        assert!(
            answer.body.len() > 10_000,
            "{form}: {} bytes",
            answer.body.len()
        );
    }
}

macro_rules! formats {
    ($($test:ident: $file:literal,)*) => {$(
        #[tokio::test]
        async fn $test() {
            every_detail_of($file).await;
        }
    )*};
}

formats! {
    flac_becomes_a_track: "short.flac",
    wav_becomes_a_track: "short.wav",
    aiff_becomes_a_track: "short.aiff",
    mp3_becomes_a_track: "short.mp3",
    aac_becomes_a_track: "short-aac.m4a",
    alac_becomes_a_track: "short-alac.m4a",
    ogg_vorbis_becomes_a_track: "short.ogg",
    opus_becomes_a_track: "short.opus",
}

#[tokio::test]
async fn what_is_left_out_comes_from_the_files_tags() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let artist = musician.artist("Tagged").await;
    for name in ["short.flac", "short.mp3", "short-aac.m4a", "short.opus"] {
        let mut new = NewTrack::titled("").file("01 - from the name.bin", sound::file(name));
        new.fields = json!({});
        let track = musician.track(&artist, new).await;
        assert_eq!(track["title"], "Tagged Title", "{name}");
        assert_eq!(track["track_number"], 7, "{name}");
        assert_eq!(track["genre"], "folk", "{name}");
    }
    let own = NewTrack::titled("Own Title").with("track_number", 2);
    let track = musician.track(&artist, own).await;
    assert_eq!(
        (&track["title"], &track["track_number"]),
        (&json!("Own Title"), &json!(2))
    );
    assert_eq!(track["genre"], "electronica");
}

#[tokio::test]
async fn a_track_made_not_to_be_published_waits_as_a_draft() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let artist = musician.artist("Careful").await;
    let begun = musician
        .begin_track(&artist, NewTrack::titled("Later").with("publish", false))
        .await;
    assert_eq!(begun["status"], "processing");
    let track = musician.processed(&begun).await;
    assert_eq!(track["status"], "draft");
    let path = format!("/api/v1/tracks/{}", text(&track["id"]));
    app.nobody().get(&path).await.expect(404);
    musician
        .patch_json(&path, &json!({"published": true}))
        .await
        .expect(200);
    app.nobody()
        .get(&format!("{path}/stream"))
        .await
        .expect(200);
}

#[tokio::test]
async fn without_a_transcoder_the_original_is_streamed() {
    let app = Options::default().set("WING_FFMPEG", "off").spawn().await;
    let musician = app.musician().await;
    let track = musician.published("As It Is").await;
    let path = format!("/api/v1/tracks/{}/stream", text(&track["id"]));
    let answer = app.nobody().get(&path).await.expect(200);
    assert_eq!(answer.header("content-type"), "audio/flac");
    assert!(answer.body == sound::file("short.flac"));
    app.nobody()
        .get(&format!("{path}?format=opus"))
        .await
        .expect_problem(404, "no_such_form");
}

#[tokio::test]
async fn the_same_file_twice_is_two_tracks_and_removing_one_keeps_the_other() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let artist = musician.artist("Twins").await;
    let one = musician.track(&artist, NewTrack::titled("Twin")).await;
    let two = musician.track(&artist, NewTrack::titled("Twin")).await;
    assert_eq!(
        (&one["slug"], &two["slug"]),
        (&json!("twin"), &json!("twin-2"))
    );
    musician
        .delete(&format!("/api/v1/tracks/{}", text(&one["id"])))
        .await
        .expect(204);
    let path = format!("/api/v1/tracks/{}/stream?format=original", text(&two["id"]));
    let answer = app.nobody().get(&path).await.expect(200);
    assert!(answer.body == sound::file("short.flac"));
}
