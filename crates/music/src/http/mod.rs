//! The JSON API of music, one noun a file.

mod accept;
pub mod albums;
pub mod artists;
pub mod create_track;
pub mod dto;
pub mod genres;
mod kept_sound;
pub mod likes;
pub mod plays;
pub mod search;
pub mod stream;
pub mod tracks;
pub mod tus;
pub mod uploads;

use utoipa_actix_web::service_config::ServiceConfig;

/// Mounts the documented endpoints; the service itself is app data.
pub fn configure(services: &mut ServiceConfig<'_>) {
    // A request is held against the routes one by one, so the busiest come first.
    stream::configure(services);
    tracks::configure(services);
    search::configure(services);
    artists::configure(services);
    albums::configure(services);
    genres::configure(services);
    uploads::configure(services);
    create_track::configure(services);
    likes::configure(services);
    plays::configure(services);
}
