//! The page that says what went wrong and where to go on.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use crate::{Page, render_status};

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    page: &'a Page,
    status: u16,
    title: String,
    text: String,
    log_in: bool,
}

/// A designed error page in the reader's language. `text` replaces the standard
/// sentence for the status; it must not reveal internals.
pub fn error_page(page: &Page, status: StatusCode, text: Option<String>) -> HttpResponse {
    let kind = match status.as_u16() {
        401 => "401",
        403 => "403",
        404 | 410 => "404",
        413 => "413",
        429 => "429",
        503 => "503",
        400..500 => "400",
        _ => "500",
    };
    let title: String = page.t(format!("error.{kind}.title")).into();
    let text = text.unwrap_or_else(|| page.t(format!("error.{kind}.text")).into());
    let mut page = page.clone();
    page.title.clone_from(&title);
    page.canonical = None;
    page.meta = crate::Meta {
        noindex: true,
        ..Default::default()
    };
    let log_in = status == StatusCode::UNAUTHORIZED && page.viewer.is_none();
    render_status(
        status,
        &ErrorPage {
            page: &page,
            status: status.as_u16(),
            title,
            text,
            log_in,
        },
    )
}
