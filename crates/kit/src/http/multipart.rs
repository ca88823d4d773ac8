//! Files that arrive in forms. The token that comes before them was checked by the
//! [gate](crate::http::gate).

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::web::{Bytes, BytesMut};
use futures_util::TryStreamExt as _;

use crate::Problem;
use crate::images::{ImageError, MAX_BYTES};

/// The most bytes of a field that is text.
const MAX_TEXT: usize = 64 * 1024;
/// How much of a file that is too large is read on and dropped: a browser that is
/// answered earlier shows a broken connection instead of the answer.
const MAX_DROPPED: usize = 48 * 1024 * 1024;

/// 400 for a form with a file that could not be read, 408 for one that came too slowly.
pub fn unreadable(error: MultipartError) -> Problem {
    tracing::debug!(%error, "a form with a file");
    if let MultipartError::Payload(error) = &error
        && let problem = super::bodies::unreadable(error)
        && problem.code() == "body_too_slow"
    {
        return problem;
    }
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

/// The field `picture` of a form.
///
/// # Errors
/// 400 for a form that cannot be read, 413 for a picture of more than [`MAX_BYTES`], 422
/// when none was chosen.
pub async fn picture(mut form: Multipart) -> Result<Bytes, Problem> {
    while let Some(mut field) = form.try_next().await.map_err(unreadable)? {
        if names(&field).0 == "picture" {
            let bytes = whole(&mut field, MAX_BYTES)
                .await?
                .ok_or(ImageError::TooLarge)?;
            if bytes.is_empty() {
                break;
            }
            return Ok(bytes);
        }
    }
    Err(Problem::invalid_field(
        "picture",
        "required",
        "Choose a picture first.",
    ))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::CONTENT_TYPE;
    use actix_web::http::header::HeaderMap;

    use super::*;

    /// What is read of a form with these parts: the picture's size, or the refusal's status and code.
    fn read(parts: &[(&str, &[u8])]) -> Result<usize, (u16, String)> {
        let mut body = Vec::new();
        for (name, bytes) in parts {
            let file = if *name == "picture" {
                "; filename=\"a\""
            } else {
                ""
            };
            let head =
                format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--edge--\r\n");
        let mut headers = HeaderMap::new();
        let kind = "multipart/form-data; boundary=edge"
            .parse()
            .expect("a header");
        headers.insert(CONTENT_TYPE, kind);
        let chunks: Vec<_> = body
            .chunks(64 * 1024)
            .map(|chunk| Ok::<_, actix_web::error::PayloadError>(Bytes::copy_from_slice(chunk)))
            .collect();
        let form = Multipart::new(&headers, futures_util::stream::iter(chunks));
        let picture = actix_web::rt::System::new().block_on(picture(form));
        picture
            .map(|bytes| bytes.len())
            .map_err(|problem| (problem.status().as_u16(), problem.code().to_owned()))
    }

    #[test]
    fn the_picture_is_found_behind_the_token() {
        let parts: [(&str, &[u8]); 3] =
            [("csrf", b"token"), ("other", b"x"), ("picture", b"picture")];
        assert_eq!(read(&parts), Ok(7));
    }

    #[test]
    fn a_picture_of_one_byte_too_many_is_too_large() {
        let bytes = vec![0; MAX_BYTES + 1];
        let token: (&str, &[u8]) = ("csrf", b"token");
        assert_eq!(
            read(&[token, ("picture", &bytes[..MAX_BYTES])]),
            Ok(MAX_BYTES)
        );
        let (status, _) = read(&[token, ("picture", &bytes)]).expect_err("a refusal");
        assert_eq!(status, 413);
    }

    #[test]
    fn no_picture_is_a_field_to_mend() {
        let token: (&str, &[u8]) = ("csrf", b"token");
        for parts in [&[token][..], &[token, ("picture", b"")]] {
            let (status, _) = read(parts).expect_err("a refusal");
            assert_eq!(status, 422);
        }
    }
}
