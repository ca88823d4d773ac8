use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use wing_contracts::{Role, SessionId, UserId};

use crate::Problem;

/// How the viewer showed who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// `Authorization: Bearer`.
    Bearer,
    /// A browser's cookie; what changes something also needs a CSRF token.
    Cookie,
}

/// Somebody logged in, as their access token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// The account.
    pub id: UserId,
    /// The log-in this token belongs to.
    pub session: SessionId,
    /// What the account may do.
    pub role: Role,
    /// The name to show.
    pub name: String,
    /// Path of the account's picture.
    pub picture: Option<String>,
    /// The account's token version when the token was signed.
    pub version: i32,
    /// Seconds since the epoch from which on the token is void.
    pub expires_at: i64,
    /// How they showed it.
    pub via: Via,
}

impl Viewer {
    /// The viewer of a request, if somebody is logged in.
    pub fn of(req: &HttpRequest) -> Option<Self> {
        req.extensions().get::<Self>().cloned()
    }

    /// Whether they run the platform.
    pub fn is_admin(&self) -> bool {
        self.role == Role::Admin
    }
}

impl FromRequest for Viewer {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(req).ok_or_else(Problem::login_required))
    }
}
