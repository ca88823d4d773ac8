use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, web};
use wing_kit::auth::Viewer;

use super::dto::{AccountView, ChangeBody, ChangedView, DeleteBody};
use super::{TAG, input};
use crate::Users;
use crate::error::Error;
use crate::model::GivenPassword;
use crate::service::Changed;

/// One's own account.
#[utoipa::path(
    operation_id = "get_me",
    tag = TAG,
    responses((status = 200, description = "The account.", body = AccountView)),
    security(("bearer" = [])),
)]
#[get("/api/v1/users/me")]
pub async fn get_me(users: web::Data<Users>, viewer: Viewer) -> Result<HttpResponse, Error> {
    let user = users.me(&viewer).await?;
    Ok(private(AccountView::from(&user)))
}

/// Change one's account.
///
/// A new password ends every session at once, this one too; the answer then
/// carries the tokens of a new one. Another name or role comes with an access
/// token that says so and expires when the one in hand does.
#[utoipa::path(
    operation_id = "change_me",
    tag = TAG,
    request_body(content = ChangeBody, example = json!({"display_name": "Night Listener"})),
    responses(
        (status = 200, description = "The account as it is now.", body = ChangedView),
        (status = 422, description = "Fields that are not right.", body = wing_kit::problem::ProblemBody,
         content_type = "application/problem+json"),
    ),
    security(("bearer" = [])),
)]
#[patch("/api/v1/users/me")]
pub async fn change_me(
    users: web::Data<Users>,
    req: HttpRequest,
    viewer: Viewer,
    body: web::Json<ChangeBody>,
) -> Result<HttpResponse, Error> {
    let email = users.my_email(&viewer).await?;
    let changes = input::changes(&body, email.as_ref())?;
    let changed = users
        .change_me(&viewer, changes, input::device(&req))
        .await?;
    Ok(private(changed_view(&users, changed)))
}

/// Delete one's account.
///
/// For good, with everything that hangs on it. The password stands in the body,
/// so that a stolen token alone deletes nothing.
#[utoipa::path(
    operation_id = "delete_me",
    tag = TAG,
    request_body = DeleteBody,
    responses(
        (status = 204, description = "It is gone, and so are its sessions."),
        (status = 422, description = "The password is wrong.", body = wing_kit::problem::ProblemBody,
         content_type = "application/problem+json"),
    ),
    security(("bearer" = [])),
)]
#[delete("/api/v1/users/me")]
pub async fn delete_me(
    users: web::Data<Users>,
    viewer: Viewer,
    body: web::Json<DeleteBody>,
) -> Result<HttpResponse, Error> {
    let password = GivenPassword::new(&body.password);
    users.delete_me(&viewer, password, "password").await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The wire form of a change.
pub fn changed_view(users: &Users, changed: Changed) -> ChangedView {
    ChangedView {
        account: AccountView::from(&changed.user),
        access_token: changed.access.clone(),
        expires_in: (changed.access.is_some()).then(|| changed.expires_at - users.now_seconds()),
        refresh_token: changed.refresh,
    }
}

/// An answer that no cache keeps.
pub fn private(body: impl serde::Serialize) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(body)
}
