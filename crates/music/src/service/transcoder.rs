//! The program that makes the streaming forms, looked for once.

use std::path::Path;
use std::time::Duration;

use tokio::sync::OnceCell;
use wing_audio::Ffmpeg;
use wing_kit::Config;

use super::Music;
use super::workshop::at_low_priority;

/// What a page waits at most.
const GLANCE: Duration = Duration::from_millis(200);

/// Whether there is one is not known before somebody asked: its first run may
/// wait for the disk for seconds, and nobody who listens needs it.
#[derive(Default)]
pub struct Transcoder(OnceCell<Option<Ffmpeg>>);

impl Music {
    /// The transcoder that the configuration names or the `PATH` has; none when
    /// it is off, missing or broken.
    pub(crate) async fn ffmpeg(&self) -> Option<&Ffmpeg> {
        let found = self.transcoder.0.get_or_init(|| async {
            let config = self.config.clone();
            let found = at_low_priority(move || find(&config)).await;
            found.unwrap_or_else(|| {
                tracing::error!("looking for ffmpeg failed: a panic, or no thread");
                None
            })
        });
        found.await.as_ref()
    }

    /// Whether listeners get originals for want of a transcoder. While that is
    /// not known, a page does not wait for it.
    pub(crate) async fn streams_originals(&self) -> bool {
        let found = tokio::time::timeout(GLANCE, self.ffmpeg()).await;
        found.is_ok_and(|found| found.is_none())
    }
}

fn find(config: &Config) -> Option<Ffmpeg> {
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
