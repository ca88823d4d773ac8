//! `POST /api/v1/tracks`: a track is made of an upload; and its processing
//! begun again.

use actix_web::{HttpResponse, post, web};
use utoipa_actix_web::service_config::ServiceConfig;
use wing_contracts::TrackId;
use wing_kit::auth::Viewer;

use super::dto::TrackView;
use crate::error::Error;
use crate::model::CreateTrack;
use crate::service::Music;

/// Mounts both.
pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services.service(create_track).service(retry_track);
}

/// Make a track of an upload
///
/// The file is processed afterwards: follow `status` of `GET
/// /api/v1/tracks/{id}` from `processing` to `published` (or `draft`), or to
/// `failed` with a `reason`.
#[utoipa::path(
    tag = "music",
    operation_id = "create_track",
    request_body = CreateTrack,
    responses(
        (status = 202, description = "Made; its file is being processed.", body = TrackView),
        (status = 404, description = "There is no such artist or upload of the caller's."),
        (status = 409, description = "The upload is not whole, has expired, or became a track already."),
        (status = 422, description = "Some fields are not right.", body = wing_kit::problem::ProblemBody, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/tracks")]
async fn create_track(
    music: web::Data<Music>,
    viewer: Viewer,
    body: web::Json<CreateTrack>,
) -> Result<HttpResponse, Error> {
    let track = music.create_track(&viewer, body.into_inner()).await?;
    Ok(HttpResponse::Accepted()
        .insert_header(("Location", format!("/api/v1/tracks/{}", track.id)))
        .json(TrackView::of(track, false)))
}

/// Process a failed track's file again
#[utoipa::path(
    tag = "music",
    operation_id = "retry_track",
    params(("id" = TrackId, Path, description = "The track")),
    responses(
        (status = 202, description = "Begun again.", body = TrackView),
        (status = 404, description = "There is none that the caller manages."),
        (status = 409, description = "It did not fail."),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/tracks/{id}/retry")]
async fn retry_track(
    music: web::Data<Music>,
    viewer: Viewer,
    id: web::Path<TrackId>,
) -> Result<HttpResponse, Error> {
    let track = music.retry_track(&viewer, *id).await?;
    Ok(HttpResponse::Accepted().json(TrackView::of(track, false)))
}
