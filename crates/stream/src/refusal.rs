//! Refusals as problem details (RFC 9457).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};

fn problem(status: StatusCode, code: &str, detail: &str) -> HttpResponse {
    let body = serde_json::json!({
        "type": format!("urn:wing:problem:{code}"),
        "title": status.canonical_reason().unwrap_or_default(),
        "status": status.as_u16(),
        "code": code,
        "detail": detail,
    });
    HttpResponse::build(status)
        .insert_header((
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        ))
        .insert_header((
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .body(body.to_string())
}

/// 416, which names the length so that the client can ask again.
pub(crate) fn range_not_satisfiable(len: u64) -> HttpResponse {
    let mut answer = problem(
        StatusCode::RANGE_NOT_SATISFIABLE,
        "range_not_satisfiable",
        &format!("No byte of the range lies within the file, which has {len} bytes."),
    );
    let headers = answer.headers_mut();
    if let Ok(value) = HeaderValue::try_from(format!("bytes */{len}")) {
        headers.insert(header::CONTENT_RANGE, value);
    }
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    answer
}

/// 412.
pub(crate) fn precondition_failed() -> HttpResponse {
    problem(
        StatusCode::PRECONDITION_FAILED,
        "precondition_failed",
        "The file is not the one that the request's conditions name.",
    )
}

/// 405.
pub(crate) fn method_not_allowed() -> HttpResponse {
    let mut answer = problem(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "A file can be had with GET, and its headers with HEAD.",
    );
    answer
        .headers_mut()
        .insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    answer
}
