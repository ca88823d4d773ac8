//! The OpenAPI document of this process, and Swagger UI over it.

use utoipa::OpenApi;
use utoipa_actix_web::AppExt as _;
use utoipa_actix_web::service_config::ServiceConfig;
use utoipa_swagger_ui::SwaggerUi;

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

/// Mounts Swagger UI and the document.
pub fn configure(services: &mut ServiceConfig<'_>, document: &utoipa::openapi::OpenApi) {
    let config = utoipa_swagger_ui::Config::default()
        .try_it_out_enabled(true)
        .persist_authorization(true)
        .display_request_duration(true)
        .filter(true);
    let ui = SwaggerUi::new("/swagger-ui/{_:.*}")
        .url("/api-docs/openapi.json", document.clone())
        .config(config);
    services.map(|plain| {
        plain
            .service(actix_web::web::redirect("/swagger-ui", "/swagger-ui/"))
            .service(ui)
    });
}
