//! `/api/v1/artists`

use actix_web::{HttpResponse, Responder, delete, get, patch, post, put, web};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use wing_contracts::ArtistId;
use wing_kit::auth::Viewer;
use wing_kit::cursor::Paged;

use super::dto::ArtistView;
use crate::error::Error;
use crate::model::{ArtistDraft, CreateArtist, Genre, UpdateArtist};
use crate::service::Music;
use crate::service::artists::ArtistQuery;

pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services
        .service(list_artists)
        .service(create_artist)
        .service(my_artists)
        .service(get_artist)
        .service(update_artist)
        .service(delete_artist)
        .service(restore_artist)
        .service(set_portrait)
        .service(remove_portrait);
}

/// Which artists.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListArtists {
    /// Part of the name.
    q: Option<String>,
    /// Of this genre.
    genre: Option<Genre>,
    /// Only `latest`.
    sort: Option<String>,
    /// 1 to 100.
    #[param(example = 20, minimum = 1, maximum = 100)]
    limit: Option<i64>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Artists, newest first
#[utoipa::path(tag = "music", params(ListArtists), responses((status = 200, body = Paged<ArtistView>)))]
#[get("/api/v1/artists")]
async fn list_artists(
    music: web::Data<Music>,
    query: web::Query<ListArtists>,
) -> Result<impl Responder, Error> {
    let query = query.into_inner();
    if query.sort.as_deref().is_some_and(|sort| sort != "latest") {
        let problem =
            wing_kit::Problem::invalid_field("sort", "unknown_sort", "Artists sort by `latest`.");
        return Err(problem.into());
    }
    let query = ArtistQuery {
        q: query.q,
        genre: query.genre,
        limit: query.limit,
        cursor: query.cursor,
    };
    let page = music.list_artists(query).await?;
    Ok(web::Json(page.map(ArtistView::from)))
}

/// The caller's own artists
#[utoipa::path(tag = "music", security(("bearer" = [])), responses((status = 200, body = Paged<ArtistView>)))]
#[get("/api/v1/artists/mine")]
async fn my_artists(music: web::Data<Music>, viewer: Viewer) -> Result<impl Responder, Error> {
    let artists = music.my_artists(&viewer).await?;
    Ok(web::Json(Paged {
        items: artists.into_iter().map(ArtistView::from).collect(),
        next: None,
    }))
}

/// Create an artist; for musicians
#[utoipa::path(tag = "music", security(("bearer" = [])), request_body = CreateArtist, responses(
    (status = 201, body = ArtistView),
    (status = 409, description = "The address is taken, or the account has as many artists as one may have.", body = wing_kit::problem::ProblemBody, content_type = "application/problem+json"),
    (status = 422, body = wing_kit::problem::ProblemBody, content_type = "application/problem+json"),
))]
#[post("/api/v1/artists")]
async fn create_artist(
    music: web::Data<Music>,
    viewer: Viewer,
    body: web::Json<CreateArtist>,
) -> Result<HttpResponse, Error> {
    let draft = ArtistDraft::from(&*body);
    let artist = music.create_artist(&viewer, &draft).await?;
    Ok(HttpResponse::Created()
        .insert_header(("location", format!("/api/v1/artists/{}", artist.id)))
        .json(ArtistView::from(artist)))
}

/// An artist
#[utoipa::path(tag = "music", params(("id" = ArtistId, Path, description = "The artist")), responses((status = 200, body = ArtistView), (status = 404, description = "There is none.")))]
#[get("/api/v1/artists/{id}")]
async fn get_artist(
    music: web::Data<Music>,
    id: web::Path<ArtistId>,
) -> Result<impl Responder, Error> {
    let artist = music.get_artist(*id).await?;
    let owner = music.owner_of(&artist).await;
    Ok(web::Json(ArtistView {
        owner,
        ..ArtistView::from(artist)
    }))
}

/// Change an artist; for who manages it
#[utoipa::path(tag = "music", params(("id" = ArtistId, Path, description = "The artist")), security(("bearer" = [])), request_body = UpdateArtist, responses(
    (status = 200, body = ArtistView),
    (status = 404, description = "There is none that the caller manages."),
    (status = 409, description = "The address is taken.", body = wing_kit::problem::ProblemBody, content_type = "application/problem+json"),
    (status = 422, body = wing_kit::problem::ProblemBody, content_type = "application/problem+json"),
))]
#[patch("/api/v1/artists/{id}")]
async fn update_artist(
    music: web::Data<Music>,
    viewer: Viewer,
    id: web::Path<ArtistId>,
    body: web::Json<UpdateArtist>,
) -> Result<impl Responder, Error> {
    let artist = music.update_artist(&viewer, *id, body.into_inner()).await?;
    Ok(web::Json(ArtistView::from(artist)))
}

/// Remove an artist with everything it released; it can come back for 30 days
#[utoipa::path(tag = "music", params(("id" = ArtistId, Path, description = "The artist")), security(("bearer" = [])), responses((status = 204), (status = 404, description = "There is none that the caller manages.")))]
#[delete("/api/v1/artists/{id}")]
async fn delete_artist(
    music: web::Data<Music>,
    viewer: Viewer,
    id: web::Path<ArtistId>,
) -> Result<HttpResponse, Error> {
    music.delete_artist(&viewer, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Bring a removed artist back
#[utoipa::path(tag = "music", params(("id" = ArtistId, Path, description = "The artist")), security(("bearer" = [])), responses((status = 200, body = ArtistView), (status = 404, description = "There is none that the caller manages.")))]
#[post("/api/v1/artists/{id}/restore")]
async fn restore_artist(
    music: web::Data<Music>,
    viewer: Viewer,
    id: web::Path<ArtistId>,
) -> Result<impl Responder, Error> {
    let changed = music.restore_artist(&viewer, *id).await?;
    Ok(web::Json(ArtistView::from(changed)))
}

/// Set an artist's portrait: the body is a JPEG, PNG, WebP or GIF of at most 20 MB
#[utoipa::path(tag = "music", params(("id" = ArtistId, Path, description = "The artist")), security(("bearer" = [])), request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses(
    (status = 200, body = ArtistView),
    (status = 413, description = "Larger than 20 MB or 50 megapixels."),
    (status = 415, description = "Not a picture, judged by its content."),
))]
#[put("/api/v1/artists/{id}/portrait")]
async fn set_portrait(
    music: web::Data<Music>,
    viewer: Viewer,
    id: web::Path<ArtistId>,
    picture: wing_kit::http::input::Picture,
) -> Result<impl Responder, Error> {
    let changed = music.set_portrait(&viewer, *id, picture.0).await?;
    Ok(web::Json(ArtistView::from(changed)))
}

/// Take an artist's portrait away
#[utoipa::path(tag = "music", params(("id" = ArtistId, Path, description = "The artist")), security(("bearer" = [])), responses((status = 200, body = ArtistView)))]
#[delete("/api/v1/artists/{id}/portrait")]
async fn remove_portrait(
    music: web::Data<Music>,
    viewer: Viewer,
    id: web::Path<ArtistId>,
) -> Result<impl Responder, Error> {
    let changed = music.remove_portrait(&viewer, *id).await?;
    Ok(web::Json(ArtistView::from(changed)))
}
