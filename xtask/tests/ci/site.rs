//! A fake site that answers what the smoke test requests.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

pub struct Site {
    pub url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// The one account, as it signed up.
    account: Option<Value>,
    asked: Vec<String>,
    /// What answers 503: a method and a path.
    broken: Option<(&'static str, &'static str)>,
}

impl Site {
    pub fn start() -> Self {
        Self::with(State::default())
    }

    /// A site of which one request is out of order.
    pub fn broken_at(method: &'static str, path: &'static str) -> Self {
        Self::with(State {
            broken: Some((method, path)),
            ..State::default()
        })
    }

    fn with(state: State) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                serve(stream.unwrap(), &shared);
            }
        });
        Self { url, state }
    }

    /// What was asked, in order.
    pub fn asked(&self) -> Vec<String> {
        self.state.lock().unwrap().asked.clone()
    }

    /// Whether somebody has an account there.
    pub fn has_account(&self) -> bool {
        self.state.lock().unwrap().account.is_some()
    }
}

fn serve(mut stream: TcpStream, state: &Mutex<State>) {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    let (head, body) = loop {
        let count = stream.read(&mut piece).unwrap();
        assert!(count > 0, "a request broke off");
        bytes.extend_from_slice(&piece[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let head = head.to_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |length| length.parse().unwrap());
        if body.len() >= length {
            break (head, body.to_owned());
        }
    };
    let asked: Vec<_> = head.lines().next().unwrap().split(' ').collect();
    let (status, kind, answer) = answer(asked[0], asked[1], &head, &body, state);
    write!(
        stream,
        "HTTP/1.1 {status} x\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{answer}",
        answer.len()
    )
    .unwrap();
}

fn answer(
    method: &str,
    path: &str,
    head: &str,
    body: &str,
    state: &Mutex<State>,
) -> (u16, &'static str, String) {
    let mut state = state.lock().unwrap();
    state
        .asked
        .push(format!("{} {path}", method.to_uppercase()));
    if state.broken == Some((method, path)) {
        let problem = json!({"title": "Unavailable", "detail": "The database is away."});
        return (503, "application/problem+json", problem.to_string());
    }
    let json = |status, value: Value| (status, "application/json", value.to_string());
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let knows = state.account.as_ref().is_some_and(|account| {
        account["email"] == body["email"] && account["password"] == body["password"]
    });
    let is_in = head.contains("authorization: bearer the-token") && state.account.is_some();
    match (method, path) {
        ("get", "/" | "/latest" | "/login" | "/swagger-ui/") => {
            (200, "text/html; charset=utf-8", "<h1>Win:G</h1>".to_owned())
        }
        ("get", "/healthz") => (200, "text/plain", "ok".to_owned()),
        ("get", "/api/v1/tracks?sort=latest") => json(200, json!({"items": [], "next": null})),
        ("get", "/api-docs/user.json" | "/api-docs/music.json") => {
            json(200, json!({"openapi": "3.1.0", "paths": {"/x": {}}}))
        }
        ("post", "/api/v1/users") => {
            state.account = Some(body);
            json(201, json!({}))
        }
        ("post", "/api/v1/sessions") if knows => json(200, json!({"access_token": "the-token"})),
        ("post", "/api/v1/sessions") => json(401, json!({"title": "Wrong"})),
        ("get", "/api/v1/users/me") if is_in => json(200, state.account.clone().unwrap()),
        ("delete", "/api/v1/users/me") if is_in => {
            state.account = None;
            json(204, json!(""))
        }
        _ => json(404, json!({"title": "Not found"})),
    }
}
