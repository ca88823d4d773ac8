//! `/api/v1/tracks`, all but the sound itself.

use actix_web::{HttpRequest, HttpResponse, Responder, delete, get, patch, post, put, web};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use wing_contracts::{AlbumId, ArtistId, TrackId};
use wing_kit::Problem;
use wing_kit::auth::Viewer;
use wing_kit::cursor::Paged;

use super::dto::{TrackDetailView, TrackView};
use crate::error::Error;
use crate::model::{Genre, UpdateTrack};
use crate::service::Music;
use crate::service::track_lists::{TrackQuery, parse_sort};

pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(list_tracks)
        .service(get_track)
        .service(update_track)
        .service(delete_track)
        .service(restore_track)
        .service(set_track_cover)
        .service(remove_track_cover);
}

/// Which tracks.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListTracks {
    /// Part of title, artist or album.
    q: Option<String>,
    /// Of this genre.
    genre: Option<Genre>,
    /// By this artist.
    artist_id: Option<ArtistId>,
    /// On this album.
    album_id: Option<AlbumId>,
    /// `latest` or `popular`.
    #[param(example = "latest")]
    sort: Option<String>,
    /// 1 to 100.
    #[param(example = 20, minimum = 1, maximum = 100)]
    limit: Option<i64>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Published tracks
#[utoipa::path(tag = "music", params(ListTracks), responses((status = 200, body = Paged<TrackView>)))]
#[get("/api/v1/tracks")]
async fn list_tracks(
    music: web::Data<Music>,
    req: HttpRequest,
    query: web::Query<ListTracks>,
) -> Result<impl Responder, Error> {
    let query = query.into_inner();
    let sort = parse_sort(query.sort.as_deref())
        .map_err(|wrong| Problem::invalid_field("sort", wrong.code, wrong.detail))?;
    let query = TrackQuery {
        q: query.q,
        genre: query.genre,
        artist: query.artist_id,
        album: query.album_id,
        sort,
        limit: query.limit,
        cursor: query.cursor,
    };
    let (page, liked) = music.list_tracks(Viewer::of(&req).as_ref(), query).await?;
    Ok(web::Json(page.map(|track| TrackView::among(track, &liked))))
}

/// A track, with its lyrics and what is known of its file
#[utoipa::path(tag = "music", params(("id" = TrackId, Path, description = "The track")), responses((status = 200, body = TrackDetailView), (status = 404, description = "There is none, or it is not published and not the caller's.")))]
#[get("/api/v1/tracks/{id}")]
async fn get_track(
    music: web::Data<Music>,
    req: HttpRequest,
    id: web::Path<TrackId>,
) -> Result<impl Responder, Error> {
    let detail = music.track_detail(Viewer::of(&req).as_ref(), *id).await?;
    Ok(web::Json(TrackDetailView::of(
        detail.track,
        detail.liked,
        detail.lyrics,
        detail.file.as_ref(),
    )))
}

/// Change a track, publish it or take it back; for who manages its artist
#[utoipa::path(tag = "music", params(("id" = TrackId, Path, description = "The track")), security(("bearer" = [])), request_body = UpdateTrack, responses(
    (status = 200, body = TrackView),
    (status = 404, description = "There is none that the caller manages."),
    (status = 409, description = "Not ready to be published."),
    (status = 422, body = wing_kit::problem::ProblemBody, content_type = "application/problem+json"),
))]
#[patch("/api/v1/tracks/{id}")]
async fn update_track(
    music: web::Data<Music>,
    viewer: Viewer,
    id: web::Path<TrackId>,
    body: web::Json<UpdateTrack>,
) -> Result<impl Responder, Error> {
    let track = music.update_track(&viewer, *id, body.into_inner()).await?;
    Ok(web::Json(TrackView::of(track, false)))
}

/// Remove a track; it can come back for 30 days
#[utoipa::path(tag = "music", params(("id" = TrackId, Path, description = "The track")), security(("bearer" = [])), responses((status = 204), (status = 404, description = "There is none that the caller manages.")))]
#[delete("/api/v1/tracks/{id}")]
async fn delete_track(
    music: web::Data<Music>,
    viewer: Viewer,
    id: web::Path<TrackId>,
) -> Result<HttpResponse, Error> {
    music.delete_track(&viewer, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Bring a removed track back
#[utoipa::path(tag = "music", params(("id" = TrackId, Path, description = "The track")), security(("bearer" = [])), responses((status = 200, body = TrackView), (status = 404, description = "There is none that the caller manages.")))]
#[post("/api/v1/tracks/{id}/restore")]
async fn restore_track(
    music: web::Data<Music>,
    viewer: Viewer,
    id: web::Path<TrackId>,
) -> Result<impl Responder, Error> {
    let changed = music.restore_track(&viewer, *id).await?;
    Ok(web::Json(TrackView::of(changed, false)))
}

/// Set a track's own cover: the body is a JPEG, PNG, WebP or GIF of at most 20 MB
#[utoipa::path(tag = "music", params(("id" = TrackId, Path, description = "The track")), security(("bearer" = [])), request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses(
    (status = 200, body = TrackView),
    (status = 413, description = "Larger than 20 MB or 50 megapixels."),
    (status = 415, description = "Not a picture, judged by its content."),
))]
#[put("/api/v1/tracks/{id}/cover")]
async fn set_track_cover(
    music: web::Data<Music>,
    viewer: Viewer,
    id: web::Path<TrackId>,
    picture: wing_kit::http::input::Picture,
) -> Result<impl Responder, Error> {
    let changed = music.set_track_cover(&viewer, *id, picture.0).await?;
    Ok(web::Json(TrackView::of(changed, false)))
}

/// Take a track's own cover away; its album's shows again
#[utoipa::path(tag = "music", params(("id" = TrackId, Path, description = "The track")), security(("bearer" = [])), responses((status = 200, body = TrackView)))]
#[delete("/api/v1/tracks/{id}/cover")]
async fn remove_track_cover(
    music: web::Data<Music>,
    viewer: Viewer,
    id: web::Path<TrackId>,
) -> Result<impl Responder, Error> {
    let changed = music.remove_track_cover(&viewer, *id).await?;
    Ok(web::Json(TrackView::of(changed, false)))
}
