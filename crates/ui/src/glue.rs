//! Between kit, which knows the request, and the layout, which shows it.

use actix_web::{HttpRequest, HttpResponse};
use wing_kit::Problem;
use wing_kit::auth::CsrfToken;

use crate::{Page, Role, Viewer, error_page};

impl From<wing_kit::auth::Viewer> for Viewer {
    fn from(viewer: wing_kit::auth::Viewer) -> Self {
        Self {
            id: viewer.id.to_string(),
            role: if viewer.is_admin() {
                Role::Admin
            } else if viewer.role.makes_music() {
                Role::Musician
            } else {
                Role::Fan
            },
            name: viewer.name,
            picture_url: viewer.picture,
        }
    }
}

impl Page {
    /// A page for this request with who reads it and their CSRF token filled in.
    pub fn of(req: &HttpRequest, title: impl Into<String>) -> Self {
        let viewer = wing_kit::auth::Viewer::of(req);
        Self::new(req, title)
            .viewer(viewer.map(Into::into))
            .csrf(CsrfToken::of(req).masked())
    }
}

/// A refusal as a page in the reader's language, with the problem's status and
/// what its headers say.
pub fn problem_page(req: &HttpRequest, problem: &Problem) -> HttpResponse {
    use actix_web::ResponseError as _;
    let mut page = error_page(&Page::of(req, ""), problem.status(), None);
    let plain = problem.error_response();
    for (name, value) in plain.headers() {
        if name != actix_web::http::header::CONTENT_TYPE {
            page.headers_mut().insert(name.clone(), value.clone());
        }
    }
    page
}
