use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use wing_contracts::SessionId;
use wing_kit::auth::Viewer;
use wing_kit::http::ClientAddress;

use super::account::private;
use super::dto::{Items, LogInBody, RefreshBody, SessionView, TokensView};
use super::{TAG, input};
use crate::Users;
use crate::error::Error;

/// Log in.
///
/// An unknown address and a wrong password get the same answer. Wrong passwords are
/// limited. Whoever guesses elsewhere locks no program out that sends the
/// `device_token` of its last log-in as `Wing-Device`.
#[utoipa::path(
    operation_id = "log_in",
    tag = TAG,
    params(("Wing-Device" = Option<String>, Header, description = "The `device_token` of an earlier log-in.")),
    request_body = LogInBody,
    responses(
        (status = 200, description = "Tokens of a new session.", body = TokensView),
        (status = 401, description = "Address and password do not belong together.",
         body = wing_kit::problem::ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/api/v1/sessions")]
pub async fn log_in(
    users: web::Data<Users>,
    req: HttpRequest,
    body: web::Json<LogInBody>,
) -> Result<HttpResponse, Error> {
    let from = ClientAddress::of(&req);
    let logged_in = users
        .log_in(
            &body.email,
            &body.password,
            input::device(&req),
            input::known_device(&req),
            from,
        )
        .await?;
    Ok(private(TokensView::of(logged_in, users.access_seconds())))
}

/// Renew the tokens of a session.
///
/// A refresh token is good once. One that was used before ends its session:
/// somebody else may have it. Within 30 seconds a second use is taken for a
/// second window of the same person.
#[utoipa::path(
    operation_id = "refresh",
    tag = TAG,
    request_body = RefreshBody,
    responses(
        (status = 200, description = "New tokens of the same session.", body = TokensView),
        (status = 401, description = "Not a good token (any more).",
         body = wing_kit::problem::ProblemBody, content_type = "application/problem+json"),
    ),
)]
#[post("/api/v1/sessions/refresh")]
pub async fn refresh(
    users: web::Data<Users>,
    body: web::Json<RefreshBody>,
) -> Result<HttpResponse, Error> {
    let logged_in = users.refresh(&body.refresh_token).await?;
    Ok(private(TokensView::of(logged_in, users.access_seconds())))
}

/// One's own sessions, last used first.
#[utoipa::path(
    operation_id = "list_sessions",
    tag = TAG,
    responses((status = 200, description = "Those that are good.", body = Items<SessionView>)),
    security(("bearer" = [])),
)]
#[get("/api/v1/sessions")]
pub async fn list_sessions(users: web::Data<Users>, viewer: Viewer) -> Result<HttpResponse, Error> {
    let sessions = users.list_sessions(&viewer).await?;
    let items = sessions
        .iter()
        .map(|session| SessionView::new(session, &viewer))
        .collect();
    Ok(private(Items { items }))
}

/// Log out: end the session of this request.
#[utoipa::path(
    operation_id = "log_out",
    tag = TAG,
    responses((status = 204, description = "Its tokens are void.")),
    security(("bearer" = [])),
)]
#[delete("/api/v1/sessions/current")]
pub async fn log_out(users: web::Data<Users>, viewer: Viewer) -> Result<HttpResponse, Error> {
    users.log_out(&viewer).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// End one of one's own sessions.
#[utoipa::path(
    operation_id = "end_session",
    tag = TAG,
    params(("id" = SessionId, Path, description = "The session.")),
    responses(
        (status = 204, description = "Its tokens are void."),
        (status = 404, description = "No such session of yours.",
         body = wing_kit::problem::ProblemBody, content_type = "application/problem+json"),
    ),
    security(("bearer" = [])),
)]
#[delete("/api/v1/sessions/{id}")]
pub async fn end_session(
    users: web::Data<Users>,
    viewer: Viewer,
    id: web::Path<SessionId>,
) -> Result<HttpResponse, Error> {
    users.end_session(&viewer, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}
