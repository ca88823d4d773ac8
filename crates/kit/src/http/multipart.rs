//! Files that arrive in forms: the CSRF token first, then the file.

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::HttpRequest;
use actix_web::web::{Bytes, BytesMut};
use futures_util::TryStreamExt as _;

use crate::Problem;
use crate::auth::CsrfToken;
use crate::images::{ImageError, MAX_BYTES};

/// The most bytes of a field that is text.
const MAX_TEXT: usize = 64 * 1024;
/// How much of a file that is too large is read on and dropped: a browser that is
/// answered earlier shows a broken connection instead of the answer.
const MAX_DROPPED: usize = 48 * 1024 * 1024;

/// 400 for a form with a file that could not be read.
pub fn unreadable(error: MultipartError) -> Problem {
    tracing::debug!(%error, "a form with a file");
    Problem::bad_request(
        "bad_form",
        "The form could not be read. Load the page again and repeat.",
    )
}

/// The name of a part, and of the file in it.
pub fn names(field: &Field) -> (String, String) {
    let name = field.name().unwrap_or_default().to_owned();
    let file = field
        .content_disposition()
        .and_then(|header| header.get_filename())
        .unwrap_or_default();
    (name, file.to_owned())
}

/// A whole part of at most `most` bytes; `None` for a larger one.
async fn whole(field: &mut Field, most: usize) -> Result<Option<Bytes>, Problem> {
    let mut bytes = BytesMut::new();
    let mut size = 0;
    while let Some(chunk) = field.try_next().await.map_err(unreadable)? {
        size += chunk.len();
        if size <= most {
            bytes.extend_from_slice(&chunk);
        } else if size > most + MAX_DROPPED {
            break;
        }
    }
    Ok((size <= most).then(|| bytes.freeze()))
}

/// A part that is text, at most 64 KiB.
///
/// # Errors
/// 400 when it cannot be read or is not UTF-8.
pub async fn text(field: &mut Field) -> Result<String, Problem> {
    let bytes = whole(field, MAX_TEXT).await?.unwrap_or_default();
    String::from_utf8(bytes.to_vec())
        .map_err(|_| Problem::bad_request("bad_form", "The form holds text that is not UTF-8."))
}

/// The field `picture` of a form whose first field is the token.
///
/// # Errors
/// 400 for a form that cannot be read, 403 without the right token, 413 for a picture of
/// more than [`MAX_BYTES`], 422 when none was chosen.
pub async fn picture(req: &HttpRequest, mut form: Multipart) -> Result<Bytes, Problem> {
    let mut trusted = false;
    while let Some(mut field) = form.try_next().await.map_err(unreadable)? {
        match names(&field).0.as_str() {
            "csrf" => {
                CsrfToken::of(req).check(&text(&mut field).await?)?;
                trusted = true;
            }
            "picture" if trusted => {
                let bytes = whole(&mut field, MAX_BYTES)
                    .await?
                    .ok_or(ImageError::TooLarge)?;
                if bytes.is_empty() {
                    break;
                }
                return Ok(bytes);
            }
            // Refuses with the reason that a form without a token has.
            "picture" => CsrfToken::of(req).check("")?,
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
