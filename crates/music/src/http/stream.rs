//! `/api/v1/tracks/{id}/…`: the sound, its waveform, and the copy to keep.

use actix_web::http::header::{
    self, Charset, ContentDisposition, DispositionParam, DispositionType, EntityTag, ExtendedValue,
    Header as _, HeaderValue, IfNoneMatch,
};
use actix_web::{HttpRequest, HttpResponse, get, route, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use wing_contracts::TrackId;
use wing_kit::Problem;
use wing_kit::auth::Viewer;
use wing_kit::media::content_hash;
use wing_stream::{ServeError, StoredFile};

use super::accept::preferred;
use super::kept_sound;
use crate::error::Error;
use crate::service::Music;
use crate::service::listening::{Form, PRIVATE, Playable, REVALIDATED};

/// Mounts the sound.
pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(stream_track)
        .service(get_waveform)
        .service(download_track);
}

/// Which form of the sound.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StreamTrack {
    /// `opus`, `aac` or `original`; left away, `Accept` decides.
    #[param(example = "opus")]
    format: Option<String>,
    /// The content's hash, as in its `ETag`: while it is right, the answer may
    /// be kept for ever.
    v: Option<String>,
}

/// Listen to a track
///
/// Ranges, conditions and `HEAD` as RFC 9110 says. The `ETag` is the content's
/// SHA-256.
#[utoipa::path(
    method(get, head),
    tag = "music",
    operation_id = "stream_track",
    params(("id" = TrackId, Path, description = "The track"), StreamTrack),
    responses(
        (status = 200, description = "All of it.", content_type = "audio/ogg"),
        (status = 206, description = "The ranges asked for.", content_type = "audio/ogg"),
        (status = 304, description = "What the client has is right."),
        (status = 404, description = "There is none, it is not published and not the caller's, or not in this form."),
        (status = 416, description = "No byte of the range lies within the file."),
    )
)]
#[route("/api/v1/tracks/{id}/stream", method = "GET", method = "HEAD")]
async fn stream_track(
    req: HttpRequest,
    music: web::Data<Music>,
    id: web::Path<TrackId>,
    query: web::Query<StreamTrack>,
) -> Result<HttpResponse, Error> {
    let playable = music.playable(*id, || Viewer::of(&req)).await?;
    let form = choose(&req, &playable, query.format.as_deref())?;
    let file = match (&query.v, playable.open) {
        (_, false) => &form.private,
        (Some(v), true) if *v == form.hash => &form.pinned,
        (_, true) => &form.public,
    };
    let edge = playable.open && music.config.trusted_proxies > 0;
    let mut answer = match edge
        .then(|| kept_sound::from_the_edge(&req, form))
        .flatten()
    {
        Some(sent_on) => sent_on,
        None => {
            let served = music.sound.files.serve(&req, file).await;
            served.map_err(unserved)?
        }
    };
    if query.format.is_none() {
        answer
            .headers_mut()
            .append(header::VARY, HeaderValue::from_static("Accept"));
    }
    Ok(answer)
}

fn choose<'a>(
    req: &HttpRequest,
    playable: &'a Playable,
    format: Option<&str>,
) -> Result<&'a Form, Problem> {
    match format {
        Some(format @ ("opus" | "aac" | "original")) => playable.form(format).ok_or_else(|| {
            Problem::new(
                actix_web::http::StatusCode::NOT_FOUND,
                "no_such_form",
                "The track is not there in this form. Leave `format` away for the best there is.",
            )
        }),
        Some(_) => Err(Problem::invalid_field(
            "format",
            "unknown_format",
            "A format is `opus`, `aac` or `original`.",
        )),
        None => {
            let offers: Vec<&str> = playable
                .forms
                .iter()
                .map(|form| form.mime.as_str())
                .collect();
            let accept = req
                .headers()
                .get(header::ACCEPT)
                .and_then(|value| value.to_str().ok());
            playable
                .forms
                .get(preferred(accept, &offers))
                .ok_or_else(Problem::not_found)
        }
    }
}

/// The shape of a track's sound.
#[derive(Debug, Serialize, ToSchema)]
struct WaveformView {
    /// Of this form of writing it.
    #[schema(example = 1)]
    version: u8,
    /// Milliseconds.
    #[schema(example = 184_000)]
    duration_ms: i64,
    /// The greatest amplitude in each of equal parts of the track, 0 to 255.
    #[schema(value_type = Vec<u8>)]
    peaks: Vec<u8>,
}

/// A track's waveform
#[utoipa::path(
    tag = "music",
    operation_id = "get_waveform",
    params(("id" = TrackId, Path, description = "The track")),
    responses(
        (status = 200, body = WaveformView),
        (status = 304, description = "What the client has is right."),
        (status = 404, description = "There is none, or it is not published and not the caller's."),
    )
)]
#[get("/api/v1/tracks/{id}/waveform")]
async fn get_waveform(
    req: HttpRequest,
    music: web::Data<Music>,
    id: web::Path<TrackId>,
) -> Result<HttpResponse, Error> {
    let (duration_ms, peaks, open) = music.waveform(Viewer::of(&req), *id).await?;
    let body = serde_json::to_vec(&WaveformView {
        version: 1,
        duration_ms,
        peaks,
    })
    .map_err(|_| Problem::internal())?;
    let tag = EntityTag::new_strong(content_hash(&body)[..32].to_owned());
    let known = is_known(&req, &tag);
    let mut answer = if known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    answer.insert_header(header::ETag(tag)).insert_header((
        header::CACHE_CONTROL,
        if open { REVALIDATED } else { PRIVATE },
    ));
    if known {
        return Ok(answer.finish());
    }
    Ok(answer.content_type("application/json").body(body))
}

/// Whether the client says it has this already (RFC 9110, 13.1.2).
fn is_known(req: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(req) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(tag)),
        Err(_) => false,
    }
}

/// Download a track, where its artist offers that
///
/// The original's sound with title, artist, album, number, date, lyrics and
/// cover written into it.
#[utoipa::path(
    method(get, head),
    tag = "music",
    operation_id = "download_track",
    params(("id" = TrackId, Path, description = "The track")),
    responses(
        (status = 200, description = "All of it.", content_type = "audio/flac"),
        (status = 206, description = "The ranges asked for.", content_type = "audio/flac"),
        (status = 403, description = "Its artist does not offer it."),
        (status = 404, description = "There is none, or it is not published and not the caller's."),
        (status = 416, description = "No byte of the range lies within the file."),
    )
)]
#[route("/api/v1/tracks/{id}/download", method = "GET", method = "HEAD")]
async fn download_track(
    req: HttpRequest,
    music: web::Data<Music>,
    id: web::Path<TrackId>,
) -> Result<HttpResponse, Error> {
    let copy = music.download(Viewer::of(&req).as_ref(), *id).await?;
    let file = StoredFile {
        source: music.source(&copy.key, copy.size),
        etag: EntityTag::new_strong(copy.hash),
        content_type: HeaderValue::from_str(&copy.mime)
            .unwrap_or(HeaderValue::from_static("application/octet-stream")),
        cache_control: HeaderValue::from_static(if copy.open { REVALIDATED } else { PRIVATE }),
        last_modified: None,
        disposition: Some(saved_as(&copy.file_name)),
    };
    music.sound.files.serve(&req, &file).await.map_err(unserved)
}

/// `Content-Disposition` with the name in ASCII for old clients and in full
/// for the others (RFC 6266, RFC 8187).
fn saved_as(name: &str) -> ContentDisposition {
    let plain = |c: char| {
        if c == ' ' || (c.is_ascii_graphic() && !"\"\\%".contains(c)) {
            c
        } else {
            '_'
        }
    };
    ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![
            DispositionParam::Filename(name.chars().map(plain).collect()),
            DispositionParam::FilenameExt(ExtendedValue {
                charset: Charset::Ext("UTF-8".into()),
                language_tag: None,
                value: name.as_bytes().to_vec(),
            }),
        ],
    }
}

fn unserved(error: ServeError) -> Error {
    match error {
        ServeError::NotFound => {
            tracing::error!("a stored file is missing");
            Error::NotFound
        }
        ServeError::NotAFile | ServeError::Io(_) => {
            tracing::error!(%error, "a stored file cannot be read");
            Problem::unavailable().into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_korean_name_is_written_twice() {
        assert_eq!(
            saved_as("밤 - \"a\".mp3").to_string(),
            "attachment; filename=\"_ - _a_.mp3\"; filename*=UTF-8''%EB%B0%A4%20%2D%20%22a%22.mp3"
        );
    }
}
