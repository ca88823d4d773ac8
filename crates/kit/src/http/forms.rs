//! The forms of pages: each proves by a token that a page of ours sent it.
//!
//! It is checked here for all of them, so that no handler can forget it. A script sends
//! the token as the header [`CSRF_HEADER`]; a form has it in its first field.

use actix_web::HttpMessage;
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::http::header;
use actix_web::web::{Bytes, BytesMut};
use futures_util::{StreamExt as _, stream};
use serde::Deserialize;

use super::bodies::{too_large, unreadable};
use super::input::MAX_FORM;
use crate::Problem;
use crate::auth::{CSRF_FORM_FIELD, CSRF_HEADER, CsrfToken};

/// Pages that take a POST without a token.
pub const EXEMPT: &[&str] = &[
    // Renews the log-in and sends the form on to where its token is checked. It changes
    // nothing that another site could want.
    "/auth/refresh",
];

/// The most bytes in which a form with files has its first field.
const MAX_FIRST_FIELD: usize = 16 * 1024;

/// Whether a path takes forms without a token.
pub(super) fn is_exempt(path: &str) -> bool {
    EXEMPT.contains(&path)
}

/// Refuses a form that does not repeat the token of its browser. The body is there
/// afterwards as it was before.
///
/// # Errors
/// 403 without the token, 400, 408 or 413 when the body cannot be read so far.
pub(super) async fn check(req: &mut ServiceRequest, csrf: &CsrfToken) -> Result<(), Problem> {
    if req.headers().contains_key(CSRF_HEADER) {
        return CsrfToken::check_header(req.request());
    }
    let boundary = multipart_boundary(req);
    let mut payload = req.take_payload();
    let (read, token) = match boundary {
        Some(boundary) => {
            let read = first_bytes(&mut payload, |read| {
                read.len() >= MAX_FIRST_FIELD || first_field(read, &boundary).is_some()
            })
            .await?;
            let token = first_field(&read, &boundary)
                .filter(|(name, _)| name == CSRF_FORM_FIELD)
                .map(|(_, value)| value);
            (read, token)
        }
        None => {
            let read = first_bytes(&mut payload, |read| read.len() > MAX_FORM).await?;
            if read.len() > MAX_FORM {
                return Err(too_large());
            }
            let token = serde_urlencoded::from_bytes::<Guarded>(&read)
                .ok()
                .map(|guarded| guarded.csrf);
            (read, token)
        }
    };
    let whole = stream::once(async move { Ok(read) }).chain(payload);
    req.set_payload(Payload::Stream {
        payload: Box::pin(whole),
    });
    csrf.check(&token.unwrap_or_default())
}

#[derive(Deserialize)]
struct Guarded {
    #[serde(default)]
    csrf: String,
}

/// What arrives until it is `enough`, or all.
async fn first_bytes(
    payload: &mut Payload,
    enough: impl Fn(&[u8]) -> bool,
) -> Result<Bytes, Problem> {
    let mut read = BytesMut::new();
    while !enough(&read) {
        match payload.next().await {
            Some(Ok(bytes)) => read.extend_from_slice(&bytes),
            Some(Err(error)) => return Err(unreadable(&error)),
            None => break,
        }
    }
    Ok(read.freeze())
}

/// The boundary of a form with files (RFC 7578).
fn multipart_boundary(req: &impl HttpMessage) -> Option<String> {
    let kind = req.mime_type().ok()??;
    let is_form = kind.type_() == "multipart" && kind.subtype() == "form-data";
    let boundary = kind.get_param("boundary").filter(|_| is_form)?;
    Some(boundary.to_string())
}

/// Name and value of a form's first field once it has arrived as a whole
/// (RFC 2046, 5.1.1). Nothing before it is taken, as browsers send nothing.
fn first_field(body: &[u8], boundary: &str) -> Option<(String, String)> {
    let begin = format!("--{boundary}\r\n");
    let part = body.strip_prefix(begin.as_bytes())?;
    let mut headers = [httparse::EMPTY_HEADER; 8];
    let Ok(httparse::Status::Complete((length, headers))) =
        httparse::parse_headers(part, &mut headers)
    else {
        return None;
    };
    let disposition = headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("content-disposition"))?;
    let value = header::HeaderValue::from_bytes(disposition.value).ok()?;
    let disposition = header::ContentDisposition::from_raw(&value).ok()?;
    let end = format!("\r\n--{boundary}");
    let content = &part[length..];
    let at = content
        .windows(end.len())
        .position(|window| window == end.as_bytes())?;
    let text = std::str::from_utf8(&content[..at]).ok()?;
    Some((disposition.get_name()?.to_owned(), text.to_owned()))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use proptest::prelude::*;

    use super::*;

    fn form(name: &str, value: &str) -> String {
        format!(
            "--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n--x\r\n\
             Content-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nabc\r\n--x--\r\n"
        )
    }

    #[test]
    fn the_first_field_is_found_once_it_has_arrived() {
        let whole = form("csrf", "token");
        let end = whole.find("token").expect("there") + "token\r\n--x".len();
        for cut in 0..whole.len() {
            let found = first_field(&whole.as_bytes()[..cut], "x");
            let expected = (cut >= end).then(|| ("csrf".to_owned(), "token".to_owned()));
            assert_eq!(found, expected, "{cut}");
        }
    }

    #[test]
    fn only_forms_with_files_have_a_boundary() {
        for (content_type, boundary) in [
            ("multipart/form-data; boundary=x", Some("x")),
            (
                "Multipart/Form-Data; charset=utf-8; boundary=\"a b\"",
                Some("a b"),
            ),
            ("multipart/form-data", None),
            ("multipart/mixed; boundary=x", None),
            ("application/x-www-form-urlencoded", None),
            ("", None),
        ] {
            let req = TestRequest::post()
                .insert_header((header::CONTENT_TYPE, content_type))
                .to_srv_request();
            assert_eq!(
                multipart_boundary(&req).as_deref(),
                boundary,
                "{content_type}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_field_or_none(body in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = first_field(&body, "x");
            let mut begun = b"--x\r\n".to_vec();
            begun.extend_from_slice(&body);
            let _ = first_field(&begun, "x");
        }

        #[test]
        fn what_a_browser_sends_is_read_as_it_was_meant(value in "[A-Za-z0-9_-]{0,100}") {
            let found = first_field(form("csrf", &value).as_bytes(), "x");
            prop_assert_eq!(found, Some(("csrf".to_owned(), value)));
        }
    }
}
