use std::collections::BTreeSet;

use utoipa::OpenApi;
use utoipa_actix_web::AppExt as _;
use utoipa_actix_web::service_config::ServiceConfig;

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
struct Frame;

/// The OpenAPI document of what `configure` mounts.
pub fn openapi(configure: impl FnOnce(&mut ServiceConfig<'_>)) -> utoipa::openapi::OpenApi {
    let (_, mut document) = actix_web::App::new()
        .into_utoipa_app()
        .openapi(Frame::openapi())
        .configure(configure)
        .split_for_parts();
    wing_kit::http::finish_openapi(&mut document);
    keep_used_tags(&mut document);
    document
}

/// Drops the chapters that nothing mounted here belongs to.
fn keep_used_tags(document: &mut utoipa::openapi::OpenApi) {
    let used: BTreeSet<&String> = document
        .paths
        .paths
        .values()
        .flat_map(|item| {
            [
                &item.get,
                &item.put,
                &item.post,
                &item.delete,
                &item.patch,
                &item.head,
                &item.options,
            ]
        })
        .flatten()
        .flat_map(|operation| operation.tags.iter().flatten())
        .collect();
    if let Some(tags) = &mut document.tags {
        tags.retain(|tag| used.contains(&tag.name));
    }
}
