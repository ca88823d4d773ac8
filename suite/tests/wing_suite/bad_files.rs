//! Files that are no music, or music no more: each ends as an honest state.

use serde_json::{Value, json};
use wing_suite::{Musician, NewTrack, Options, sound, spawn_app, text};

async fn failed(musician: &Musician, artist: &Value, filename: &str, bytes: Vec<u8>) -> Value {
    let new = NewTrack::titled("Bad File").file(filename, bytes);
    let track = musician.begin_track(artist, new).await;
    let track = musician.processed(&track).await;
    assert_eq!(track["status"], "failed", "{filename}: {track:#}");
    let reason = text(&track["reason"]);
    assert!(
        reason.len() > 10 && !reason.contains('/'),
        "{filename}: {reason:?}"
    );
    let path = format!("/api/v1/tracks/{}", text(&track["id"]));
    musician.get(&format!("{path}/stream")).await.expect(404);
    musician.without_token().get(&path).await.expect(404);
    track
}

#[tokio::test]
async fn what_is_no_audio_is_recognized_by_its_content() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let artist = musician.artist("Pretender").await;
    let html = b"<!doctype html><html><body><script>alert(1)</script></body></html>".to_vec();
    let script = b"#!/bin/sh\necho hello, this is only text\n".repeat(50);
    let png = wing_suite_png();
    let zip = b"PK\x03\x04\x14\0\0\0\0\0archive".repeat(20);
    for (name, bytes, code) in [
        ("page.mp3", html, "not_audio"),
        ("text.mp3", script, "not_audio"),
        ("picture.flac", png, "not_audio"),
        ("archive.wav", zip, "not_audio"),
        ("empty.mp3", Vec::new(), "empty_file"),
    ] {
        let track = failed(&musician, &artist, name, bytes).await;
        assert_eq!(track["reason_code"], code, "{name}");
    }
}

fn wing_suite_png() -> Vec<u8> {
    crate::pictures::png(64, 64)
}

#[tokio::test]
async fn truncated_audio_of_every_format_fails_or_is_whole_as_far_as_it_goes() {
    let app = Options::default().set("WING_PROCESSING", 2).spawn().await;
    let musician = app.musician().await;
    let artist = musician.artist("Cut Off").await;
    for (name, ..) in sound::FORMATS {
        let whole = sound::file(name);
        let half = whole[..whole.len() / 2].to_vec();
        let new = NewTrack::titled("Half").file(name, half);
        let begun = musician.begin_track(&artist, new).await;
        let track = musician.processed(&begun).await;
        // A bare stream of frames has no length to miss; every format that
        // says how long it is must be found out.
        let says_its_length = !matches!(name, "short.mp3");
        match text(&track["status"]).as_str() {
            "failed" => {
                assert_eq!(track["reason_code"], "truncated", "{name}");
                let reason = text(&track["reason"]);
                let words = match name {
                    // Its index lies at the end.
                    "short-aac.m4a" | "short-alac.m4a" => "is cut off: ",
                    // Only the last page would say how long it is.
                    "short.ogg" | "short.opus" => "ends early, at 0:0",
                    _ => "ends early, at 0:00 of 0:02",
                };
                assert!(reason.contains(words), "{name}: {reason}");
            }
            "published" => {
                let duration = track["duration_ms"].as_u64().unwrap();
                assert!(duration < sound::SECONDS * 1000, "{name}: {duration}");
                assert!(!says_its_length, "{name} was cut off and nobody noticed");
            }
            other => panic!("{name}: {other}"),
        }
    }
}

#[tokio::test]
async fn corrupt_audio_of_every_format_is_never_taken_for_something_else() {
    let app = Options::default().set("WING_PROCESSING", 2).spawn().await;
    let musician = app.musician().await;
    let artist = musician.artist("Scratched").await;
    for (name, ..) in sound::FORMATS {
        let mut bytes = sound::file(name);
        let (from, to) = (bytes.len() / 3, bytes.len() * 2 / 3);
        for (index, byte) in bytes[from..to].iter_mut().enumerate() {
            *byte = (index * 7919 % 256) as u8;
        }
        let new = NewTrack::titled("Scratched").file(name, bytes);
        let begun = musician.begin_track(&artist, new).await;
        let track = musician.processed(&begun).await;
        match text(&track["status"]).as_str() {
            "failed" => {
                let code = text(&track["reason_code"]);
                let known = [
                    "truncated",
                    "corrupt",
                    "not_audio",
                    "no_audio_track",
                    "no_samples",
                ];
                assert!(known.contains(&code.as_str()), "{name}: {code}");
            }
            // Noise in plain samples, and in codecs made to play on, is sound.
            "published" => {
                assert!(
                    !matches!(name, "short.flac" | "short.ogg" | "short.opus"),
                    "{name} passed"
                );
            }
            other => panic!("{name}: {other}"),
        }
    }
}

#[tokio::test]
async fn absurd_tags_do_no_harm() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let artist = musician.artist("Absurd").await;
    let huge = "x".repeat(1_000_000);
    for (title, shown) in [
        (huge.as_str(), "cut"),
        ("\u{202e}\u{0007}left\u{0000} is\nright", "left is right"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("\u{202e}\u{2066}", "file name"),
    ] {
        let mut new = NewTrack::titled("").file("file name.flac", tagged_flac(title));
        new.fields = json!({});
        let track = musician.track(&artist, new).await;
        match shown {
            "cut" => {
                let title = text(&track["title"]);
                assert!(
                    title.chars().count() <= 200 && title.starts_with("xxx"),
                    "{}",
                    title.len()
                );
            }
            shown => assert_eq!(track["title"], shown),
        }
        let page = app
            .nobody()
            .get(&format!("/tracks/{}", text(&track["slug"])))
            .await
            .expect(200);
        assert!(!page.text().contains("<script>alert(1)"));
    }
}

fn tagged_flac(title: &str) -> Vec<u8> {
    flac_with_comments(&[format!("TITLE={title}")])
}

/// A FLAC with these Vorbis comments: their block is put right behind the
/// stream's own (RFC 9639, 8.1 and 8.6).
pub fn flac_with_comments(comments: &[String]) -> Vec<u8> {
    let plain = sound::file("short.flac");
    assert_eq!(&plain[..4], b"fLaC");
    let length = |length: usize| u32::try_from(length).unwrap().to_le_bytes();
    let mut block = length("suite".len()).to_vec();
    block.extend_from_slice(b"suite");
    block.extend_from_slice(&length(comments.len()));
    for comment in comments {
        block.extend_from_slice(&length(comment.len()));
        block.extend_from_slice(comment.as_bytes());
    }

    let mut file = b"fLaC".to_vec();
    let mut at = 4;
    loop {
        let header = &plain[at..at + 4];
        let (last, kind) = (header[0] & 0x80 != 0, header[0] & 0x7f);
        let length =
            usize::from(header[1]) << 16 | usize::from(header[2]) << 8 | usize::from(header[3]);
        let end = at + 4 + length;
        if kind == 0 {
            file.push(0);
            file.extend_from_slice(&plain[at + 1..end]);
        }
        at = end;
        if last {
            break;
        }
    }
    let length = u32::try_from(block.len()).unwrap().to_be_bytes();
    file.push(0x84);
    file.extend_from_slice(&length[1..]);
    file.extend_from_slice(&block);
    file.extend_from_slice(&plain[at..]);
    file
}

#[tokio::test]
async fn a_file_name_with_a_path_in_it_is_only_a_name() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let artist = musician.artist("Climber").await;
    for name in [
        "../../../../tmp/wing-climbed.flac",
        "..\\..\\wing-climbed.flac",
        "/etc/wing-climbed.flac",
    ] {
        let mut new = NewTrack::titled("").file(name, sound::file("short.wav"));
        new.fields = json!({"title": "Climbed", "downloadable": true});
        let track = musician.track(&artist, new).await;
        let path = format!("/api/v1/tracks/{}/download", text(&track["id"]));
        let saved = app.nobody().get(&path).await.expect(200);
        let disposition = saved.header("content-disposition");
        assert!(
            !disposition.contains("..") && !disposition.contains('/'),
            "{disposition}"
        );
    }
    assert!(!std::path::Path::new("/tmp/wing-climbed.flac").exists());
    assert!(!app.data.path().join("../wing-climbed.flac").exists());
}

#[tokio::test]
async fn a_file_that_is_longer_than_allowed_says_so() {
    let app = Options::default()
        .set("WING_TRACK_MAX_SECONDS", 1)
        .spawn()
        .await;
    let musician = app.musician().await;
    let artist = musician.artist("Long").await;
    let track = failed(&musician, &artist, "short.flac", sound::file("short.flac")).await;
    assert_eq!(track["reason_code"], "too_long");
}

/// A file that claims to be ten hours long.
#[tokio::test]
async fn ten_hours_of_nothing_are_refused_without_unfolding_them() {
    let app = Options::default()
        .set("WING_TRACK_MAX_SECONDS", 600)
        .spawn()
        .await;
    let musician = app.musician().await;
    let artist = musician.artist("Endless").await;
    let track = failed(&musician, &artist, "endless.wav", endless_wav()).await;
    let code = text(&track["reason_code"]);
    assert!(["too_long", "truncated"].contains(&code.as_str()), "{code}");
}

/// A WAV whose header promises ten hours, in 16-bit mono at 22.05 kHz, and
/// which has two seconds.
pub fn endless_wav() -> Vec<u8> {
    let size = 10_u32 * 3600 * 44_100;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((size + 36).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(22_050_u32.to_le_bytes());
    bytes.extend(44_100_u32.to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend(size.to_le_bytes());
    bytes.resize(bytes.len() + 2 * 44_100, 0);
    bytes
}

#[tokio::test]
async fn a_failed_track_can_be_tried_again_and_a_good_one_not() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let artist = musician.artist("Persistent").await;
    let track = failed(&musician, &artist, "text.mp3", b"only words ".repeat(100)).await;
    let path = format!("/api/v1/tracks/{}", text(&track["id"]));
    musician
        .patch_json(&path, &json!({"published": true}))
        .await
        .expect_problem(409, "not_ready");
    app.musician()
        .await
        .post(&format!("{path}/retry"))
        .await
        .expect_problem(404, "not_found");
    let again = musician
        .post(&format!("{path}/retry"))
        .await
        .expect(202)
        .json();
    assert_eq!(again["status"], "processing");
    let track = musician.processed(&track).await;
    assert_eq!(
        (&track["status"], &track["reason_code"]),
        (&json!("failed"), &json!("not_audio"))
    );

    let good = musician.track(&artist, NewTrack::titled("Good")).await;
    let retry = format!("/api/v1/tracks/{}/retry", text(&good["id"]));
    musician
        .post(&retry)
        .await
        .expect_problem(409, "not_failed");
    musician.delete(&path).await.expect(204);
}
