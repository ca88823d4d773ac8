//! Sound that the edge sends by itself.
//!
//! An edge that keeps sound says so with each request for it. When everybody may
//! hear a track and one range of it is asked for, the answer is only where the
//! edge keeps that content: below `/edge/sound/`, under its hash. What it has not
//! yet it gets by asking here once more, without saying so. Nobody else can ask
//! the edge for that place.

use actix_web::http::Method;
use actix_web::http::header::{self, HeaderName};
use actix_web::{HttpRequest, HttpResponse};
use wing_stream::range::{Selection, select};

use crate::service::listening::Form;

/// Set by an edge that keeps sound and sends it by itself.
const EDGE_SOUND: HeaderName = HeaderName::from_static("x-edge-sound");
/// Where the edge continues.
const SENT_ON: HeaderName = HeaderName::from_static("x-accel-redirect");

/// Sends the edge to what it keeps; `None` when the request did not come from
/// one, or asks for more than one range.
pub(super) fn from_the_edge(req: &HttpRequest, form: &Form) -> Option<HttpResponse> {
    let headers = req.headers();
    if !headers.contains_key(EDGE_SOUND) || req.method() != Method::GET {
        return None;
    }
    let conditions = [
        header::IF_MATCH,
        header::IF_NONE_MATCH,
        header::IF_MODIFIED_SINCE,
        header::IF_UNMODIFIED_SINCE,
        header::IF_RANGE,
    ];
    if conditions.iter().any(|name| headers.contains_key(name)) {
        return None;
    }
    // The whole of it is better sent in one piece than in the parts it keeps, and
    // what lies outside is refused here, in words.
    let range = headers.get(header::RANGE)?.to_str().ok()?;
    let within = matches!(select(range, form.size), Selection::Parts(_));
    if !within || range.contains(',') {
        return None;
    }
    let kept = format!("/edge/sound/{}{}", form.hash, req.uri());
    Some(
        HttpResponse::Ok()
            .content_type(form.mime.as_str())
            .insert_header((SENT_ON, kept))
            .finish(),
    )
}
