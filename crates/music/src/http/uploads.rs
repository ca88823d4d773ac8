//! `/api/v1/uploads`: resumable uploads by tus 1.0.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder, ResponseError as _, delete, get, head, options,
    patch, post, web,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use wing_contracts::{Timestamp, UploadId};
use wing_kit::Problem;
use wing_kit::auth::Viewer;
use wing_kit::cursor::Paged;

use super::tus::{self, Metadata};
use crate::error::Error;
use crate::service::Music;
use crate::service::uploads::{Begin, Sending, Upload};

const OFFSET_STREAM: &str = "application/offset+octet-stream";
const METHOD_OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");

/// Mounts the uploads.
pub fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(upload_options)
        .service(begin_upload)
        .service(list_uploads)
        .service(get_upload)
        .service(receive_upload)
        .service(end_upload)
        .map(|config| {
            config.service(web::resource("/api/v1/uploads/{id}").route(web::post().to(overridden)))
        });
}

/// An upload that is no track yet.
#[derive(Debug, Serialize, ToSchema)]
pub struct UploadView {
    /// Send it as `upload_id` when all of it is here.
    pub id: UploadId,
    /// The file's name.
    #[schema(example = "night-walk.flac")]
    pub filename: String,
    /// Bytes it will have.
    #[schema(example = 31_457_280)]
    pub size: i64,
    /// Bytes that are here.
    #[schema(example = 16_777_216)]
    pub received: i64,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it is dropped unless it goes on.
    pub expires_at: Timestamp,
}

impl From<&Upload> for UploadView {
    fn from(upload: &Upload) -> Self {
        Self {
            id: upload.id,
            filename: upload.filename.clone(),
            size: upload.size,
            received: upload.received,
            created_at: Timestamp(upload.created_at),
            expires_at: Timestamp(upload.expires_at),
        }
    }
}

/// What this server can do (tus 1.0).
#[utoipa::path(
    tag = "uploads",
    operation_id = "upload_options",
    responses((status = 204, description = "The answer is in the headers.", headers(
        ("Tus-Version" = String, description = "`1.0.0`"),
        ("Tus-Extension" = String, description = "creation, creation-with-upload, expiration, checksum, termination"),
        ("Tus-Max-Size" = u64, description = "Largest file, in bytes"),
        ("Tus-Checksum-Algorithm" = String, description = "sha1, sha256"),
    )))
)]
#[options("/api/v1/uploads")]
async fn upload_options(music: web::Data<Music>) -> HttpResponse {
    tus_answer(StatusCode::NO_CONTENT)
        .insert_header((tus::TUS_VERSION, tus::VERSION))
        .insert_header((tus::TUS_EXTENSION, tus::EXTENSIONS))
        .insert_header((tus::TUS_MAX_SIZE, music.config.upload_max_bytes))
        .insert_header((tus::TUS_CHECKSUM_ALGORITHM, tus::ALGORITHMS))
        .finish()
}

/// Begin an upload.
///
/// `Location` says where to send the bytes with `PATCH`. With
/// `Content-Type: application/offset+octet-stream` the first bytes may come
/// along as the body.
#[utoipa::path(
    tag = "uploads",
    operation_id = "begin_upload",
    params(
        ("Tus-Resumable" = String, Header, description = "`1.0.0`", example = "1.0.0"),
        ("Upload-Length" = u64, Header, description = "Bytes of the whole file", example = 1_048_576),
        ("Upload-Metadata" = Option<String>, Header, description = "Pairs of key and base64; `filename` and `filetype` are used", example = "filename bmlnaHQtd2Fsay5mbGFj"),
    ),
    responses(
        (status = 201, description = "Begun.", headers(
            ("Location" = String, description = "Where to send the bytes"),
            ("Upload-Offset" = u64, description = "Bytes that are here"),
            ("Upload-Expires" = String, description = "When it is dropped unless it goes on"),
        )),
        (status = 409, description = "Too many uploads are unfinished."),
        (status = 412, description = "Another version of tus."),
        (status = 413, description = "The file is larger than this server takes."),
        (status = 507, description = "The disk is full."),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/uploads")]
async fn begin_upload(
    req: HttpRequest,
    viewer: Viewer,
    music: web::Data<Music>,
    body: web::Payload,
) -> HttpResponse {
    let answer = async {
        tus::check_version(&req)?;
        let headers = req.headers();
        let with_body = is_offset_stream(headers);
        let upload = music.begin_upload(&viewer, begin(headers)?).await?;
        let id = upload.id;
        let upload = if with_body {
            // What did not arrive is sent on with PATCH, as after any break.
            match music
                .receive_upload(&viewer, id, sending(headers, 0, body)?)
                .await
            {
                Ok(upload) => upload,
                Err(_) => music.upload(&viewer, id).await?,
            }
        } else {
            upload
        };
        Ok::<_, Error>(
            progress(StatusCode::CREATED, &upload)
                .insert_header((header::LOCATION, format!("/api/v1/uploads/{id}")))
                .finish(),
        )
    };
    tus_result(answer.await)
}

/// One's unfinished uploads.
#[utoipa::path(
    tag = "uploads",
    operation_id = "list_uploads",
    responses((status = 200, description = "Latest first, at most 100.", body = Paged<UploadView>)),
    security(("bearer" = []))
)]
#[get("/api/v1/uploads")]
async fn list_uploads(viewer: Viewer, music: web::Data<Music>) -> Result<HttpResponse, Error> {
    let uploads = music.unfinished_uploads(&viewer).await?;
    let items: Vec<UploadView> = uploads.iter().map(UploadView::from).collect();
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Paged { items, next: None }))
}

/// How much of an upload is here.
#[utoipa::path(
    tag = "uploads",
    operation_id = "get_upload",
    params(
        ("id" = UploadId, Path, description = "The upload"),
        ("Tus-Resumable" = String, Header, description = "`1.0.0`", example = "1.0.0"),
    ),
    responses(
        (status = 200, description = "The answer is in the headers.", headers(
            ("Upload-Offset" = u64, description = "Bytes that are here"),
            ("Upload-Length" = u64, description = "Bytes of the whole file"),
            ("Upload-Expires" = String, description = "When it is dropped unless it goes on"),
        )),
        (status = 404, description = "There is none, or it is somebody else's."),
        (status = 410, description = "It rested too long."),
    ),
    security(("bearer" = []))
)]
#[head("/api/v1/uploads/{id}")]
async fn get_upload(
    req: HttpRequest,
    viewer: Viewer,
    music: web::Data<Music>,
    id: web::Path<UploadId>,
) -> HttpResponse {
    tus_result(show(&req, &viewer, &music, *id).await)
}

/// Send bytes of an upload.
#[utoipa::path(
    tag = "uploads",
    operation_id = "receive_upload",
    params(
        ("id" = UploadId, Path, description = "The upload"),
        ("Tus-Resumable" = String, Header, description = "`1.0.0`", example = "1.0.0"),
        ("Upload-Offset" = u64, Header, description = "Where these bytes go: what `HEAD` said", example = 0),
        ("Upload-Checksum" = Option<String>, Header, description = "`sha1` or `sha256` and the digest of this body in base64"),
    ),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses(
        (status = 204, description = "Kept.", headers(
            ("Upload-Offset" = u64, description = "Bytes that are here"),
            ("Upload-Expires" = String, description = "When it is dropped unless it goes on"),
        )),
        (status = 404, description = "There is none, or it is somebody else's."),
        (status = 409, description = "The upload does not stand at that offset."),
        (status = 410, description = "It rested too long."),
        (status = 413, description = "The body is longer than what is missing."),
        (status = 415, description = "Not `application/offset+octet-stream`."),
        (status = 423, description = "Another request is sending to it."),
        (status = 460, description = "The checksum does not match; nothing of the body was kept."),
        (status = 507, description = "The disk is full; what came before is kept."),
    ),
    security(("bearer" = []))
)]
#[patch("/api/v1/uploads/{id}")]
async fn receive_upload(
    req: HttpRequest,
    viewer: Viewer,
    music: web::Data<Music>,
    id: web::Path<UploadId>,
    body: web::Payload,
) -> HttpResponse {
    tus_result(receive(&req, &viewer, &music, *id, body).await)
}

/// End an upload and drop what arrived of it.
#[utoipa::path(
    tag = "uploads",
    operation_id = "end_upload",
    params(
        ("id" = UploadId, Path, description = "The upload"),
        ("Tus-Resumable" = String, Header, description = "`1.0.0`", example = "1.0.0"),
    ),
    responses(
        (status = 204, description = "Gone."),
        (status = 404, description = "There is none, or it is somebody else's."),
        (status = 409, description = "It became a track."),
        (status = 410, description = "It rested too long."),
    ),
    security(("bearer" = []))
)]
#[delete("/api/v1/uploads/{id}")]
async fn end_upload(
    req: HttpRequest,
    viewer: Viewer,
    music: web::Data<Music>,
    id: web::Path<UploadId>,
) -> HttpResponse {
    tus_result(end(&req, &viewer, &music, *id).await)
}

/// `POST` in place of a method that something on the way does not let through.
async fn overridden(
    req: HttpRequest,
    viewer: Viewer,
    music: web::Data<Music>,
    id: web::Path<UploadId>,
    body: web::Payload,
) -> HttpResponse {
    let method = req
        .headers()
        .get(METHOD_OVERRIDE)
        .map(HeaderValue::as_bytes);
    tus_result(match method {
        Some(b"PATCH") => receive(&req, &viewer, &music, *id, body).await,
        Some(b"DELETE") => end(&req, &viewer, &music, *id).await,
        Some(b"HEAD") => show(&req, &viewer, &music, *id).await,
        _ => Err(Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "An upload takes HEAD, PATCH and DELETE; `X-HTTP-Method-Override` may name one of them.",
        )
        .header(header::ALLOW, HeaderValue::from_static("HEAD, PATCH, DELETE"))
        .into()),
    })
}

async fn show(
    req: &HttpRequest,
    viewer: &Viewer,
    music: &Music,
    id: UploadId,
) -> Result<HttpResponse, Error> {
    tus::check_version(req)?;
    let upload = music.upload(viewer, id).await?;
    let mut answer = progress(StatusCode::OK, &upload);
    answer
        .insert_header((tus::UPLOAD_LENGTH, upload.size))
        .insert_header((header::CACHE_CONTROL, "no-store"));
    if let Ok(metadata) = HeaderValue::from_str(&upload.metadata)
        && !metadata.is_empty()
    {
        answer.insert_header((tus::UPLOAD_METADATA, metadata));
    }
    Ok(answer.finish())
}

async fn receive(
    req: &HttpRequest,
    viewer: &Viewer,
    music: &Music,
    id: UploadId,
    body: web::Payload,
) -> Result<HttpResponse, Error> {
    tus::check_version(req)?;
    let headers = req.headers();
    if !is_offset_stream(headers) {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not_an_offset_stream",
            "Send the bytes as `Content-Type: application/offset+octet-stream`.",
        )
        .into());
    }
    let offset = tus::number_of(headers, &tus::UPLOAD_OFFSET)?.ok_or_else(|| {
        Problem::bad_request(
            "offset_required",
            "Say with `Upload-Offset` where these bytes go.",
        )
    })?;
    let upload = music
        .receive_upload(viewer, id, sending(headers, offset, body)?)
        .await?;
    Ok(progress(StatusCode::NO_CONTENT, &upload).finish())
}

async fn end(
    req: &HttpRequest,
    viewer: &Viewer,
    music: &Music,
    id: UploadId,
) -> Result<HttpResponse, Error> {
    tus::check_version(req)?;
    music.end_upload(viewer, id).await?;
    Ok(tus_answer(StatusCode::NO_CONTENT).finish())
}

fn begin(headers: &HeaderMap) -> Result<Begin, Problem> {
    let size = tus::number_of(headers, &tus::UPLOAD_LENGTH)?.ok_or_else(|| {
        Problem::bad_request(
            "length_required",
            "Say with `Upload-Length` how long the file is.",
        )
    })?;
    let metadata = tus::text_of(headers, &tus::UPLOAD_METADATA)?.unwrap_or_default();
    let Metadata { filename, filetype } = Metadata::parse(metadata)?;
    Ok(Begin {
        size,
        filename,
        content_type: filetype,
        metadata: metadata.to_owned(),
    })
}

fn sending(
    headers: &HeaderMap,
    offset: u64,
    body: web::Payload,
) -> Result<Sending<web::Payload>, Problem> {
    let checksum = tus::text_of(headers, &tus::UPLOAD_CHECKSUM)?
        .map(tus::checksum)
        .transpose()?;
    let length = tus::number_of(headers, &header::CONTENT_LENGTH)?;
    Ok(Sending {
        offset,
        checksum,
        length,
        body,
    })
}

fn is_offset_stream(headers: &HeaderMap) -> bool {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    value.is_some_and(|value| value.trim().eq_ignore_ascii_case(OFFSET_STREAM))
}

/// An answer of this protocol.
fn tus_answer(status: StatusCode) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    answer.insert_header((tus::TUS_RESUMABLE, tus::VERSION));
    answer
}

fn progress(status: StatusCode, upload: &Upload) -> HttpResponseBuilder {
    let mut answer = tus_answer(status);
    answer.insert_header((tus::UPLOAD_OFFSET, upload.received));
    if !upload.is_used()
        && let Some(date) = tus::http_date(Timestamp(upload.expires_at))
    {
        answer.insert_header((tus::UPLOAD_EXPIRES, date));
    }
    answer
}

/// Refusals, too, say which protocol they speak.
fn tus_result(result: Result<HttpResponse, Error>) -> HttpResponse {
    result.unwrap_or_else(|error| {
        let mut answer = error.error_response();
        answer
            .headers_mut()
            .insert(tus::TUS_RESUMABLE, tus::VERSION);
        answer
    })
}
