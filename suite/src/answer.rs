//! An answer, read to its end.

use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// What came back, with what was asked for the message of a failing test.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
    asked: String,
}

impl Answer {
    pub(crate) async fn read(asked: String, response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = match response.bytes().await {
            Ok(body) => body,
            Err(error) => panic!("{asked}: the body ended early: {error}"),
        };
        Self {
            status,
            headers,
            body,
            asked,
        }
    }

    /// The answer, if it has this status; else the test fails, showing it.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}\n{}", self.asked, self.text());
        self
    }

    /// The answer, if it is a problem detail (RFC 9457) with this status and code.
    #[track_caller]
    pub fn expect_problem(self, status: u16, code: &str) -> Self {
        let answer = self.expect(status);
        assert_eq!(
            answer.header("content-type"),
            "application/problem+json",
            "{}",
            answer.asked
        );
        let body = answer.json();
        assert_eq!(body["code"], code, "{}\n{body:#}", answer.asked);
        assert_eq!(body["status"], status);
        assert_eq!(body["type"], format!("urn:wing:problem:{code}"));
        assert!(
            body["detail"]
                .as_str()
                .is_some_and(|detail| detail.len() > 10),
            "{body}"
        );
        answer
    }

    /// [`Answer::expect_problem`] of 422 that names exactly these fields, each
    /// with its code.
    #[track_caller]
    pub fn expect_invalid(self, fields: &[(&str, &str)]) -> Self {
        let answer = self.expect_problem(422, "invalid");
        let body = answer.json();
        let said: Vec<_> = body["errors"].as_array().map_or_else(Vec::new, |errors| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            errors
                .iter()
                .map(|error| (text(&error["field"]), text(&error["code"])))
                .collect()
        });
        let wanted: Vec<_> = fields
            .iter()
            .map(|(field, code)| ((*field).to_owned(), (*code).to_owned()))
            .collect();
        assert_eq!(said, wanted, "{}\n{body:#}", answer.asked);
        answer
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("{}: not JSON ({error}): {}", self.asked, self.text()),
        }
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// A header that is a number.
    #[track_caller]
    pub fn number(&self, name: &str) -> u64 {
        match self.header(name).parse() {
            Ok(number) => number,
            Err(_) => panic!(
                "{}: {name} is not a number: {:?}",
                self.asked,
                self.header(name)
            ),
        }
    }

    /// The problem's code, if it is one.
    pub fn code(&self) -> String {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        body["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The entries of a list answer.
    #[track_caller]
    pub fn items(&self) -> Vec<Value> {
        match self.json()["items"].as_array() {
            Some(items) => items.clone(),
            None => panic!("{}: no items: {}", self.asked, self.text()),
        }
    }
}
