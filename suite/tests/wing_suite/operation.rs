//! What operators rely on: health, metrics, headers, logs, a graceful end.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use wing_suite::{Database, Options, SpawnedProcess, spawn_app, tus, wait_until};

/// A process refuses to start otherwise: better seen here.
#[test]
fn no_two_domains_have_a_migration_of_one_version() {
    let domains = wing_monolith::migrations();
    assert!(domains.len() > 1);
    wing_kit::db::check_versions(&domains).expect("versions that differ");
}

#[tokio::test]
async fn health_readiness_and_metrics_answer() {
    let app = spawn_app().await;
    let nobody = app.behind_the_edge();
    nobody.get("/healthz").await.expect(200);
    let ready = nobody.get("/readyz").await.expect(200).json();
    let checks = ready["checks"].as_array().unwrap();
    assert!(checks.iter().all(|check| check["ready"] == true), "{ready}");
    for name in ["database", "media"] {
        assert!(checks.iter().any(|check| check["name"] == name), "{ready}");
    }
    nobody.get("/api/v1/tracks/not-an-id").await.expect(404);
    nobody.get("/nowhere/at/all").await.expect(404);
    let metrics = nobody.get("/metrics").await.expect(200);
    assert!(metrics.header("content-type").starts_with("text/plain"));
    let text = metrics.text();
    for name in [
        "wing_http_requests_total",
        "wing_http_request_seconds_bucket",
        "wing_db_wait_seconds_bucket",
        "wing_db_seconds_bucket",
        "wing_ready{check=\"media\"} 1",
        "wing_build_info",
        "process_cpu_seconds_total",
        "process_resident_memory_bytes",
    ] {
        assert!(text.contains(name), "{name}");
    }
    assert!(
        text.contains("route=\"/api/v1/tracks/{id}\""),
        "routes, not paths: {text}"
    );
    assert!(!text.contains("nowhere"), "a stranger makes no new series");
    // Looked at beside the requests, in either database.
    wait_until("what waits is counted", || async {
        let metrics = nobody.get("/metrics").await.expect(200).text();
        metrics.contains("\nwing_outbox_waiting ") && metrics.contains("\nwing_db_connections_max")
    })
    .await;
}

#[tokio::test]
async fn readiness_follows_the_media_directory() {
    let app = spawn_app().await;
    let media = app.data.path().join("media");
    let away = app.data.path().join("media-away");
    let nobody = app.behind_the_edge();
    nobody.get("/startupz").await.expect(200);
    std::fs::rename(&media, &away).unwrap();
    let answer = nobody.get("/readyz").await.expect(503).json();
    assert!(answer.to_string().contains("media"));
    nobody.get("/healthz").await.expect(200);
    // It would not be the better for being started anew.
    nobody.get("/startupz").await.expect(200);
    std::fs::rename(&away, &media).unwrap();
    nobody.get("/readyz").await.expect(200);
}

#[tokio::test]
async fn every_answer_has_the_security_headers_of_its_kind() {
    let app = spawn_app().await;
    for path in ["/", "/login", "/no-such-page"] {
        let page = app.browser().open(path).await;
        let policy = page.header("content-security-policy").to_owned();
        let directive = |name: &str| {
            let found = policy
                .split(';')
                .map(str::trim)
                .find(|part| part.starts_with(name));
            found
                .unwrap_or_else(|| panic!("{path}: no {name} in {policy}"))
                .to_owned()
        };
        assert_eq!(directive("script-src"), "script-src 'self'", "{path}");
        assert_eq!(directive("object-src"), "object-src 'none'");
        assert_eq!(directive("frame-ancestors"), "frame-ancestors 'none'");
        assert_eq!(directive("base-uri"), "base-uri 'none'");
        assert!(!policy.contains("unsafe-eval"));
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert!(!page.header("referrer-policy").is_empty());
        assert!(
            page.header("cache-control").contains("private")
                || page.header("cache-control").contains("no-store")
        );
    }
    let api = app.nobody().get("/api/v1/tracks").await;
    assert_eq!(api.header("x-content-type-options"), "nosniff");
    assert!(
        api.header("strict-transport-security").is_empty(),
        "not over plain HTTP"
    );
}

#[tokio::test]
async fn an_escaped_letter_opens_no_closed_door() {
    let app = spawn_app().await;
    for path in [
        "/internal/keys",
        "/%69nternal/keys",
        "/%69nternal/revocations?since=0",
    ] {
        app.nobody().get(path).await.expect(404);
    }
}

#[tokio::test]
async fn swagger_ui_and_assets_are_served() {
    let app = spawn_app().await;
    app.nobody().get("/swagger-ui").await.expect(307);
    let page = app.nobody().get("/swagger-ui/").await.expect(200);
    assert!(page.text().contains("swagger-ui"));
    let script = page
        .header("content-security-policy")
        .split(';')
        .find(|part| part.contains("script-src"));
    assert!(!script.unwrap_or_default().contains("unsafe-inline"));
    for document in app.documents() {
        app.nobody().get(&document).await.expect(200);
    }
    let home = app.browser().open("/").await.expect(200).text();
    let assets: Vec<_> = home
        .split('"')
        .filter(|part| part.starts_with("/assets/"))
        .map(str::to_owned)
        .collect();
    assert!(!assets.is_empty());
    for asset in assets {
        let answer = app.nobody().get(&asset).await.expect(200);
        assert!(!answer.body.is_empty(), "{asset}");
    }
}

#[tokio::test]
async fn a_graceful_stop_finishes_what_runs() {
    let app = Options::default()
        .set("WING_STOP_SECONDS", 30)
        .spawn()
        .await;
    let musician = app.musician().await;
    let bytes = vec![7_u8; 1_000_000];
    let location = tus::location(
        &tus::begin(&musician, bytes.len(), "slow.wav")
            .await
            .expect(201),
    );
    let host = app.behind_the_edge().url("");
    let host = host.trim_start_matches("http://").to_owned();
    let mut slow = tokio::net::TcpStream::connect(&host).await.unwrap();
    let head = format!(
        "PATCH {location} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\n\
         Upload-Offset: 0\r\nContent-Length: {}\r\nContent-Type: application/offset+octet-stream\r\n\r\n",
        musician.token.clone().unwrap(),
        bytes.len(),
    );
    let path = location.find("/api/").map(|at| &location[at..]).unwrap();
    let head = head.replacen(&location, path, 1);
    slow.write_all(head.as_bytes()).await.unwrap();
    slow.write_all(&bytes[..700_000]).await.unwrap();
    let part = app.data.path().join("uploads").join(tus::id_of(&location));
    wait_until("the request runs", || async {
        std::fs::metadata(&part).is_ok_and(|meta| meta.len() > 0)
    })
    .await;

    app.ask_to_stop();
    wait_until("new connections are refused", || async {
        tokio::net::TcpStream::connect(&host).await.is_err()
    })
    .await;
    assert!(!app.has_ended(), "it waits for the request");
    slow.write_all(&bytes[700_000..]).await.unwrap();
    let mut answer = [0; 12];
    slow.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 204");
    drop(slow);
    wait_until("the site ends", || async { app.has_ended() }).await;
    assert!(std::fs::read(part).unwrap() == bytes);
}

#[tokio::test]
async fn the_program_leaves_on_sigterm_and_logs_json_with_request_ids() {
    let data = tempfile::tempdir().unwrap();
    let database = Database::create(data.path());
    let mut program = SpawnedProcess::start(data.path(), &database.url, &Options::default()).await;
    let answer = program.nobody().get("/api/v1/genres").await.expect(200);
    let id = answer.header("x-request-id").to_owned();
    program.ask_to_stop();
    let status = program.ended().await;
    assert!(status.success(), "{status}");
    let output = program.output();
    for line in output.lines() {
        assert!(
            serde_json::from_str::<serde_json::Value>(line).is_ok(),
            "not JSON: {line}"
        );
    }
    assert!(
        output
            .lines()
            .any(|line| line.contains(&id) && line.contains("/api/v1/genres")),
        "{output}"
    );
    assert!(output.contains("stopped"));
}

#[tokio::test]
async fn a_program_that_drains_turns_nobody_away_until_it_is_asked_again() {
    let data = tempfile::tempdir().unwrap();
    let database = Database::create(data.path());
    let options = Options::default().set("WING_DRAIN_SECONDS", 3600);
    let mut program = SpawnedProcess::start(data.path(), &database.url, &options).await;
    program.ask_to_stop();
    wait_until("it was asked", || async {
        program.output().contains("asked to stop (SIGTERM)")
    })
    .await;
    // A connection of its own each.
    for _ in 0..5 {
        program.nobody().get("/api/v1/genres").await.expect(200);
    }
    program.ask_to_stop();
    let status = program.ended().await;
    assert!(status.success(), "{status}");
}

#[tokio::test]
async fn what_is_stored_outlives_the_program() {
    let data = tempfile::tempdir().unwrap();
    let database = Database::create(data.path());
    let program = SpawnedProcess::start(data.path(), &database.url, &Options::default()).await;
    let musician = program.musician().await;
    let artist = musician.artist("Still Here").await;
    let token = musician.token.clone();
    let mut program = program;
    program.ask_to_stop();
    program.ended().await;

    let program = SpawnedProcess::start(data.path(), &database.url, &Options::default()).await;
    let mut client = program.nobody();
    client.token = token;
    let mine = client.get("/api/v1/artists/mine").await.expect(200).items();
    assert_eq!(
        mine[0]["id"], artist["id"],
        "the key that signs tokens is kept, too"
    );
}

#[tokio::test]
async fn a_transcoder_that_hangs_holds_up_neither_the_start_nor_the_desk_nor_the_end() {
    let data = tempfile::tempdir().unwrap();
    let database = Database::create(data.path());
    let hanging = data.path().join("ffmpeg");
    let asked = data.path().join("asked");
    std::fs::write(
        &hanging,
        format!("#!/bin/sh\ntouch {}\nexec sleep 600\n", asked.display()),
    )
    .unwrap();
    std::fs::set_permissions(&hanging, Permissions::from_mode(0o755)).unwrap();
    let options = Options::default().set("WING_FFMPEG", hanging.display());
    let mut program = SpawnedProcess::start(data.path(), &database.url, &options).await;
    wait_until("it is asked what it is", || async { asked.exists() }).await;
    program.nobody().get("/readyz").await.expect(200);
    let musician = program.musician().await;
    musician.get("/desk").await.expect(200);
    program.ask_to_stop();
    let status = program.ended().await;
    assert!(status.success(), "{status}");
    assert!(!program.output().contains("there is no ffmpeg"));
}
