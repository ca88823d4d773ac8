//! The HTML of accounts: signing up and in, one's own page and settings, and
//! the way back in when an access token has expired.

mod auth;
mod forms;
mod log_in;
mod me;
mod settings;
mod sign_up;

use actix_web::cookie::Cookie;
use actix_web::{HttpResponse, web};
use wing_ui::see_other;

/// Mounts the pages; the service itself is app data.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/signup")
                .route(web::get().to(sign_up::show))
                .route(web::post().to(sign_up::submit)),
        )
        .service(
            web::resource("/login")
                .route(web::get().to(log_in::show))
                .route(web::post().to(log_in::submit)),
        )
        .route("/auth/logout", web::post().to(auth::log_out))
        .service(
            web::resource("/auth/refresh")
                .route(web::get().to(auth::renew))
                .route(web::head().to(auth::renew))
                .route(web::post().to(auth::renew)),
        )
        .route("/me", web::get().to(me::show))
        .route("/me/settings", web::get().to(settings::show))
        .route("/me/settings/profile", web::post().to(settings::profile))
        .route(
            "/me/settings/picture",
            web::post().to(settings::set_picture),
        )
        .route(
            "/me/settings/picture/remove",
            web::post().to(settings::remove_picture),
        )
        .route("/me/settings/password", web::post().to(settings::password))
        .route("/me/settings/musician", web::post().to(settings::musician))
        .route(
            "/me/settings/sessions/{id}/end",
            web::post().to(settings::end_session),
        )
        .route("/me/settings/delete", web::post().to(settings::delete));
    // A form that came back with a mistake stands where it was sent to, which
    // may be loaded again or returned to.
    for form in ["profile", "picture", "password", "delete"] {
        let path = format!("/me/settings/{form}");
        config.route(&path, web::get().to(|| async { see_other("/me/settings") }));
    }
}

/// The answer with these cookies set.
fn with_cookies<'c>(
    mut response: HttpResponse,
    cookies: impl IntoIterator<Item = Cookie<'c>>,
) -> HttpResponse {
    for cookie in cookies {
        if let Err(error) = response.add_cookie(&cookie) {
            tracing::error!(%error, "a cookie could not be written");
        }
    }
    response
}
