use utoipa::OpenApi;
use utoipa::openapi::Tag;
use utoipa::openapi::tag::TagBuilder;
use utoipa_actix_web::AppExt as _;

use crate::Domain;

#[derive(OpenApi)]
#[openapi(
    info(title = "Win:G", description = include_str!("api.md"), license(name = "MIT OR Apache-2.0")),
    servers((url = "/", description = "This server")),
)]
struct Frame;

/// The OpenAPI document of a process that mounts these domains.
pub fn openapi<'a>(
    domains: impl IntoIterator<Item = &'a Domain, IntoIter: Clone>,
) -> utoipa::openapi::OpenApi {
    let domains = domains.into_iter();
    let (_, mut document) = actix_web::App::new()
        .into_utoipa_app()
        .openapi(Frame::openapi())
        .configure(|services| {
            for domain in domains.clone() {
                (domain.configure_api)(services);
            }
        })
        .split_for_parts();
    wing_kit::http::finish_openapi(&mut document);
    document.tags = Some(domains.flat_map(tags).collect());
    document
}

fn tags(domain: &Domain) -> impl Iterator<Item = Tag> {
    let tag = |(name, description): &(&str, &str)| {
        TagBuilder::new()
            .name(*name)
            .description(Some(*description))
            .build()
    };
    domain.tags.iter().map(tag)
}
