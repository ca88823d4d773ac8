//! The two choices a reader makes without an account: language and colours.
//! Links that set a cookie and go back; they work without scripts.

use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use wing_kit::auth::cookies::with_cookies;
use wing_kit::http::links::{local_path, see_other};

use crate::{Lang, Theme};

#[derive(Deserialize)]
pub(crate) struct Next {
    next: Option<String>,
}

pub(crate) async fn set_lang(
    req: HttpRequest,
    code: web::Path<String>,
    back: web::Query<Next>,
) -> HttpResponse {
    match Lang::parse(&code) {
        Some(lang) => keep(&req, Lang::COOKIE, lang.code(), &back),
        None => HttpResponse::NotFound().finish(),
    }
}

pub(crate) async fn set_theme(
    req: HttpRequest,
    code: web::Path<String>,
    back: web::Query<Next>,
) -> HttpResponse {
    match Theme::parse(&code) {
        Some(theme) => keep(&req, Theme::COOKIE, theme.code(), &back),
        None => HttpResponse::NotFound().finish(),
    }
}

fn keep(req: &HttpRequest, name: &'static str, value: &'static str, back: &Next) -> HttpResponse {
    let cookie = Cookie::build(name, value)
        .path("/")
        .max_age(Duration::days(365))
        .same_site(SameSite::Lax)
        .secure(req.connection_info().scheme() == "https")
        .finish();
    let back = local_path(back.next.as_deref().unwrap_or_default());
    with_cookies(see_other(back), [cookie])
}
