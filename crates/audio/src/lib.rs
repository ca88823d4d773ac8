//! Audio files: what a file is, what it sounds like, what it says of itself, and its renditions.
//!
//! Here live recognition by content, the streaming decode with its measurements (duration,
//! loudness, true peak, waveform), tags in both directions, and ffmpeg. Everything is
//! blocking and made for job threads; everything reads in bounded memory, however large the file
//! and whatever its headers claim.
//!
//! Here must never live: a database, HTTP, an async runtime, or a decision about who may do what.
//! A file's name is never looked at: only its bytes say what it is.

mod decode;
mod download;
mod error;
mod ffmpeg;
mod format;
mod process;
mod recognise;
mod tags;
mod text;
mod transcode;
mod view;

pub use decode::{Analysis, DecodedBy, Limits, WAVEFORM_BUCKETS, Warning, analyse};
pub use download::tag_download;
pub use error::{AudioError, Cut, NotAudio};
pub use ffmpeg::Ffmpeg;
pub use format::{Codec, Container, Format};
pub use recognise::recognise;
pub use tags::{Cover, MAX_COVER_BYTES, Tags, read_tags};
pub use transcode::{Output, Rendition, TranscodeLimits};
