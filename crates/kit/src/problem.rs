//! Refusals as problem details (RFC 9457) with a stable `code`.

use std::borrow::Cow;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::db::DbError;

/// What was wrong with one field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldProblem {
    /// The field, as named in the request.
    #[schema(value_type = String, example = "title")]
    pub field: Cow<'static, str>,
    /// Stable, for programs and translations.
    #[schema(value_type = String, example = "too_long")]
    pub code: Cow<'static, str>,
    /// A sentence for people.
    #[schema(value_type = String, example = "A title has at most 200 characters.")]
    pub detail: Cow<'static, str>,
}

/// A refusal: the body of every answer of 4xx and 5xx, as
/// `application/problem+json`.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    code: Cow<'static, str>,
    detail: Cow<'static, str>,
    errors: Vec<FieldProblem>,
    retry_after: Option<u64>,
    headers: Vec<(header::HeaderName, HeaderValue)>,
}

/// The wire form of a [`Problem`].
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// `urn:wing:problem:` and the code.
    #[serde(rename = "type")]
    #[schema(example = "urn:wing:problem:not_found")]
    pub kind: String,
    /// The status in words.
    #[schema(example = "Not Found")]
    pub title: &'static str,
    /// The HTTP status.
    #[schema(example = 404)]
    pub status: u16,
    /// Stable, for programs.
    #[schema(example = "not_found")]
    pub code: String,
    /// A sentence that helps.
    #[schema(example = "There is nothing here, or it is not for you to see.")]
    pub detail: String,
    /// One entry for each field that was wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
}

impl Problem {
    /// The code of [`Problem::token_invalid`].
    const TOKEN_INVALID: &'static str = "token_invalid";

    /// A refusal with a stable code and a sentence that helps the caller on.
    pub fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            code: code.into(),
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
            headers: Vec::new(),
        }
    }

    /// 404: there is none, or the caller may not know of it.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "There is nothing here, or it is not for you to see.",
        )
    }

    /// 401: the call needs somebody logged in.
    pub fn login_required() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "login_required",
            "Log in first: send an access token as `Authorization: Bearer …`.",
        )
        .header(
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static("Bearer realm=\"wing\""),
        )
    }

    /// 401: the access token was good and is not any more, since its session ended or
    /// the account changed. A browser renews it on the way, as an expired one.
    pub fn token_invalid() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            Self::TOKEN_INVALID,
            "The access token is not valid (any more). Log in again.",
        )
        .header(
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static("Bearer realm=\"wing\", error=\"invalid_token\""),
        )
    }

    /// Whether the caller's access token was refused, rather than what they asked for.
    pub fn is_about_token(&self) -> bool {
        self.code == Self::TOKEN_INVALID
    }

    /// 403: the caller is known and may not.
    pub fn forbidden(code: &'static str, detail: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, detail)
    }

    /// 400 for a request that could not be read at all.
    pub fn bad_request(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// 422 with one entry for each wrong field.
    pub fn invalid(errors: Vec<FieldProblem>) -> Self {
        let mut problem = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid",
            "Some fields are not right; each is explained in `errors`.",
        );
        problem.errors = errors;
        problem
    }

    /// 422 for one wrong field.
    pub fn invalid_field(
        field: impl Into<Cow<'static, str>>,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::invalid(vec![FieldProblem {
            field: field.into(),
            code: code.into(),
            detail: detail.into(),
        }])
    }

    /// 409: it was true when asked for, but no longer, or never together.
    pub fn conflict(code: &'static str, detail: &'static str) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// 409 for a field whose value somebody else has.
    pub fn taken(
        field: impl Into<Cow<'static, str>>,
        code: &'static str,
        detail: &'static str,
    ) -> Self {
        let mut problem = Self::conflict(code, detail);
        problem.errors.push(FieldProblem {
            field: field.into(),
            code: code.into(),
            detail: detail.into(),
        });
        problem
    }

    /// 429 with when to come back.
    pub fn too_many(seconds: u64) -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_requests",
            "That was a lot at once. Wait a moment and try again.",
        )
        .retry_after(seconds)
    }

    /// 503: something we need is away; worth a retry.
    pub fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "This part is not available right now. Try again in a moment.",
        )
        .retry_after(2)
    }

    /// 500: our fault. The inside goes to the log, with the request's id.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong on our side. The request's id finds it in our log.",
        )
    }

    /// Adds when to come back, in seconds.
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Adds a header to the answer.
    pub fn header(mut self, name: header::HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The stable code.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The sentence.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// What was wrong with which field.
    pub fn errors(&self) -> &[FieldProblem] {
        &self.errors
    }

    /// What was wrong with `field`, if anything.
    pub fn error_of(&self, field: &str) -> Option<&FieldProblem> {
        self.errors.iter().find(|error| error.field == field)
    }

    /// The wire form.
    pub fn body(&self) -> ProblemBody {
        ProblemBody {
            kind: format!("urn:wing:problem:{}", self.code),
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            code: self.code.to_string(),
            detail: self.detail.to_string(),
            errors: self.errors.clone(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.status.as_u16(), self.code, self.detail)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        response.content_type("application/problem+json");
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        if let Some(seconds) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        for (name, value) in &self.headers {
            response.insert_header((name.clone(), value.clone()));
        }
        let mut response =
            response.body(serde_json::to_string(&self.body()).unwrap_or_else(|_| "{}".into()));
        // Whoever turns refusals into pages finds the original here.
        response.extensions_mut().insert(self.clone());
        response
    }
}

impl DbError {
    /// The refusal that a caller sees of it: `503` for an outage, `409` with the field where
    /// somebody else has the value already, else `500`. The text goes to the log.
    pub fn problem(&self) -> Problem {
        if self.is_outage() {
            tracing::error!(error = %self, "database out of reach");
            Problem::unavailable()
        } else if let Some(column) = self.unique_column() {
            tracing::debug!(error = %self, "taken");
            Problem::taken(
                column.to_owned(),
                "taken",
                "Somebody else has this already. Choose another.",
            )
        } else {
            tracing::error!(error = %self, "database");
            Problem::internal()
        }
    }
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        error.problem()
    }
}

/// Collects what is wrong with several fields, so that the caller learns of
/// all of them at once.
#[derive(Debug, Default)]
pub struct Checks {
    errors: Vec<FieldProblem>,
}

/// What is wrong with a value, from the newtype that refused it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Invalid {
    /// Stable code.
    pub code: &'static str,
    /// A sentence for people.
    pub detail: &'static str,
}

impl Invalid {
    /// A refusal of a value.
    pub const fn new(code: &'static str, detail: &'static str) -> Self {
        Self { code, detail }
    }
}

impl Checks {
    /// Nothing wrong so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps the value, or notes what is wrong with `field`.
    pub fn take<T>(&mut self, field: &'static str, value: Result<T, Invalid>) -> Option<T> {
        match value {
            Ok(value) => Some(value),
            Err(invalid) => {
                self.note(field, &invalid);
                None
            }
        }
    }

    /// Notes something wrong with `field`.
    pub fn note(&mut self, field: &'static str, invalid: &Invalid) {
        self.errors.push(FieldProblem {
            field: field.into(),
            code: invalid.code.into(),
            detail: invalid.detail.into(),
        });
    }

    /// `value` when nothing was wrong and it is there; else the refusal.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Problem> {
        match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            _ => Err(Problem::invalid(self.errors)),
        }
    }
}

impl From<&Problem> for Problem {
    fn from(problem: &Problem) -> Self {
        problem.clone()
    }
}

/// What is the same of every domain's error: a transaction sees the database's error
/// in it, `?` takes diesel's, and a handler answers it as a [`Problem`].
///
/// The error has a variant `Database(DbError)` and a method
/// `problem(&self) -> Problem`.
#[macro_export]
macro_rules! domain_error {
    ($error:ty) => {
        impl $crate::db::TxError for $error {
            fn db_error(&self) -> Option<&$crate::db::DbError> {
                match self {
                    Self::Database(error) => Some(error),
                    _ => None,
                }
            }
        }

        impl From<::diesel::result::Error> for $error {
            fn from(error: ::diesel::result::Error) -> Self {
                Self::Database(error.into())
            }
        }

        impl From<&$error> for $crate::Problem {
            fn from(error: &$error) -> Self {
                error.problem()
            }
        }

        impl From<$error> for $crate::Problem {
            fn from(error: $error) -> Self {
                error.problem()
            }
        }

        impl ::actix_web::ResponseError for $error {
            fn status_code(&self) -> ::actix_web::http::StatusCode {
                self.problem().status()
            }

            fn error_response(&self) -> ::actix_web::HttpResponse {
                ::actix_web::ResponseError::error_response(&self.problem())
            }
        }
    };
}
