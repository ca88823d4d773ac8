//! `/api/v1/likes`

use actix_web::{Responder, delete, get, put, web};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use wing_contracts::TrackId;
use wing_kit::auth::Viewer;
use wing_kit::cursor::Paged;

use super::dto::{PageParams, TrackView};
use crate::error::Error;
use crate::service::Music;

pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(list_likes)
        .service(like_track)
        .service(unlike_track);
}

/// Whether the caller likes a track now.
#[derive(Debug, Serialize, ToSchema)]
struct LikeView {
    /// The track.
    track_id: TrackId,
    /// Whether the caller likes it.
    liked: bool,
    /// The likes it has.
    like_count: i64,
}

/// A liked track.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct LikedTrackView {
    /// The track.
    track: TrackView,
    /// Milliseconds since the epoch.
    liked_at: i64,
}

/// What the caller likes, liked last first
#[utoipa::path(tag = "music", security(("bearer" = [])), params(PageParams), responses((status = 200, body = Paged<LikedTrackView>)))]
#[get("/api/v1/likes")]
async fn list_likes(
    music: web::Data<Music>,
    viewer: Viewer,
    page: web::Query<PageParams>,
) -> Result<impl Responder, Error> {
    let page = music
        .liked_tracks(&viewer, page.limit, page.cursor.as_deref())
        .await?;
    Ok(web::Json(page.map(|(track, liked_at)| LikedTrackView {
        track: TrackView::of(track, true),
        liked_at,
    })))
}

/// Like a track; a second like changes nothing
#[utoipa::path(tag = "music", params(("track_id" = TrackId, Path, description = "The track")), security(("bearer" = [])), responses((status = 200, body = LikeView), (status = 404, description = "There is no such track.")))]
#[put("/api/v1/likes/{track_id}")]
async fn like_track(
    music: web::Data<Music>,
    viewer: Viewer,
    track_id: web::Path<TrackId>,
) -> Result<impl Responder, Error> {
    let like_count = music.like_track(&viewer, *track_id).await?;
    Ok(web::Json(LikeView {
        track_id: *track_id,
        liked: true,
        like_count,
    }))
}

/// Take a like back; taking back none changes nothing
#[utoipa::path(tag = "music", params(("track_id" = TrackId, Path, description = "The track")), security(("bearer" = [])), responses((status = 200, body = LikeView), (status = 404, description = "There is no such track.")))]
#[delete("/api/v1/likes/{track_id}")]
async fn unlike_track(
    music: web::Data<Music>,
    viewer: Viewer,
    track_id: web::Path<TrackId>,
) -> Result<impl Responder, Error> {
    let like_count = music.unlike_track(&viewer, *track_id).await?;
    Ok(web::Json(LikeView {
        track_id: *track_id,
        liked: false,
        like_count,
    }))
}
