//! Decoding inside the process, with symphonia.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicU64;

use symphonia::core::audio::{Audio, GenericAudioBufferRef};
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::{Hint, Probe};
use symphonia::core::formats::{FormatReader, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::default::formats;

use super::session::Session;
use super::{Analysis, DecodedBy, Warning};
use crate::view::View;
use crate::{AudioError, Codec, Container};

/// Why symphonia gave up.
pub(super) enum Failure {
    /// It does not know this coding.
    Unsupported(String),
    /// The file is at fault, or the machine.
    Audio(AudioError),
}

impl From<AudioError> for Failure {
    fn from(error: AudioError) -> Self {
        Failure::Audio(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Audio(match error {
            Error::Unsupported(what) => return Failure::Unsupported(what.into()),
            Error::IoError(error) => match error.kind() {
                std::io::ErrorKind::UnexpectedEof => {
                    AudioError::truncated("it ends in the middle of the audio")
                }
                _ => AudioError::Io(error),
            },
            other => AudioError::corrupt(other.to_string()),
        })
    }
}

/// Decodes everything. A panic in a decoder is damage in the file.
pub(super) fn decode(file: File, session: Session<'_>) -> Result<Analysis, Failure> {
    let cancel = session.cancel;
    let result = catch_unwind(AssertUnwindSafe(|| run(file, session)));
    let cancelled = cancel.load(std::sync::atomic::Ordering::Relaxed);
    match result {
        // Whatever failed after that failed because of it.
        Ok(Err(_)) if cancelled => Err(AudioError::Cancelled.into()),
        Ok(result) => result,
        Err(_) => Err(AudioError::corrupt("the decoder could not cope with it").into()),
    }
}

fn run(file: File, mut session: Session<'_>) -> Result<Analysis, Failure> {
    let survey = session.survey;
    let read = AtomicU64::new(0);
    let view =
        View::new(file, survey.span.clone(), session.cancel, &read).map_err(AudioError::from)?;
    let stream = MediaSourceStream::new(Box::new(view), MediaSourceStreamOptions::default());
    let mut reader = probe(survey.format.container).probe(
        &Hint::new(),
        stream,
        Default::default(),
        Default::default(),
    )?;
    let (mut track, mut decoder) = make_decoder(reader.as_ref())?;
    let mut planes: Vec<Vec<f32>> = Vec::new();
    let (mut packets, mut bad, mut coded) = (0u64, 0u64, 0u64);
    let mut next_pts = None;
    loop {
        let packet = match reader.next_packet() {
            Ok(Some(packet)) => packet,
            Ok(None) => break,
            // A chained Ogg file starts its next link.
            Err(Error::ResetRequired) => {
                (track, decoder) = make_decoder(reader.as_ref())?;
                continue;
            }
            Err(Error::IoError(error)) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                return Err(session.ends_early().into());
            }
            Err(error) => return Err(error.into()),
        };
        if packet.track_id != track {
            continue;
        }
        packets += 1;
        coded += packet.data.len() as u64;
        if survey.format.codec == Codec::Flac {
            // The reader leaves out frames whose checksum is wrong.
            if next_pts.is_some_and(|expected| packet.pts.get() != expected) {
                return Err(AudioError::corrupt("a part of the audio is damaged").into());
            }
            next_pts = Some(packet.pts.get().saturating_add_unsigned(packet.dur.get()));
        }
        match decoder.decode(&packet) {
            Ok(buffer) => take(&buffer, &mut planes, &mut session)?,
            Err(Error::DecodeError(_) | Error::IoError(_)) if forgives(survey.format.codec) => {
                bad += 1;
            }
            Err(Error::DecodeError(what)) => return Err(AudioError::corrupt(what).into()),
            Err(Error::IoError(_)) => {
                return Err(AudioError::corrupt("a packet ends too early").into());
            }
            Err(error) => return Err(error.into()),
        }
    }
    if bad > 2 + packets / 100 {
        let words = format!("{bad} of {packets} frames cannot be decoded");
        return Err(AudioError::Corrupt(words).into());
    }
    if bad > 0 {
        session.warn(Warning::DamagedFrames);
    }
    // Nothing says how many frames there should be, but the reader left some bytes out.
    let there = survey.span.end - survey.span.start;
    if survey.format.codec == Codec::Flac && survey.frames.is_none() && coded < there {
        return Err(session.ends_early().into());
    }
    Ok(session.finish(DecodedBy::Symphonia)?)
}

/// Whether a frame here and there may be damaged: MP3 files cut and joined by tools have them.
fn forgives(codec: Codec) -> bool {
    codec == Codec::Mp3
}

/// A probe that knows one container only: the format was recognised already, by our own rules.
fn probe(container: Container) -> Probe {
    let mut probe = Probe::default();
    match container {
        Container::Flac => probe.register_format::<formats::FlacReader<'_>>(),
        Container::Wav => probe.register_format::<formats::WavReader<'_>>(),
        Container::Aiff => probe.register_format::<formats::AiffReader<'_>>(),
        Container::Mpeg => probe.register_format::<formats::MpaReader<'_>>(),
        Container::Adts => probe.register_format::<formats::AdtsReader<'_>>(),
        Container::Mp4 => probe.register_format::<formats::IsoMp4Reader<'_>>(),
        Container::Ogg => probe.register_format::<formats::OggReader<'_>>(),
    }
    probe
}

fn make_decoder(reader: &dyn FormatReader) -> Result<(u32, Box<dyn AudioDecoder>), Failure> {
    let track = reader
        .default_track(TrackType::Audio)
        .ok_or(AudioError::NoAudioTrack)?;
    let parameters = track
        .codec_params
        .as_ref()
        .and_then(|parameters| parameters.audio())
        .ok_or(AudioError::NoAudioTrack)?;
    // The MD5 sum of a FLAC file is not verified: it takes a sixth of the time, and every frame
    // has a checksum and a number that the reader and `run` hold it to.
    let options = AudioDecoderOptions::default();
    let decoder = symphonia::default::get_codecs().make_audio_decoder(parameters, &options)?;
    Ok((track.id, decoder))
}

/// Hands a decoded buffer to the session as planes of `f32`.
fn take(
    buffer: &GenericAudioBufferRef<'_>,
    planes: &mut Vec<Vec<f32>>,
    session: &mut Session<'_>,
) -> Result<(), AudioError> {
    if buffer.frames() == 0 {
        return Ok(());
    }
    session.open(buffer.spec().rate(), buffer.spec().channels())?;
    if let GenericAudioBufferRef::F32(floats) = buffer {
        let direct: Vec<&[f32]> = floats.iter_planes().collect();
        return session.feed(&direct, true);
    }
    buffer.copy_to_vecs_planar(planes);
    let views: Vec<&[f32]> = planes.iter().map(Vec::as_slice).collect();
    session.feed(&views, true)
}
