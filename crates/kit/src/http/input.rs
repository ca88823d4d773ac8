//! Extractors that refuse what they cannot read with a problem detail.

use actix_web::dev::Payload;
use actix_web::error::{JsonPayloadError, PathError, QueryPayloadError, UrlencodedError};
use actix_web::http::{StatusCode, header};
use actix_web::{Error, FromRequest, HttpRequest, web};
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use super::bodies::{too_large, unreadable};
use crate::Problem;

/// The largest JSON body, in bytes. Media goes through uploads.
pub const MAX_JSON: usize = 256 * 1024;
/// The largest form, in bytes.
pub const MAX_FORM: usize = 256 * 1024;

/// The configuration of actix's own extractors, so that what they refuse is a
/// problem detail too.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .app_data(
            web::JsonConfig::default()
                .limit(MAX_JSON)
                .error_handler(|error, _| json(&error).into()),
        )
        .app_data(web::QueryConfig::default().error_handler(|error, _| query(&error).into()))
        .app_data(web::PathConfig::default().error_handler(|error, _| path(&error).into()))
        .app_data(
            web::FormConfig::default()
                .limit(MAX_FORM)
                .error_handler(|error, _| form(&error).into()),
        );
}

fn json(error: &JsonPayloadError) -> Problem {
    match error {
        JsonPayloadError::OverflowKnownLength { .. } | JsonPayloadError::Overflow { .. } => {
            too_large()
        }
        JsonPayloadError::ContentType => Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not_json",
            "Send the body as `Content-Type: application/json`.",
        ),
        JsonPayloadError::Deserialize(error) => Problem::bad_request("bad_json", said(error)),
        JsonPayloadError::Payload(error) => unreadable(error),
        _ => Problem::bad_request("bad_body", "The body could not be read to its end."),
    }
}

/// A JSON body as it was received, and what it says: for a call whose bytes
/// count, as well as for what [`configure`] makes actix's own extractor refuse.
pub(crate) async fn json_with_bytes<T: DeserializeOwned>(
    req: &HttpRequest,
    payload: &mut Payload,
) -> Result<(web::Bytes, T), Problem> {
    use futures_util::StreamExt as _;
    let content_type = req.headers().get(header::CONTENT_TYPE);
    let is_json = content_type
        .and_then(|value| value.to_str().ok()?.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
    if !is_json {
        return Err(json(&JsonPayloadError::ContentType));
    }
    let mut bytes = web::BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| json(&JsonPayloadError::Payload(error)))?;
        if bytes.len() + chunk.len() > MAX_JSON {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    let body = serde_json::from_slice(&bytes)
        .map_err(|error| json(&JsonPayloadError::Deserialize(error)))?;
    Ok((bytes.freeze(), body))
}

/// What serde says, which speaks of the caller's own input; shortened, since a
/// hostile field name can be as long as the body.
fn said(error: &serde_json::Error) -> String {
    let text: String = error
        .to_string()
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect();
    format!("The body is not what this call takes: {text}.")
}

fn query(error: &QueryPayloadError) -> Problem {
    let text: String = error
        .to_string()
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect();
    Problem::bad_request(
        "bad_query",
        format!("The query is not what this call takes: {text}."),
    )
}

fn path(_: &PathError) -> Problem {
    // A path that cannot name anything names nothing.
    Problem::not_found()
}

fn form(error: &UrlencodedError) -> Problem {
    match error {
        UrlencodedError::Overflow { .. } => too_large(),
        _ => Problem::bad_request(
            "bad_form",
            "The form could not be read. Load the page again and repeat.",
        ),
    }
}

/// A form of one of our pages: its fields. Its CSRF token was checked before, by the
/// [gate](crate::http::gate).
#[derive(Debug)]
pub struct Form<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let req = req.clone();
        let body = web::Bytes::from_request(&req, payload);
        async move {
            let body = body.await.map_err(|_| Error::from(too_large()))?;
            if body.len() > MAX_FORM {
                return Err(too_large().into());
            }
            serde_urlencoded::from_bytes(&body).map(Form).map_err(|_| {
                Error::from(Problem::bad_request(
                    "bad_form",
                    "The form could not be read. Load the page again and repeat.",
                ))
            })
        }
        .boxed_local()
    }
}

/// A picture as the whole body, at most [`crate::images::MAX_BYTES`]; judged by
/// its content later.
#[derive(Debug)]
pub struct Picture(pub web::Bytes);

impl FromRequest for Picture {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(_: &HttpRequest, payload: &mut Payload) -> Self::Future {
        use futures_util::StreamExt as _;
        let mut payload = payload.take();
        async move {
            let mut bytes = web::BytesMut::new();
            while let Some(chunk) = payload.next().await {
                let chunk = chunk.map_err(|error| unreadable(&error))?;
                if bytes.len() + chunk.len() > crate::images::MAX_BYTES {
                    return Err(crate::images::ImageError::TooLarge.into());
                }
                bytes.extend_from_slice(&chunk);
            }
            Ok(Self(bytes.freeze()))
        }
        .boxed_local()
    }
}
