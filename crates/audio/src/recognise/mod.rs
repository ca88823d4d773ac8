//! What a file is: [`recognise`] for the name of the format, `survey` for where its audio lies
//! and what its headers promise, so that the decode can be held against them.

mod flac;
mod foreign;
mod mp4;
mod mpeg;
mod ogg;
mod riff;
mod source;

use std::fs::File;
use std::path::Path;
use std::sync::atomic::AtomicBool;

pub(crate) use source::{Source, be32, le16, le32};

use crate::decode::{Limits, Warning};
use crate::view::Span;
use crate::{AudioError, Codec, Container, Format, NotAudio};

/// How far behind a leading ID3v2 tag the first MPEG frame may start, in bytes.
const SEARCH_AFTER_TAG: u64 = 128 * 1024;
/// How far into an untagged file the first MPEG frame may start, in bytes.
const SEARCH_BARE: u64 = 8 * 1024;

/// What a file's headers say, before anything is decoded.
#[derive(Clone, Debug)]
pub(crate) struct Survey {
    /// The format.
    pub(crate) format: Format,
    /// The bytes a decoder needs.
    pub(crate) span: Span,
    /// Frames (samples per channel) the headers promise, where they promise exactly.
    pub(crate) frames: Option<u64>,
    /// Samples per second, where a header says so.
    pub(crate) rate: Option<u32>,
    /// Channels, where a header says so.
    pub(crate) channels: Option<u32>,
    /// Bits per sample of what was coded, for lossless codecs.
    pub(crate) bits: Option<u32>,
    /// Decoded frames to drop at the start (encoder delay that the decoder does not drop).
    pub(crate) skip: u64,
    /// Frames to keep after `skip`, where an edit list says so.
    pub(crate) keep: Option<u64>,
    /// The stream may use spectral band replication, which symphonia leaves out.
    pub(crate) maybe_sbr: bool,
    /// What is odd about the file but no reason to refuse it.
    pub(crate) warnings: Vec<Warning>,
}

impl Survey {
    /// A survey that knows nothing but format and place.
    fn new(format: Format, span: Span) -> Self {
        Survey {
            format,
            span,
            frames: None,
            rate: None,
            channels: None,
            bits: None,
            skip: 0,
            keep: None,
            maybe_sbr: false,
            warnings: Vec::new(),
        }
    }
}

/// Says what the file at `path` is, by its content alone.
///
/// Reads the beginning, and in MP4 the index; it does not promise that the rest is sound: that is
/// what [`analyse`](crate::analyse) finds out.
///
/// # Errors
/// [`AudioError::EmptyFile`], [`AudioError::NotAudio`], [`AudioError::NoAudioTrack`],
/// [`AudioError::UnsupportedCodec`], [`AudioError::Truncated`] for an MP4 without its index,
/// [`AudioError::Io`].
pub fn recognise(path: &Path) -> Result<Format, AudioError> {
    let file = File::open(path)?;
    let never = AtomicBool::new(false);
    identify_format(&mut Source::new(&file, &never)?)
}

/// As [`recognise`], for a file that is open already.
pub(crate) fn identify_format(source: &mut Source<'_>) -> Result<Format, AudioError> {
    Ok(identify(source)?.format())
}

/// A recognised file and where its stream begins.
enum Found {
    Flac { start: u64 },
    Wav,
    Aiff,
    Mpeg { start: u64 },
    Adts { start: u64 },
    Mp4(Box<mp4::Movie>),
    Ogg(ogg::Stream),
}

impl Found {
    fn format(&self) -> Format {
        let (container, codec) = match self {
            Found::Flac { .. } => (Container::Flac, Codec::Flac),
            Found::Wav => (Container::Wav, Codec::Pcm),
            Found::Aiff => (Container::Aiff, Codec::Pcm),
            Found::Mpeg { .. } => (Container::Mpeg, Codec::Mp3),
            Found::Adts { .. } => (Container::Adts, Codec::Aac),
            Found::Mp4(movie) => (Container::Mp4, movie.codec()),
            Found::Ogg(stream) => (Container::Ogg, stream.codec),
        };
        Format { container, codec }
    }
}

/// Walks the headers of the whole file and notes what they promise.
///
/// # Errors
/// As [`recognise`], and [`AudioError::Truncated`], [`AudioError::Corrupt`],
/// [`AudioError::TooLong`] where headers already show it.
pub(crate) fn survey(source: &mut Source<'_>, limits: &Limits) -> Result<Survey, AudioError> {
    let found = identify(source)?;
    let format = found.format();
    match found {
        Found::Flac { start } => flac::survey(source, start, format),
        Found::Wav => riff::survey_wav(source, format),
        Found::Aiff => riff::survey_aiff(source, format),
        Found::Mpeg { start } | Found::Adts { start } => {
            mpeg::survey(source, start, format, limits)
        }
        Found::Mp4(movie) => mp4::survey(source, &movie, format),
        Found::Ogg(stream) => ogg::survey(source, stream, format),
    }
}

fn identify(source: &mut Source<'_>) -> Result<Found, AudioError> {
    if source.len() == 0 {
        return Err(AudioError::EmptyFile);
    }
    let start = after_id3v2(source)?;
    if start > 0 && start >= source.len() {
        return Err(AudioError::truncated("it ends within its tags"));
    }
    let head = source.at(start, 64)?.to_vec();
    if head.starts_with(b"fLaC") {
        return Ok(Found::Flac { start });
    }
    if start == 0 {
        if let Some(found) = by_magic(source, &head)? {
            return Ok(found);
        }
        if let Some(kind) = foreign::by_magic(&head) {
            return Err(AudioError::NotAudio(kind));
        }
    }
    let reach = if start > 0 {
        SEARCH_AFTER_TAG
    } else {
        SEARCH_BARE
    };
    match mpeg::find_stream(source, start, reach)? {
        Some((start, mpeg::Kind::Adts)) => return Ok(Found::Adts { start }),
        Some((start, mpeg::Kind::Layer3)) => return Ok(Found::Mpeg { start }),
        Some((_, mpeg::Kind::Layer2)) => {
            return Err(AudioError::UnsupportedCodec("MPEG layer II".into()));
        }
        Some((_, mpeg::Kind::Layer1)) => {
            return Err(AudioError::UnsupportedCodec("MPEG layer I".into()));
        }
        None => {}
    }
    let kind = if start > 0 {
        NotAudio::Unknown
    } else {
        foreign::by_text(source.at(0, 4096)?)
    };
    Err(AudioError::NotAudio(kind))
}

fn by_magic(source: &mut Source<'_>, head: &[u8]) -> Result<Option<Found>, AudioError> {
    let tag = |at: usize| head.get(at..at + 4).unwrap_or_default();
    Ok(match (tag(0), tag(8)) {
        (b"RIFF" | b"RF64" | b"BW64", b"WAVE") => Some(Found::Wav),
        (b"FORM", b"AIFF" | b"AIFC") => Some(Found::Aiff),
        (b"OggS", _) => Some(Found::Ogg(ogg::find_stream(source)?)),
        _ if tag(4) == b"ftyp" => Some(Found::Mp4(Box::new(mp4::read_movie(source)?))),
        _ => None,
    })
}

/// Where the stream starts behind any ID3v2 tags (there may be several, put there by careless
/// tools). The size field is "syncsafe": seven bits per byte.
fn after_id3v2(source: &mut Source<'_>) -> Result<u64, AudioError> {
    let mut pos = 0;
    for _ in 0..8 {
        let Some(head) = source.array::<10>(pos)? else {
            break;
        };
        let size_ok = head[6..10].iter().all(|b| b & 0x80 == 0);
        if !head.starts_with(b"ID3") || head[3] == 0xff || head[4] == 0xff || !size_ok {
            break;
        }
        let size = head[6..10]
            .iter()
            .fold(0u64, |size, b| size << 7 | u64::from(*b));
        let footer = if head[5] & 0x10 != 0 { 10 } else { 0 };
        pos += 10 + size + footer;
    }
    Ok(pos)
}

/// Where the audio ends before trailing ID3v1 and APE tags.
fn before_trailing_tags(source: &mut Source<'_>) -> Result<u64, AudioError> {
    let mut end = source.len();
    for _ in 0..3 {
        if end >= 128 && source.at(end - 128, 3)? == b"TAG" {
            end -= 128;
        } else if end >= 32 && source.at(end - 32, 8)? == b"APETAGEX" {
            let footer = source.array::<32>(end - 32)?.unwrap_or([0; 32]);
            let size = u64::from(le32(&footer, 12));
            let header = if le32(&footer, 20) & 0x8000_0000 != 0 {
                32
            } else {
                0
            };
            let whole = size + header;
            if !(32..=end).contains(&whole) {
                break;
            }
            end -= whole;
        } else {
            break;
        }
    }
    Ok(end)
}
