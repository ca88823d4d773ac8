use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, ResponseBuilder};
use utoipa::{PartialSchema as _, ToSchema as _};

use crate::problem::{FieldProblem, ProblemBody};

/// Adds to a document what every domain's operations share: the Bearer scheme,
/// the problem detail, and the refusals any call can meet.
pub fn finish(api: &mut OpenApi) {
    let components = api.components.get_or_insert_default();
    components.add_security_scheme(
        "bearer",
        SecurityScheme::Http(
            HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .bearer_format("JWT")
                .build(),
        ),
    );
    components
        .schemas
        .insert("Problem".into(), ProblemBody::schema());
    components
        .schemas
        .insert(FieldProblem::name().into(), FieldProblem::schema());

    let refusal = |text: &str| {
        let content = Content::new(Some(RefOr::Ref(Ref::from_schema_name("Problem"))));
        ResponseBuilder::new()
            .description(text)
            .content("application/problem+json", content)
            .build()
    };
    for item in api.paths.paths.values_mut() {
        let operations = [
            &mut item.get,
            &mut item.put,
            &mut item.post,
            &mut item.delete,
            &mut item.patch,
            &mut item.head,
            &mut item.options,
        ];
        for operation in operations.into_iter().flatten() {
            let guarded = operation.security.is_some();
            let mut common = vec![
                ("400", "The request could not be read."),
                (
                    "429",
                    "Too much at once; `Retry-After` says when to come back.",
                ),
                ("500", "Our fault; the log knows more by the request's id."),
                ("503", "Something is away; worth a retry."),
            ];
            if guarded {
                common.push(("401", "Nobody is logged in, or the token is void."));
                common.push(("403", "The caller may not do this."));
            }
            for (status, text) in common {
                operation
                    .responses
                    .responses
                    .entry(status.into())
                    .or_insert_with(|| RefOr::T(refusal(text)));
            }
        }
    }
}
