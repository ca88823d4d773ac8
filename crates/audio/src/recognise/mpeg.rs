//! Bare streams of self-delimiting frames: MP3 and ADTS AAC.
//!
//! Such streams have no header that says how long they are. Walking from frame to frame does: it
//! shows a cut last frame, damage between frames and junk at the end, without decoding.

use super::{Source, Survey, be32, before_trailing_tags, source::WINDOW};
use crate::decode::{Limits, Warning};
use crate::view::Span;
use crate::{AudioError, Codec, Format};

/// Which family a frame header belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Layer1,
    Layer2,
    Layer3,
    Adts,
}

/// A parsed frame header.
#[derive(Clone, Copy, Debug)]
struct Frame {
    kind: Kind,
    /// Whole frame in bytes, header included.
    len: u64,
    /// Samples per channel.
    samples: u64,
    rate: u32,
    channels: u32,
    /// Bits that stay the same for the whole of a stream.
    key: u32,
    /// Bytes from the frame's start to a Xing or Info tag, if there is one.
    xing_at: usize,
}

fn parse(head: &[u8]) -> Option<Frame> {
    if head.len() < 7 || head[0] != 0xff {
        return None;
    }
    if head[1] & 0xf6 == 0xf0 {
        parse_adts(head)
    } else {
        parse_mpeg(head)
    }
}

fn parse_adts(head: &[u8]) -> Option<Frame> {
    const RATES: [u32; 13] = [
        96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350,
    ];
    let rate = *RATES.get(usize::from(head[2] >> 2 & 0xf))?;
    let len = u64::from(head[3] & 3) << 11 | u64::from(head[4]) << 3 | u64::from(head[5]) >> 5;
    let header = if head[1] & 1 == 0 { 9 } else { 7 };
    let config = u32::from(head[2] & 1) << 2 | u32::from(head[3] >> 6);
    (len > header).then_some(Frame {
        kind: Kind::Adts,
        len,
        samples: 1024 * (u64::from(head[6] & 3) + 1),
        rate,
        channels: if config == 7 { 8 } else { config },
        key: u32::from(head[1]) << 16 | u32::from(head[2] & 0xfd) << 8 | config,
        xing_at: 0,
    })
}

fn parse_mpeg(head: &[u8]) -> Option<Frame> {
    const V1: [[u32; 15]; 3] = [
        [
            0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448,
        ],
        [
            0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384,
        ],
        [
            0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320,
        ],
    ];
    const V2: [[u32; 15]; 2] = [
        [
            0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256,
        ],
        [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    ];
    if head[1] & 0xe0 != 0xe0 {
        return None;
    }
    let version = head[1] >> 3 & 3;
    let layer = head[1] >> 1 & 3;
    let rate = *[44100u32, 48000, 32000].get(usize::from(head[2] >> 2 & 3))?;
    let (v1, rate) = match version {
        3 => (true, rate),
        2 => (false, rate / 2),
        0 => (false, rate / 4),
        _ => return None,
    };
    let index = usize::from(head[2] >> 4);
    let (kind, table) = match (layer, v1) {
        (3, true) => (Kind::Layer1, &V1[0]),
        (2, true) => (Kind::Layer2, &V1[1]),
        (1, true) => (Kind::Layer3, &V1[2]),
        (3, false) => (Kind::Layer1, &V2[0]),
        (2, false) => (Kind::Layer2, &V2[1]),
        (1, false) => (Kind::Layer3, &V2[1]),
        _ => return None,
    };
    let bits = table.get(index).filter(|kbits| **kbits > 0)? * 1000;
    let padding = u32::from(head[2] >> 1 & 1);
    let (len, samples) = match (kind, v1) {
        (Kind::Layer1, _) => ((12 * bits / rate + padding) * 4, 384),
        (Kind::Layer3, false) => (72 * bits / rate + padding, 576),
        _ => (144 * bits / rate + padding, 1152),
    };
    let mono = head[3] >> 6 == 3;
    let side = match (v1, mono) {
        (true, false) => 32,
        (true, true) | (false, false) => 17,
        (false, true) => 9,
    };
    Some(Frame {
        kind,
        len: u64::from(len),
        samples,
        rate,
        channels: if mono { 1 } else { 2 },
        key: u32::from(head[1] & 0xfe) << 8 | u32::from(head[2] & 0x0c),
        xing_at: 4 + side,
    })
}

/// Finds where a stream starts within `reach` bytes from `start`: a header that is followed by
/// others of the same stream, each exactly where the one before says it is.
pub(super) fn find_stream(
    source: &mut Source<'_>,
    start: u64,
    reach: u64,
) -> Result<Option<(u64, Kind)>, AudioError> {
    let end = source.len().min(start + reach);
    let mut pos = start;
    while pos < end {
        let window = source.at(pos, WINDOW)?;
        let Some(offset) = window.iter().position(|b| *b == 0xff) else {
            pos += window.len().max(1) as u64;
            continue;
        };
        pos += offset as u64;
        if let Some(first) = parse(source.at(pos, 7)?)
            && chained(source, pos, &first)?
        {
            return Ok(Some((pos, first.kind)));
        }
        pos += 1;
    }
    Ok(None)
}

/// Whether the frame at `pos` is followed by three of the same stream, or by fewer and then the
/// end of the file.
fn chained(source: &mut Source<'_>, pos: u64, first: &Frame) -> Result<bool, AudioError> {
    let mut next = pos + first.len;
    for followers in 0..3 {
        if next >= source.len() {
            return Ok(followers > 0);
        }
        match parse(source.at(next, 7)?) {
            Some(frame) if frame.key == first.key => next += frame.len,
            // The audio may end here with nothing but tags behind it.
            _ => return Ok(followers > 0 && source.len() - next <= 128),
        }
    }
    Ok(true)
}

/// Walks the frames to the end.
pub(super) fn survey(
    source: &mut Source<'_>,
    start: u64,
    format: Format,
    limits: &Limits,
) -> Result<Survey, AudioError> {
    let end = before_trailing_tags(source)?;
    let Some(first) = parse(source.at(start, 7)?) else {
        return Err(AudioError::corrupt("the first frame cannot be read"));
    };
    let promised = promised_frames(source, start, &first)?;
    let mut walk = Walk {
        pos: start,
        ..Walk::default()
    };
    walk.run(source, end, &first, limits)?;

    let forgiven = ((end - start) / 100).max(4 * first.len);
    if walk.lost > forgiven {
        return Err(AudioError::corrupt(format!(
            "{} bytes are not audio frames",
            walk.lost
        )));
    }
    if let Some(promised) = promised {
        walk.frames = walk.frames.saturating_sub(1);
        if walk.frames + 2 + promised / 100 < promised {
            return Err(AudioError::ends_early(
                walk.frames * first.samples,
                Some(promised * first.samples),
                first.rate,
            ));
        }
    } else if walk.cut {
        return Err(AudioError::ends_early(
            walk.frames * first.samples,
            None,
            first.rate,
        ));
    }
    let mut survey = Survey::new(format, Span::range(start, end - walk.tail));
    survey.rate = Some(first.rate);
    survey.channels = Some(first.channels).filter(|channels| *channels > 0);
    survey.frames = Some(walk.frames * first.samples);
    survey.maybe_sbr = format.codec == Codec::Aac && first.rate <= 24_000;
    if walk.lost > 0 {
        survey.warnings.push(Warning::DamagedFrames);
    }
    if walk.tail > 0 {
        survey.warnings.push(Warning::TrailingJunk);
    }
    Ok(survey)
}

/// What a walk over the frames has seen.
#[derive(Default)]
struct Walk {
    pos: u64,
    frames: u64,
    /// Bytes skipped between frames.
    lost: u64,
    /// Bytes behind the last frame.
    tail: u64,
    /// The last frame is incomplete.
    cut: bool,
}

impl Walk {
    fn run(
        &mut self,
        source: &mut Source<'_>,
        end: u64,
        first: &Frame,
        limits: &Limits,
    ) -> Result<(), AudioError> {
        let most = limits
            .max_duration
            .as_secs()
            .saturating_mul(u64::from(first.rate));
        while self.pos < end {
            match parse(source.at(self.pos, 7)?) {
                Some(frame) if frame.key == first.key => {
                    if self.pos + frame.len > end {
                        self.cut = true;
                        self.tail = end - self.pos;
                        return Ok(());
                    }
                    self.pos += frame.len;
                    self.frames += 1;
                }
                _ => match resync(source, self.pos + 1, end, first)? {
                    Some(next) => {
                        self.lost += next - self.pos;
                        self.pos = next;
                    }
                    None => {
                        self.tail = end - self.pos;
                        self.cut |= self.tail < 7;
                        return Ok(());
                    }
                },
            }
            if self.frames * first.samples > most {
                return Err(AudioError::TooLong {
                    limit: limits.max_duration,
                });
            }
        }
        Ok(())
    }
}

/// The next place from `pos` on where a frame of the stream starts and another follows it.
fn resync(
    source: &mut Source<'_>,
    mut pos: u64,
    end: u64,
    first: &Frame,
) -> Result<Option<u64>, AudioError> {
    while pos < end {
        let window = source.at(pos, WINDOW)?;
        let Some(offset) = window.iter().position(|b| *b == 0xff) else {
            pos += window.len().max(1) as u64;
            continue;
        };
        pos += offset as u64;
        if let Some(frame) = parse(source.at(pos, 7)?)
            && frame.key == first.key
        {
            let follower = parse(source.at(pos + frame.len, 7)?);
            if pos + frame.len == end || follower.is_some_and(|next| next.key == first.key) {
                return Ok(Some(pos));
            }
        }
        pos += 1;
    }
    Ok(None)
}

/// The number of audio frames that a Xing, Info or VBRI tag in the first frame promises.
fn promised_frames(
    source: &mut Source<'_>,
    start: u64,
    first: &Frame,
) -> Result<Option<u64>, AudioError> {
    if first.kind != Kind::Layer3 {
        return Ok(None);
    }
    let frame = source.at(start, first.len as usize)?;
    let xing = frame.get(first.xing_at..).unwrap_or_default();
    let vbri = frame.get(36..).unwrap_or_default();
    Ok(if xing.starts_with(b"Xing") || xing.starts_with(b"Info") {
        // Without the frame count the tag is still not audio: promise nothing more than "some".
        Some(if be32(xing, 4) & 1 != 0 {
            u64::from(be32(xing, 8))
        } else {
            0
        })
    } else if vbri.starts_with(b"VBRI") {
        Some(u64::from(be32(vbri, 14)))
    } else {
        None
    })
}
