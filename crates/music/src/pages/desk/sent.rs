//! Where forms are sent to, asked for as pages: a form that came back with a
//! mistake stands at such an address, which may be loaded again or returned to.

use actix_web::{HttpRequest, web};
use wing_ui::see_other;

/// The address of a form, and what of it is no page.
const FORMS: [(&str, &str); 5] = [
    ("/desk/albums/{id}/order", "/order"),
    ("/desk/albums/{id}/cover", "/cover"),
    ("/desk/tracks/{id}/cover", "/cover"),
    ("/desk/artists/{id}/portrait", "/portrait"),
    ("/desk/artists/{id}/upload", "/upload"),
];

pub(super) fn configure(config: &mut web::ServiceConfig) {
    for (path, form) in FORMS {
        let to_page = move |req: HttpRequest| async move {
            let page = req.path().strip_suffix(form).unwrap_or("/desk");
            see_other(page)
        };
        config.route(path, web::get().to(to_page));
    }
}
