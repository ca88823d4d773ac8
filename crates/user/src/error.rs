//! Why a use case was refused, and what the caller is told of it.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use wing_contracts::ProviderError;
use wing_kit::Problem;
use wing_kit::db::{DbError, TxError};
use wing_kit::images::ImageError;

/// Every refusal of this domain.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such account or session, or not the caller's.
    #[error("not found")]
    NotFound,
    /// Address and password do not belong together, or the account is disabled.
    #[error("wrong credentials")]
    WrongCredentials,
    /// The password given to confirm a change of one's account is wrong; the
    /// field it came in.
    #[error("wrong password in {0}")]
    WrongPassword(&'static str),
    /// The refresh token is unknown, expired, or its session has ended.
    #[error("refresh token invalid")]
    RefreshInvalid,
    /// The refresh token had been used before; its session is ended now.
    #[error("refresh token used twice")]
    RefreshReused,
    /// Only an admin may.
    #[error("admins only")]
    AdminOnly,
    /// An admin does not disable their own account.
    #[error("not to oneself")]
    NotToOneself,
    /// The role is not one that an account can give itself.
    #[error("role not offered")]
    RoleNotOffered,
    /// More passwords wait to be checked than can be soon.
    #[error("too many password checks")]
    Busy,
    /// A picture was refused.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// Fields that did not parse, or a limit that was reached.
    #[error(transparent)]
    Refused(#[from] Problem),
    /// The database gave no answer.
    #[error(transparent)]
    Db(#[from] DbError),
    /// Something that cannot be; the text is for the log.
    #[error("{0}")]
    Internal(String),
}

impl TxError for Error {
    fn db_error(&self) -> Option<&DbError> {
        match self {
            Self::Db(error) => Some(error),
            _ => None,
        }
    }
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        Self::Db(error.into())
    }
}

impl From<jsonwebtoken::errors::Error> for Error {
    fn from(error: jsonwebtoken::errors::Error) -> Self {
        Self::Internal(format!("signing a token: {error}"))
    }
}

fn unauthorised(code: &'static str, detail: &'static str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, code, detail).header(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer realm=\"wing\""),
    )
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::not_found(),
            Error::WrongCredentials => unauthorised(
                "wrong_credentials",
                "Address and password do not belong together.",
            ),
            Error::WrongPassword(field) => Self::invalid_field(
                field,
                "wrong_password",
                "This is not the account's password.",
            ),
            Error::RefreshInvalid => unauthorised(
                "refresh_invalid",
                "The refresh token is not good (any more). Log in again.",
            ),
            Error::RefreshReused => unauthorised(
                "refresh_reused",
                "This refresh token was used before, so somebody else may have it. Its session is ended; log in again.",
            ),
            Error::AdminOnly => Self::forbidden("admin_only", "Only an admin may do this."),
            Error::NotToOneself => Self::conflict(
                "not_to_oneself",
                "An admin cannot disable their own account.",
            ),
            Error::RoleNotOffered => Self::invalid_field(
                "role",
                "not_offered",
                "A fan can become a musician; no other change of role is offered.",
            ),
            Error::Busy => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "busy",
                "Many people are logging in at this moment. Try again in a second.",
            )
            .retry_after(1),
            Error::Image(error) => error.into(),
            Error::Refused(problem) => problem,
            Error::Db(error) => error.into(),
            Error::Internal(error) => {
                tracing::error!(error, "user");
                Self::internal()
            }
        }
    }
}

impl Error {
    /// The problem a caller is told.
    pub fn into_problem(self) -> Problem {
        self.into()
    }
}

impl From<Error> for ProviderError {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::NotFound,
            Error::AdminOnly | Error::WrongCredentials => Self::Denied,
            other => Self::Unavailable(other.to_string()),
        }
    }
}

/// Handlers answer with `Result<_, Failure>`: an [`Error`] as problem detail.
#[derive(Debug)]
pub struct Failure(Problem);

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into().into())
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        self.0.status()
    }

    fn error_response(&self) -> HttpResponse {
        self.0.error_response()
    }
}
