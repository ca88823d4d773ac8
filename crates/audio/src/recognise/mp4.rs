//! MP4 (ISO/IEC 14496-12): the index of the first audio track, without loading tags or samples.

use super::{
    Source, Survey, be32,
    source::{WINDOW, be16, be64},
};
use crate::view::Span;
use crate::{AudioError, Codec, Format, NotAudio};

/// The index of three hours of AAC takes about 6 MiB and a large cover 20 MiB; more than this is
/// not an index a decoder should be made to load, in bytes.
const MAX_INDEX: u64 = 64 * 1024 * 1024;
/// Larger packets are not loaded, in bytes: eight channels of 32-bit ALAC take 128 KiB, a still
/// picture beside the audio perhaps a few MiB.
const MAX_PACKET: u32 = 8 * 1024 * 1024;
/// Boxes looked at before a file counts as nonsense.
const MAX_BOXES: u32 = 100_000;

/// What the index says of the audio track.
#[derive(Clone, Debug, Default)]
pub(super) struct Movie {
    tracks: Vec<Track>,
    movie_scale: u32,
    fragmented: bool,
    /// A box behind the index reaches beyond the end of the file: bytes of it that are there, and
    /// bytes it should have.
    cut: Option<(u64, u64)>,
}

impl Movie {
    /// The codec of the first audio track; [`read_movie`] made sure there is one.
    pub(super) fn codec(&self) -> Codec {
        self.audio().map_or(Codec::Aac, |(_, codec)| codec)
    }

    fn audio(&self) -> Option<(&Track, Codec)> {
        self.tracks
            .iter()
            .find_map(|track| Some((track, track.codec?)))
    }
}

#[derive(Clone, Debug, Default)]
struct Track {
    handler: [u8; 4],
    coding: [u8; 4],
    codec: Option<Codec>,
    object_type: u8,
    scale: u32,
    frames: u64,
    channels: u32,
    rate: u32,
    bits: Option<u32>,
    low_rate: bool,
    /// Duration in the movie's scale and start in the track's, of the only edit.
    edit: Option<(u64, u64)>,
    edits: u32,
}

#[derive(Clone, Copy)]
struct Atom {
    kind: [u8; 4],
    body: u64,
    end: u64,
}

fn atom(source: &mut Source<'_>, pos: u64, limit: u64) -> Result<Option<Atom>, AudioError> {
    let Some(head) = source.array::<8>(pos)? else {
        return Ok(None);
    };
    let (body, len) = match be32(&head, 0) {
        0 => (pos + 8, limit - pos),
        1 => (
            pos + 16,
            source.array::<8>(pos + 8)?.map_or(0, u64::from_be_bytes),
        ),
        len => (pos + 8, u64::from(len)),
    };
    let end = pos.saturating_add(len);
    if end < body {
        return Err(AudioError::corrupt("an MP4 box is smaller than its header"));
    }
    Ok(Some(Atom {
        kind: [head[4], head[5], head[6], head[7]],
        body,
        end,
    }))
}

/// Finds and reads the index.
pub(super) fn read_movie(source: &mut Source<'_>) -> Result<Movie, AudioError> {
    let len = source.len();
    let brand: [u8; 4] = source.array(8)?.unwrap_or_default();
    if matches!(
        &brand,
        b"heic" | b"heix" | b"mif1" | b"msf1" | b"avif" | b"avis"
    ) {
        return Err(AudioError::NotAudio(NotAudio::Image));
    }
    let mut pos = 0;
    let mut budget = MAX_BOXES;
    while pos < len && budget > 0 {
        let Some(atom) = atom(source, pos, len)? else {
            break;
        };
        if atom.end > len {
            return Err(AudioError::truncated(
                "an MP4 box reaches beyond the end of the file",
            ));
        }
        if &atom.kind == b"moov" {
            if atom.end - atom.body > MAX_INDEX {
                return Err(AudioError::corrupt("the MP4 index is absurdly large"));
            }
            let mut movie = Movie::default();
            children(source, atom, &mut budget, &mut |source, child, budget| {
                movie_box(source, child, budget, &mut movie)
            })?;
            movie.cut = cut_box(source, atom.end, budget)?;
            return judge(movie);
        }
        pos = atom.end;
        budget -= 1;
    }
    Err(AudioError::truncated("the MP4 index is missing"))
}

/// The box from `pos` on within which the file ends, if it does: bytes there and bytes promised.
fn cut_box(
    source: &mut Source<'_>,
    mut pos: u64,
    mut budget: u32,
) -> Result<Option<(u64, u64)>, AudioError> {
    let len = source.len();
    while pos < len && budget > 0 {
        match atom(source, pos, len) {
            Ok(Some(atom)) if atom.end > len => {
                return Ok(Some((len.saturating_sub(atom.body), atom.end - atom.body)));
            }
            Ok(Some(atom)) => pos = atom.end,
            // What is no box is for the decoder to judge.
            Ok(None) | Err(AudioError::Corrupt(_)) => return Ok(None),
            Err(error) => return Err(error),
        }
        budget -= 1;
    }
    Ok(None)
}

fn judge(movie: Movie) -> Result<Movie, AudioError> {
    // A still picture as a video track is how some players store covers and chapters.
    let film = movie.tracks.iter().any(|track| {
        &track.handler == b"vide" && !matches!(&track.coding, b"jpeg" | b"png " | b"mjpa")
    });
    if film {
        return Err(AudioError::NotAudio(NotAudio::Video));
    }
    if movie.audio().is_some() {
        return Ok(movie);
    }
    match movie.tracks.iter().find(|track| &track.handler == b"soun") {
        Some(track) => {
            let name = String::from_utf8_lossy(&track.coding).into_owned();
            Err(AudioError::UnsupportedCodec(format!(
                "{} in MP4",
                name.trim().escape_debug()
            )))
        }
        None => Err(AudioError::NoAudioTrack),
    }
}

type Visit<'v> = &'v mut dyn FnMut(&mut Source<'_>, Atom, &mut u32) -> Result<(), AudioError>;

fn children(
    source: &mut Source<'_>,
    parent: Atom,
    budget: &mut u32,
    visit: Visit<'_>,
) -> Result<(), AudioError> {
    let mut pos = parent.body;
    while pos + 8 <= parent.end {
        *budget = budget
            .checked_sub(1)
            .ok_or_else(|| AudioError::corrupt("the MP4 index has too many boxes"))?;
        let Some(child) = atom(source, pos, parent.end)? else {
            break;
        };
        if child.end > parent.end {
            return Err(AudioError::corrupt(
                "an MP4 box is larger than the one around it",
            ));
        }
        visit(source, child, budget)?;
        pos = child.end;
    }
    Ok(())
}

fn movie_box(
    source: &mut Source<'_>,
    atom: Atom,
    budget: &mut u32,
    movie: &mut Movie,
) -> Result<(), AudioError> {
    match &atom.kind {
        b"mvhd" => movie.movie_scale = scale(source, atom)?,
        b"mvex" => movie.fragmented = true,
        b"trak" => {
            let mut track = Track::default();
            track_box(source, atom, budget, &mut track)?;
            movie.tracks.push(track);
        }
        _ => {}
    }
    Ok(())
}

fn track_box(
    source: &mut Source<'_>,
    parent: Atom,
    budget: &mut u32,
    track: &mut Track,
) -> Result<(), AudioError> {
    children(source, parent, budget, &mut |source, atom, budget| {
        match &atom.kind {
            b"mdia" | b"minf" | b"stbl" | b"edts" => track_box(source, atom, budget, track)?,
            b"mdhd" => track.scale = scale(source, atom)?,
            b"hdlr" => track.handler = source.array(atom.body + 8)?.unwrap_or_default(),
            b"stsd" => sample_entry(source, atom, track)?,
            b"stts" => track.frames = total_time(source, atom)?,
            b"stsz" => packet_sizes(source, atom)?,
            b"elst" => edits(source, atom, track)?,
            _ => {}
        }
        Ok(())
    })
}

/// Ticks per second, from `mvhd` or `mdhd`.
fn scale(source: &mut Source<'_>, atom: Atom) -> Result<u32, AudioError> {
    let head = source.at(atom.body, 32)?;
    Ok(be32(head, if head.first() == Some(&1) { 20 } else { 12 }))
}

fn sample_entry(source: &mut Source<'_>, atom: Atom, track: &mut Track) -> Result<(), AudioError> {
    let size = usize::try_from(atom.end - atom.body)
        .unwrap_or(WINDOW)
        .min(4096);
    let body = source.at(atom.body, size)?;
    let Some(entry) = body.get(8..) else {
        return Ok(());
    };
    track.coding = entry
        .get(4..8)
        .and_then(|b| b.try_into().ok())
        .unwrap_or_default();
    if &track.handler != b"soun" || entry.len() < 36 {
        return Ok(());
    }
    track.channels = u32::from(be16(entry, 24));
    track.rate = u32::from(be16(entry, 32));
    let extra = match be16(entry, 16) {
        1 => 16,
        2 => 36,
        _ => 0,
    };
    let inner = entry.get(36 + extra..).unwrap_or_default();
    match &track.coding {
        b"alac" => {
            track.codec = Some(Codec::Alac);
            // The magic cookie (box header, version, then bit depth at 5, channels, rate).
            if let Some(at) = find(inner, b"alac") {
                let cookie = inner.get(at + 8..).unwrap_or_default();
                track.bits = cookie.get(5).map(|bits| u32::from(*bits));
                track.channels = cookie.get(9).map_or(track.channels, |n| u32::from(*n));
                track.rate = be32(cookie, 20);
            }
        }
        b"mp4a" => {
            let esds = find(inner, b"esds")
                .and_then(|at| inner.get(at + 8..))
                .unwrap_or_default();
            aac(esds, track);
        }
        _ => {}
    }
    Ok(())
}

fn find(bytes: &[u8], name: &[u8; 4]) -> Option<usize> {
    bytes.windows(4).position(|four| four == name)
}

/// Reads the descriptors of an `esds` box (ISO/IEC 14496-1) down to the AAC profile.
fn aac(esds: &[u8], track: &mut Track) {
    let mut at = 0;
    while let Some(tag) = esds.get(at).copied() {
        at += 1;
        // Sizes are written seven bits at a time.
        while esds.get(at).is_some_and(|b| b & 0x80 != 0) {
            at += 1;
        }
        at += 1;
        match tag {
            3 => {
                let flags = esds.get(at + 2).copied().unwrap_or(0);
                at += 3 + if flags & 0x80 != 0 { 2 } else { 0 };
            }
            4 => {
                track.object_type = esds.get(at).copied().unwrap_or(0);
                at += 13;
            }
            5 => {
                let config = be16(esds, at);
                let index = config >> 7 & 0xf;
                // Object types 5 and 29 are HE-AAC; low rates hide it inside plain AAC.
                track.low_rate = matches!(config >> 11, 5 | 29) || index >= 6;
                break;
            }
            _ => break,
        }
    }
    // 0x40 is MPEG-4 audio, 0x66 to 0x68 MPEG-2 AAC; 0x69 and 0x6b would be MP3.
    if matches!(track.object_type, 0x40 | 0x66..=0x68) {
        track.codec = Some(Codec::Aac);
    }
}

/// Ticks of all packets together, from `stts`.
fn total_time(source: &mut Source<'_>, atom: Atom) -> Result<u64, AudioError> {
    let count = source
        .array::<8>(atom.body)?
        .map_or(0, |head| be32(&head, 4));
    let fits = (atom.end - atom.body).saturating_sub(8) / 8;
    let mut total = 0u64;
    for entry in 0..u64::from(count).min(fits) {
        let pair = source
            .array::<8>(atom.body + 8 + entry * 8)?
            .unwrap_or_default();
        let ticks = u64::from(be32(&pair, 0)).saturating_mul(u64::from(be32(&pair, 4)));
        total = total.saturating_add(ticks);
    }
    Ok(total)
}

/// Refuses packets that are no audio packets, which a decoder would load whole.
fn packet_sizes(source: &mut Source<'_>, atom: Atom) -> Result<(), AudioError> {
    let head: [u8; 12] = source.array(atom.body)?.unwrap_or_default();
    let too_large = || AudioError::corrupt("an MP4 packet is absurdly large");
    if be32(&head, 4) != 0 {
        // All packets have one size.
        return if be32(&head, 4) > MAX_PACKET {
            Err(too_large())
        } else {
            Ok(())
        };
    }
    let fits = (atom.end - atom.body).saturating_sub(12) / 4;
    for entry in 0..u64::from(be32(&head, 8)).min(fits) {
        if source
            .array::<4>(atom.body + 12 + entry * 4)?
            .is_some_and(|size| be32(&size, 0) > MAX_PACKET)
        {
            return Err(too_large());
        }
    }
    Ok(())
}

fn edits(source: &mut Source<'_>, atom: Atom, track: &mut Track) -> Result<(), AudioError> {
    let body = source.at(atom.body, 8 + 20)?;
    track.edits = be32(body, 4);
    let (duration, start) = if body.first() == Some(&1) {
        (be64(body, 8), be64(body, 16))
    } else {
        (u64::from(be32(body, 8)), u64::from(be32(body, 12)))
    };
    // A start of -1 is an empty edit: a pause before the track.
    let empty = start == u64::MAX || start == u64::from(u32::MAX);
    track.edit = (track.edits == 1 && !empty).then_some((duration, start));
    Ok(())
}

/// Turns the index into promises.
pub(super) fn survey(
    source: &mut Source<'_>,
    movie: &Movie,
    format: Format,
) -> Result<Survey, AudioError> {
    let mut survey = Survey::new(format, Span::range(0, source.len()));
    let Some((track, _)) = movie.audio() else {
        return Err(AudioError::NoAudioTrack);
    };
    survey.rate = Some(track.rate).filter(|rate| *rate > 0);
    survey.channels = Some(track.channels).filter(|channels| *channels > 0);
    survey.bits = track.bits;
    survey.maybe_sbr = format.codec == Codec::Aac && track.low_rate;
    if let Some((there, promised)) = movie.cut {
        // Which bytes are which moment only the whole index says; they are spread evenly enough
        // to say it in seconds.
        let frames = u128::from(track.frames) * u128::from(there) / u128::from(promised.max(1));
        return Err(AudioError::ends_early(
            u64::try_from(frames).unwrap_or(u64::MAX),
            Some(track.frames),
            track.scale,
        ));
    }
    // Where ticks are samples, positions in the index can be used as they are.
    if !movie.fragmented && survey.rate == Some(track.scale) {
        survey.frames = Some(track.frames).filter(|frames| *frames > 0);
        if let Some((duration, start)) = track.edit
            && movie.movie_scale > 0
            && start < track.frames
        {
            survey.skip = start;
            let frames = u128::from(duration) * u128::from(track.scale);
            let frames = (frames / u128::from(movie.movie_scale)) as u64;
            survey.keep = Some(frames).filter(|frames| *frames > 0 && !survey.maybe_sbr);
        }
    }
    Ok(survey)
}
