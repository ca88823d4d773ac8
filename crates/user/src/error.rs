//! Why a use case was refused, and the problem that the caller gets.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use wing_contracts::ProviderError;
use wing_kit::Problem;
use wing_kit::db::DbError;
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
    /// The session of the viewer's access token ended, the account was disabled or
    /// deleted, or the token is of an earlier version of it.
    #[error("the access token is void")]
    TokenVoid,
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
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbError),
    /// Something that cannot be; the text is for the log.
    #[error("{0}")]
    Internal(String),
}

wing_kit::domain_error!(Error);

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

impl Error {
    /// The refusal as callers see it.
    pub fn problem(&self) -> Problem {
        match self {
            Self::NotFound => Problem::not_found(),
            Self::WrongCredentials => unauthorised(
                "wrong_credentials",
                "Address and password do not belong together.",
            ),
            Self::WrongPassword(field) => Problem::invalid_field(
                *field,
                "wrong_password",
                "This is not the account's password.",
            ),
            Self::RefreshInvalid => unauthorised(
                "refresh_invalid",
                "The refresh token is not good (any more). Log in again.",
            ),
            Self::RefreshReused => unauthorised(
                "refresh_reused",
                "This refresh token was used before, so somebody else may have it. Its session is ended; log in again.",
            ),
            Self::TokenVoid => Problem::token_invalid(),
            Self::AdminOnly => Problem::forbidden("admin_only", "Only an admin may do this."),
            Self::NotToOneself => Problem::conflict(
                "not_to_oneself",
                "An admin cannot disable their own account.",
            ),
            Self::RoleNotOffered => Problem::invalid_field(
                "role",
                "not_offered",
                "A fan can become a musician; no other change of role is offered.",
            ),
            Self::Busy => Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "busy",
                "Many people are logging in at this moment. Try again in a second.",
            )
            .retry_after(1),
            Self::Image(error) => error.problem(),
            Self::Refused(problem) => problem.clone(),
            Self::Database(error) => error.problem(),
            Self::Internal(error) => {
                tracing::error!(error, "user");
                Problem::internal()
            }
        }
    }
}

impl From<Error> for ProviderError {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::NotFound,
            Error::AdminOnly | Error::TokenVoid | Error::WrongCredentials => Self::Denied,
            other => Self::Unavailable(other.to_string()),
        }
    }
}
