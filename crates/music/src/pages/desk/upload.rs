//! An upload without scripts: a plain form, whose files go straight to where those go
//! that are sent in pieces, under the same limits.

use actix_multipart::{Field, Multipart};
use actix_web::error::PayloadError;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, post, web};
use futures_util::{StreamExt as _, TryStreamExt as _};
use wing_contracts::{AlbumId, ArtistId, UploadId};
use wing_kit::Problem;
use wing_kit::auth::Viewer;
use wing_kit::http::links::see_other;
use wing_kit::http::multipart::{names, text, unreadable};

use super::artist::own;
use crate::error::Error;
use crate::model::CreateTrack;
use crate::service::Music;
use crate::service::uploads::{Begin, Sending};

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(upload_form);
}

#[post("/desk/artists/{id}/upload")]
async fn upload_form(
    music: web::Data<Music>,
    req: HttpRequest,
    viewer: Viewer,
    id: web::Path<ArtistId>,
    mut form: Multipart,
) -> Result<HttpResponse, Error> {
    own(&music, &viewer, *id).await?;
    // What the files have at most; each of them says nothing of its size.
    let mut most = length(&req)?.min(music.config.upload_max_bytes);
    let (mut album, mut uploaded) = (None, 0);
    while let Some(mut field) = form.try_next().await.map_err(unreadable)? {
        match names(&field).0.as_str() {
            "album" => album = text(&mut field).await?.parse::<AlbumId>().ok(),
            "file" => {
                let Some((upload, size)) = receive(&music, &viewer, field, most).await? else {
                    continue;
                };
                most = most.saturating_sub(size);
                make_track(&music, &viewer, *id, album, upload).await?;
                uploaded += 1;
            }
            _ => {}
        }
    }
    if uploaded == 0 {
        return Err(Problem::invalid_field("file", "required", "Choose a file first.").into());
    }
    Ok(see_other(&format!("/desk/artists/{id}?did=uploaded")))
}

/// The length of the whole form, which every browser says.
fn length(req: &HttpRequest) -> Result<u64, Problem> {
    req.headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .ok_or_else(|| {
            Problem::new(
                StatusCode::LENGTH_REQUIRED,
                "length_required",
                "Say how long the form is, in `Content-Length`.",
            )
        })
}

/// Receives one file of at most `most` bytes as an upload: which, and how long it is.
/// `None` when no file was chosen.
async fn receive(
    music: &Music,
    viewer: &Viewer,
    mut field: Field,
    most: u64,
) -> Result<Option<(UploadId, u64)>, Error> {
    let name = names(&field).1;
    let Some(first) = field.try_next().await.map_err(unreadable)? else {
        return match name.is_empty() {
            true => Ok(None),
            false => Err(Problem::invalid_field("file", "empty", "The file is empty.").into()),
        };
    };
    let content_type = field
        .content_type()
        .map(ToString::to_string)
        .unwrap_or_default();
    let begin = Begin {
        size: most,
        filename: wing_kit::text::clean_line(&name)
            .chars()
            .take(255)
            .collect(),
        content_type: content_type.chars().take(100).collect(),
        metadata: String::new(),
    };
    let upload = music.begin_upload(viewer, begin).await?.id;
    let rest = field.map_err(|error| PayloadError::Io(std::io::Error::other(error.to_string())));
    let body = futures_util::stream::once(std::future::ready(Ok(first))).chain(rest);
    let sending = Sending {
        offset: 0,
        checksum: None,
        length: None,
        body,
    };
    let received = async {
        let received = music.receive_upload(viewer, upload, sending).await?;
        music.end_at_received(viewer, upload).await?;
        Ok::<_, Error>(received.received.cast_unsigned())
    };
    match received.await {
        Ok(size) => Ok(Some((upload, size))),
        Err(error) => {
            // A form cannot be gone on with.
            music.end_upload(viewer, upload).await?;
            Err(error)
        }
    }
}

/// From here on it is an upload like any other.
async fn make_track(
    music: &Music,
    viewer: &Viewer,
    artist_id: ArtistId,
    album_id: Option<AlbumId>,
    upload_id: UploadId,
) -> Result<(), Error> {
    let new = CreateTrack {
        artist_id,
        album_id,
        title: None,
        genre: None,
        lyrics: None,
        track_number: None,
        downloadable: false,
        upload_id,
        published: false,
    };
    music.create_track(viewer, new).await?;
    Ok(())
}
