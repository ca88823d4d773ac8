use actix_web::{HttpResponse, delete, put, web};
use wing_kit::auth::Viewer;
use wing_kit::http::input::Picture;

use super::TAG;
use super::account::{changed_view, private};
use super::dto::ChangedView;
use crate::{Error, Users};

/// Set one's picture.
///
/// The body is the picture itself: JPEG, PNG, WebP or GIF, judged by its
/// content. It is cut square; nothing of its metadata is kept.
#[utoipa::path(
    operation_id = "set_picture",
    tag = TAG,
    request_body(content = inline(Vec<u8>), content_type = "application/octet-stream",
        description = "At most 20 MB and 50 megapixels."),
    responses(
        (status = 200, description = "The account with its new picture.", body = ChangedView),
        (status = 413, description = "Too large.", body = wing_kit::problem::ProblemBody,
         content_type = "application/problem+json"),
        (status = 415, description = "Not a picture.", body = wing_kit::problem::ProblemBody,
         content_type = "application/problem+json"),
        (status = 422, description = "A damaged picture.", body = wing_kit::problem::ProblemBody,
         content_type = "application/problem+json"),
    ),
    security(("bearer" = [])),
)]
#[put("/api/v1/users/me/picture")]
pub async fn set_picture(
    users: web::Data<Users>,
    viewer: Viewer,
    picture: Picture,
) -> Result<HttpResponse, Error> {
    let changed = users.set_picture(&viewer, picture.0).await?;
    Ok(private(changed_view(&users, changed)))
}

/// Remove one's picture.
#[utoipa::path(
    operation_id = "remove_picture",
    tag = TAG,
    responses((status = 200, description = "The account without a picture.", body = ChangedView)),
    security(("bearer" = [])),
)]
#[delete("/api/v1/users/me/picture")]
pub async fn remove_picture(
    users: web::Data<Users>,
    viewer: Viewer,
) -> Result<HttpResponse, Error> {
    let changed = users.remove_picture(&viewer).await?;
    Ok(private(changed_view(&users, changed)))
}
