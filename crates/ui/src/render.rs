//! From a template to an answer.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use askama::Template;

/// The page as `200 text/html; charset=utf-8`.
pub fn render(template: &impl Template) -> HttpResponse {
    render_status(StatusCode::OK, template)
}

/// The page with another status, such as 422 for a form that comes back with
/// errors (Turbo shows a form's answer only when it is a redirect or an error).
///
/// Askama checks templates when they are compiled; what can still fail is a
/// `Display` of a value in it, which answers 500 without details.
pub fn render_status(status: StatusCode, template: &impl Template) -> HttpResponse {
    match template.render() {
        Ok(html) => HttpResponse::build(status)
            .content_type(ContentType::html())
            .body(html),
        Err(_) => HttpResponse::InternalServerError()
            .content_type(ContentType::plaintext())
            .body("500"),
    }
}
