use actix_web::{HttpRequest, HttpResponse, post, web};
use wing_kit::http::ClientAddress;

use super::dto::{SignUpBody, SignedUpView};
use super::{TAG, input};
use crate::Users;
use crate::error::Error;

/// Sign up.
///
/// Answers the same whether or not the address has an account already; if it
/// has, nothing changes. Log in next: `/api/v1/users/me` then has the account's id.
#[utoipa::path(
    operation_id = "sign_up",
    tag = TAG,
    request_body = SignUpBody,
    responses(
        (status = 201, description = "What was asked for; log in to use it.", body = SignedUpView),
        (status = 422, description = "Fields that are not right.", body = wing_kit::problem::ProblemBody,
         content_type = "application/problem+json"),
    ),
)]
#[post("/api/v1/users")]
pub async fn sign_up(
    users: web::Data<Users>,
    req: HttpRequest,
    body: web::Json<SignUpBody>,
) -> Result<HttpResponse, Error> {
    let user = users
        .sign_up(input::sign_up(&body)?, ClientAddress::of(&req))
        .await?;
    Ok(HttpResponse::Created().json(SignedUpView::from(&user)))
}
