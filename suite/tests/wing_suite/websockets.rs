//! Websockets through the edge, to a service of which there are several replicas.

use reqwest::header::{CONNECTION, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use wing_edge::{Edge, SERVICES, Upstream};
use wing_suite::{free_port, start_nginx, wait_for};

/// The key and its answer that RFC 6455 has as an example, 1.3.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// A service that agrees to a handshake and gives back what it is sent; the
/// address where it listens.
async fn echo() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (read, mut write) = stream.into_split();
                let mut read = BufReader::new(read);
                let mut head = String::new();
                while !head.ends_with("\r\n\r\n") {
                    read.read_line(&mut head).await.unwrap();
                }
                let asks = |line: &str| head.to_lowercase().contains(&line.to_lowercase());
                let agreed = asks("\r\nconnection: upgrade\r\n")
                    && asks("\r\nupgrade: websocket\r\n")
                    && asks(&format!("\r\nsec-websocket-key: {KEY}\r\n"));
                let answer = if agreed {
                    format!(
                        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\
                         Upgrade: websocket\r\nSec-WebSocket-Accept: {ACCEPT}\r\n\r\n"
                    )
                } else {
                    "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n".to_owned()
                };
                write.write_all(answer.as_bytes()).await.unwrap();
                tokio::io::copy_buf(&mut read, &mut write).await.unwrap();
            });
        }
    });
    address
}

#[tokio::test]
async fn a_websocket_passes_the_edge_both_ways() {
    let home = tempfile::tempdir().unwrap();
    let [http, nobody] = [(); 2].map(|()| free_port());
    let replicas = vec![echo().await, echo().await];
    let _nginx = start_nginx(
        home.path(),
        Edge {
            listen: format!("127.0.0.1:{http}"),
            upstreams: Upstream::each(SERVICES, |service| match service.name {
                "music" => replicas.clone(),
                _ => vec![format!("127.0.0.1:{nobody}")],
            }),
            ..Edge::by_names(SERVICES)
        },
    );
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let address = format!("http://127.0.0.1:{http}/desk/room");
    let answer = wait_for("nginx listens", || async {
        let asked = client.get(&address);
        let asked = asked.header(CONNECTION, "Upgrade");
        let asked = asked.header(UPGRADE, "websocket");
        let asked = asked.header(SEC_WEBSOCKET_VERSION, "13");
        asked.header(SEC_WEBSOCKET_KEY, KEY).send().await.ok()
    })
    .await;
    assert_eq!(answer.status(), 101);
    assert_eq!(answer.headers()["sec-websocket-accept"], ACCEPT);
    let mut socket = answer.upgrade().await.unwrap();
    // What is said arrives as it is said, not when the connection ends.
    for said in [&b"\x81\x05hello"[..], b"\x82\x03\x00\xff\x0a"] {
        socket.write_all(said).await.unwrap();
        let mut heard = vec![0; said.len()];
        socket.read_exact(&mut heard).await.unwrap();
        assert_eq!(heard, said);
    }
    // Others are answered as ever on the connections that are kept.
    let plain = client.get(&address).send().await.unwrap();
    assert_eq!(plain.status(), 426);
}
