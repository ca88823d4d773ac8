use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::Problem;
use crate::auth::{cookies, is_own_origin};
use crate::http::Gate;
use crate::limits::Share;

/// Whether a request asks for a websocket (RFC 6455, 4.1).
pub(in crate::http) fn is_handshake(req: &HttpRequest) -> bool {
    req.headers()
        .get(header::UPGRADE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|protocol| protocol.to_ascii_lowercase().contains("websocket"))
}

/// Refuses another site's handshake: browsers send cookies along with it, and no
/// rule of theirs keeps the other site from reading the answers.
pub(in crate::http) fn check_origin(req: &HttpRequest) -> Result<(), Problem> {
    let gate = req
        .app_data::<web::Data<Arc<Gate>>>()
        .ok_or_else(Problem::internal)?;
    let has_bearer = req.headers().contains_key(header::AUTHORIZATION);
    let has_cookie = cookies::read(req, cookies::ACCESS).is_some();
    match req.headers().get(header::ORIGIN) {
        Some(origin) => {
            let origin = origin.to_str().unwrap_or_default();
            if !is_own_origin(req, origin, gate.public_url()) {
                return Err(Problem::forbidden(
                    "foreign_origin",
                    "Another site cannot connect here.",
                ));
            }
        }
        None if has_cookie && !has_bearer => {
            return Err(Problem::forbidden(
                "origin_required",
                "A connection with a cookie needs an `Origin`; programs send a bearer token.",
            ));
        }
        None => {}
    }
    Ok(())
}

/// The answer to a request that is no handshake of version 13.
pub(super) fn expected() -> Problem {
    Problem::new(
        StatusCode::UPGRADE_REQUIRED,
        "websocket_expected",
        "Connect to this address with a websocket.",
    )
    .header(header::UPGRADE, HeaderValue::from_static("websocket"))
    .header(
        header::SEC_WEBSOCKET_VERSION,
        HeaderValue::from_static("13"),
    )
}

/// Keeps the connection's place until its last byte is sent.
pub(super) fn hold(response: HttpResponse, share: Share) -> HttpResponse {
    response.map_body(|_, body| {
        BoxBody::new(Held {
            body,
            _share: share,
        })
    })
}

struct Held {
    body: BoxBody,
    _share: Share,
}

impl MessageBody for Held {
    type Error = Box<dyn Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Box<dyn Error>>>> {
        Pin::new(&mut self.body).poll_next(cx)
    }
}
