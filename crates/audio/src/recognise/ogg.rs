//! Ogg (RFC 3533) with Vorbis or Opus: pages from the first to the one marked as last.

use super::{
    Source, Survey, le16, le32,
    source::{WINDOW, le64},
};
use crate::decode::Warning;
use crate::view::Span;
use crate::{AudioError, Codec, Format, NotAudio};

/// The audio stream of an Ogg file, from its identification header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stream {
    pub(super) codec: Codec,
    serial: u32,
    channels: u32,
    rate: u32,
    /// Frames before the first that is heard (Opus, RFC 7845 section 4.2).
    pre_skip: u64,
}

struct Page {
    len: u64,
    begins: bool,
    ends: bool,
    granule: u64,
    serial: u32,
    body: u64,
}

fn page(source: &mut Source<'_>, pos: u64) -> Result<Option<Page>, AudioError> {
    let head = source.at(pos, 27 + 255)?;
    if head.len() < 27 || !head.starts_with(b"OggS") || head[4] != 0 {
        return Ok(None);
    }
    let segments = usize::from(head[26]);
    let Some(lacing) = head.get(27..27 + segments) else {
        return Ok(None);
    };
    let body: u64 = lacing.iter().map(|b| u64::from(*b)).sum();
    let header = 27 + segments as u64;
    Ok(Some(Page {
        len: header + body,
        begins: head[5] & 2 != 0,
        ends: head[5] & 4 != 0,
        granule: le64(head, 6),
        serial: le32(head, 14),
        body: pos + header,
    }))
}

fn identify(body: &[u8], serial: u32) -> Result<Option<Stream>, AudioError> {
    if body.starts_with(b"\x01vorbis") && body.len() >= 16 {
        return Ok(Some(Stream {
            codec: Codec::Vorbis,
            serial,
            channels: u32::from(body[11]),
            rate: le32(body, 12),
            pre_skip: 0,
        }));
    }
    if body.starts_with(b"OpusHead") && body.len() >= 19 {
        return Ok(Some(Stream {
            codec: Codec::Opus,
            serial,
            channels: u32::from(body[9]),
            rate: 48_000,
            pre_skip: u64::from(le16(body, 10)),
        }));
    }
    if body.starts_with(b"\x80theora") || body.starts_with(b"BBCD") {
        return Err(AudioError::NotAudio(NotAudio::Video));
    }
    let other = match body {
        _ if body.starts_with(b"\x7fFLAC") => "FLAC in Ogg",
        _ if body.starts_with(b"Speex   ") => "Speex",
        _ => return Ok(None),
    };
    Err(AudioError::UnsupportedCodec(other.into()))
}

/// Looks through the first pages, which each introduce one stream.
pub(super) fn find_stream(source: &mut Source<'_>) -> Result<Stream, AudioError> {
    let mut pos = 0;
    let mut found = None;
    for _ in 0..16 {
        let Some(page) = page(source, pos)? else {
            break;
        };
        if !page.begins {
            break;
        }
        let body = source.at(page.body, 64)?.to_vec();
        if let Some(stream) = identify(&body, page.serial)? {
            found.get_or_insert(stream);
        }
        pos += page.len;
    }
    match found {
        Some(stream) => Ok(stream),
        None if pos >= source.len() || pos == 0 => {
            Err(AudioError::truncated("the Ogg header is incomplete"))
        }
        None => Err(AudioError::NoAudioTrack),
    }
}

/// Walks the pages, chain after chain, and adds up what their positions promise.
pub(super) fn survey(
    source: &mut Source<'_>,
    mut stream: Stream,
    format: Format,
) -> Result<Survey, AudioError> {
    let (rate, channels) = (stream.rate, stream.channels);
    let end = source.len();
    let (mut pos, mut frames, mut last) = (0, 0, 0);
    let (mut ended, mut tail) = (false, 0);
    while pos < end {
        let Some(page) = page(source, pos)? else {
            match resync(source, pos)? {
                Some(_) if !ended => {
                    return Err(AudioError::corrupt("bytes between Ogg pages are damaged"));
                }
                Some(next) => {
                    pos = next;
                    continue;
                }
                None => {
                    tail = end - pos;
                    break;
                }
            }
        };
        if pos + page.len > end {
            tail = end - pos;
            break;
        }
        if page.begins && ended {
            let body = source.at(page.body, 64)?.to_vec();
            if let Some(next) = identify(&body, page.serial)? {
                if (next.codec, next.rate, next.channels) != (stream.codec, rate, channels) {
                    return Err(AudioError::UnsupportedCodec(
                        "a chain of unlike streams".into(),
                    ));
                }
                (stream, last, ended) = (next, 0, false);
            }
        }
        if page.serial == stream.serial && !ended {
            if page.granule != u64::MAX {
                last = page.granule;
            }
            ended = page.ends;
            if ended {
                frames += last.saturating_sub(stream.pre_skip);
            }
        }
        pos += page.len;
    }
    if !ended {
        // Only the last page would say how long the stream is.
        let there = frames + last.saturating_sub(stream.pre_skip);
        return Err(AudioError::ends_early(there, None, rate));
    }
    let mut survey = Survey::new(format, Span::range(0, end - tail));
    survey.rate = Some(rate);
    survey.channels = Some(channels);
    survey.frames = Some(frames).filter(|frames| *frames > 0);
    if tail > 0 {
        survey.warnings.push(Warning::TrailingJunk);
    }
    Ok(survey)
}

/// The next page from `pos` on.
fn resync(source: &mut Source<'_>, mut pos: u64) -> Result<Option<u64>, AudioError> {
    pos += 1;
    loop {
        let window = source.at(pos, WINDOW)?;
        if window.len() < 4 {
            return Ok(None);
        }
        match window.windows(4).position(|four| four == b"OggS") {
            Some(offset) => {
                pos += offset as u64;
                if page(source, pos)?.is_some() {
                    return Ok(Some(pos));
                }
                pos += 1;
            }
            None => pos += (window.len() - 3) as u64,
        }
    }
}
