use std::fmt;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use wing_contracts::UserId;

use super::IdempotencyKey;
use crate::Problem;
use crate::auth::Viewer;
use crate::http::{Peer, input};

/// Whose keys are meant: what one caller chose means nothing for another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// An account.
    User(UserId),
    /// Another process of the site, by its name.
    Service(String),
}

impl Caller {
    /// Who sent a request; 401 when nobody is logged in.
    pub fn of(req: &HttpRequest) -> Result<Self, Problem> {
        match Peer::of(req) {
            Some(peer) => Ok(Self::Service(peer.0)),
            None => Viewer::of(req)
                .map(|viewer| Self::User(viewer.id))
                .ok_or_else(Problem::login_required),
        }
    }
}

/// As the table has it.
impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(id) => write!(f, "user:{id}"),
            Self::Service(name) => write!(f, "service:{name}"),
        }
    }
}

/// Something a caller wants done once.
#[derive(Clone, Debug)]
pub struct Request {
    pub(super) caller: Caller,
    pub(super) operation: &'static str,
    pub(super) key: IdempotencyKey,
    pub(super) fingerprint: [u8; 32],
}

impl Request {
    /// The request to carry out `operation` (the use case's name) on `path` with
    /// `body`, the bytes as they were received.
    pub fn new(
        caller: Caller,
        operation: &'static str,
        key: IdempotencyKey,
        path: &str,
        body: &[u8],
    ) -> Self {
        let fingerprint = Sha256::new()
            .chain_update(path)
            // No path has a line feed, so no path and body look like others.
            .chain_update("\n")
            .chain_update(body)
            .finalize();
        Self {
            caller,
            operation,
            key,
            fingerprint: fingerprint.into(),
        }
    }
}

/// A JSON body of a request that has an `Idempotency-Key`, from an account or
/// from another process of the site.
#[derive(Debug)]
pub struct Keyed<T> {
    caller: Caller,
    key: IdempotencyKey,
    path: String,
    bytes: web::Bytes,
    body: T,
}

impl<T> Keyed<T> {
    /// The request to carry out `operation`, and the body.
    pub fn operation(self, operation: &'static str) -> (Request, T) {
        let request = Request::new(self.caller, operation, self.key, &self.path, &self.bytes);
        (request, self.body)
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Keyed<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, mut payload) = (req.clone(), payload.take());
        async move {
            let caller = Caller::of(&req)?;
            let key = IdempotencyKey::of(&req)?;
            let (bytes, body) = input::json_with_bytes(&req, &mut payload).await?;
            Ok(Self {
                caller,
                key,
                path: req.path().to_owned(),
                bytes,
                body,
            })
        }
        .boxed_local()
    }
}
