//! WAV (RIFF, RF64) and AIFF: chunk lists around plain samples.
//!
//! The decoder is given a header rebuilt from the one chunk that describes the samples, so other
//! chunks, whatever their size, are never loaded.

use super::{
    Source, Survey, be32, le16, le32,
    source::{be16, be64, le64},
};
use crate::decode::Warning;
use crate::view::Span;
use crate::{AudioError, Format};

/// More than any real format chunk has, in bytes.
const MAX_FORMAT_CHUNK: u32 = 1024;

/// Data sizes from here up mean "not known when the header was written", as do 0 and
/// `0x7fff_ffff` less a header: streaming writers cannot go back.
const UNKNOWN_SIZE: u32 = 0xffff_ff00;

struct Chunk {
    id: [u8; 4],
    len: u32,
    body: u64,
}

impl Chunk {
    /// Chunks are padded to even lengths.
    fn next(&self) -> u64 {
        self.body + u64::from(self.len) + u64::from(self.len & 1)
    }
}

fn chunk(source: &mut Source<'_>, pos: u64, big: bool) -> Result<Option<Chunk>, AudioError> {
    let Some(head) = source.array::<8>(pos)? else {
        return Ok(None);
    };
    let id = [head[0], head[1], head[2], head[3]];
    let len = if big { be32(&head, 4) } else { le32(&head, 4) };
    Ok(Some(Chunk {
        id,
        len,
        body: pos + 8,
    }))
}

fn small_body(source: &mut Source<'_>, chunk: &Chunk) -> Result<Vec<u8>, AudioError> {
    if chunk.len > MAX_FORMAT_CHUNK {
        return Err(AudioError::corrupt("the format chunk is too large"));
    }
    let body = source.at(chunk.body, chunk.len as usize)?.to_vec();
    if body.len() < chunk.len as usize {
        return Err(AudioError::truncated("the header is incomplete"));
    }
    Ok(body)
}

/// Reads the chunks of a WAV file up to its data.
pub(super) fn survey_wav(source: &mut Source<'_>, format: Format) -> Result<Survey, AudioError> {
    let end = source.len();
    let (mut pos, mut fmt, mut long_data) = (12, None, None);
    let data = loop {
        let Some(chunk) = chunk(source, pos, false)? else {
            return Err(AudioError::truncated("the WAV file has no audio data"));
        };
        match &chunk.id {
            b"fmt " => fmt = Some(small_body(source, &chunk)?),
            b"ds64" => long_data = Some(le64(&small_body(source, &chunk)?, 8)),
            b"data" => break chunk,
            _ => {}
        }
        pos = chunk.next();
    };
    let Some(fmt) = fmt.filter(|fmt| fmt.len() >= 16) else {
        return Err(AudioError::corrupt("the WAV format chunk is missing"));
    };
    let tag = match le16(&fmt, 0) {
        0xfffe => le16(&fmt, 24),
        tag => tag,
    };
    match tag {
        // Integers, floating point, A-law and mu-law.
        1 | 3 | 6 | 7 => {}
        2 | 0x11 => return Err(AudioError::UnsupportedCodec("ADPCM in WAV".into())),
        0x50 | 0x55 => return Err(AudioError::UnsupportedCodec("MP3 in WAV".into())),
        other => {
            return Err(AudioError::UnsupportedCodec(format!(
                "WAV format {other:#06x}"
            )));
        }
    }
    let (channels, align) = (le16(&fmt, 2), u64::from(le16(&fmt, 12)));
    if channels == 0 || align == 0 {
        return Err(AudioError::corrupt("the WAV format chunk makes no sense"));
    }
    let there = end.saturating_sub(data.body);
    let len = match long_data {
        Some(long) if data.len == u32::MAX => long,
        _ if data.len >= UNKNOWN_SIZE || data.len == 0 || data.len >> 8 == 0x7f_ffff => there,
        _ => u64::from(data.len),
    };
    if len > there + align {
        return Err(AudioError::ends_early(
            there / align,
            Some(len / align),
            le32(&fmt, 4),
        ));
    }
    let len = len.min(there) / align * align;

    let fmt_size = fmt.len() as u32;
    let data_size = u32::try_from(len).unwrap_or(u32::MAX);
    let riff_size = (20 + fmt_size + (fmt_size & 1)).saturating_add(data_size);
    let mut prefix = b"RIFF".to_vec();
    prefix.extend_from_slice(&riff_size.to_le_bytes());
    prefix.extend_from_slice(b"WAVEfmt ");
    prefix.extend_from_slice(&fmt_size.to_le_bytes());
    prefix.extend_from_slice(&fmt);
    prefix.resize(prefix.len() + (fmt.len() & 1), 0);
    prefix.extend_from_slice(b"data");
    prefix.extend_from_slice(&data_size.to_le_bytes());

    let span = Span {
        prefix,
        start: data.body,
        end: data.body + len,
    };
    let mut survey = Survey::new(format, span);
    survey.rate = Some(le32(&fmt, 4));
    survey.channels = Some(u32::from(channels));
    survey.bits = Some(u32::from(le16(&fmt, 14))).filter(|bits| *bits > 0);
    survey.frames = Some(len / align);
    if there < u64::from(data.len) && data.len < UNKNOWN_SIZE {
        survey.warnings.push(Warning::ShortLastFrame);
    }
    Ok(survey)
}

/// Reads the chunks of an AIFF or AIFF-C file.
pub(super) fn survey_aiff(source: &mut Source<'_>, format: Format) -> Result<Survey, AudioError> {
    let end = source.len();
    let form: [u8; 4] = source.array(8)?.unwrap_or_default();
    let (mut pos, mut comm, mut sound) = (12, None, None);
    while pos < end && (comm.is_none() || sound.is_none()) {
        let Some(chunk) = chunk(source, pos, true)? else {
            break;
        };
        pos = chunk.next();
        match &chunk.id {
            b"COMM" => comm = Some(small_body(source, &chunk)?),
            b"SSND" => sound = Some(chunk),
            _ => {}
        }
    }
    let (comm, sound) = match (comm, sound) {
        (Some(comm), Some(sound)) if comm.len() >= 18 => (comm, sound),
        (Some(_), Some(_)) => return Err(AudioError::corrupt("the AIFF header is too short")),
        _ if pos >= end => return Err(AudioError::truncated("the AIFF file has no audio data")),
        _ => return Err(AudioError::corrupt("the AIFF chunks cannot be read")),
    };
    let coding = if &form == b"AIFC" {
        comm.get(18..22).unwrap_or_default()
    } else {
        b"NONE"
    };
    let sample_bytes = match coding {
        b"NONE" | b"none" | b"sowt" | b"twos" => u64::from(be16(&comm, 6)).div_ceil(8),
        b"fl32" | b"FL32" | b"in32" | b"23ni" => 4,
        b"fl64" | b"FL64" => 8,
        b"in24" | b"42ni" => 3,
        b"raw " | b"ulaw" | b"ULAW" | b"alaw" | b"ALAW" => 1,
        other => {
            let name = String::from_utf8_lossy(other).into_owned();
            return Err(AudioError::UnsupportedCodec(format!(
                "AIFF-C {}",
                name.escape_debug()
            )));
        }
    };
    let channels = be16(&comm, 0);
    let align = sample_bytes * u64::from(channels);
    if align == 0 {
        return Err(AudioError::corrupt("the AIFF header makes no sense"));
    }
    let lead: [u8; 8] = source.array(sound.body)?.unwrap_or_default();
    let start = sound.body + 8 + u64::from(be32(&lead, 0));
    let promised = u64::from(be32(&comm, 2)) * align;
    let there = end.saturating_sub(start);
    if promised > there + align {
        let rate = extended(&comm[8..18]).unwrap_or_default();
        return Err(AudioError::ends_early(
            there / align,
            Some(promised / align),
            rate,
        ));
    }
    let len = promised.min(there) / align * align;

    let comm_size = comm.len() as u32;
    let padded = comm_size + (comm_size & 1);
    let sound_size = u32::try_from(len + 8).unwrap_or(u32::MAX);
    let mut prefix = b"FORM".to_vec();
    let form_size = (4 + 8 + padded + 8).saturating_add(sound_size);
    prefix.extend_from_slice(&form_size.to_be_bytes());
    prefix.extend_from_slice(&form);
    prefix.extend_from_slice(b"COMM");
    prefix.extend_from_slice(&comm_size.to_be_bytes());
    prefix.extend_from_slice(&comm);
    prefix.resize(prefix.len() + (comm.len() & 1), 0);
    prefix.extend_from_slice(b"SSND");
    prefix.extend_from_slice(&sound_size.to_be_bytes());
    prefix.extend_from_slice(&[0; 8]);

    let mut survey = Survey::new(
        format,
        Span {
            prefix,
            start,
            end: start + len,
        },
    );
    survey.channels = Some(u32::from(channels));
    survey.rate = extended(&comm[8..18]);
    survey.bits = Some(u32::from(be16(&comm, 6))).filter(|bits| *bits > 0);
    survey.frames = Some(len / align);
    Ok(survey)
}

/// An 80-bit IEEE 754 extended number, as AIFF writes its sample rate, if it is a whole `u32`.
fn extended(bytes: &[u8]) -> Option<u32> {
    let exponent = i32::from(be16(bytes, 0) & 0x7fff) - 16383;
    let mantissa = be64(bytes, 2);
    (0..=31)
        .contains(&exponent)
        .then(|| (mantissa >> (63 - exponent)) as u32)
}
