use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::Bytes;
use serde::Serialize;

use crate::Problem;

/// An answer as it is stored and replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub(super) status: StatusCode,
    pub(super) content_type: Option<String>,
    pub(super) location: Option<String>,
    pub(super) body: Bytes,
    pub(super) is_replay: bool,
}

/// The largest body that is stored, in bytes.
pub const MAX_BODY: usize = 64 * 1024;

impl Answer {
    /// `body` as JSON. Fails with 500 when it is larger than [`MAX_BODY`]: such
    /// an operation answers with where its result is instead.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_vec(body).map_err(|error| {
            tracing::error!(%error, "an answer cannot be written as JSON");
            Problem::internal()
        })?;
        Self::new(status, Some("application/json"), body)
    }

    /// No body.
    pub fn empty(status: StatusCode) -> Self {
        Self {
            status,
            content_type: None,
            location: None,
            body: Bytes::new(),
            is_replay: false,
        }
    }

    /// Adds where the result is.
    #[must_use]
    pub fn location(mut self, location: impl Into<String>) -> Self {
        self.location = Some(location.into());
        self
    }

    /// What a refusal is answered with.
    pub(super) fn refusal(problem: &Problem) -> Result<Self, Problem> {
        let mut answer = Self::json(problem.status(), &problem.body())?;
        answer.content_type = Some("application/problem+json".to_owned());
        Ok(answer)
    }

    fn new(status: StatusCode, content_type: Option<&str>, body: Vec<u8>) -> Result<Self, Problem> {
        if body.len() > MAX_BODY {
            tracing::error!(bytes = body.len(), "an answer is too large to be stored");
            return Err(Problem::internal());
        }
        Ok(Self {
            status,
            content_type: content_type.map(str::to_owned),
            location: None,
            body: body.into(),
            is_replay: false,
        })
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Whether it was given before, to an earlier call with the same key.
    pub fn is_replay(&self) -> bool {
        self.is_replay
    }
}

/// The header `Idempotent-Replayed: true` marks what was answered before.
impl From<Answer> for HttpResponse {
    fn from(answer: Answer) -> Self {
        let mut response = Self::build(answer.status);
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        if let Some(content_type) = answer.content_type {
            response.content_type(content_type);
        }
        if let Some(location) = answer.location {
            response.insert_header((header::LOCATION, location));
        }
        if answer.is_replay {
            response.insert_header(("Idempotent-Replayed", "true"));
        }
        response.body(answer.body)
    }
}
