//! The OpenAPI document of this process.

use utoipa::OpenApi;
use utoipa_actix_web::AppExt as _;

#[derive(OpenApi)]
#[openapi(
    info(title = "Win:G", description = include_str!("api.md"), license(name = "MIT OR Apache-2.0")),
    servers((url = "/", description = "This server")),
    tags(
        (name = "user", description = "Accounts, sessions, profiles."),
        (name = "music", description = "Artists, albums, tracks; listening, likes, plays, search."),
        (name = "uploads", description = "Resumable uploads by tus 1.0; a whole one becomes a track."),
    ),
)]
struct Document;

/// The document of every mounted domain.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let (_, mut document) = actix_web::App::new()
        .into_utoipa_app()
        .openapi(Document::openapi())
        .configure(wing_user::configure_api)
        .configure(wing_music::configure_api)
        .split_for_parts();
    wing_kit::http::finish_openapi(&mut document);
    document
}
