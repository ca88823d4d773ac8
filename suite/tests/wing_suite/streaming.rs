//! Listening: ranges, conditions, forms, downloads.

use reqwest::Method;
use serde_json::json;
use wing_suite::{App, Client, NewTrack, sound, spawn_app, text};

struct Heard {
    app: App,
    nobody: Client,
    path: String,
    bytes: Vec<u8>,
}

/// A published track, heard as its original.
async fn heard() -> Heard {
    let app = spawn_app().await;
    let track = app.musician().await.published("Heard").await;
    let path = format!(
        "/api/v1/tracks/{}/stream?format=original",
        text(&track["id"])
    );
    Heard {
        nobody: app.nobody(),
        app,
        path,
        bytes: sound::file("short.flac"),
    }
}

#[tokio::test]
async fn ranges_of_every_kind() {
    let Heard {
        app: _app,
        nobody,
        path,
        bytes,
    } = heard().await;
    let len = bytes.len();
    for (range, from, to) in [
        ("bytes=0-0", 0, 1),
        ("bytes=10-99", 10, 100),
        ("bytes=100-", 100, len),
        ("bytes=-50", len - 50, len),
        (&format!("bytes={}-{}", len - 3, len + 1000), len - 3, len),
        ("bytes=-99999999999", 0, len),
    ] {
        let answer = nobody
            .get_with(&path, &[("range", range)])
            .await
            .expect(206);
        assert!(answer.body == bytes[from..to], "{range}");
        assert_eq!(
            answer.header("content-range"),
            format!("bytes {from}-{}/{len}", to - 1)
        );
        assert_eq!(answer.number("content-length"), (to - from) as u64);
    }
    for ignored in ["bytes=5-2", "chapters=1-2", "bytes=x-y"] {
        let answer = nobody
            .get_with(&path, &[("range", ignored)])
            .await
            .expect(200);
        assert_eq!(answer.body.len(), len, "{ignored}");
    }
}

#[tokio::test]
async fn several_ranges_come_as_parts() {
    let Heard {
        app: _app,
        nobody,
        path,
        bytes,
    } = heard().await;
    let answer = nobody
        .get_with(&path, &[("range", "bytes=0-9,100-109,-5")])
        .await
        .expect(206);
    let kind = answer.header("content-type").to_owned();
    let boundary = kind
        .split_once("boundary=")
        .expect("a boundary")
        .1
        .trim_matches('"')
        .to_owned();
    let len = bytes.len();
    for (from, to) in [(0, 10), (100, 110), (len - 5, len)] {
        let head = format!("content-range: bytes {from}-{}/{len}", to - 1);
        let body = answer.body.to_vec();
        let lower = body.to_ascii_lowercase();
        let at = find(&lower, head.as_bytes()).expect("the part");
        let start = at + find(&lower[at..], b"\r\n\r\n").expect("its content") + 4;
        assert!(body[start..start + (to - from)] == bytes[from..to]);
    }
    assert!(answer.text().contains(&format!("--{boundary}--")));
}

fn find(all: &[u8], part: &[u8]) -> Option<usize> {
    all.windows(part.len()).position(|window| window == part)
}

#[tokio::test]
async fn a_thousand_ranges_cost_no_more_than_the_file() {
    let Heard {
        app: _app,
        nobody,
        path,
        bytes,
    } = heard().await;
    let many: Vec<_> = (0..1000).map(|n| format!("{}-{}", n * 3, n * 3)).collect();
    let header = format!("bytes={}", many.join(","));
    let answer = nobody.get_with(&path, &[("range", &header)]).await;
    assert!(matches!(answer.status, 200 | 416), "{}", answer.status);
    assert!(answer.body.len() <= bytes.len());
    let overlapping = vec!["0-"; 1000].join(",");
    let answer = nobody
        .get_with(&path, &[("range", &format!("bytes={overlapping}"))])
        .await;
    assert!(answer.body.len() <= bytes.len());
    let answer = nobody
        .get_with(&path, &[("range", "bytes=0-,0-,0-,0-")])
        .await;
    assert!(
        answer.body.len() <= bytes.len(),
        "what overlaps is sent once"
    );
}

#[tokio::test]
async fn a_range_beyond_the_end_says_where_the_end_is() {
    let Heard {
        app: _app,
        nobody,
        path,
        bytes,
    } = heard().await;
    for range in [
        format!("bytes={}-", bytes.len()),
        "bytes=99999999999-".into(),
        "bytes=-0".into(),
    ] {
        let answer = nobody
            .get_with(&path, &[("range", &range)])
            .await
            .expect(416);
        assert_eq!(
            answer.header("content-range"),
            format!("bytes */{}", bytes.len()),
            "{range}"
        );
    }
}

#[tokio::test]
async fn conditions_are_kept() {
    let Heard {
        app: _app,
        nobody,
        path,
        bytes,
    } = heard().await;
    let whole = nobody.get(&path).await.expect(200);
    let tag = whole.header("etag").to_owned();
    assert!(
        tag.starts_with('"') && tag.len() > 40,
        "a strong tag: {tag}"
    );
    assert_eq!(whole.header("accept-ranges"), "bytes");

    for known in [
        tag.as_str(),
        "*",
        &format!("\"other\", {tag}"),
        &format!("W/{tag}"),
    ] {
        let answer = nobody
            .get_with(&path, &[("if-none-match", known)])
            .await
            .expect(304);
        assert!(answer.body.is_empty());
        assert_eq!(answer.header("etag"), tag);
    }
    nobody
        .get_with(&path, &[("if-none-match", "\"other\"")])
        .await
        .expect(200);
    nobody
        .get_with(&path, &[("if-match", "\"other\"")])
        .await
        .expect(412);

    let range = ("range", "bytes=0-9");
    let same = nobody
        .get_with(&path, &[range, ("if-range", &tag)])
        .await
        .expect(206);
    assert_eq!(same.body.len(), 10);
    for changed in [
        "\"other\"",
        &format!("W/{tag}"),
        "Sun, 06 Nov 1994 08:49:37 GMT",
    ] {
        let answer = nobody
            .get_with(&path, &[range, ("if-range", changed)])
            .await
            .expect(200);
        assert_eq!(answer.body.len(), bytes.len(), "{changed}");
    }
}

#[tokio::test]
async fn a_head_request_says_what_a_get_would() {
    let Heard {
        app: _app,
        nobody,
        path,
        bytes,
    } = heard().await;
    let head = nobody.send_with(Method::HEAD, &path, &[]).await.expect(200);
    let get = nobody.get(&path).await.expect(200);
    assert!(head.body.is_empty());
    assert_eq!(head.number("content-length"), bytes.len() as u64);
    for name in ["content-type", "etag", "accept-ranges", "cache-control"] {
        assert_eq!(head.header(name), get.header(name), "{name}");
    }
}

#[tokio::test]
async fn the_form_follows_accept_unless_it_is_named() {
    let Heard {
        app: _app,
        nobody,
        path,
        ..
    } = heard().await;
    let plain = path.split('?').next().unwrap().to_owned();
    for (accept, kind) in [
        ("*/*", "audio/ogg"),
        ("audio/mp4", "audio/mp4"),
        ("audio/ogg;q=0.3, audio/mp4;q=0.8", "audio/mp4"),
        ("audio/flac", "audio/flac"),
        ("text/html", "audio/ogg"),
    ] {
        let answer = nobody
            .get_with(&plain, &[("accept", accept)])
            .await
            .expect(200);
        assert_eq!(answer.header("content-type"), kind, "{accept}");
        assert!(answer.header("vary").to_lowercase().contains("accept"));
    }
    for (format, kind) in [
        ("opus", "audio/ogg"),
        ("aac", "audio/mp4"),
        ("original", "audio/flac"),
    ] {
        let answer = nobody
            .get(&format!("{plain}?format={format}"))
            .await
            .expect(200);
        assert_eq!(answer.header("content-type"), kind);
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
    nobody
        .get(&format!("{plain}?format=wma"))
        .await
        .expect_invalid(&[("format", "unknown_format")]);
}

#[tokio::test]
async fn an_address_that_names_the_content_may_be_kept_for_ever() {
    let Heard {
        app: _app,
        nobody,
        path,
        ..
    } = heard().await;
    let hash = nobody
        .get(&path)
        .await
        .header("etag")
        .trim_matches('"')
        .to_owned();
    let pinned = nobody.get(&format!("{path}&v={hash}")).await.expect(200);
    assert!(pinned.header("cache-control").contains("immutable"));
    let other = nobody
        .get(&format!("{path}&v=something-else"))
        .await
        .expect(200);
    assert!(!other.header("cache-control").contains("immutable"));
}

#[tokio::test]
async fn a_draft_is_heard_by_its_musician_alone_and_by_no_cache() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let artist = musician.artist("Quiet").await;
    let begun = musician
        .begin_track(&artist, NewTrack::titled("Hush").with("publish", false))
        .await;
    let track = musician.processed(&begun).await;
    let path = format!("/api/v1/tracks/{}/stream", text(&track["id"]));
    let own = musician.get(&path).await.expect(200);
    assert!(own.header("cache-control").contains("private"));
    for stranger in [app.nobody(), app.fan().await, app.musician().await.client] {
        stranger.get(&path).await.expect_problem(404, "not_found");
        stranger
            .send_with(Method::HEAD, &path, &[])
            .await
            .expect(404);
    }
    app.admin().await.get(&path).await.expect(200);
}

#[tokio::test]
async fn a_download_carries_tags_and_cover() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let artist = musician.artist("밤의 산책자들").await;
    let album = musician.album(&artist, "Night Album").await;
    for name in [
        "short.flac",
        "short.mp3",
        "short-aac.m4a",
        "short.opus",
        "short.ogg",
    ] {
        let new = NewTrack::titled("밤 산책")
            .file(name, sound::file(name))
            .with("album_id", album["id"].clone())
            .with("track_number", 4)
            .with("lyrics", "첫 줄\n둘째 줄");
        let track = musician.track(&artist, new).await;
        let cover = format!("/api/v1/tracks/{}/cover", text(&track["id"]));
        musician
            .put(&cover, crate::pictures::png(300, 300))
            .await
            .expect(200);
        let path = format!("/api/v1/tracks/{}/download", text(&track["id"]));
        let saved = app.nobody().get(&path).await.expect(200);
        assert!(
            saved
                .header("content-disposition")
                .starts_with("attachment"),
            "{name}"
        );
        assert!(
            saved.header("content-disposition").contains("UTF-8''"),
            "{name}"
        );
        let found = probe(name, &saved.body);
        for wanted in ["밤 산책", "밤의 산책자들", "Night Album"] {
            assert!(
                found.contains(wanted),
                "{name}: {wanted} is not in\n{found}"
            );
        }
        assert!(
            found.contains("attached pic") || found.contains("METADATA_BLOCK_PICTURE"),
            "{name}: no cover\n{found}"
        );
    }
}

/// What ffprobe says of a file.
fn probe(name: &str, bytes: &[u8]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let output = std::process::Command::new("ffprobe")
        .args(["-hide_banner", "-show_format", "-show_streams"])
        .arg(&path)
        .output()
        .expect("ffprobe");
    assert!(output.status.success(), "{name}");
    let said = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test]
async fn what_is_not_offered_is_not_downloaded() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let artist = musician.artist("Keeper").await;
    let track = musician
        .track(
            &artist,
            NewTrack::titled("Stay").with("downloadable", false),
        )
        .await;
    let path = format!("/api/v1/tracks/{}", text(&track["id"]));
    let download = format!("{path}/download");
    app.nobody()
        .get(&download)
        .await
        .expect_problem(403, "not_downloadable");
    musician.get(&download).await.expect(200);
    musician
        .patch_json(&path, &serde_json::json!({"downloadable": true}))
        .await
        .expect(200);
    let answer = app
        .nobody()
        .get_with(&download, &[("range", "bytes=0-3")])
        .await
        .expect(206);
    assert_eq!(&answer.body[..], b"fLaC");
}

#[tokio::test]
async fn many_listen_at_once() {
    let Heard {
        app: _app,
        nobody,
        path,
        bytes,
    } = heard().await;
    let listeners = (0..40).map(|n| {
        let (nobody, path) = (nobody.clone(), path.clone());
        tokio::spawn(async move {
            let range = format!("bytes={}-", n * 100);
            nobody
                .get_with(&path, &[("range", &range)])
                .await
                .expect(206)
                .body
        })
    });
    for (n, listener) in listeners.collect::<Vec<_>>().into_iter().enumerate() {
        assert!(listener.await.unwrap() == bytes[n * 100..]);
    }
}

#[tokio::test]
async fn what_was_heard_before_is_gone_once_its_track_is() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let track = musician.published("Heard And Gone").await;
    let path = format!("/api/v1/tracks/{}", text(&track["id"]));
    let stream = format!("{path}/stream?format=original");
    let range = [("range", "bytes=0-999")];
    for _ in 0..2 {
        // Twice, so that whatever keeps sound on the way has it.
        app.nobody().get_with(&stream, &range).await.expect(206);
    }
    let draft = json!({"published": false});
    musician.patch_json(&path, &draft).await.expect(200);
    app.nobody().get_with(&stream, &range).await.expect(404);
    musician.get_with(&stream, &range).await.expect(206);
    musician.delete(&path).await.expect(204);
    musician.get_with(&stream, &range).await.expect(404);
}

#[tokio::test]
async fn nobody_but_an_edge_is_sent_on_to_what_an_edge_keeps() {
    let Heard {
        app: _app,
        nobody,
        path,
        bytes,
    } = heard().await;
    let forged = [("range", "bytes=0-99"), ("x-edge-sound", "1")];
    let answer = nobody.get_with(&path, &forged).await.expect(206);
    assert_eq!(answer.header("x-accel-redirect"), "");
    assert!(answer.body == bytes[..100]);
    let kept = format!("/edge/sound/{}{path}", "0".repeat(64));
    nobody.get(&kept).await.expect(404);
}
