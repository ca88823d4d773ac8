//! What happens after a commit: files processed, desks updated, the old cleared
//! away.

pub mod desk;
pub mod process;
pub mod purge;
mod steps;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use wing_kit::http::Background;
use wing_kit::jobs::Handler;
use wing_kit::media::shared::SweepJob;

use crate::service::Music;

/// The jobs of this domain, for the runner of its database.
pub fn handlers(music: &Music) -> Vec<Arc<dyn Handler>> {
    vec![
        Arc::new(process::ProcessTrack::new(music.clone())),
        Arc::new(purge::Purge(music.clone())),
        Arc::new(SweepJob::new("sweep_music_files", purge::sweep(music))),
    ]
}

/// What goes on beside requests and jobs, until `stop` is cancelled.
pub fn background(music: &Music, stop: &CancellationToken) -> Vec<Background> {
    let (transcoder, stopped) = (music.clone(), stop.clone());
    vec![
        Box::pin(async move {
            stopped.run_until_cancelled(transcoder.ffmpeg()).await;
        }),
        Box::pin(desk::watch(music.clone(), stop.clone())),
    ]
}
