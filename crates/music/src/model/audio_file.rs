use wing_contracts::{JobId, TrackId, UploadId};

/// A track's file: where its processing stands and what was found in it.
#[derive(Clone, Debug, PartialEq)]
pub struct AudioFile {
    /// The track.
    pub track_id: TrackId,
    /// The upload it came from, while that exists.
    pub upload_id: Option<UploadId>,
    /// The job that processes it.
    pub job_id: Option<JobId>,
    /// What is being done: `queued`, `storing`, `analysing`, `transcoding`,
    /// `finishing`, `done`.
    pub step: String,
    /// 0 to 100 within the step.
    pub progress: Option<i32>,
    /// Stable code of a failure.
    pub failure_code: Option<String>,
    /// The failure in words.
    pub failure: Option<String>,
    /// Media key of the original.
    pub original_key: Option<String>,
    /// The file's name as it was uploaded.
    pub original_name: String,
    /// Bytes.
    pub original_size: i64,
    /// Format in words, `FLAC`.
    pub format: Option<String>,
    /// Media type.
    pub mime: Option<String>,
    /// Conventional extension without the dot.
    pub extension: Option<String>,
    /// Whether nothing was lost in encoding.
    pub lossless: Option<bool>,
    /// Hz.
    pub sample_rate: Option<i32>,
    /// 1 is mono.
    pub channels: Option<i32>,
    /// Bits a sample.
    pub bit_depth: Option<i32>,
    /// EBU R128 integrated loudness, LUFS; silence has none.
    pub loudness_lufs: Option<f64>,
    /// dBTP.
    pub true_peak_dbtp: Option<f64>,
    /// Greatest amplitude in each of equal parts of the track, 0 to 255.
    pub peaks: Option<Vec<u8>>,
    /// Codes of what was odd but not wrong, comma separated.
    pub warnings: String,
}

/// A form the sound is delivered in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RenditionKind {
    /// Ogg Opus, 128 kb/s.
    Opus,
    /// AAC in MP4, for browsers without Opus.
    Aac,
}

impl RenditionKind {
    /// The name in `?format=` and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opus => "opus",
            Self::Aac => "aac",
        }
    }
}

/// One stored form of a track's sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendition {
    /// `opus`, `aac` or `original`.
    pub kind: String,
    /// Media key.
    pub key: String,
    /// SHA-256 of the content, hexadecimal.
    pub hash: String,
    /// Media type.
    pub mime: String,
    /// Bytes.
    pub size: i64,
}
