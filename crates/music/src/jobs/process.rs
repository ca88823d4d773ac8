//! A new track's file, from upload to stream: stored, measured, transcoded, and
//! only then, in one transaction, made the track's.
//!
//! Every step can be repeated: originals are named by their content, unfinished
//! files lie in the process' own [`workshop`](crate::service::workshop), and nothing points to
//! anything before it is whole.

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use wing_audio::AudioError;
use wing_kit::db::DbError;
use wing_kit::jobs::{Handler, Job, JobError};
use wing_kit::media::MediaError;

use super::steps;
use crate::error::Error;
use crate::service::Music;
use crate::service::create_track::{KIND, Order};
use crate::service::processing::Ready;

/// With the runner's pauses, about four minutes for a full disk to be emptied.
const ATTEMPTS: i32 = 8;

/// Does the jobs of this kind.
pub struct ProcessTrack {
    music: Music,
}

impl ProcessTrack {
    /// Works for this service.
    pub fn new(music: Music) -> Self {
        Self { music }
    }
}

/// Why an attempt did not come to its end.
#[derive(Debug)]
pub(crate) struct Trouble {
    /// Stable; a key of the translations.
    pub code: &'static str,
    /// In English words, for callers of the API.
    pub words: String,
    /// Whether it may work another time.
    pub again: bool,
    /// More, for the log alone.
    pub inside: Option<String>,
}

impl Trouble {
    /// A fault of the machine, worth another attempt.
    pub(crate) fn passing(code: &'static str, words: &str, inside: impl std::fmt::Display) -> Self {
        Self {
            code,
            words: words.into(),
            again: true,
            inside: Some(inside.to_string()),
        }
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        match error {
            Error::Media(error) => error.into(),
            other => Self::passing(
                "unavailable",
                "a part of the server is not available",
                other,
            ),
        }
    }
}

impl From<MediaError> for Trouble {
    fn from(error: MediaError) -> Self {
        match error {
            MediaError::Full => Self::passing(
                "storage_full",
                "the server has no room left for files",
                error,
            ),
            MediaError::Away(_) => Self::passing(
                "unavailable",
                "a part of the server is not available",
                error,
            ),
            MediaError::Missing | MediaError::Failed(_) => {
                Self::passing("io", "a file could not be read or stored", error)
            }
        }
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        MediaError::from(error).into()
    }
}

impl From<AudioError> for Trouble {
    fn from(error: AudioError) -> Self {
        match error {
            AudioError::Io(error) => error.into(),
            AudioError::TranscoderFailed { log } if log.contains("No space left on device") => {
                MediaError::Full.into()
            }
            AudioError::TranscoderFailed { log } => Self::passing(
                "transcoder_failed",
                "the streaming files could not be made",
                log,
            ),
            error => Self {
                code: error.code(),
                words: error.to_string(),
                // A missing decoder does not come by waiting.
                again: error.is_transient() && !matches!(error, AudioError::DecoderMissing(_)),
                inside: None,
            },
        }
    }
}

#[async_trait]
impl Handler for ProcessTrack {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn concurrency(&self) -> usize {
        self.music.config.processing.max(1)
    }

    fn attempts(&self) -> i32 {
        ATTEMPTS
    }

    async fn run(&self, job: &Job, stop: &CancellationToken) -> Result<(), JobError> {
        let order: Order = job
            .payload()
            .map_err(|error| JobError::Fatal(format!("internal: {error}")))?;
        let track = order.track_id;
        let Err(trouble) = self.process(order, job.attempt, stop).await else {
            return Ok(());
        };
        if let Some(inside) = &trouble.inside {
            tracing::warn!(%track, code = trouble.code, inside, "processing");
        }
        let reason = format!("{}: {}", trouble.code, trouble.words);
        if !trouble.again {
            return Err(JobError::Fatal(reason));
        }
        if !stop.is_cancelled()
            && let Err(error) = self
                .music
                .note_trouble(track, trouble.code, &trouble.words)
                .await
        {
            tracing::debug!(%error, "the trouble is not shown");
        }
        Err(JobError::Retry(reason))
    }

    async fn given_up(&self, job: &Job, reason: &str) -> Result<(), DbError> {
        let Ok(order) = job.payload::<Order>() else {
            return Ok(());
        };
        let (code, words) = reason
            .split_once(": ")
            .filter(|(code, _)| code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
            .unwrap_or(("internal", "processing did not come to an end"));
        self.music.fail_track(order.track_id, code, words).await
    }
}

impl ProcessTrack {
    pub(super) async fn process(
        &self,
        order: Order,
        attempt: i32,
        stop: &CancellationToken,
    ) -> Result<(), Trouble> {
        let Some((state, file)) = self.music.file_to_process(order.track_id).await? else {
            return Ok(());
        };
        let bench = steps::Bench::new(&self.music, state, stop);
        let original = steps::store(&bench, &file).await?;
        let measured = steps::analyse(&bench, &original).await?;
        let mut warnings: Vec<&'static str> = measured
            .analysis
            .warnings
            .iter()
            .map(|warning| warning.code())
            .collect();
        let mut renditions = vec![original.rendition(&measured.analysis)];
        match self.music.ffmpeg().await {
            None => warnings.push("no_transcoder"),
            Some(ffmpeg) => {
                match steps::transcode(&bench, ffmpeg, &original, &measured.analysis).await {
                    Ok(made) => renditions.extend(made),
                    // The original is sound and can be heard: rather that than nothing.
                    Err(trouble)
                        if matches!(trouble.code, "transcoder_failed" | "timed_out")
                            && attempt >= 3 =>
                    {
                        warnings.push("transcoder_failed");
                    }
                    Err(trouble) => return Err(trouble),
                }
            }
        }
        bench.step("finishing", None).await?;
        loop {
            let cover = steps::cover(&bench, measured.tags.cover.as_ref()).await?;
            let mut warnings = warnings.clone();
            if cover.is_none() && measured.tags.cover.is_some() {
                warnings.push("cover_unusable");
            }
            let ready = Ready {
                found: measured.found(&warnings),
                duration_ms: i64::try_from(measured.analysis.duration_ms).unwrap_or(i64::MAX),
                tags: measured.tags.clone(),
                cover,
                renditions: renditions.clone(),
            };
            // Else its cover was cleared away meanwhile, and is stored anew.
            if self.music.finish_processing(&order, ready).await? {
                return Ok(());
            }
        }
    }
}
