//! What a client sees, over real sockets.

use std::io::Write as _;

use crate::support::{LAST_MODIFIED, Server, content, parts};
use reqwest::header::{self, HeaderName};
use reqwest::{Method, StatusCode};

#[actix_web::test]
async fn sends_the_whole_file_with_all_that_describes_it() {
    let server = Server::start();
    let bytes = content(200_001);
    server.put("song", &bytes);
    let answer = server.get("song", &[]).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header(header::CONTENT_LENGTH), "200001");
    assert_eq!(answer.header(header::ACCEPT_RANGES), "bytes");
    assert_eq!(answer.header(header::CONTENT_TYPE), "audio/mpeg");
    assert_eq!(answer.header(header::ETAG), "\"song\"");
    assert_eq!(answer.header(header::CACHE_CONTROL), "private, max-age=60");
    assert_eq!(answer.header(header::LAST_MODIFIED), LAST_MODIFIED);
    assert_eq!(answer.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert_eq!(
        answer.header(header::CONTENT_DISPOSITION),
        "attachment; filename=\"song.mp3\""
    );
    assert!(answer.body == bytes);
}

#[actix_web::test]
async fn sends_one_range() {
    let server = Server::start();
    let bytes = content(300_000);
    server.put("song", &bytes);
    for (range, first, last) in [
        ("bytes=0-0", 0, 0),
        ("bytes=0-65535", 0, 65_535),
        ("bytes=1-200000", 1, 200_000),
        ("bytes=299999-299999", 299_999, 299_999),
        ("bytes=299999-", 299_999, 299_999),
        ("bytes=-1", 299_999, 299_999),
        ("bytes=-300000", 0, 299_999),
        ("bytes=-99999999999999999999999", 0, 299_999),
        ("bytes=5-99999999999999999999999", 5, 299_999),
        ("bytes=  7-9 ", 7, 9),
        ("BYTES=7-9", 7, 9),
        ("bytes=7-9,10-20", 7, 20),
        ("bytes=7-9,300000-", 7, 9),
    ] {
        let answer = server.get("song", &[(header::RANGE, range)]).await;
        assert_eq!(answer.status, StatusCode::PARTIAL_CONTENT, "{range}");
        assert_eq!(
            answer.header(header::CONTENT_RANGE),
            format!("bytes {first}-{last}/300000"),
            "{range}"
        );
        let length = last - first + 1;
        assert_eq!(answer.header(header::CONTENT_LENGTH), length.to_string());
        assert_eq!(answer.header(header::ETAG), "\"song\"");
        assert!(answer.body == bytes[first..=last], "{range}");
    }
}

#[actix_web::test]
async fn sends_several_ranges_as_parts_in_the_order_asked_for() {
    let server = Server::start();
    let bytes = content(300_000);
    server.put("song", &bytes);
    let asked = "bytes=100000-199999, 0-0, -1, 250000-";
    let answer = server.get("song", &[(header::RANGE, asked)]).await;
    assert_eq!(answer.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(answer.headers.get(header::CONTENT_RANGE), None);
    assert_eq!(
        answer.header(header::CONTENT_LENGTH),
        answer.body.len().to_string()
    );
    let parts = parts(&answer);
    let ranges: Vec<_> = parts
        .iter()
        .map(|part| part.content_range.as_str())
        .collect();
    assert_eq!(
        ranges,
        [
            "bytes 100000-199999/300000",
            "bytes 0-0/300000",
            "bytes 250000-299999/300000"
        ]
    );
    for part in &parts {
        assert_eq!(part.content_type, "audio/mpeg");
    }
    assert!(parts[0].body == bytes[100_000..200_000]);
    assert!(parts[1].body == bytes[..1]);
    assert!(parts[2].body == bytes[250_000..]);
}

#[actix_web::test]
async fn a_thousand_ranges_get_the_file_once() {
    let server = Server::start();
    let bytes = content(50_000);
    server.put("song", &bytes);
    let specs: Vec<_> = (0..1_000).map(|n| format!("{}-{}", n * 3, n * 3)).collect();
    let answer = server
        .get(
            "song",
            &[(header::RANGE, &format!("bytes={}", specs.join(",")))],
        )
        .await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body == bytes);
    // The same bytes a thousand times over.
    let overlapping = format!("bytes={}", ["0-"; 1_000].join(","));
    let answer = server.get("song", &[(header::RANGE, &overlapping)]).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body == bytes);
}

#[actix_web::test]
async fn refuses_what_lies_outside_the_file_and_names_its_length() {
    let server = Server::start();
    server.put("song", &content(1_000));
    for range in [
        "bytes=1000-",
        "bytes=1000-2000,5000-",
        "bytes=-0",
        "bytes=99999999999999999999999-",
    ] {
        let answer = server.get("song", &[(header::RANGE, range)]).await;
        assert_eq!(answer.status, StatusCode::RANGE_NOT_SATISFIABLE, "{range}");
        assert_eq!(answer.header(header::CONTENT_RANGE), "bytes */1000");
        assert_eq!(
            answer.header(header::CONTENT_TYPE),
            "application/problem+json"
        );
        let problem = answer.json();
        assert_eq!(problem["type"], "urn:wing:problem:range_not_satisfiable");
        assert_eq!(problem["code"], "range_not_satisfiable");
        assert_eq!(problem["title"], "Range Not Satisfiable");
        assert_eq!(problem["status"], 416);
        assert!(
            problem["detail"]
                .as_str()
                .is_some_and(|detail| detail.contains("1000"))
        );
    }
}

#[actix_web::test]
async fn ignores_a_range_that_makes_no_sense() {
    let server = Server::start();
    let bytes = content(1_000);
    server.put("song", &bytes);
    for range in [
        "bytes=9-5",
        "bytes=a-b",
        "items=0-5",
        "bytes=",
        "0-5",
        "bytes=0-5,x",
    ] {
        let answer = server.get("song", &[(header::RANGE, range)]).await;
        assert_eq!(answer.status, StatusCode::OK, "{range}");
        assert!(answer.body == bytes);
    }
    let twice = [(header::RANGE, "bytes=0-1"), (header::RANGE, "bytes=4-5")];
    assert_eq!(server.get("song", &twice).await.status, StatusCode::OK);
}

#[actix_web::test]
async fn an_empty_file_is_an_empty_answer() {
    let server = Server::start();
    server.put("song", b"");
    for headers in [
        &[][..],
        &[(header::RANGE, "bytes=0-")],
        &[(header::RANGE, "bytes=-5")],
    ] {
        let answer = server.get("song", headers).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.header(header::CONTENT_LENGTH), "0");
        assert!(answer.body.is_empty());
    }
}

#[actix_web::test]
async fn head_says_what_get_would_without_sending_it() {
    let server = Server::start();
    server.put("song", &content(100_000));
    // Range is defined for GET alone.
    for headers in [
        &[][..],
        &[(header::RANGE, "bytes=0-5")],
        &[(header::RANGE, "bytes=100000-")],
    ] {
        let answer = server.send(Method::HEAD, "song", headers).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.header(header::CONTENT_LENGTH), "100000");
        assert_eq!(answer.header(header::ACCEPT_RANGES), "bytes");
        assert_eq!(answer.header(header::ETAG), "\"song\"");
        assert!(answer.body.is_empty());
    }
    server.put("empty", b"");
    let answer = server.send(Method::HEAD, "empty", &[]).await;
    assert_eq!(answer.header(header::CONTENT_LENGTH), "0");
    let fresh = [(header::IF_NONE_MATCH, "\"song\"")];
    let answer = server.send(Method::HEAD, "song", &fresh).await;
    assert_eq!(answer.status, StatusCode::NOT_MODIFIED);
}

#[actix_web::test]
async fn other_methods_are_refused() {
    let server = Server::start();
    server.put("song", b"abc");
    let answer = server.send(Method::DELETE, "song", &[]).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.header(header::ALLOW), "GET, HEAD");
}

const BEFORE: &str = "Fri, 01 Mar 2024 11:59:59 GMT";
const AFTER: &str = "Fri, 01 Mar 2024 12:00:01 GMT";

#[actix_web::test]
async fn conditions_count_in_their_order() {
    use header::{
        IF_MATCH as MATCH, IF_MODIFIED_SINCE as MODIFIED, IF_NONE_MATCH as NONE,
        IF_UNMODIFIED_SINCE as UNMODIFIED,
    };
    let server = Server::start();
    server.put("song", &content(10));
    type Case<'a> = (&'a [(HeaderName, &'a str)], u16);
    let cases: &[Case<'_>] = &[
        (&[(MATCH, "\"song\"")], 200),
        (&[(MATCH, "*")], 200),
        (&[(MATCH, "\"a\", \"song\"")], 200),
        (&[(MATCH, "\"a\""), (MATCH, "\"song\"")], 200),
        (&[(MATCH, "\"other\"")], 412),
        (&[(MATCH, "W/\"song\"")], 412),
        (&[(MATCH, "song")], 412),
        (&[(UNMODIFIED, LAST_MODIFIED)], 200),
        (&[(UNMODIFIED, AFTER)], 200),
        (&[(UNMODIFIED, BEFORE)], 412),
        (&[(UNMODIFIED, "yesterday")], 200),
        (&[(NONE, "\"song\"")], 304),
        (&[(NONE, "W/\"song\"")], 304),
        (&[(NONE, "\"x,y\", \"a\",, \"song\"")], 304),
        (&[(NONE, "*")], 304),
        (&[(NONE, "\"other\"")], 200),
        (&[(MODIFIED, LAST_MODIFIED)], 304),
        (&[(MODIFIED, AFTER)], 304),
        (&[(MODIFIED, BEFORE)], 200),
        (&[(MODIFIED, "yesterday")], 200),
        // A tag outweighs the date beside it.
        (&[(MATCH, "\"song\""), (UNMODIFIED, BEFORE)], 200),
        (&[(NONE, "\"other\""), (MODIFIED, AFTER)], 200),
        // What must hold comes before what need not be sent.
        (&[(MATCH, "\"other\""), (NONE, "\"song\"")], 412),
        (&[(MATCH, "\"song\""), (NONE, "\"song\"")], 304),
        (&[(UNMODIFIED, BEFORE), (NONE, "\"song\"")], 412),
        // Both come before the range.
        (&[(NONE, "\"song\""), (header::RANGE, "bytes=0-1")], 304),
        (&[(MATCH, "\"other\""), (header::RANGE, "bytes=50-")], 412),
        (&[(MATCH, "\"song\""), (header::RANGE, "bytes=0-1")], 206),
    ];
    for (headers, status) in cases {
        let answer = server.get("song", headers).await;
        assert_eq!(answer.status.as_u16(), *status, "{headers:?}");
        match status {
            304 => {
                assert!(answer.body.is_empty());
                assert_eq!(answer.header(header::ETAG), "\"song\"");
                assert_eq!(answer.header(header::CACHE_CONTROL), "private, max-age=60");
                assert_eq!(answer.headers.get(header::CONTENT_TYPE), None);
            }
            412 => assert_eq!(answer.json()["code"], "precondition_failed"),
            _ => {}
        }
    }
}

#[actix_web::test]
async fn if_range_decides_whether_the_range_counts() {
    let server = Server::start();
    let bytes = content(1_000);
    server.put("song", &bytes);
    for (condition, status) in [
        ("\"song\"", 206),
        ("\"other\"", 200),
        ("W/\"song\"", 200),
        (LAST_MODIFIED, 206),
        (BEFORE, 200),
        (AFTER, 200),
        ("soon", 200),
    ] {
        let headers = [
            (header::IF_RANGE, condition),
            (header::RANGE, "bytes=10-19"),
        ];
        let answer = server.get("song", &headers).await;
        assert_eq!(answer.status.as_u16(), status, "{condition}");
        let expected = if status == 206 {
            &bytes[10..20]
        } else {
            &bytes[..]
        };
        assert!(answer.body == expected);
    }
    let outside = [
        (header::IF_RANGE, "\"song\""),
        (header::RANGE, "bytes=1000-"),
    ];
    assert_eq!(
        server.get("song", &outside).await.status,
        StatusCode::RANGE_NOT_SATISFIABLE
    );
    let changed = [
        (header::IF_RANGE, "\"other\""),
        (header::RANGE, "bytes=1000-"),
    ];
    assert_eq!(server.get("song", &changed).await.status, StatusCode::OK);
}

#[actix_web::test]
async fn compression_leaves_files_alone() {
    let server = Server::start();
    let bytes = vec![b'a'; 100_000];
    server.put("song", &bytes);
    let answer = server
        .get("song", &[(header::ACCEPT_ENCODING, "gzip, br")])
        .await;
    assert_eq!(answer.header(header::CONTENT_LENGTH), "100000");
    assert_eq!(answer.header(header::CONTENT_ENCODING), "identity");
    assert!(answer.body == bytes);
    let wanted = [
        (header::ACCEPT_ENCODING, "gzip"),
        (header::RANGE, "bytes=0-49999"),
    ];
    assert!(server.get("song", &wanted).await.body == bytes[..50_000]);
}

#[actix_web::test]
async fn a_deleted_file_is_gone_at_once_and_a_new_one_there() {
    let server = Server::start();
    assert_eq!(server.get("song", &[]).await.status, StatusCode::NOT_FOUND);
    server.put("song", b"first");
    assert_eq!(server.get("song", &[]).await.body, b"first");
    std::fs::remove_file(server.path("song")).unwrap();
    assert_eq!(server.get("song", &[]).await.status, StatusCode::NOT_FOUND);
    server.put("song", b"second");
    assert_eq!(server.get("song", &[]).await.body, b"second");
    // Replaced by renaming another over it.
    server.put("next", b"the third");
    std::fs::rename(server.path("next"), server.path("song")).unwrap();
    assert_eq!(server.get("song", &[]).await.body, b"the third");
    // Moved away, and said so.
    std::fs::rename(server.path("song"), server.path("elsewhere")).unwrap();
    server.files.evict(&server.path("song"));
    assert_eq!(server.get("song", &[]).await.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn what_is_no_file_is_not_served() {
    let server = Server::start();
    std::fs::create_dir(server.path("folder")).unwrap();
    assert_eq!(
        server.get("folder", &[]).await.status,
        StatusCode::INTERNAL_SERVER_ERROR
    );
    server.put("song", b"abc");
    assert_eq!(
        server.get("song%2Fx", &[]).await.status,
        StatusCode::NOT_FOUND
    );
}

#[actix_web::test]
async fn more_files_than_may_be_kept_open_are_all_served() {
    let server = Server::start();
    for n in 0..50 {
        server.put(&format!("song{n}"), format!("content {n}").as_bytes());
    }
    for _ in 0..2 {
        for n in 0..50 {
            let answer = server.get(&format!("song{n}"), &[]).await;
            assert_eq!(answer.body, format!("content {n}").as_bytes());
        }
    }
}

/// The client must be able to tell that bytes are missing, and the server
/// must go on answering others.
#[actix_web::test]
async fn a_file_that_shrinks_while_it_is_sent_breaks_the_answer_off() {
    let server = Server::start();
    let path = server.path("song");
    // More than the sockets between us can hold.
    let length = 64 * 1024 * 1024;
    std::fs::File::create(&path)
        .unwrap()
        .set_len(length)
        .unwrap();
    let mut answer = server
        .request(Method::GET, "song", &[])
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()[header::CONTENT_LENGTH], length.to_string());
    let mut received = answer.chunk().await.unwrap().unwrap().len() as u64;
    std::fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(100)
        .unwrap();
    let failed = loop {
        match answer.chunk().await {
            Ok(Some(chunk)) => received += chunk.len() as u64,
            Ok(None) => break false,
            Err(_) => break true,
        }
    };
    assert!(failed && received < length, "{received} of {length}");
    server.put("other", b"still here");
    assert_eq!(server.get("other", &[]).await.body, b"still here");
}

#[actix_web::test]
async fn a_file_that_grows_meanwhile_is_sent_at_its_length_when_asked_for() {
    let server = Server::start();
    server.put("song", b"0123456789");
    assert_eq!(server.get("song", &[]).await.body, b"0123456789");
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(server.path("song"))
        .unwrap();
    file.write_all(b"abc").unwrap();
    let answer = server.get("song", &[(header::RANGE, "bytes=8-")]).await;
    assert_eq!(answer.header(header::CONTENT_RANGE), "bytes 8-12/13");
    assert_eq!(answer.body, b"89abc");
}

#[actix_web::test]
async fn many_clients_at_once_get_their_own_bytes() {
    let server = Server::start();
    let bytes = content(500_000);
    server.put("song", &bytes);
    let clients = (0..40).map(|n: usize| {
        let (server, bytes) = (&server, &bytes);
        async move {
            let range = n * 1_000..n * 12_000 + 5_000;
            let asked = format!("bytes={}-{}", range.start, range.end - 1);
            let answer = server.get("song", &[(header::RANGE, &asked)]).await;
            assert!(answer.body == bytes[range]);
        }
    });
    futures_util::future::join_all(clients).await;
}

/// Large enough for several turns of a connection, beside others.
#[actix_web::test]
async fn large_ranges_come_whole_and_in_order() {
    let server = Server::start();
    let bytes = content(6_000_000);
    server.put("song", &bytes);
    let clients = (0..12_usize).map(|n| {
        let (server, bytes) = (&server, &bytes);
        async move {
            for range in [
                n * 7..bytes.len() - n,
                n..n + 262_144,
                n..n + 262_143,
                n..n + 3_000_000,
            ] {
                let asked = format!("bytes={}-{}", range.start, range.end - 1);
                let answer = server.get("song", &[(header::RANGE, &asked)]).await;
                assert_eq!(
                    answer.header(header::CONTENT_LENGTH),
                    range.len().to_string()
                );
                assert!(answer.body == bytes[range]);
            }
            let asked = [(header::RANGE, "bytes=4000000-, 0-9, 100-2000000")];
            let answer = server.get("song", &asked).await;
            assert_eq!(
                answer.header(header::CONTENT_LENGTH),
                answer.body.len().to_string()
            );
            let parts = parts(&answer);
            assert!(parts[0].body == bytes[4_000_000..]);
            assert!(parts[1].body == bytes[..10]);
            assert!(parts[2].body == bytes[100..=2_000_000]);
        }
    });
    futures_util::future::join_all(clients).await;
    assert!(server.get("song", &[]).await.body == bytes);
}

/// Requests sent ahead are answered one after another on one connection.
#[actix_web::test]
async fn requests_sent_ahead_are_answered_in_order() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let server = Server::start();
    let bytes = content(1_500_000);
    server.put("song", &bytes);
    let mut stream = tokio::net::TcpStream::connect(server.address)
        .await
        .unwrap();
    let mut requests = String::new();
    for range in ["0-999999", "5-9", "500000-1499999", "7-7", "0-1499999"] {
        requests.push_str(&format!(
            "GET /song HTTP/1.1\r\nhost: x\r\nrange: bytes={range}\r\n\r\n"
        ));
    }
    requests.push_str("GET /none HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    stream.write_all(requests.as_bytes()).await.unwrap();
    let mut received = Vec::new();
    stream.read_to_end(&mut received).await.unwrap();
    let mut rest = received.as_slice();
    for range in [0..1_000_000, 5..10, 500_000..1_500_000, 7..8, 0..1_500_000] {
        let end = rest
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .unwrap()
            + 4;
        assert!(rest.starts_with(b"HTTP/1.1 206 "));
        let body;
        (body, rest) = rest[end..].split_at(range.len());
        assert!(body == &bytes[range]);
    }
    assert!(rest.starts_with(b"HTTP/1.1 404 "));
}

/// A client that takes nothing for a while, then goes on.
#[actix_web::test]
async fn a_slow_client_gets_every_byte_while_others_are_answered() {
    let server = Server::start();
    let bytes = content(24_000_000);
    server.put("song", &bytes);
    server.put("other", b"quick");
    let mut slow = server
        .request(Method::GET, "song", &[])
        .send()
        .await
        .unwrap();
    for _ in 0..50 {
        assert_eq!(server.get("other", &[]).await.body, b"quick");
    }
    let mut received = Vec::with_capacity(bytes.len());
    while let Some(chunk) = slow.chunk().await.unwrap() {
        received.extend_from_slice(&chunk);
    }
    assert!(received == bytes);
}

#[actix_web::test]
async fn a_client_that_leaves_in_the_middle_disturbs_nobody() {
    let server = Server::start();
    let bytes = content(24_000_000);
    server.put("song", &bytes);
    for _ in 0..5 {
        let mut answer = server
            .request(Method::GET, "song", &[])
            .send()
            .await
            .unwrap();
        assert!(answer.chunk().await.unwrap().is_some());
        drop(answer);
    }
    assert!(
        server
            .get("song", &[(header::RANGE, "bytes=-1000000")])
            .await
            .body
            == bytes[23_000_000..]
    );
}
