//! An upload without scripts: a plain form, whose file goes the same way as one
//! that is sent in pieces.

use actix_multipart::{Field, Multipart};
use actix_web::error::PayloadError;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, post, web};
use futures_util::TryStreamExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio_util::io::ReaderStream;
use wing_contracts::{AlbumId, ArtistId};
use wing_kit::Problem;
use wing_kit::auth::{CsrfToken, Viewer};
use wing_kit::http::links::see_other;
use wing_kit::http::multipart::{names, text, unreadable};
use wing_kit::media::MediaError;

use super::artist::own;
use crate::error::Error;
use crate::model::CreateTrack;
use crate::service::Music;
use crate::service::uploads::{Begin, Sending};

/// Bytes read from the disk at once.
const CHUNK: usize = 256 * 1024;

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(upload_form);
}

/// A file that arrived as a whole; it goes when this is dropped.
struct Arrived {
    file: tempfile::NamedTempFile,
    name: String,
    content_type: String,
    size: u64,
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
    let (mut trusted, mut album, mut uploaded) = (false, None, 0);
    while let Some(mut field) = form.try_next().await.map_err(unreadable)? {
        match names(&field).0.as_str() {
            "csrf" => {
                CsrfToken::of(&req).check(&text(&mut field).await?)?;
                trusted = true;
            }
            "album" => album = text(&mut field).await?.parse::<AlbumId>().ok(),
            "file" if trusted => {
                let Some(arrived) = receive(&music, field).await? else {
                    continue;
                };
                make_track(&music, &viewer, *id, album, arrived).await?;
                uploaded += 1;
            }
            _ => {}
        }
    }
    if !trusted {
        CsrfToken::of(&req).check("")?;
    }
    if uploaded == 0 {
        return Err(Problem::invalid_field("file", "required", "Choose a file first.").into());
    }
    Ok(see_other(&format!("/desk/artists/{id}?did=uploaded")))
}

/// Writes one part to the disk; `None` when no file was chosen.
async fn receive(music: &Music, mut field: Field) -> Result<Option<Arrived>, Error> {
    let name = names(&field).1;
    let content_type = field
        .content_type()
        .map(ToString::to_string)
        .unwrap_or_default();
    let dir = music.parts_dir();
    let made = tokio::task::spawn_blocking(move || {
        std::fs::create_dir_all(&dir)?;
        tempfile::NamedTempFile::with_prefix_in("form-", dir)
    });
    let file = made
        .await
        .map_err(|_| Problem::internal())?
        .map_err(MediaError::from)?;
    let mut out = tokio::fs::File::from_std(file.reopen().map_err(MediaError::from)?);
    let mut size = 0_u64;
    while let Some(chunk) = field.try_next().await.map_err(unreadable)? {
        size += chunk.len() as u64;
        if size > music.config.upload_max_bytes {
            let detail = "The file is larger than this server takes.";
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail).into());
        }
        out.write_all(&chunk).await.map_err(MediaError::from)?;
    }
    out.flush().await.map_err(MediaError::from)?;
    if name.is_empty() && size == 0 {
        return Ok(None);
    }
    Ok(Some(Arrived {
        file,
        name,
        content_type,
        size,
    }))
}

/// From here on it is an upload like any other.
async fn make_track(
    music: &Music,
    viewer: &Viewer,
    artist_id: ArtistId,
    album_id: Option<AlbumId>,
    arrived: Arrived,
) -> Result<(), Error> {
    let begin = Begin {
        size: arrived.size,
        filename: wing_kit::text::clean_line(&arrived.name)
            .chars()
            .take(255)
            .collect(),
        content_type: arrived.content_type.chars().take(100).collect(),
        metadata: String::new(),
    };
    let upload = music.begin_upload(viewer, begin).await?;
    let file = tokio::fs::File::from_std(arrived.file.reopen().map_err(MediaError::from)?);
    let body = ReaderStream::with_capacity(file, CHUNK).map_err(PayloadError::Io);
    let sending = Sending {
        offset: 0,
        checksum: None,
        length: Some(arrived.size),
        body,
    };
    music.receive_upload(viewer, upload.id, sending).await?;
    let new = CreateTrack {
        artist_id,
        album_id,
        title: None,
        genre: None,
        lyrics: None,
        track_number: None,
        downloadable: false,
        upload_id: upload.id,
        published: false,
    };
    music.create_track(viewer, new).await?;
    Ok(())
}
