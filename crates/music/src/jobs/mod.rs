//! What happens after a commit: files processed, desks told, the old cleared
//! away.

pub mod desk;
pub mod process;
pub mod purge;
mod steps;
#[cfg(test)]
mod tests;
pub mod workshop;

use std::path::Path;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use wing_audio::Ffmpeg;
use wing_kit::Config;
use wing_kit::http::Background;
use wing_kit::jobs::Handler;

use crate::service::Music;

/// The transcoder that the configuration names or the `PATH` has; none when it
/// is off, missing or broken.
pub fn find_ffmpeg(config: &Config) -> Option<Ffmpeg> {
    let found = match config.ffmpeg.as_str() {
        "off" => return None,
        "" => Ffmpeg::find(None),
        path => Ffmpeg::find(Some(Path::new(path))),
    };
    match &found {
        Some(ffmpeg) => tracing::info!(
            version = ffmpeg.version(),
            "ffmpeg makes the streaming files"
        ),
        None => tracing::warn!("there is no ffmpeg: originals are streamed as they are"),
    }
    found
}

/// The jobs of this domain, for the runner of its database.
pub fn handlers(music: &Music) -> Vec<Arc<dyn Handler>> {
    vec![Arc::new(process::ProcessTrack::new(music.clone()))]
}

/// What goes on beside requests and jobs, until `stop` is cancelled.
pub fn background(music: &Music, stop: &CancellationToken) -> Vec<Background> {
    vec![
        Box::pin(desk::watch(music.clone(), stop.clone())),
        Box::pin(purge::run(music.clone(), stop.clone())),
    ]
}
