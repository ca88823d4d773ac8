use actix_web::{HttpResponse, post, web};
use wing_contracts::UserId;
use wing_kit::auth::Viewer;

use super::TAG;
use crate::Users;
use crate::error::Error;

/// Close an account (admins).
///
/// Nobody can log in with it, its sessions end at once, and others do not see
/// it. Nothing is deleted.
#[utoipa::path(
    operation_id = "disable_user",
    tag = TAG,
    params(("id" = UserId, Path, description = "The account.")),
    responses(
        (status = 204, description = "It is closed."),
        (status = 404, description = "No such account.", body = wing_kit::problem::ProblemBody,
         content_type = "application/problem+json"),
        (status = 409, description = "One's own account.", body = wing_kit::problem::ProblemBody,
         content_type = "application/problem+json"),
    ),
    security(("bearer" = [])),
)]
#[post("/api/v1/users/{id}/disable")]
pub async fn disable_user(
    users: web::Data<Users>,
    viewer: Viewer,
    id: web::Path<UserId>,
) -> Result<HttpResponse, Error> {
    users.disable(&viewer, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Open a closed account again (admins).
#[utoipa::path(
    operation_id = "enable_user",
    tag = TAG,
    params(("id" = UserId, Path, description = "The account.")),
    responses(
        (status = 204, description = "It is open."),
        (status = 404, description = "No such account.", body = wing_kit::problem::ProblemBody,
         content_type = "application/problem+json"),
    ),
    security(("bearer" = [])),
)]
#[post("/api/v1/users/{id}/enable")]
pub async fn enable_user(
    users: web::Data<Users>,
    viewer: Viewer,
    id: web::Path<UserId>,
) -> Result<HttpResponse, Error> {
    users.enable(&viewer, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}
