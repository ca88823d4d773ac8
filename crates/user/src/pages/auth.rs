//! Logging out, and renewing an expired access token on the way to a page.

use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _, web};
use futures_util::StreamExt as _;
use serde::Deserialize;
use wing_kit::auth::Viewer;
use wing_kit::auth::cookies::{self, with_cookies};
use wing_kit::http::links::see_other;
use wing_ui::form::Typed;

use super::forms::next_or;
use crate::{Error, Users};

#[derive(Default, Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
}

/// The most of a form's body that is read past on its way through here.
const MAX_DRAINED: usize = 32 * 1024 * 1024;

/// `POST /auth/logout`: works with an expired access token, too.
pub async fn log_out(
    users: web::Data<Users>,
    req: HttpRequest,
    _: Typed,
) -> Result<HttpResponse, Error> {
    match (Viewer::of(&req), cookies::read(&req, cookies::REFRESH)) {
        (Some(viewer), _) => users.log_out(&viewer).await?,
        (None, Some(cookie)) => users.log_out_by_refresh(&cookie).await?,
        (None, None) => {}
    }
    Ok(with_cookies(
        see_other("/"),
        cookies::cleared(users.config()),
    ))
}

/// `/auth/refresh?next=`: renews the cookies and goes on; a form sent with POST
/// goes on with its body (307). Who cannot be renewed goes on as nobody. A
/// script, which asks for JSON, gets 204 or the problem.
pub async fn renew(
    users: web::Data<Users>,
    req: HttpRequest,
    next: web::Query<Next>,
    body: web::Payload,
) -> Result<HttpResponse, Error> {
    drain(body).await;
    let renewed = match cookies::read(&req, cookies::REFRESH) {
        Some(cookie) => users.refresh(&cookie).await,
        None => Err(Error::RefreshInvalid),
    };
    let for_script = asks_for_json(&req);
    match renewed {
        Ok(logged_in) => {
            let tokens = logged_in.tokens;
            let session = cookies::session(users.config(), tokens.access, tokens.refresh);
            let response = if for_script {
                HttpResponse::NoContent().finish()
            } else {
                on_to(&req, &next.next)
            };
            Ok(with_cookies(response, session))
        }
        Err(error @ (Error::RefreshInvalid | Error::RefreshReused)) => {
            let response = if for_script {
                error.problem().error_response()
            } else {
                on_to(&req, &next.next)
            };
            Ok(with_cookies(response, cookies::cleared(users.config())))
        }
        // Away for a moment is no reason to log anybody out.
        Err(error) => Err(error),
    }
}

fn on_to(req: &HttpRequest, next: &str) -> HttpResponse {
    let next = next_or(next, "/");
    if matches!(*req.method(), Method::GET | Method::HEAD) {
        return see_other(next);
    }
    wing_kit::http::links::redirect(StatusCode::TEMPORARY_REDIRECT, next)
}

fn asks_for_json(req: &HttpRequest) -> bool {
    req.headers()
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("application/json") && !accept.contains("text/html"))
}

/// Reads a body to its end: answering earlier would look to the browser like a
/// broken connection.
async fn drain(mut body: web::Payload) {
    let mut read = 0;
    while let Some(Ok(chunk)) = body.next().await {
        read += chunk.len();
        if read > MAX_DRAINED {
            return;
        }
    }
}
