//! A site that runs elsewhere: the suite against a stack.
//!
//! `WING_TEST_SITE` is its address as people type it, `WING_TEST_ADDRESS` where
//! one edge of it listens, `WING_TEST_AUTHORITY` a file with the authority that
//! signed its certificate. Tests that set up or look into the site's inside do
//! not apply to it.

use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::{Certificate, ClientBuilder};

/// Where it is.
#[derive(Debug)]
pub struct Remote {
    /// Without a slash at the end.
    pub base_url: String,
    host: String,
    address: SocketAddr,
    authority: Certificate,
}

impl Remote {
    /// The one that the environment names.
    pub fn named() -> Option<&'static Self> {
        static NAMED: OnceLock<Option<Remote>> = OnceLock::new();
        NAMED.get_or_init(Self::read).as_ref()
    }

    fn read() -> Option<Self> {
        let base_url = std::env::var("WING_TEST_SITE").ok()?;
        let of = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
        let pem = std::fs::read(of("WING_TEST_AUTHORITY")).expect("the authority's file");
        let url = reqwest::Url::parse(&base_url).expect("WING_TEST_SITE is an address");
        Some(Self {
            host: url.host_str().expect("it names a host").to_owned(),
            address: of("WING_TEST_ADDRESS").parse().expect("ADDRESS:PORT"),
            authority: Certificate::from_pem(&pem).expect("a certificate"),
            base_url,
        })
    }

    /// What a browser is started with to find it and to believe it.
    pub(crate) fn browser_arguments(&self) -> [String; 2] {
        [
            format!(
                "--host-resolver-rules=MAP {} {}",
                self.host,
                self.address.ip()
            ),
            "--ignore-certificate-errors".to_owned(),
        ]
    }
}

/// How every client of the suite begins: it finds the remote site if there is one.
pub fn http() -> ClientBuilder {
    let builder = reqwest::Client::builder()
        .no_proxy()
        // Sooner than the server closes a connection: a request sent at that very moment
        // would be lost.
        .pool_idle_timeout(Duration::from_secs(15));
    match Remote::named() {
        Some(remote) => builder
            .resolve(&remote.host, remote.address)
            .tls_certs_only([remote.authority.clone()]),
        None => builder,
    }
}
