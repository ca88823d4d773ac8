//! The edge with certificates: HTTPS, HTTP/2, and the way there.

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Version};
use wing_edge::{Edge, SERVICES, Tls, Upstream};
use wing_suite::{free_port, start_nginx, wait_for};

#[tokio::test]
async fn an_edge_with_certificates_speaks_http_2_and_leads_there() {
    let home = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (home.path().join("cert.pem"), home.path().join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let [http, https, metrics, nobody] = [(); 4].map(|()| free_port());
    let _nginx = start_nginx(
        home.path(),
        Edge {
            listen: format!("127.0.0.1:{http}"),
            tls: Some(Tls {
                listen: format!("127.0.0.1:{https}"),
                certificate,
                key,
            }),
            // Services are not what this is about.
            upstreams: Upstream::each(SERVICES, |_| vec![format!("127.0.0.1:{nobody}")]),
            health: Some(format!("127.0.0.1:{metrics}")),
            ..Edge::by_names(SERVICES)
        },
    );
    let client = Client::builder()
        .tls_certs_only([Certificate::from_pem(made.cert.pem().as_bytes()).unwrap()])
        .redirect(Policy::none())
        .no_proxy()
        .build()
        .unwrap();
    let plain = wait_for("nginx listens", || async {
        let asked = client.get(format!("http://localhost:{http}/latest?page=2"));
        asked.send().await.ok()
    })
    .await;
    assert_eq!(plain.status(), 308);
    assert_eq!(
        plain.headers()["location"],
        "https://localhost/latest?page=2"
    );

    let asked = client.get(format!("https://localhost:{https}/latest"));
    let secure = asked.send().await.unwrap();
    assert_eq!(secure.version(), Version::HTTP_2);
    assert_eq!(secure.status(), 503);
    assert!(secure.text().await.unwrap().contains("<html"));

    let asked = client.get(format!("http://localhost:{metrics}/metrics"));
    let metrics = asked.send().await.unwrap().text().await.unwrap();
    assert!(
        metrics.contains("wing_edge_connections{state=\"writing\"} 1\n"),
        "{metrics}"
    );
    assert!(metrics.ends_with("wing_edge_certificate_ends_seconds 0\n"));
}
