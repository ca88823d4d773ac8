//! Single requests, for everything that is not load.

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use reqwest::{Method, Response};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// A client of one server that blocks its thread.
pub struct Client {
    runtime: Runtime,
    http: reqwest::Client,
    base: String,
}

/// Somebody logged in.
pub struct Account {
    /// The address it signed up with.
    pub email: String,
    /// The access token.
    pub token: String,
}

/// Everybody's.
pub const PASSWORD: &str = "four plain words of measure";

impl Client {
    /// # Errors
    /// When the system refuses what it needs.
    pub fn new(base: &str) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        // Nobody looks after idle connections between two calls.
        let http = reqwest::Client::builder()
            .no_proxy()
            .pool_max_idle_per_host(0)
            .build()?;
        Ok(Self {
            runtime,
            http,
            base: base.to_owned(),
        })
    }

    /// The body of a successful GET.
    ///
    /// # Errors
    /// When the answer is no success.
    pub fn get(&self, path: &str, token: Option<&str>) -> Result<Bytes> {
        let mut request = self.http.get(format!("{}{path}", self.base));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        self.runtime.block_on(async {
            let answer = succeeded(request.send().await?).await?;
            Ok(answer.bytes().await?)
        })
    }

    /// The JSON of a successful GET.
    ///
    /// # Errors
    /// When the answer is no success.
    pub fn get_json(&self, path: &str, token: Option<&str>) -> Result<Value> {
        Ok(serde_json::from_slice(&self.get(path, token)?)?)
    }

    /// The JSON that answers a successful POST.
    ///
    /// # Errors
    /// When the answer is no success.
    pub fn post(&self, path: &str, token: Option<&str>, body: &Value) -> Result<Value> {
        let mut request = self
            .http
            .post(format!("{}{path}", self.base))
            .header("content-type", "application/json")
            .body(body.to_string());
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        self.runtime.block_on(async {
            let answer = succeeded(request.send().await?).await?;
            Ok(serde_json::from_slice(&answer.bytes().await?)?)
        })
    }

    /// Signs an account up and logs it in.
    ///
    /// # Errors
    /// When either is refused.
    pub fn sign_up(&self, name: &str, role: &str) -> Result<Account> {
        let email = format!("{name}@bench.example");
        let new = json!({"email": email, "password": PASSWORD, "display_name": name, "role": role});
        self.post("/api/v1/users", None, &new)
            .context("signing up")?;
        let given = json!({"email": email, "password": PASSWORD});
        let session = self
            .post("/api/v1/sessions", None, &given)
            .context("logging in")?;
        let token = session["access_token"]
            .as_str()
            .context("no token")?
            .to_owned();
        Ok(Account { email, token })
    }

    /// Begins an upload by tus, and gives its path.
    ///
    /// # Errors
    /// When it is refused.
    pub fn begin_upload(&self, token: &str, size: u64) -> Result<String> {
        let request = self
            .http
            .post(format!("{}/api/v1/uploads", self.base))
            .bearer_auth(token)
            .header("tus-resumable", "1.0.0")
            .header("upload-length", size)
            // "a.flac"
            .header("upload-metadata", "filename YS5mbGFj");
        self.runtime.block_on(async {
            let answer = succeeded(request.send().await?).await?;
            let location = answer
                .headers()
                .get("location")
                .context("no location")?
                .to_str()?;
            Ok(location
                .strip_prefix(&self.base)
                .unwrap_or(location)
                .to_owned())
        })
    }

    /// Sends `size` bytes to an upload in one request, made of `chunk` over
    /// and over.
    ///
    /// # Errors
    /// When it is refused.
    pub fn send_upload(&self, path: &str, token: &str, chunk: &Bytes, size: u64) -> Result<()> {
        let request = self
            .http
            .request(Method::PATCH, format!("{}{path}", self.base))
            .bearer_auth(token)
            .header("tus-resumable", "1.0.0")
            .header("upload-offset", 0)
            .header("content-type", "application/offset+octet-stream");
        self.send(request, chunk, size)
    }

    /// Puts `size` bytes somewhere.
    ///
    /// # Errors
    /// When it is refused.
    pub fn put(&self, path: &str, token: &str, chunk: &Bytes, size: u64) -> Result<()> {
        let request = self
            .http
            .put(format!("{}{path}", self.base))
            .bearer_auth(token);
        self.send(request, chunk, size)
    }

    fn send(&self, request: reqwest::RequestBuilder, chunk: &Bytes, size: u64) -> Result<()> {
        let chunk = chunk.clone();
        let pieces = (0..size).step_by(chunk.len().max(1)).map(move |at| {
            let length = usize::try_from(size - at)
                .unwrap_or(usize::MAX)
                .min(chunk.len());
            Ok::<_, std::io::Error>(chunk.slice(..length))
        });
        let body = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
        let request = request.header("content-length", size).body(body);
        self.runtime
            .block_on(async { succeeded(request.send().await?).await.map(drop) })
    }

    /// Ends an upload and drops what arrived.
    ///
    /// # Errors
    /// When it is refused.
    pub fn drop_upload(&self, path: &str, token: &str) -> Result<()> {
        let request = self
            .http
            .delete(format!("{}{path}", self.base))
            .bearer_auth(token)
            .header("tus-resumable", "1.0.0");
        self.runtime
            .block_on(async { succeeded(request.send().await?).await.map(drop) })
    }

    /// Uploads a file and makes a track of it; gives the track's path.
    ///
    /// # Errors
    /// When any of it is refused.
    pub fn publish(&self, token: &str, artist: &str, title: &str, file: &Bytes) -> Result<String> {
        let size = file.len() as u64;
        let upload = self.begin_upload(token, size)?;
        self.send_upload(&upload, token, file, size)?;
        let id = upload.rsplit('/').next().unwrap_or_default();
        let new = json!({
            "artist_id": artist, "title": title, "genre": "other", "upload_id": id, "downloadable": false,
        });
        let track = self.post("/api/v1/tracks", Some(token), &new)?;
        Ok(format!(
            "/api/v1/tracks/{}",
            track["id"].as_str().context("no id")?
        ))
    }
}

async fn succeeded(answer: Response) -> Result<Response> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let path = answer.url().path().to_owned();
    let text = answer.text().await.unwrap_or_default();
    ensure!(status.is_success(), "{path} answered {status}: {text}");
    anyhow::bail!("unreachable")
}
