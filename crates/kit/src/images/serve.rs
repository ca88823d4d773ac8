//! `/media/{space}/images/{hash}/{width}.{ext}`.

use actix_web::http::header::{self, ETag, EntityTag, Header as _, IfNoneMatch};
use actix_web::{HttpRequest, HttpResponse, web};

use super::{ImageRef, WIDTHS};
use crate::Problem;
use crate::media::{MediaError, MediaStore};

const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// Mounts `GET` and `HEAD /media/{space}/images/…` for one space.
pub fn configure(
    space: &'static str,
    media: MediaStore,
) -> impl FnOnce(&mut web::ServiceConfig) + Clone {
    move |config| {
        let serve = move |req: HttpRequest, path: web::Path<(String, String)>| {
            let media = media.clone();
            async move { image(&req, space, &media, &path.0, &path.1).await }
        };
        config.service(
            web::resource(format!("/media/{space}/images/{{hash}}/{{file}}"))
                .route(web::get().to(serve.clone()))
                .route(web::head().to(serve)),
        );
    }
}

async fn image(
    req: &HttpRequest,
    space: &'static str,
    media: &MediaStore,
    hash: &str,
    file: &str,
) -> Result<HttpResponse, Problem> {
    let image = ImageRef::parse(hash).ok_or_else(Problem::not_found)?;
    let (width, ext, mime) = parse_file(file).ok_or_else(Problem::not_found)?;
    let bytes = media
        .get(&image.key(space, width, ext))
        .await
        .map_err(|error| match error {
            MediaError::Missing => Problem::not_found(),
            MediaError::Full | MediaError::Away(_) | MediaError::Failed(_) => {
                tracing::error!(%error, "a picture could not be read");
                Problem::unavailable()
            }
        })?;
    let tag = EntityTag::new_strong(format!("{}-{width}-{ext}", image.as_str()));
    let known = match IfNoneMatch::parse(req) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(items)) => items.iter().any(|item| item.weak_eq(&tag)),
        Err(_) => false,
    };
    let mut response = if known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header(ETag(tag))
        .insert_header((header::CACHE_CONTROL, FOR_EVER));
    if known {
        return Ok(response.finish());
    }
    Ok(response.content_type(mime).body(bytes))
}

/// `256.webp` and the like; `None` for what is never stored.
fn parse_file(file: &str) -> Option<(u32, &'static str, &'static str)> {
    let (width, ext) = file.split_once('.')?;
    let width = WIDTHS.into_iter().find(|w| w.to_string() == width)?;
    match ext {
        "jpg" => Some((width, "jpg", "image/jpeg")),
        "webp" => Some((width, "webp", "image/webp")),
        _ => None,
    }
}
