//! The two choices a reader makes without an account: language and colours.
//! Links that set a cookie and go back; they work without scripts.

use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

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
    HttpResponse::SeeOther()
        .insert_header((LOCATION, local_path(back.next.as_deref())))
        .insert_header(("cache-control", "no-store"))
        .cookie(cookie)
        .finish()
}

/// `next` if it is a path on this site, else `/`. `//host` and `/\host` are other
/// sites to a browser, which also drops tabs and line breaks before it looks.
pub fn local_path(next: Option<&str>) -> &str {
    match next {
        Some(path)
            if path.starts_with('/')
                && !path.starts_with("//")
                && !path.contains('\\')
                && !path.chars().any(char::is_control) =>
        {
            path
        }
        _ => "/",
    }
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn goes_back_only_within_the_site() {
        assert_eq!(local_path(Some("/tracks/새벽?x=1")), "/tracks/새벽?x=1");
        for elsewhere in [
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "evil",
            "",
            "/\t/evil",
            "/a\r\nb",
        ] {
            assert_eq!(local_path(Some(elsewhere)), "/", "{elsewhere:?}");
        }
        assert_eq!(local_path(None), "/");
    }
}
