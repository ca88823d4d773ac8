//! Decoding in an ffmpeg process that writes plain samples into a pipe.

use std::path::Path;

use symphonia::core::audio::{Channels, Position};

use super::session::Session;
use super::{Analysis, DecodedBy, Warning};
use crate::process::Process;
use crate::recognise::{le16, le32};
use crate::{AudioError, Codec, Ffmpeg};

/// Bytes read from the pipe at once.
const BLOCK: usize = 64 * 1024;
/// A WAV header longer than this is not one ffmpeg wrote.
const MAX_HEADER: usize = 4096;

/// What the header of ffmpeg's output says, and where the samples start.
struct Header {
    rate: u32,
    channels: u16,
    mask: u32,
    data: usize,
}

/// Decodes the file at `path` with `ffmpeg`.
pub(super) fn decode(
    path: &Path,
    ffmpeg: &Ffmpeg,
    mut session: Session<'_>,
) -> Result<Analysis, AudioError> {
    let (mut command, input) = ffmpeg.reading(path, session.survey)?;
    let longest = session.limits.max_duration.as_secs() + 1;
    // A WAV header has rate and channels of a stream that has not been probed.
    command
        .args([
            "-vn",
            "-sn",
            "-dn",
            "-c:a",
            "pcm_f32le",
            "-t",
            &longest.to_string(),
        ])
        .args(["-fflags", "+bitexact", "-f", "wav", "pipe:1"]);
    let limit = session.limits.max_process_time;
    let mut process = Process::start(command, input, limit, session.cancel)?;

    let mut bytes = vec![0; BLOCK];
    let mut filled = 0;
    let header = loop {
        match process.read(&mut bytes[filled..MAX_HEADER])? {
            0 => break None,
            read => filled += read,
        }
        if let Some(header) = parse_header(&bytes[..filled]) {
            break Some(header);
        }
        if filled == MAX_HEADER {
            break None;
        }
    };
    let Some(header) = header else {
        let (_, log) = process.finish()?;
        return Err(AudioError::TranscoderFailed { log: log.tail });
    };
    session.open(header.rate, &positions(&header))?;
    bytes.copy_within(header.data..filled, 0);
    filled -= header.data;

    let channels = usize::from(header.channels);
    let frame = channels * 4;
    let mut planes = vec![Vec::with_capacity(BLOCK / 4); channels];
    loop {
        let whole = filled / frame * frame;
        deinterleave(&bytes[..whole], &mut planes);
        let views: Vec<&[f32]> = planes.iter().map(Vec::as_slice).collect();
        if whole > 0 {
            // ffmpeg applies encoder delays and edit lists itself.
            session.feed(&views, false)?;
        }
        bytes.copy_within(whole..filled, 0);
        filled -= whole;
        match process.read(&mut bytes[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    let (status, log) = process.finish()?;
    if !status.success() {
        return Err(AudioError::TranscoderFailed { log: log.tail });
    }
    // ffmpeg carries on after damage and only mentions it.
    if log.lines > 3 || (log.lines > 0 && session.survey.format.codec != Codec::Mp3) {
        return Err(AudioError::corrupt("parts of the audio cannot be decoded"));
    }
    if log.lines > 0 {
        session.warn(Warning::DamagedFrames);
    }
    session.finish(DecodedBy::Ffmpeg)
}

/// Parses a WAV header as far as it has arrived.
fn parse_header(bytes: &[u8]) -> Option<Header> {
    if bytes.get(..4)? != b"RIFF" || bytes.get(8..12)? != b"WAVE" {
        return None;
    }
    let (mut at, mut format) = (12, None);
    loop {
        let head = bytes.get(at..at + 8)?;
        let len = usize::try_from(le32(head, 4)).ok()?;
        if &head[..4] == b"data" {
            let (rate, channels, mask) = format?;
            return Some(Header {
                rate,
                channels,
                mask,
                data: at + 8,
            });
        }
        let body = bytes.get(at + 8..at + 8 + len)?;
        if &head[..4] == b"fmt " {
            let mask = if le16(body, 0) == 0xfffe {
                le32(body, 20)
            } else {
                0
            };
            format = Some((le32(body, 4), le16(body, 2), mask)).filter(|(_, n, _)| *n > 0);
        }
        at += 8 + len + (len & 1);
    }
}

fn positions(header: &Header) -> Channels {
    let count = u32::from(header.channels);
    Position::from_wave_channel_mask(header.mask)
        .filter(|positions| positions.bits().count_ones() == count)
        .or_else(|| Position::from_wave_channel_count(count))
        .map_or(Channels::Discrete(header.channels), Channels::Positioned)
}

fn deinterleave(bytes: &[u8], planes: &mut [Vec<f32>]) {
    let channels = planes.len();
    for (n, plane) in planes.iter_mut().enumerate() {
        plane.clear();
        let samples = bytes.chunks_exact(4).skip(n).step_by(channels);
        plane.extend(samples.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])));
    }
}
