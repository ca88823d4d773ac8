//! People on the site, through the edge of each node: what they read, hear, like
//! and upload while something happens, and what of it failed.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use reqwest::{Certificate, Client, Method, RequestBuilder};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::task::JoinHandle;
use wing_suite::{Client as Member, Musician, NewTrack, sound, text};

use crate::node::Node;
use crate::secrets;
use crate::site::{self, HOST};

/// Who and what the load is about.
#[derive(Clone)]
pub struct People {
    /// Who uploads.
    pub musician: Musician,
    /// Who listens and likes.
    pub fan: Member,
    /// Who looks at the visualizer.
    pub admin: Member,
    /// A published track.
    pub track: Value,
    /// What of its sound is delivered, by its hash.
    sound: [u8; 32],
}

impl People {
    /// Signs them up and publishes a track.
    pub async fn gather() -> Result<Self> {
        let base = format!("https://{HOST}");
        let musician = Musician::new(Member::signed_up(&base, "musician").await);
        let artist = musician.artist("Lantern Street").await;
        let track = musician
            .track(
                &artist,
                NewTrack::titled("Paper Lanterns")
                    .file("minutes.flac", sound::file("minutes.flac")),
            )
            .await;
        let fan = Member::signed_up(&base, "fan").await;
        let mut admin = Member::signed_up(&base, "musician").await;
        let container = site::containers("user")?
            .pop()
            .context("no replica of user runs")?;
        crate::docker::run(
            container
                .node
                .docker()
                .args(["exec", &container.id, "/usr/bin/wing-user"])
                .args(["admin", "grant", &admin.email]),
        )?;
        admin.log_in().await;
        let path = format!("/api/v1/tracks/{}/stream", text(&track["id"]));
        let whole = fan.get(&path).await.expect(200);
        Ok(Self {
            sound: Sha256::digest(&whole.body).into(),
            musician,
            fan,
            admin,
            track,
        })
    }

    /// New tokens: those of before may end in the middle of a check.
    pub async fn refresh(&mut self) {
        self.musician.client.log_in().await;
        self.fan.log_in().await;
        self.admin.log_in().await;
    }
}

/// A client that goes in by the edge of the first of `nodes`, and by the next where
/// nobody listens, as browsers do with a name that has several addresses.
fn client_by(nodes: &[Node]) -> Result<Client> {
    let addresses: Vec<_> = nodes
        .iter()
        .map(|node| SocketAddr::from((node.address, 443)))
        .collect();
    let pem = std::fs::read(secrets::authority())?;
    Ok(Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .resolve_to_addrs(HOST, &addresses)
        .tls_certs_only([Certificate::from_pem(&pem)?])
        .timeout(Duration::from_secs(15))
        .build()?)
}

/// One request that failed.
#[derive(Clone, Debug)]
pub struct Failure {
    /// How long after the load began.
    pub after: Duration,
    /// What was asked, where.
    pub what: String,
    /// Why it counts as failed.
    pub why: String,
}

/// What happened.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Requests that were answered as they should be.
    pub good: usize,
    /// All others.
    pub failures: Vec<Failure>,
    /// Pieces of an upload that were cut off and sent again from where they stood,
    /// as tus has it.
    pub resumed: usize,
    /// Files that arrived whole.
    pub uploads: usize,
    /// Times that a track was heard from its first byte to its last.
    pub plays: usize,
}

impl Tally {
    /// In a few words.
    pub fn summary(&self) -> String {
        format!(
            "{} requests, {} failed; {} plays whole, {} uploads whole, {} pieces resumed",
            self.good + self.failures.len(),
            self.failures.len(),
            self.plays,
            self.uploads,
            self.resumed
        )
    }

    /// The failures by what failed and why.
    pub fn reasons(&self) -> String {
        let mut all: BTreeMap<String, usize> = BTreeMap::new();
        for one in &self.failures {
            *all.entry(format!("{}: {}", one.what, one.why)).or_default() += 1;
        }
        all.iter()
            .take(8)
            .map(|(what, count)| format!("\n      {count} x {what}"))
            .collect()
    }
}

/// People at work until they are stopped.
pub struct Load {
    shared: Arc<Shared>,
    tasks: Vec<JoinHandle<Result<()>>>,
}

struct Shared {
    began: Instant,
    stop: AtomicBool,
    tally: Mutex<Tally>,
}

impl Shared {
    fn goes_on(&self) -> bool {
        !self.stop.load(Ordering::Relaxed)
    }

    fn note(&self, change: impl FnOnce(&mut Tally)) {
        change(&mut self.tally.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Sends it; the answer's body when all is well.
    async fn ask(&self, what: &str, request: RequestBuilder) -> Option<reqwest::Response> {
        let result = match request.send().await {
            Ok(answer) if answer.status().is_success() => Ok(answer),
            Ok(answer) => Err(format!("{}", answer.status().as_u16())),
            Err(error) => Err(reason(&error)),
        };
        match result {
            Ok(answer) => {
                self.note(|tally| tally.good += 1);
                Some(answer)
            }
            Err(why) => {
                self.failed(what, why);
                None
            }
        }
    }

    fn failed(&self, what: &str, why: String) {
        let failure = Failure {
            after: self.began.elapsed(),
            what: what.to_owned(),
            why,
        };
        self.note(|tally| tally.failures.push(failure));
    }
}

fn reason(error: &reqwest::Error) -> String {
    let mut text = String::new();
    let mut source: Option<&dyn std::error::Error> = Some(error);
    while let Some(one) = source {
        text = one.to_string();
        source = one.source();
    }
    text
}

impl Load {
    /// Lets two visitors come in by each of `nodes` and by no other, and a listener
    /// and an uploader by the first.
    pub fn begin(people: &People, nodes: &[Node]) -> Result<Self> {
        Self::by(people, nodes, |first| vec![first])
    }

    /// The same people, but each knows all of `nodes`.
    pub fn by_name(people: &People, nodes: &[Node]) -> Result<Self> {
        Self::by(people, nodes, |first| {
            let others = nodes.iter().copied().filter(|node| node.name != first.name);
            [first].into_iter().chain(others).collect()
        })
    }

    fn by(people: &People, nodes: &[Node], way: impl Fn(Node) -> Vec<Node>) -> Result<Self> {
        let shared = Arc::new(Shared {
            began: Instant::now(),
            stop: AtomicBool::new(false),
            tally: Mutex::default(),
        });
        let mut tasks = Vec::new();
        for &node in nodes {
            for _ in 0..2 {
                let (shared, people) = (Arc::clone(&shared), people.clone());
                let client = client_by(&way(node))?;
                tasks.push(tokio::spawn(async move {
                    visit(&shared, &people, &client, node).await;
                    Ok(())
                }));
            }
        }
        let first = way(*nodes.first().context("no node")?);
        tasks.push(tokio::spawn({
            let (shared, people, client) =
                (Arc::clone(&shared), people.clone(), client_by(&first)?);
            async move {
                listen(&shared, &people, &client).await;
                Ok(())
            }
        }));
        tasks.push(tokio::spawn({
            let (shared, people, client) =
                (Arc::clone(&shared), people.clone(), client_by(&first)?);
            async move { upload(&shared, &people, &client).await }
        }));
        Ok(Self { shared, tasks })
    }

    /// Lets an operator look at the visualizer too, by whichever of `nodes` listens.
    pub fn watched(mut self, people: &People, nodes: &[Node]) -> Result<Self> {
        let (shared, people) = (Arc::clone(&self.shared), people.clone());
        let client = client_by(nodes)?;
        self.tasks.push(tokio::spawn(async move {
            watch(&shared, &people, &client).await;
            Ok(())
        }));
        Ok(self)
    }

    /// How long it has gone on.
    pub fn elapsed(&self) -> Duration {
        self.shared.began.elapsed()
    }

    /// Lets everybody finish what they are at.
    pub async fn end(self) -> Result<Tally> {
        self.shared.stop.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await??;
        }
        let tally = self
            .shared
            .tally
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        ensure!(tally.good > 0, "nothing was answered at all");
        Ok(tally.clone())
    }
}

fn url(path: &str) -> String {
    format!("https://{HOST}{path}")
}

/// Pages, lists and an account's own things, ten a second.
async fn visit(shared: &Shared, people: &People, client: &Client, node: Node) {
    let (id, slug) = (text(&people.track["id"]), text(&people.track["slug"]));
    let token = people.fan.token.clone().unwrap_or_default();
    let asked: [(Method, String, bool); 7] = [
        (Method::GET, "/".into(), false),
        (Method::GET, "/api/v1/tracks?limit=20".into(), false),
        (Method::GET, "/api/v1/users/me".into(), true),
        (Method::PUT, format!("/api/v1/likes/{id}"), true),
        (Method::GET, format!("/tracks/{slug}"), false),
        (Method::DELETE, format!("/api/v1/likes/{id}"), true),
        (Method::GET, "/login".into(), false),
    ];
    let mut pace = tokio::time::interval(Duration::from_millis(100));
    for (method, path, member) in asked.iter().cycle() {
        if !shared.goes_on() {
            return;
        }
        pace.tick().await;
        let mut request = client.request(method.clone(), url(path));
        if *member {
            request = request.bearer_auth(&token);
        }
        let path = path.replace(&id, "{id}").replace(&slug, "{slug}");
        let answer = shared
            .ask(&format!("{method} {path} by {}", node.name), request)
            .await;
        if let Some(answer) = answer
            && let Err(error) = answer.bytes().await
        {
            shared.failed(&format!("{method} {path} by {}", node.name), reason(&error));
        }
    }
}

/// The visualizer's page and what it shows, five times a second.
async fn watch(shared: &Shared, people: &People, client: &Client) {
    let token = people.admin.token.clone().unwrap_or_default();
    let mut pace = tokio::time::interval(Duration::from_millis(200));
    for path in ["/visualizer", "/visualizer/snapshot.json"].iter().cycle() {
        if !shared.goes_on() {
            return;
        }
        pace.tick().await;
        let request = client.get(url(path)).bearer_auth(&token);
        if let Some(answer) = shared.ask(path, request).await
            && let Err(error) = answer.bytes().await
        {
            shared.failed(path, reason(&error));
        }
    }
}

/// A track from its first byte to its last in parts, again and again.
async fn listen(shared: &Shared, people: &People, client: &Client) {
    const PART: u64 = 128 * 1024;
    let address = url(&format!(
        "/api/v1/tracks/{}/stream",
        text(&people.track["id"])
    ));
    let mut pace = tokio::time::interval(Duration::from_millis(100));
    while shared.goes_on() {
        let (mut at, mut length, mut hash) = (0, u64::MAX, Sha256::new());
        while at < length && shared.goes_on() {
            pace.tick().await;
            let range = format!("bytes={at}-{}", at + PART - 1);
            let request = client.get(&address).header("range", range);
            let Some(answer) = shared.ask("a part of a track", request).await else {
                continue;
            };
            if let Some(whole) = answer
                .headers()
                .get("content-range")
                .and_then(|range| range.to_str().ok()?.rsplit('/').next()?.parse().ok())
            {
                length = whole;
            }
            match answer.bytes().await {
                Ok(bytes) => {
                    at += bytes.len() as u64;
                    hash.update(&bytes);
                }
                Err(error) => shared.failed("a part of a track", reason(&error)),
            }
        }
        if at >= length {
            if hash.finalize().as_slice() == people.sound {
                shared.note(|tally| tally.plays += 1);
            } else {
                shared.failed("a whole track", "is not what it was".to_owned());
            }
        }
    }
}

/// A file of four megabytes in pieces, again and again. A piece that is cut off is
/// sent again from where the server says it stands: that is what tus is for.
async fn upload(shared: &Shared, people: &People, client: &Client) -> Result<()> {
    const LENGTH: usize = 4 << 20;
    const PIECE: usize = 256 << 10;
    let bytes = vec![7_u8; LENGTH];
    let token = people.musician.token.clone().unwrap_or_default();
    let request = |method: Method, at: &str| {
        client
            .request(method, at)
            .bearer_auth(&token)
            .header("tus-resumable", "1.0.0")
    };
    let mut pace = tokio::time::interval(Duration::from_millis(200));
    while shared.goes_on() {
        pace.tick().await;
        let begin = request(Method::POST, &url("/api/v1/uploads"))
            .header("upload-length", LENGTH)
            .header("upload-metadata", "filename bGFiLmZsYWM=");
        let Some(begun) = shared.ask("beginning an upload", begin).await else {
            continue;
        };
        let place = begun.headers()["location"].to_str()?.to_owned();
        let place = if place.starts_with("http") {
            place
        } else {
            url(&place)
        };
        let mut at = 0;
        while at < LENGTH && shared.goes_on() {
            pace.tick().await;
            let sent = request(Method::PATCH, &place)
                .header("upload-offset", at)
                .header("content-type", "application/offset+octet-stream")
                .body(bytes[at..(at + PIECE).min(LENGTH)].to_vec())
                .send()
                .await;
            match sent {
                Ok(answer) if answer.status().as_u16() == 204 => {
                    at = (at + PIECE).min(LENGTH);
                    shared.note(|tally| tally.good += 1);
                }
                _ => {
                    let Some(stands) = shared
                        .ask(
                            "asking where an upload stands",
                            request(Method::HEAD, &place),
                        )
                        .await
                    else {
                        continue;
                    };
                    at = stands.headers()["upload-offset"].to_str()?.parse()?;
                    shared.note(|tally| tally.resumed += 1);
                }
            }
        }
        if at == LENGTH {
            shared.note(|tally| tally.uploads += 1);
        }
        shared
            .ask("dropping an upload", request(Method::DELETE, &place))
            .await;
    }
    Ok(())
}
