//! `/api/v1/search`

use actix_web::{HttpRequest, Responder, get, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use wing_kit::Problem;
use wing_kit::auth::Viewer;

use super::dto::{AlbumView, ArtistView, TrackView};
use crate::error::Error;
use crate::model::Genre;
use crate::service::Music;
use crate::service::search::{SearchKind, SearchQuery};

pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services.service(search);
}

/// What to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Search {
    /// Words or parts of words, Hangul down to half a syllable.
    #[param(example = "편지")]
    #[serde(default)]
    q: String,
    /// `artist`, `album` or `track`; all when left away.
    r#type: Option<String>,
    /// Only of this genre.
    genre: Option<Genre>,
    /// At most this many of each kind, 1 to 100.
    #[param(example = 20, minimum = 1, maximum = 100)]
    limit: Option<i64>,
}

/// What was found, best first.
#[derive(Debug, Serialize, ToSchema)]
struct FoundView {
    /// By name.
    artists: Vec<ArtistView>,
    /// By title and artist.
    albums: Vec<AlbumView>,
    /// By title, artist and album.
    tracks: Vec<TrackView>,
}

/// Search artists, albums and tracks
#[utoipa::path(tag = "music", params(Search), responses((status = 200, body = FoundView)))]
#[get("/api/v1/search")]
async fn search(
    music: web::Data<Music>,
    req: HttpRequest,
    query: web::Query<Search>,
) -> Result<impl Responder, Error> {
    let query = query.into_inner();
    let only = query
        .r#type
        .as_deref()
        .map(SearchKind::parse)
        .transpose()
        .map_err(|wrong| Problem::invalid_field("type", wrong.code, wrong.detail))?;
    let query = SearchQuery {
        q: query.q,
        only,
        genre: query.genre,
        limit: query.limit,
    };
    let found = music.search(Viewer::of(&req).as_ref(), query).await?;
    Ok(web::Json(FoundView {
        artists: found.artists.into_iter().map(ArtistView::from).collect(),
        albums: found.albums.into_iter().map(AlbumView::from).collect(),
        tracks: found
            .tracks
            .into_iter()
            .map(|track| TrackView::among(track, &found.liked))
            .collect(),
    }))
}
