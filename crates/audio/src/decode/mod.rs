//! [`analyse`]: one pass over the whole file, in bounded memory, that measures everything the
//! product needs to know and finds out whether the file is sound.

mod meter;
mod pcm_pipe;
mod session;
mod stream;
mod true_peak;
mod waveform;

use std::fs::File;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::recognise::{Source, Survey, survey};
use crate::{AudioError, Codec, Ffmpeg, Format};
use session::Session;
use stream::Failure;

pub use waveform::WAVEFORM_BUCKETS;

/// What is accepted. [`Default`] is what the product accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest accepted audio. Decoding stops as soon as more comes out, whatever headers say.
    /// Default: 3 hours.
    pub max_duration: Duration,
    /// Most channels accepted. Default: 8.
    pub max_channels: u32,
    /// Lowest sample rate accepted, in Hz. Default: 8000.
    pub min_rate: u32,
    /// Highest sample rate accepted, in Hz. Default: 192000.
    pub max_rate: u32,
    /// Longest time an ffmpeg process may take. Default: 15 minutes.
    pub max_process_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_duration: Duration::from_secs(3 * 3600),
            max_channels: 8,
            min_rate: 8_000,
            max_rate: 192_000,
            max_process_time: Duration::from_secs(15 * 60),
        }
    }
}

/// Which decoder gave the samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodedBy {
    /// The decoders inside this program.
    Symphonia,
    /// An ffmpeg process.
    Ffmpeg,
}

/// Something odd that was forgiven. The musician sees it; the file is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Warning {
    /// A few frames are damaged; there may be a click.
    DamagedFrames,
    /// Bytes behind the audio are neither audio nor a known tag.
    TrailingJunk,
    /// The last sample of some channels is missing.
    ShortLastFrame,
}

impl Warning {
    /// A stable snake_case code, for translation keys.
    pub fn code(self) -> &'static str {
        match self {
            Warning::DamagedFrames => "damaged_frames",
            Warning::TrailingJunk => "trailing_junk",
            Warning::ShortLastFrame => "short_last_frame",
        }
    }
}

/// What [`analyse`] found out about a sound file.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    /// What the file is.
    pub format: Format,
    /// Duration in milliseconds, counted from the samples that came out of the decoder.
    pub duration_ms: u64,
    /// Samples per second and channel, in Hz.
    pub sample_rate: u32,
    /// Number of channels.
    pub channels: u32,
    /// Bits per sample of a lossless file; `None` for lossy codecs, which have no such thing.
    pub bit_depth: Option<u32>,
    /// Average bits per second of the audio, tags not counted.
    pub bitrate: u64,
    /// Integrated loudness in LUFS (EBU R 128, ITU-R BS.1770-4 with gating); `None` for silence
    /// and for less than 400 ms.
    pub loudness_lufs: Option<f64>,
    /// Highest true peak of all channels in dBTP (BS.1770-4 Annex 2); `None` for silence.
    pub true_peak_dbtp: Option<f64>,
    /// [`WAVEFORM_BUCKETS`] equal stretches of the file, each the highest absolute sample of any
    /// channel, 0 for silence to 255 for full scale.
    pub waveform: Vec<u8>,
    /// Which decoder was used.
    pub decoded_by: DecodedBy,
    /// What was odd.
    pub warnings: Vec<Warning>,
}

/// Decodes the whole file at `path` and measures it.
///
/// Memory stays within a few MiB, whatever the file holds. `progress` is called with the fraction
/// done, 0 to 1, rising, at most some hundred times; it stays silent where the length is not known
/// beforehand. Once `cancel` is set the function returns soon. `ffmpeg` decodes what symphonia
/// cannot (Opus, HE-AAC) and gives a second opinion on MP3, AAC and ALAC that symphonia finds
/// damaged. A panic inside a decoder is caught and counts as damage.
///
/// # Errors
/// [`AudioError::Cancelled`], [`AudioError::Io`], and everything that may be wrong with a file:
/// see [`AudioError`].
pub fn analyse(
    path: &Path,
    limits: &Limits,
    ffmpeg: Option<&Ffmpeg>,
    progress: &mut dyn FnMut(f64),
    cancel: &AtomicBool,
) -> Result<Analysis, AudioError> {
    let file = File::open(path)?;
    let survey = survey(&mut Source::new(&file, cancel)?, limits)?;
    check_promises(&survey, limits)?;

    let by_ffmpeg_first = survey.format.codec == Codec::Opus || survey.maybe_sbr;
    if by_ffmpeg_first && let Some(ffmpeg) = ffmpeg {
        let session = Session::new(&survey, limits, progress, cancel);
        return pcm_pipe::decode(path, ffmpeg, session);
    }
    if survey.format.codec == Codec::Opus {
        return Err(AudioError::DecoderMissing("Opus".into()));
    }
    let session = Session::new(&survey, limits, progress, cancel);
    let failure = match stream::decode(file, session) {
        Ok(analysis) => return Ok(analysis),
        Err(failure) => failure,
    };
    let second_opinion = match &failure {
        Failure::Unsupported(_) => true,
        Failure::Audio(AudioError::Corrupt(_)) => {
            matches!(survey.format.codec, Codec::Mp3 | Codec::Aac | Codec::Alac)
        }
        Failure::Audio(_) => false,
    };
    match (ffmpeg, failure) {
        (Some(ffmpeg), failure) if second_opinion => {
            let session = Session::new(&survey, limits, progress, cancel);
            pcm_pipe::decode(path, ffmpeg, session).map_err(|error| match (error, failure) {
                // The first opinion has the better words.
                (AudioError::TranscoderFailed { .. }, Failure::Audio(first)) => first,
                (AudioError::TranscoderFailed { .. }, Failure::Unsupported(what)) => {
                    AudioError::UnsupportedCodec(what)
                }
                (error, _) => error,
            })
        }
        (None, Failure::Unsupported(_)) => {
            Err(AudioError::DecoderMissing(survey.format.name().into()))
        }
        (_, Failure::Unsupported(what)) => Err(AudioError::UnsupportedCodec(what)),
        (_, Failure::Audio(error)) => Err(error),
    }
}

/// Refuses what headers already show to be unacceptable, before any decoding.
fn check_promises(survey: &Survey, limits: &Limits) -> Result<(), AudioError> {
    if let Some(rate) = survey.rate {
        limits.check_rate(rate)?;
        if let Some(frames) = survey.frames
            && frames > limits.max_frames(rate)
        {
            return Err(AudioError::TooLong {
                limit: limits.max_duration,
            });
        }
    }
    match survey.channels {
        Some(channels) => limits.check_channels(channels),
        None => Ok(()),
    }
}

impl Limits {
    fn check_rate(&self, rate: u32) -> Result<(), AudioError> {
        if (self.min_rate..=self.max_rate).contains(&rate) {
            return Ok(());
        }
        Err(AudioError::SampleRate {
            rate,
            min: self.min_rate,
            max: self.max_rate,
        })
    }

    fn check_channels(&self, channels: u32) -> Result<(), AudioError> {
        if channels <= self.max_channels {
            return Ok(());
        }
        Err(AudioError::TooManyChannels {
            channels,
            limit: self.max_channels,
        })
    }

    /// Frames of the longest accepted audio at `rate`.
    fn max_frames(&self, rate: u32) -> u64 {
        let frames = self
            .max_duration
            .as_millis()
            .saturating_mul(u128::from(rate))
            / 1000;
        u64::try_from(frames).unwrap_or(u64::MAX)
    }
}
