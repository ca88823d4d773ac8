//! The JSON API of accounts.

mod account;
mod admin;
pub(crate) mod dto;
pub(crate) mod input;
mod internal;
mod keys;
mod picture;
mod profiles;
mod sessions;
mod users;

use actix_web::web;
use utoipa_actix_web::service_config::ServiceConfig;
use wing_kit::images;

use crate::{SPACE, Users};

/// The tag of this domain in the OpenAPI document.
pub(crate) const TAG: &str = "user";

/// Mounts the endpoints and the pictures.
pub fn configure(services: &mut ServiceConfig<'_>, users: &Users) {
    services.app_data(web::Data::new(users.clone()));
    configure_api(services);
    services.map(|plain| {
        plain
            .service(internal::summaries)
            .service(internal::revocations)
            .service(internal::keys)
            .configure(images::configure(SPACE, users.media().clone()))
    });
}

/// Mounts the documented endpoints; the service itself is app data.
pub fn configure_api(services: &mut ServiceConfig<'_>) {
    services
        .service(users::sign_up)
        .service(account::get_me)
        .service(account::change_me)
        .service(account::delete_me)
        .service(picture::set_picture)
        .service(picture::remove_picture)
        .service(profiles::list_profiles)
        .service(profiles::get_profile)
        .service(admin::disable_user)
        .service(admin::enable_user)
        .service(sessions::log_in)
        .service(sessions::refresh)
        .service(sessions::list_sessions)
        .service(sessions::log_out)
        .service(sessions::end_session)
        .service(keys::get_jwks);
}
