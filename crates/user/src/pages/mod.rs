//! The HTML of accounts: signing up and in, one's own page and settings, and
//! the way back in when an access token has expired.
mod auth;
mod forms;
mod log_in;
mod me;
mod settings;
mod sign_up;

use actix_web::web;
use wing_ui::form;

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
    form::lead_back(
        config,
        &[
            "/me/settings/profile",
            "/me/settings/picture",
            "/me/settings/password",
            "/me/settings/delete",
        ],
    );
}
