//! A server with a directory of its own, and answers taken apart.

#![expect(dead_code, reason = "each test binary uses a part of it")]
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use actix_web::http::header::{
    ContentDisposition, DispositionParam, DispositionType, EntityTag, HeaderValue,
};
use actix_web::middleware::Compress;
use actix_web::web::{self, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, error};
use reqwest::header::{HeaderMap, HeaderName};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use tempfile::TempDir;
use wing_stream::{Files, ServeError, StoredFile, Timeouts, listen};

/// When every served file came to be.
pub const LAST_MODIFIED: &str = "Fri, 01 Mar 2024 12:00:00 GMT";
const LAST_MODIFIED_SECONDS: u64 = 1_709_294_400;

pub struct Server {
    pub address: SocketAddr,
    directory: TempDir,
    client: Client,
    pub files: Arc<Files>,
    handle: actix_web::dev::ServerHandle,
}

async fn serve(
    req: HttpRequest,
    name: web::Path<String>,
    directory: Data<PathBuf>,
    files: Data<Files>,
) -> actix_web::Result<HttpResponse> {
    let file = StoredFile {
        source: directory.join(name.as_str()).into(),
        etag: EntityTag::new_strong(name.replace('/', "-")),
        content_type: HeaderValue::from_static("audio/mpeg"),
        cache_control: HeaderValue::from_static("private, max-age=60"),
        // Files know fractions of a second, HTTP does not.
        last_modified: Some(UNIX_EPOCH + Duration::from_millis(LAST_MODIFIED_SECONDS * 1000 + 700)),
        disposition: Some(ContentDisposition {
            disposition: DispositionType::Attachment,
            parameters: vec![DispositionParam::Filename(format!(
                "{}.mp3",
                name.replace('/', "-")
            ))],
        }),
    };
    files.serve(&req, &file).await.map_err(|error| match error {
        ServeError::NotFound => error::ErrorNotFound(error),
        ServeError::NotAFile | ServeError::Io(_) => error::ErrorInternalServerError(error),
    })
}

impl Server {
    /// On a free port of the loopback, keeping at most eight files open.
    pub fn start() -> Self {
        let directory = TempDir::new().unwrap();
        let files = Arc::new(Files::new(8));
        let (root, shared) = (
            Data::new(directory.path().to_owned()),
            Data::from(Arc::clone(&files)),
        );
        let app = move || {
            App::new()
                .app_data(root.clone())
                .app_data(shared.clone())
                .wrap(Compress::default())
                .route("/{name:.*}", web::route().to(serve))
        };
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let server = if crate::OWN_CONNECTIONS {
            let server = actix_server::Server::build().workers(1).disable_signals();
            listen(server, listener, Timeouts::default(), app)
                .unwrap()
                .run()
        } else {
            let server = HttpServer::new(app).workers(1).disable_signals();
            server.listen(listener).unwrap().run()
        };
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self {
            address,
            directory,
            client: Client::new(),
            files,
            handle,
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn put(&self, name: &str, content: &[u8]) {
        std::fs::write(self.path(name), content).unwrap();
    }

    pub fn request(
        &self,
        method: Method,
        name: &str,
        headers: &[(HeaderName, &str)],
    ) -> RequestBuilder {
        let url = format!("http://{}/{name}", self.address);
        headers.iter().fold(
            self.client.request(method, url),
            |request, (name, value)| request.header(name, *value),
        )
    }

    pub async fn send(&self, method: Method, name: &str, headers: &[(HeaderName, &str)]) -> Answer {
        let answer = self.request(method, name, headers).send().await.unwrap();
        Answer {
            status: answer.status(),
            headers: answer.headers().clone(),
            body: answer.bytes().await.unwrap().into(),
        }
    }

    pub async fn get(&self, name: &str, headers: &[(HeaderName, &str)]) -> Answer {
        self.send(Method::GET, name, headers).await
    }

    pub async fn stop(self) {
        self.handle.stop(false).await;
    }
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: HeaderName) -> &str {
        self.headers
            .get(&name)
            .unwrap_or_else(|| panic!("no {name}"))
            .to_str()
            .unwrap()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

pub struct Part {
    pub content_type: String,
    pub content_range: String,
    pub body: Vec<u8>,
}

/// Bytes without a period that a mistake of some chunks could hide in.
pub fn content(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    })
    .flatten()
    .take(length)
    .collect()
}

/// Takes a `multipart/byteranges` answer apart as RFC 2046 §5.1.1 says.
pub fn parts(answer: &Answer) -> Vec<Part> {
    let kind = answer.header(reqwest::header::CONTENT_TYPE);
    let boundary = kind
        .strip_prefix("multipart/byteranges; boundary=")
        .unwrap();
    let mut rest = answer
        .body
        .strip_prefix(format!("--{boundary}").as_bytes())
        .unwrap();
    let mut parts = Vec::new();
    while let Some(part) = rest.strip_prefix(b"\r\n") {
        let head = find(part, b"\r\n\r\n");
        let text = std::str::from_utf8(&part[..head]).unwrap();
        let field = |name: &str| {
            text.split("\r\n")
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
                .unwrap()
                .to_owned()
        };
        let line = format!("\r\n--{boundary}");
        let part = &part[head + 4..];
        let end = find(part, line.as_bytes());
        parts.push(Part {
            content_type: field("content-type"),
            content_range: field("content-range"),
            body: part[..end].to_owned(),
        });
        rest = &part[end + line.len()..];
    }
    assert_eq!(rest, b"--\r\n");
    parts
}

fn find(haystack: &[u8], needle: &[u8]) -> usize {
    // Boundaries and line ends begin with a carriage return, which is rare.
    let mut from = 0;
    loop {
        let next = haystack[from..]
            .iter()
            .position(|&byte| byte == needle[0])
            .unwrap()
            + from;
        if haystack[next..].starts_with(needle) {
            return next;
        }
        from = next + 1;
    }
}
