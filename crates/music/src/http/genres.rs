//! `/api/v1/genres`

use actix_web::{Responder, get, web};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::model::Genre;

/// A genre with its names.
#[derive(Debug, Serialize, ToSchema)]
pub struct GenreView {
    /// The id in URLs and JSON.
    pub id: Genre,
    /// In Korean.
    #[schema(example = "록")]
    pub name_ko: String,
    /// In English.
    #[schema(example = "Rock")]
    pub name_en: String,
}

/// The list of genres.
#[derive(Debug, Serialize, ToSchema)]
pub struct GenreList {
    /// All of them.
    pub items: Vec<GenreView>,
}

pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services.service(list_genres);
}

/// The genres of the catalogue
#[utoipa::path(tag = "music", responses((status = 200, body = GenreList)))]
#[get("/api/v1/genres")]
async fn list_genres() -> impl Responder {
    let name = |lang, genre: &Genre| String::from(wing_ui::genre_name(lang, genre.as_str()));
    let items = Genre::ALL
        .iter()
        .map(|genre| GenreView {
            id: *genre,
            name_ko: name(wing_ui::Lang::Ko, genre),
            name_en: name(wing_ui::Lang::En, genre),
        })
        .collect();
    web::Json(GenreList { items })
}
