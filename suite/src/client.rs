//! A program that speaks the JSON API.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::Answer;

/// A client with or without an account; follows no redirect.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    /// Sent as `Authorization: Bearer …`.
    pub token: Option<String>,
    /// The refresh token of its session.
    pub refresh: String,
    /// The account's id; nobody's is empty.
    pub id: String,
    /// The account's address.
    pub email: String,
    /// The account's password.
    pub password: String,
    /// The name it shows.
    pub name: String,
}

/// The password of every account the harness makes.
pub const PASSWORD: &str = "seven lanterns under a bridge";

impl Client {
    /// Nobody, at the site that answers at `base`.
    pub fn nobody(base: &str) -> Self {
        let http = crate::http()
            .redirect(reqwest::redirect::Policy::none())
            .build();
        Self {
            http: http.expect("an HTTP client"),
            base: base.to_owned(),
            token: None,
            refresh: String::new(),
            id: String::new(),
            email: String::new(),
            password: PASSWORD.to_owned(),
            name: String::new(),
        }
    }

    /// Signs up with a fresh address, logs in, and holds the token.
    pub async fn signed_up(base: &str, role: &str) -> Self {
        let mut client = Self::nobody(base);
        let number = uuid::Uuid::now_v7().simple().to_string();
        client.email = format!("{role}-{number}@mail.example");
        client.name = format!("{role} {}", &number[24..]);
        let body = json!({
            "email": client.email, "password": PASSWORD,
            "display_name": client.name, "role": role,
        });
        client.post_json("/api/v1/users", &body).await.expect(201);
        client.log_in().await;
        let me = client.get("/api/v1/users/me").await.expect(200).json();
        client.id = text(&me["id"]);
        client
    }

    /// Begins a new session with the account's password.
    pub async fn log_in(&mut self) {
        let body = json!({"email": self.email, "password": self.password});
        let answer = self
            .without_token()
            .post_json("/api/v1/sessions", &body)
            .await
            .expect(200);
        self.hold(&answer.json());
    }

    /// Takes the tokens of an answer.
    pub fn hold(&mut self, tokens: &Value) {
        self.token = Some(text(&tokens["access_token"]));
        self.refresh = text(&tokens["refresh_token"]);
    }

    /// The same client with nothing to show who it is.
    pub fn without_token(&self) -> Self {
        Self {
            token: None,
            ..self.clone()
        }
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}{path}", self.base)
        }
    }

    /// A request to be filled in, with the token on it.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, self.url(path));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends what [`Client::request`] began.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let request = request.build().expect("a request");
        let asked = format!("{} {}", request.method(), request.url());
        match self.http.execute(request).await {
            Ok(response) => Answer::read(asked, response).await,
            Err(error) => panic!("{asked}: no answer: {error:?}"),
        }
    }

    /// `GET`
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// `GET` with headers.
    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send_with(Method::GET, path, headers).await
    }

    /// A request without a body, with headers.
    pub async fn send_with(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.request(method, path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request).await
    }

    /// `POST` of JSON.
    pub async fn post_json(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// `PATCH` of JSON.
    pub async fn patch_json(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::PATCH, path).json(body))
            .await
    }

    /// `POST` of nothing.
    pub async fn post(&self, path: &str) -> Answer {
        self.send(self.request(Method::POST, path)).await
    }

    /// `PUT` of bytes.
    pub async fn put(&self, path: &str, body: impl Into<reqwest::Body>) -> Answer {
        let request = self.request(Method::PUT, path).body(body);
        self.send(request.header("content-type", "application/octet-stream"))
            .await
    }

    /// `DELETE`
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// Every entry of a list, page after page.
    pub async fn all_pages(&self, path: &str) -> Vec<Value> {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let joint = if path.contains('?') { '&' } else { '?' };
            let more = if cursor.is_empty() {
                String::new()
            } else {
                format!("{joint}cursor={cursor}")
            };
            let page = self.get(&format!("{path}{more}")).await.expect(200).json();
            all.extend(page["items"].as_array().cloned().unwrap_or_default());
            assert!(all.len() < 10_000, "{path}: the pages do not end");
            match page["next"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => return all,
            }
        }
    }
}

/// A JSON string's text; anything else is empty.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
