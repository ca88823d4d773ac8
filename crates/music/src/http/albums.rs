//! `/api/v1/albums`

use actix_web::{HttpRequest, HttpResponse, Responder, delete, get, patch, post, put, web};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use wing_contracts::{AlbumId, ArtistId};
use wing_kit::auth::Viewer;
use wing_kit::cursor::Paged;

use super::dto::{AlbumView, TrackView};
use crate::error::Error;
use crate::model::{AlbumDraft, CreateAlbum, Genre, UpdateAlbum};
use crate::service::Music;
use crate::service::albums::AlbumQuery;

pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(list_albums)
        .service(create_album)
        .service(get_album)
        .service(update_album)
        .service(delete_album)
        .service(restore_album)
        .service(set_album_cover)
        .service(remove_album_cover);
}

/// Which albums.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListAlbums {
    /// Part of title or artist.
    q: Option<String>,
    /// Having a track of this genre.
    genre: Option<Genre>,
    /// By this artist.
    artist_id: Option<ArtistId>,
    /// Drafts too; only with `artist_id`, and only for who manages it.
    #[serde(default)]
    drafts: bool,
    /// Only `latest`.
    sort: Option<String>,
    /// 1 to 100.
    #[param(example = 20, minimum = 1, maximum = 100)]
    limit: Option<i64>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Albums, published last first
#[utoipa::path(tag = "music", params(ListAlbums), responses((status = 200, body = Paged<AlbumView>)))]
#[get("/api/v1/albums")]
async fn list_albums(
    music: web::Data<Music>,
    req: HttpRequest,
    query: web::Query<ListAlbums>,
) -> Result<impl Responder, Error> {
    let query = query.into_inner();
    if query.sort.as_deref().is_some_and(|sort| sort != "latest") {
        let problem =
            wing_kit::Problem::invalid_field("sort", "unknown_sort", "Albums sort by `latest`.");
        return Err(problem.into());
    }
    let query = AlbumQuery {
        q: query.q,
        genre: query.genre,
        artist: query.artist_id,
        drafts: query.drafts,
        limit: query.limit,
        cursor: query.cursor,
    };
    let page = music.list_albums(Viewer::of(&req).as_ref(), query).await?;
    Ok(web::Json(page.map(AlbumView::from)))
}

/// Create an album of an artist the caller manages
#[utoipa::path(tag = "music", security(("bearer" = [])), request_body = CreateAlbum, responses(
    (status = 201, body = AlbumView),
    (status = 404, description = "There is no such artist that the caller manages."),
    (status = 422, body = wing_kit::problem::ProblemBody, content_type = "application/problem+json"),
))]
#[post("/api/v1/albums")]
async fn create_album(
    music: web::Data<Music>,
    viewer: Viewer,
    body: web::Json<CreateAlbum>,
) -> Result<HttpResponse, Error> {
    let draft = AlbumDraft::from(&*body);
    let album = music.create_album(&viewer, body.artist_id, &draft).await?;
    Ok(HttpResponse::Created()
        .insert_header(("location", format!("/api/v1/albums/{}", album.id)))
        .json(AlbumView::from(album)))
}

/// An album with its tracks
#[utoipa::path(tag = "music", params(("id" = AlbumId, Path, description = "The album")), responses((status = 200, body = AlbumView), (status = 404, description = "There is none.")))]
#[get("/api/v1/albums/{id}")]
async fn get_album(
    music: web::Data<Music>,
    req: HttpRequest,
    id: web::Path<AlbumId>,
) -> Result<impl Responder, Error> {
    let viewer = Viewer::of(&req);
    let album = music.get_album(viewer.as_ref(), *id).await?;
    let tracks = music.album_tracks(viewer.as_ref(), &album).await?;
    let liked = music.likes_among(viewer.as_ref(), &tracks).await?;
    let tracks = tracks
        .into_iter()
        .map(|track| TrackView::among(track, &liked))
        .collect();
    Ok(web::Json(AlbumView {
        tracks: Some(tracks),
        ..AlbumView::from(album)
    }))
}

/// Change an album; for who manages its artist
#[utoipa::path(tag = "music", params(("id" = AlbumId, Path, description = "The album")), security(("bearer" = [])), request_body = UpdateAlbum, responses(
    (status = 200, body = AlbumView),
    (status = 404, description = "There is none that the caller manages."),
    (status = 422, body = wing_kit::problem::ProblemBody, content_type = "application/problem+json"),
))]
#[patch("/api/v1/albums/{id}")]
async fn update_album(
    music: web::Data<Music>,
    viewer: Viewer,
    id: web::Path<AlbumId>,
    body: web::Json<UpdateAlbum>,
) -> Result<impl Responder, Error> {
    let album = music.update_album(&viewer, *id, body.into_inner()).await?;
    Ok(web::Json(AlbumView::from(album)))
}

/// Remove an album with its tracks; it can come back for 30 days
#[utoipa::path(tag = "music", params(("id" = AlbumId, Path, description = "The album")), security(("bearer" = [])), responses((status = 204), (status = 404, description = "There is none that the caller manages.")))]
#[delete("/api/v1/albums/{id}")]
async fn delete_album(
    music: web::Data<Music>,
    viewer: Viewer,
    id: web::Path<AlbumId>,
) -> Result<HttpResponse, Error> {
    music.delete_album(&viewer, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Bring a removed album back, with the tracks that went with it
#[utoipa::path(tag = "music", params(("id" = AlbumId, Path, description = "The album")), security(("bearer" = [])), responses((status = 200, body = AlbumView), (status = 404, description = "There is none that the caller manages.")))]
#[post("/api/v1/albums/{id}/restore")]
async fn restore_album(
    music: web::Data<Music>,
    viewer: Viewer,
    id: web::Path<AlbumId>,
) -> Result<impl Responder, Error> {
    let changed = music.restore_album(&viewer, *id).await?;
    Ok(web::Json(AlbumView::from(changed)))
}

/// Set an album's cover: the body is a JPEG, PNG, WebP or GIF of at most 20 MB
#[utoipa::path(tag = "music", params(("id" = AlbumId, Path, description = "The album")), security(("bearer" = [])), request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses(
    (status = 200, body = AlbumView),
    (status = 413, description = "Larger than 20 MB or 50 megapixels."),
    (status = 415, description = "Not a picture, judged by its content."),
))]
#[put("/api/v1/albums/{id}/cover")]
async fn set_album_cover(
    music: web::Data<Music>,
    viewer: Viewer,
    id: web::Path<AlbumId>,
    picture: wing_kit::http::input::Picture,
) -> Result<impl Responder, Error> {
    let changed = music.set_album_cover(&viewer, *id, picture.0).await?;
    Ok(web::Json(AlbumView::from(changed)))
}

/// Take an album's cover away
#[utoipa::path(tag = "music", params(("id" = AlbumId, Path, description = "The album")), security(("bearer" = [])), responses((status = 200, body = AlbumView)))]
#[delete("/api/v1/albums/{id}/cover")]
async fn remove_album_cover(
    music: web::Data<Music>,
    viewer: Viewer,
    id: web::Path<AlbumId>,
) -> Result<impl Responder, Error> {
    let changed = music.remove_album_cover(&viewer, *id).await?;
    Ok(web::Json(AlbumView::from(changed)))
}
