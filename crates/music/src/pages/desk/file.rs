//! Files that arrive in forms: the token first, then the file.

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::HttpRequest;
use actix_web::web::{Bytes, BytesMut};
use futures_util::TryStreamExt as _;
use wing_kit::Problem;
use wing_kit::auth::CsrfToken;
use wing_kit::images::{ImageError, MAX_BYTES};

/// The most bytes of a field that is text.
const MAX_TEXT: usize = 64 * 1024;

/// What could not be read of a form with a file.
pub(super) fn unreadable(error: MultipartError) -> Problem {
    tracing::debug!(%error, "a form with a file");
    Problem::bad_request(
        "bad_form",
        "The form could not be read. Load the page again and repeat.",
    )
}

/// The name of a part, and of the file in it.
pub(super) fn names(field: &Field) -> (String, String) {
    let name = field.name().unwrap_or_default().to_owned();
    let file = field
        .content_disposition()
        .and_then(|said| said.get_filename())
        .unwrap_or_default();
    (name, file.to_owned())
}

/// A whole part of at most `most` bytes.
pub(super) async fn whole(field: &mut Field, most: usize) -> Result<Option<Bytes>, Problem> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = field.try_next().await.map_err(unreadable)? {
        if bytes.len() + chunk.len() > most {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Some(bytes.freeze()))
}

/// A part that is text.
pub(super) async fn text(field: &mut Field) -> Result<String, Problem> {
    let bytes = whole(field, MAX_TEXT).await?.unwrap_or_default();
    String::from_utf8(bytes.to_vec())
        .map_err(|_| Problem::bad_request("bad_form", "The form holds text that is not UTF-8."))
}

/// The field `picture` of a form whose first field is the token.
pub(super) async fn picture(req: &HttpRequest, mut form: Multipart) -> Result<Bytes, Problem> {
    let mut trusted = false;
    while let Some(mut field) = form.try_next().await.map_err(unreadable)? {
        match names(&field).0.as_str() {
            "csrf" => {
                CsrfToken::of(req).check(&text(&mut field).await?)?;
                trusted = true;
            }
            "picture" => {
                if !trusted {
                    // Refuses with the reason that a form without a token has.
                    CsrfToken::of(req).check("")?;
                }
                let bytes = whole(&mut field, MAX_BYTES)
                    .await?
                    .ok_or(ImageError::TooLarge)?;
                if bytes.is_empty() {
                    break;
                }
                return Ok(bytes);
            }
            _ => {}
        }
    }
    if !trusted {
        CsrfToken::of(req).check("")?;
    }
    Err(Problem::invalid_field(
        "picture",
        "required",
        "Choose a picture first.",
    ))
}
