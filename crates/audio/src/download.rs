//! The copy of an original that listeners download: the same audio, with the tags and the cover
//! of the product instead of whatever the file came with.
//!
//! The audio bytes are copied as they are. Bare streams, FLAC, WAV and AIFF are put together anew
//! around them, in bounded memory; Ogg and MP4 are rewritten by lofty, which holds them in memory,
//! one at a time.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};

use lofty::config::WriteOptions;
use lofty::picture::{MimeType, Picture, PictureInformation, PictureType};
use lofty::tag::{ItemKey, Tag, TagExt, TagType};

use crate::decode::Limits;
use crate::recognise::{Source, Survey, survey};
use crate::tags::limit_allocations;
use crate::{AudioError, Container, Cover, Tags};

/// Largest Ogg or MP4 file that is rewritten, in bytes: those are held in memory.
const MAX_IN_MEMORY: u64 = 256 * 1024 * 1024;
/// Only one of those is held at a time, in the whole process.
static IN_MEMORY: Mutex<()> = Mutex::new(());
/// The largest metadata block FLAC can have, in bytes (RFC 9639: a 24-bit length).
const MAX_FLAC_BLOCK: usize = 0xff_ffff;

/// Writes to `dst` a copy of the audio file `src` that carries `tags` (title, artist, album,
/// track number, genre, date, lyrics and cover; what is `None` is left out) and no other tags.
/// `dst` is created or overwritten; after a failure it is removed.
///
/// # Errors
/// [`AudioError::TagsUnwritable`] when the file's structure does not allow it, those of
/// [`recognise`](crate::recognise), [`AudioError::Io`].
pub fn tag_download(src: &Path, dst: &Path, tags: &Tags) -> Result<(), AudioError> {
    let result = catch_unwind(AssertUnwindSafe(|| write(src, dst, tags))).unwrap_or_else(|_| {
        Err(AudioError::TagsUnwritable(
            "its structure is unusual".into(),
        ))
    });
    if result.is_err() && dst != src {
        let _ = std::fs::remove_file(dst);
    }
    result
}

fn write(src: &Path, dst: &Path, tags: &Tags) -> Result<(), AudioError> {
    limit_allocations();
    let file = File::open(src)?;
    let never = AtomicBool::new(false);
    let limits = Limits {
        max_duration: std::time::Duration::MAX,
        ..Limits::default()
    };
    let survey = survey(&mut Source::new(&file, &never)?, &limits)?;
    match survey.format.container {
        Container::Mpeg | Container::Adts => {
            let mut out = BufWriter::new(File::create(dst)?);
            out.write_all(&id3(tags)?)?;
            copy_audio(&file, &survey, &mut out)?;
            Ok(out
                .into_inner()
                .map_err(io::IntoInnerError::into_error)?
                .sync_all()?)
        }
        Container::Flac => write_flac(&file, dst, &survey, tags),
        Container::Wav | Container::Aiff => write_chunks(&file, dst, &survey, tags),
        Container::Mp4 => rewrite(src, dst, &file, TagType::Mp4Ilst, tags),
        Container::Ogg => rewrite(src, dst, &file, TagType::VorbisComments, tags),
    }
}

/// Copies the audio, and nothing else, of the surveyed file.
fn copy_audio(mut file: &File, survey: &Survey, out: &mut impl Write) -> Result<u64, AudioError> {
    file.seek(SeekFrom::Start(survey.span.start))?;
    let len = survey.span.end - survey.span.start;
    let copied = io::copy(&mut file.take(len), out)?;
    if copied != len {
        return Err(AudioError::truncated("it became shorter while it was read"));
    }
    Ok(copied)
}

fn write_flac(file: &File, dst: &Path, survey: &Survey, tags: &Tags) -> Result<(), AudioError> {
    let mut text = tag(TagType::VorbisComments, tags);
    text.remove_picture_type(PictureType::CoverFront);
    let mut comments = Vec::new();
    text.dump_to(&mut comments, options()).map_err(unwritable)?;
    let mut blocks = vec![(4u8, comments)];
    if let Some(picture) = tags.cover.as_ref().map(picture) {
        let size = PictureInformation::from_picture(&picture).unwrap_or_default();
        blocks.push((6, picture.as_flac_bytes(size, false)));
    }
    // The last block has the highest bit set.
    if let Some(last) = blocks.last_mut() {
        last.0 |= 0x80;
    }
    let mut out = BufWriter::new(File::create(dst)?);
    // The prefix of the survey is the mark and STREAMINFO as the last block.
    let mut prefix = survey.span.prefix.clone();
    prefix[4] &= 0x7f;
    out.write_all(&prefix)?;
    for (kind, body) in blocks {
        let fits = u32::try_from(body.len())
            .ok()
            .filter(|_| body.len() <= MAX_FLAC_BLOCK);
        let Some(len) = fits else {
            return Err(AudioError::TagsUnwritable(
                "the cover is too large for FLAC".into(),
            ));
        };
        out.write_all(&(u32::from(kind) << 24 | len).to_be_bytes())?;
        out.write_all(&body)?;
    }
    copy_audio(file, survey, &mut out)?;
    Ok(out
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .sync_all()?)
}

/// WAV and AIFF: the rebuilt header, the samples, and the tags as an ID3 chunk behind them.
fn write_chunks(file: &File, dst: &Path, survey: &Survey, tags: &Tags) -> Result<(), AudioError> {
    let big = survey.format.container == Container::Aiff;
    let four = |n: u32| {
        if big {
            n.to_be_bytes()
        } else {
            n.to_le_bytes()
        }
    };
    let id3 = id3(tags)?;
    let audio = survey.span.end - survey.span.start;
    let pad = (audio & 1) as usize;
    let whole = survey.span.len() + pad as u64 + 8 + id3.len() as u64 + (id3.len() & 1) as u64;
    let size = u32::try_from(whole - 8)
        .map_err(|_| AudioError::TagsUnwritable("it is too large for its container".into()))?;

    let mut out = BufWriter::new(File::create(dst)?);
    let mut prefix = survey.span.prefix.clone();
    prefix[4..8].copy_from_slice(&four(size));
    out.write_all(&prefix)?;
    copy_audio(file, survey, &mut out)?;
    out.write_all(&[0][..pad])?;
    out.write_all(if big { b"ID3 " } else { b"id3 " })?;
    out.write_all(&four(id3.len() as u32))?;
    out.write_all(&id3)?;
    out.write_all(&[0][..id3.len() & 1])?;
    Ok(out
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .sync_all()?)
}

/// Ogg and MP4: a copy of the file whose tags lofty replaces.
fn rewrite(
    src: &Path,
    dst: &Path,
    file: &File,
    kind: TagType,
    tags: &Tags,
) -> Result<(), AudioError> {
    if file.metadata()?.len() > MAX_IN_MEMORY {
        return Err(AudioError::TagsUnwritable("it is too large".into()));
    }
    std::fs::copy(src, dst)?;
    // It guards nothing but the memory, which whoever panicked has given back.
    let _turn = IN_MEMORY.lock().unwrap_or_else(PoisonError::into_inner);
    let mut copy = File::options().read(true).write(true).open(dst)?;
    tag(kind, tags)
        .save_to(&mut copy, options().remove_others(true))
        .map_err(unwritable)?;
    Ok(copy.sync_all()?)
}

fn id3(tags: &Tags) -> Result<Vec<u8>, AudioError> {
    let mut bytes = Vec::new();
    tag(TagType::Id3v2, tags)
        .dump_to(&mut bytes, options())
        .map_err(unwritable)?;
    Ok(bytes)
}

fn options() -> WriteOptions {
    WriteOptions::new().preferred_padding(0)
}

fn unwritable(error: impl std::fmt::Display) -> AudioError {
    AudioError::TagsUnwritable(error.to_string())
}

fn picture(cover: &Cover) -> Picture {
    let mime = match cover.mime {
        "image/png" => MimeType::Png,
        "image/jpeg" => MimeType::Jpeg,
        "image/gif" => MimeType::Gif,
        other => MimeType::Unknown(other.into()),
    };
    Picture::unchecked(cover.bytes.clone())
        .pic_type(PictureType::CoverFront)
        .mime_type(mime)
        .build()
}

fn tag(kind: TagType, tags: &Tags) -> Tag {
    let mut tag = Tag::new(kind);
    let mut put = |key: ItemKey, value: Option<String>| {
        if let Some(value) = value {
            // A key this kind of tag does not have is left out.
            tag.insert_text(key, value);
        }
    };
    put(ItemKey::TrackTitle, tags.title.clone());
    put(ItemKey::TrackArtist, tags.artist.clone());
    put(ItemKey::AlbumTitle, tags.album.clone());
    put(
        ItemKey::TrackNumber,
        tags.track_number.map(|number| number.to_string()),
    );
    put(ItemKey::Genre, tags.genre.clone());
    put(
        ItemKey::RecordingDate,
        tags.date
            .clone()
            .or_else(|| tags.year.map(|y| y.to_string())),
    );
    put(ItemKey::UnsyncLyrics, tags.lyrics.clone());
    if let Some(cover) = &tags.cover {
        tag.push_picture(picture(cover));
    }
    tag
}
