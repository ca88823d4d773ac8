//! `/api/v1/plays`

use actix_web::http::header;
use actix_web::{HttpRequest, Responder, post, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use wing_contracts::TrackId;
use wing_kit::auth::Viewer;
use wing_kit::http::ClientAddress;

use crate::error::Error;
use crate::service::Music;

pub(super) fn configure(services: &mut ServiceConfig<'_>) {
    services.service(record_play);
}

/// A track was listened to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RecordPlay {
    /// The track.
    track_id: TrackId,
    /// Seconds heard; when left away, the play is not counted.
    #[schema(example = 42)]
    seconds_listened: Option<i64>,
}

/// What the report was worth.
#[derive(Debug, Serialize, ToSchema)]
struct PlayView {
    /// Whether it was counted: 30 seconds or half of the track were heard by somebody
    /// else than its artist, this listener was not counted within the track's own length
    /// before, and, without an account, their network not too often in this hour.
    counted: bool,
    /// The plays the track has.
    play_count: i64,
}

/// Report that a track was listened to
#[utoipa::path(tag = "music", request_body = RecordPlay, responses((status = 200, body = PlayView), (status = 404, description = "There is no such track.")))]
#[post("/api/v1/plays")]
async fn record_play(
    music: web::Data<Music>,
    req: HttpRequest,
    body: web::Json<RecordPlay>,
) -> Result<impl Responder, Error> {
    let agent = req
        .headers()
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok());
    let play = music
        .record_play(
            Viewer::of(&req).as_ref(),
            ClientAddress::of(&req),
            agent.unwrap_or_default(),
            body.track_id,
            body.seconds_listened,
        )
        .await?;
    Ok(web::Json(PlayView {
        counted: play.counted,
        play_count: play.play_count,
    }))
}
