//! Why a file was refused or a step failed, each reason with a stable code that pages translate.

use std::time::Duration;

/// What a file turned out to be when it is not audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NotAudio {
    /// An HTML page.
    Html,
    /// Plain text of any kind: lyrics, source code, JSON, a play list.
    Text,
    /// A picture: PNG, JPEG, GIF, WebP, BMP, TIFF or SVG.
    Image,
    /// An archive or a compressed file: zip (with office documents), gzip, 7z, rar, xz, zstd.
    Archive,
    /// A PDF document.
    Pdf,
    /// A film: MP4 with a moving picture, Matroska or WebM, AVI, Ogg Theora.
    Video,
    /// An executable program.
    Program,
    /// Nothing that is known.
    Unknown,
}

impl NotAudio {
    /// A stable snake_case name, for translation keys.
    pub fn as_str(self) -> &'static str {
        match self {
            NotAudio::Html => "html",
            NotAudio::Text => "text",
            NotAudio::Image => "image",
            NotAudio::Archive => "archive",
            NotAudio::Pdf => "pdf",
            NotAudio::Video => "video",
            NotAudio::Program => "program",
            NotAudio::Unknown => "unknown",
        }
    }
}

/// Where a file was cut off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// How much of it is there, where that is known.
    pub at: Option<Duration>,
    /// How long its headers say it is, where they do.
    pub of: Option<Duration>,
    what: String,
}

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.at, self.of) {
            (Some(at), Some(of)) => write!(f, "ends early, at {} of {}", clock(at), clock(of)),
            (Some(at), None) => write!(f, "ends early, at {}", clock(at)),
            (None, _) => write!(f, "is cut off: {}", self.what),
        }
    }
}

/// `3:45`, or `1:02:03` from an hour on.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// Everything that can go wrong with an audio file. The text is in English, for logs and for
/// callers of the API; pages translate [`AudioError::code`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AudioError {
    /// The file has no bytes.
    #[error("the file is empty")]
    EmptyFile,
    /// The content is not audio, whatever the name says.
    #[error("the file is not audio (its content is: {})", .0.as_str())]
    NotAudio(NotAudio),
    /// A container that may hold audio, but this one holds none.
    #[error("the file holds no audio track")]
    NoAudioTrack,
    /// Audio in a coding that is not accepted.
    #[error("audio coded as {0} is not accepted")]
    UnsupportedCodec(String),
    /// Acceptable audio that only ffmpeg can decode, and ffmpeg is not installed.
    #[error("{0} can only be read where ffmpeg is installed")]
    DecoderMissing(String),
    /// The file ends before its own headers say it should.
    #[error("the file {0}")]
    Truncated(Cut),
    /// The file's structure or its audio data is damaged.
    #[error("the file is damaged: {0}")]
    Corrupt(String),
    /// Longer than allowed, or expanding without end.
    #[error("the audio is longer than {} minutes", .limit.as_secs() / 60)]
    TooLong {
        /// The longest duration that is accepted.
        limit: Duration,
    },
    /// There is no sound in it at all: zero samples.
    #[error("the file holds no samples")]
    NoSamples,
    /// More channels than accepted.
    #[error("{channels} channels are more than the {limit} accepted")]
    TooManyChannels {
        /// Channels in the file.
        channels: u32,
        /// Channels accepted at most.
        limit: u32,
    },
    /// A sample rate outside the accepted range.
    #[error("a sample rate of {rate} Hz is outside {min} to {max} Hz")]
    SampleRate {
        /// Samples per second in the file.
        rate: u32,
        /// Lowest rate accepted, in Hz.
        min: u32,
        /// Highest rate accepted, in Hz.
        max: u32,
    },
    /// The tags could not be written into this file.
    #[error("tags cannot be written into this file: {0}")]
    TagsUnwritable(String),
    /// ffmpeg failed. The tail of its messages is for the log, never for users.
    #[error("conversion failed")]
    TranscoderFailed {
        /// The last lines ffmpeg wrote to its standard error, at most 4 KiB.
        log: String,
    },
    /// A child process took longer than it may.
    #[error("conversion took longer than {} s", .limit.as_secs())]
    TimedOut {
        /// The time that was allowed.
        limit: Duration,
    },
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// The operating system refused to read or write.
    #[error("reading or writing failed: {0}")]
    Io(#[from] std::io::Error),
}

impl AudioError {
    /// A stable snake_case code for API answers, stored states and translation keys.
    pub fn code(&self) -> &'static str {
        match self {
            AudioError::EmptyFile => "empty_file",
            AudioError::NotAudio(_) => "not_audio",
            AudioError::NoAudioTrack => "no_audio_track",
            AudioError::UnsupportedCodec(_) => "unsupported_codec",
            AudioError::DecoderMissing(_) => "decoder_missing",
            AudioError::Truncated(_) => "truncated",
            AudioError::Corrupt(_) => "corrupt",
            AudioError::TooLong { .. } => "too_long",
            AudioError::NoSamples => "no_samples",
            AudioError::TooManyChannels { .. } => "too_many_channels",
            AudioError::SampleRate { .. } => "sample_rate",
            AudioError::TagsUnwritable(_) => "tags_unwritable",
            AudioError::TranscoderFailed { .. } => "transcoder_failed",
            AudioError::TimedOut { .. } => "timed_out",
            AudioError::Cancelled => "cancelled",
            AudioError::Io(_) => "io",
        }
    }

    /// Whether trying again may help without a change of the file: true for faults of the
    /// machine (disk, time, ffmpeg), false for faults of the file.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            AudioError::Io(_)
                | AudioError::TimedOut { .. }
                | AudioError::TranscoderFailed { .. }
                | AudioError::DecoderMissing(_)
                | AudioError::Cancelled
        )
    }

    /// A damaged file, with what was seen in words.
    pub(crate) fn corrupt(what: impl Into<String>) -> Self {
        AudioError::Corrupt(what.into())
    }

    /// A file that ends early, with what was seen in words.
    pub(crate) fn truncated(what: impl Into<String>) -> Self {
        AudioError::Truncated(Cut {
            at: None,
            of: None,
            what: what.into(),
        })
    }

    /// A file that ends after `there` of `promised` frames (where that is known), at `rate` frames
    /// a second.
    pub(crate) fn ends_early(there: u64, promised: Option<u64>, rate: u32) -> Self {
        let time = |frames: u64| Duration::from_secs(frames / u64::from(rate.max(1)));
        AudioError::Truncated(Cut {
            at: Some(time(there)),
            of: promised.map(time),
            what: String::new(),
        })
    }
}
