//! tus 1.0 at `/api/v1/uploads`, rule by rule.

use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use wing_suite::{Client, Options, spawn_app, text, tus, wait_for, wait_until};

const BYTES: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";

async fn begun(client: &Client, length: usize) -> String {
    tus::location(
        &tus::begin(client, length, "night-walk.flac")
            .await
            .expect(201),
    )
}

async fn offset(client: &Client, location: &str) -> usize {
    let answer = tus::head(client, location).await.expect(200);
    assert_eq!(answer.header("cache-control"), "no-store");
    usize::try_from(answer.number("upload-offset")).unwrap()
}

#[tokio::test]
async fn the_server_says_what_it_can_do() {
    let app = Options::default()
        .set("WING_UPLOAD_MAX_BYTES", 1000)
        .spawn()
        .await;
    let answer = app
        .nobody()
        .send_with(Method::OPTIONS, "/api/v1/uploads", &[])
        .await
        .expect(204);
    assert_eq!(answer.header("tus-version"), "1.0.0");
    assert_eq!(answer.header("tus-max-size"), "1000");
    assert_eq!(answer.header("tus-checksum-algorithm"), "sha1,sha256");
    for extension in ["creation", "checksum", "termination", "expiration"] {
        assert!(
            answer
                .header("tus-extension")
                .split(',')
                .any(|one| one == extension),
            "{extension}"
        );
    }
}

#[tokio::test]
async fn a_file_arrives_in_parts() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let location = begun(&musician, BYTES.len()).await;
    for (from, to) in [(0, 10), (10, 11), (11, 36)] {
        assert_eq!(offset(&musician, &location).await, from);
        let answer = tus::patch(&musician, &location, from, &BYTES[from..to])
            .await
            .expect(204);
        assert_eq!(answer.number("upload-offset"), to as u64);
        assert_eq!(answer.header("tus-resumable"), "1.0.0");
        assert!(answer.header("upload-expires").ends_with("GMT"));
    }
    let head = tus::head(&musician, &location).await.expect(200);
    assert_eq!(
        (head.number("upload-offset"), head.number("upload-length")),
        (36, 36)
    );
    assert!(head.header("upload-metadata").starts_with("filename "));
    let part = app.data.path().join("uploads").join(tus::id_of(&location));
    assert_eq!(std::fs::read(part).unwrap(), BYTES);

    let listed = musician.get("/api/v1/uploads").await.expect(200).items();
    assert_eq!(listed[0]["filename"], "night-walk.flac");
    assert_eq!(listed[0]["received"], 36);
}

#[tokio::test]
async fn the_first_bytes_may_come_along_with_the_beginning() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let request = musician
        .request(Method::POST, "/api/v1/uploads")
        .header("tus-resumable", "1.0.0")
        .header("upload-length", BYTES.len())
        .header("content-type", "application/offset+octet-stream")
        .body(BYTES[..5].to_vec());
    let answer = musician.send(request).await.expect(201);
    assert_eq!(answer.number("upload-offset"), 5);
    assert_eq!(offset(&musician, &tus::location(&answer)).await, 5);
}

#[tokio::test]
async fn bytes_at_a_wrong_offset_are_refused_with_the_right_offset() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let location = begun(&musician, BYTES.len()).await;
    tus::patch(&musician, &location, 0, &BYTES[..10])
        .await
        .expect(204);
    for wrong in [0, 9, 11, 4000] {
        let answer = tus::patch(&musician, &location, wrong, &BYTES[..3]).await;
        let answer = answer.expect_problem(409, "offset_mismatch");
        assert_eq!(answer.number("upload-offset"), 10);
    }
    assert_eq!(offset(&musician, &location).await, 10);
}

#[tokio::test]
async fn a_checksum_decides_over_its_body_as_a_whole() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let location = begun(&musician, BYTES.len()).await;
    let sent = async |at: usize, bytes: &[u8], checksum: String| {
        tus::patch_with(
            &musician,
            &location,
            at,
            bytes,
            &[("upload-checksum", &checksum)],
        )
        .await
    };
    sent(0, &BYTES[..10], tus::sha1(b"something else"))
        .await
        .expect_problem(460, "checksum_mismatch");
    assert_eq!(offset(&musician, &location).await, 0);
    sent(0, &BYTES[..10], tus::sha256(b"something else"))
        .await
        .expect_problem(460, "checksum_mismatch");
    assert_eq!(offset(&musician, &location).await, 0);
    sent(0, &BYTES[..10], tus::sha1(&BYTES[..10]))
        .await
        .expect(204);
    sent(10, &BYTES[10..], tus::sha256(&BYTES[10..]))
        .await
        .expect(204);
    assert_eq!(offset(&musician, &location).await, BYTES.len());
    let part = app.data.path().join("uploads").join(tus::id_of(&location));
    assert_eq!(std::fs::read(part).unwrap(), BYTES);
}

#[tokio::test]
async fn a_checksum_nobody_understands_is_a_bad_request() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let location = begun(&musician, BYTES.len()).await;
    for wrong in [
        "md5 1B2M2Y8AsgTpgAmY7PhCfg==",
        "sha1",
        "sha1 !!!",
        "sha256 AAAA",
    ] {
        let answer = tus::patch_with(
            &musician,
            &location,
            0,
            BYTES,
            &[("upload-checksum", wrong)],
        )
        .await;
        answer.expect_problem(400, "bad_checksum");
    }
    assert_eq!(offset(&musician, &location).await, 0);
}

#[tokio::test]
async fn more_than_was_announced_is_refused() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let location = begun(&musician, 10).await;
    tus::patch(&musician, &location, 0, &BYTES[..11])
        .await
        .expect_problem(413, "too_large");
    assert_eq!(offset(&musician, &location).await, 0);
    tus::patch(&musician, &location, 0, &BYTES[..10])
        .await
        .expect(204);
    tus::patch(&musician, &location, 10, b"x")
        .await
        .expect_problem(413, "too_large");
}

#[tokio::test]
async fn requests_that_are_not_tus_are_refused_with_an_explanation() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let location = begun(&musician, BYTES.len()).await;
    let length = [("upload-length", "10")];
    let answer = musician
        .send_with(Method::POST, "/api/v1/uploads", &length)
        .await;
    assert_eq!(
        answer
            .expect_problem(412, "tus_version")
            .header("tus-version"),
        "1.0.0"
    );
    let version = [("tus-resumable", "0.2.2"), ("upload-length", "10")];
    musician
        .send_with(Method::POST, "/api/v1/uploads", &version)
        .await
        .expect(412);
    let tus = ("tus-resumable", "1.0.0");
    musician
        .send_with(Method::POST, "/api/v1/uploads", &[tus])
        .await
        .expect_problem(400, "length_required");
    for length in ["-1", "1e3", "x", "99999999999999999999999"] {
        let headers = [tus, ("upload-length", length)];
        musician
            .send_with(Method::POST, "/api/v1/uploads", &headers)
            .await
            .expect_problem(400, "bad_number");
    }
    let request = musician
        .request(Method::PATCH, &location)
        .header("tus-resumable", "1.0.0");
    let request = request
        .header("upload-offset", 0)
        .header("content-type", "audio/flac")
        .body("x");
    musician
        .send(request)
        .await
        .expect_problem(415, "not_an_offset_stream");
    let request = musician
        .request(Method::PATCH, &location)
        .header("tus-resumable", "1.0.0");
    let request = request
        .header("content-type", "application/offset+octet-stream")
        .body("x");
    musician
        .send(request)
        .await
        .expect_problem(400, "offset_required");
    let metadata = [
        tus,
        ("upload-length", "10"),
        ("upload-metadata", "filename ???"),
    ];
    musician
        .send_with(Method::POST, "/api/v1/uploads", &metadata)
        .await
        .expect_problem(400, "bad_metadata");
}

#[tokio::test]
async fn a_file_over_the_maximum_does_not_begin() {
    let app = Options::default()
        .set("WING_UPLOAD_MAX_BYTES", 1000)
        .spawn()
        .await;
    let musician = app.musician().await;
    tus::begin(&musician, 1001, "big.wav")
        .await
        .expect_problem(413, "too_large");
    tus::begin(&musician, 1000, "fits.wav").await.expect(201);
    let none = musician.get("/api/v1/uploads").await.items();
    assert_eq!(none.len(), 1);
}

#[tokio::test]
async fn anothers_upload_is_not_there() {
    let app = spawn_app().await;
    let (owner, other) = (app.musician().await, app.musician().await);
    let location = begun(&owner, BYTES.len()).await;
    tus::head(&other, &location).await.expect(404);
    tus::patch(&other, &location, 0, BYTES)
        .await
        .expect_problem(404, "not_found");
    tus::terminate(&other, &location)
        .await
        .expect_problem(404, "not_found");
    assert!(other.get("/api/v1/uploads").await.items().is_empty());
    tus::head(&owner.without_token(), &location)
        .await
        .expect(401);
    tus::begin(&app.fan().await, 10, "x")
        .await
        .expect_problem(403, "not_a_musician");

    tus::patch(&owner, &location, 0, BYTES).await.expect(204);
    let artist = other.artist("Thief").await;
    let body =
        json!({"artist_id": artist["id"], "title": "Stolen", "upload_id": tus::id_of(&location)});
    other
        .post_json("/api/v1/tracks", &body)
        .await
        .expect_problem(404, "not_found");
}

#[tokio::test]
async fn an_upload_that_rests_too_long_is_dropped() {
    let app = spawn_app().await;
    let mut musician = app.musician().await;
    let location = begun(&musician, BYTES.len()).await;
    tus::patch(&musician, &location, 0, &BYTES[..5])
        .await
        .expect(204);
    app.advance_hours(23);
    musician.client.log_in().await;
    tus::patch(&musician, &location, 5, &BYTES[5..10])
        .await
        .expect(204);
    // What goes on lives on.
    app.advance_hours(23);
    musician.client.log_in().await;
    assert_eq!(offset(&musician, &location).await, 10);
    app.advance_hours(2);
    musician.client.log_in().await;
    tus::head(&musician, &location).await.expect(410);
    tus::patch(&musician, &location, 10, &BYTES[10..])
        .await
        .expect_problem(410, "upload_expired");
    assert!(musician.get("/api/v1/uploads").await.items().is_empty());
}

#[tokio::test]
async fn a_terminated_upload_leaves_nothing() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let location = begun(&musician, BYTES.len()).await;
    tus::patch(&musician, &location, 0, &BYTES[..5])
        .await
        .expect(204);
    let part = app.data.path().join("uploads").join(tus::id_of(&location));
    assert!(part.exists());
    tus::terminate(&musician, &location).await.expect(204);
    tus::head(&musician, &location).await.expect(404);
    tus::patch(&musician, &location, 5, &BYTES[5..])
        .await
        .expect(404);
    assert!(!part.exists());
}

/// Opens a connection and sends the head of a `PATCH` of `length` bytes.
async fn slow_patch(
    client: &Client,
    location: &str,
    at: usize,
    length: usize,
) -> tokio::net::TcpStream {
    let url = client.url(location);
    let (host, path) = url.trim_start_matches("http://").split_once('/').unwrap();
    let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
    let token = client.token.clone().unwrap();
    let head = format!(
        "PATCH /{path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\
         Tus-Resumable: 1.0.0\r\nUpload-Offset: {at}\r\nContent-Length: {length}\r\n\
         Content-Type: application/offset+octet-stream\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn two_clients_cannot_send_to_one_upload_at_once() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let whole: Vec<u8> = (0..1_000_000_u32).map(|n| (n % 241) as u8).collect();
    let location = begun(&musician, whole.len()).await;
    let part = app.data.path().join("uploads").join(tus::id_of(&location));
    let mut first = slow_patch(&musician, &location, 0, whole.len()).await;
    first.write_all(&whole[..700_000]).await.unwrap();
    wait_until("the first is inside", || async {
        std::fs::metadata(&part).is_ok_and(|meta| meta.len() > 0)
    })
    .await;
    tus::patch(&musician, &location, 0, &whole[..10])
        .await
        .expect_problem(423, "upload_locked");
    first.write_all(&whole[700_000..]).await.unwrap();
    let mut answer = [0; 12];
    first.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 204");
    assert_eq!(offset(&musician, &location).await, whole.len());
    assert!(std::fs::read(part).unwrap() == whole);
}

#[tokio::test]
async fn what_arrived_before_the_connection_broke_is_kept() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let whole: Vec<u8> = (0..1_000_000_u32).map(|n| (n % 251) as u8).collect();
    let location = begun(&musician, whole.len()).await;
    let mut stream = slow_patch(&musician, &location, 0, whole.len()).await;
    stream.write_all(&whole[..700_000]).await.unwrap();
    stream.shutdown().await.unwrap();
    drop(stream);
    let at = wait_for("what arrived is counted", || async {
        let answer = tus::head(&musician, &location).await.expect(200);
        let at = usize::try_from(answer.number("upload-offset")).unwrap();
        (at > 0).then_some(at)
    })
    .await;
    assert!(at <= 700_000, "{at}");
    let answer = wait_for("the broken request is over", || async {
        let at = offset(&musician, &location).await;
        let answer = tus::patch(&musician, &location, at, &whole[at..]).await;
        (answer.status != 423 && answer.status != 409).then_some(answer)
    })
    .await;
    answer.expect(204);
    let part = app.data.path().join("uploads").join(tus::id_of(&location));
    assert!(
        std::fs::read(part).unwrap() == whole,
        "every byte once and in its place"
    );
}

#[tokio::test]
async fn a_broken_body_with_a_checksum_leaves_nothing() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let location = begun(&musician, BYTES.len()).await;
    let url = musician.url(&location);
    let (host, path) = url.trim_start_matches("http://").split_once('/').unwrap();
    let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
    let head = format!(
        "PATCH /{path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\n\
         Upload-Offset: 0\r\nUpload-Checksum: {}\r\nContent-Length: {}\r\n\
         Content-Type: application/offset+octet-stream\r\n\r\n",
        musician.token.clone().unwrap(),
        tus::sha1(BYTES),
        BYTES.len(),
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&BYTES[..20]).await.unwrap();
    stream.shutdown().await.unwrap();
    // The server hangs up or answers; then it is done with it.
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    let answer = wait_for("the broken request is over", || async {
        let answer = tus::patch(&musician, &location, 0, BYTES).await;
        (answer.status != 423).then_some(answer)
    })
    .await;
    answer.expect(204);
}

#[tokio::test]
async fn an_upload_that_is_not_whole_or_was_used_makes_no_track() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let artist = musician.artist("Once Only").await;
    let location = begun(&musician, BYTES.len()).await;
    let body =
        json!({"artist_id": artist["id"], "title": "Once", "upload_id": tus::id_of(&location)});
    musician
        .post_json("/api/v1/tracks", &body)
        .await
        .expect_problem(409, "upload_not_usable");
    tus::patch(&musician, &location, 0, BYTES).await.expect(204);
    let track = musician
        .post_json("/api/v1/tracks", &body)
        .await
        .expect(202)
        .json();
    musician
        .post_json("/api/v1/tracks", &body)
        .await
        .expect_problem(409, "upload_not_usable");
    tus::terminate(&musician, &location)
        .await
        .expect_problem(409, "upload_not_usable");
    assert_eq!(text(&musician.processed(&track).await["status"]), "failed");
}

#[tokio::test]
async fn too_many_unfinished_uploads_are_refused() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let mut last = String::new();
    for _ in 0..100 {
        last = begun(&musician, 10).await;
    }
    tus::begin(&musician, 10, "one-more")
        .await
        .expect_problem(409, "too_many_uploads");
    tus::terminate(&musician, &last).await.expect(204);
    tus::begin(&musician, 10, "one-more").await.expect(201);
}

#[tokio::test]
async fn a_method_may_be_named_in_a_header_where_proxies_know_no_patch() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let location = begun(&musician, BYTES.len()).await;
    let request = musician
        .request(Method::POST, &location)
        .header("x-http-method-override", "PATCH")
        .header("tus-resumable", "1.0.0")
        .header("upload-offset", 0)
        .header("content-type", "application/offset+octet-stream")
        .body(BYTES.to_vec());
    musician.send(request).await.expect(204);
    assert_eq!(offset(&musician, &location).await, BYTES.len());
}
