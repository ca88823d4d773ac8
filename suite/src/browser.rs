//! A browser with JavaScript off: cookies, pages and their forms.

use reqwest::{Method, RequestBuilder};

use crate::{Answer, Client};

/// Keeps cookies, sends forms with the token their page has, follows no
/// redirect by itself.
#[derive(Debug, Clone)]
pub struct Browser {
    http: reqwest::Client,
    base: String,
}

impl Browser {
    /// A browser that was nowhere yet.
    pub fn new(base: &str) -> Self {
        let http = crate::http()
            .cookie_store(true)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("an HTTP client");
        Self {
            http,
            base: base.to_owned(),
        }
    }

    /// A request of this browser, to be filled in.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}{path}", self.base)
        };
        self.http
            .request(method, url)
            .header("accept", "text/html,application/xhtml+xml")
    }

    /// Sends it.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let request = request.build().expect("a request");
        let asked = format!("{} {}", request.method(), request.url());
        match self.http.execute(request).await {
            Ok(response) => Answer::read(asked, response).await,
            Err(error) => panic!("{asked}: no answer: {error:?}"),
        }
    }

    /// Opens a page.
    pub async fn open(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// Opens a page and goes where it sends us, at most five times.
    pub async fn follow(&self, path: &str) -> Answer {
        let mut answer = self.open(path).await;
        for _ in 0..5 {
            match answer.header("location") {
                "" => break,
                next => answer = self.open(next).await,
            }
        }
        answer
    }

    /// Opens the page at `page` and sends the form that goes to `action`, with
    /// these fields and the token found in it.
    pub async fn submit(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let opened = self.follow(page).await.expect(200);
        let token = csrf_in(&opened.text());
        let mut form = vec![("csrf", token.as_str())];
        form.extend_from_slice(fields);
        self.post(action, &form).await
    }

    /// Sends a form as it stands.
    pub async fn post(&self, action: &str, fields: &[(&str, &str)]) -> Answer {
        let form = form_body(fields);
        let request = self
            .request(Method::POST, action)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        self.send(request).await
    }

    /// Logs in with a client's address and password.
    pub async fn log_in(&self, client: &Client) {
        let fields = [
            ("email", client.email.as_str()),
            ("password", client.password.as_str()),
        ];
        self.submit("/login", "/login", &fields).await.expect(303);
    }
}

/// The CSRF token in a page's first form.
pub fn csrf_in(page: &str) -> String {
    let field = page
        .split('<')
        .find(|tag| tag.starts_with("input") && tag.contains("name=\"csrf\""));
    let value = field
        .and_then(|tag| tag.split_once("value=\""))
        .and_then(|(_, rest)| rest.split_once('"'));
    value
        .map(|(value, _)| value.to_owned())
        .unwrap_or_else(|| panic!("no CSRF token in\n{page}"))
}

/// Fields as `application/x-www-form-urlencoded`.
pub fn form_body(fields: &[(&str, &str)]) -> String {
    let escape = |text: &str| {
        text.bytes().fold(String::new(), |mut out, byte| {
            if byte.is_ascii_alphanumeric() {
                out.push(char::from(byte));
            } else {
                out.push_str(&format!("%{byte:02X}"));
            }
            out
        })
    };
    let pairs: Vec<_> = fields
        .iter()
        .map(|(name, value)| format!("{}={}", escape(name), escape(value)))
        .collect();
    pairs.join("&")
}
