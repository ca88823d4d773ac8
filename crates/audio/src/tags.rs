//! What a file says of itself: title, artist, cover and the like, read with lofty and cleaned.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use lofty::config::{GlobalOptions, ParseOptions, ParsingMode, apply_global_options};
use lofty::file::{FileType, TaggedFile, TaggedFileExt};
use lofty::picture::{Picture, PictureType};
use lofty::probe::Probe;
use lofty::tag::{ItemKey, Tag};

use crate::recognise::{Source, identify_format};
use crate::{AudioError, Codec, Container, Format, text};

/// Largest cover that is taken out of a file, in bytes.
pub const MAX_COVER_BYTES: usize = 20 * 1024 * 1024;

/// Longest kept title, artist and album, in characters.
const MAX_NAME: usize = 200;
/// Longest kept genre, in characters.
const MAX_GENRE: usize = 100;
/// Longest kept lyrics, in characters.
const MAX_LYRICS: usize = 20_000;
/// What lofty may allocate for one item: a cover and what surrounds it, in bytes.
const MAX_ITEM: usize = MAX_COVER_BYTES + 64 * 1024;

/// What is read of a file for its tags, all items together, in bytes. An honest file has one cover
/// and some text; a thousand pictures are no tags.
const MAX_READ: u64 = MAX_ITEM as u64 + 12 * 1024 * 1024;

/// A file of which only so many bytes can be read. What is skipped costs nothing.
struct Rationed {
    file: File,
    left: u64,
}

impl Read for Rationed {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        if most == 0 && !buf.is_empty() {
            return Err(io::Error::other("the tags are absurdly large"));
        }
        let wanted = buf.len().min(most);
        let read = self.file.read(&mut buf[..wanted])?;
        self.left -= read as u64;
        Ok(read)
    }
}

impl Seek for Rationed {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// Tags of a file, clean: NFC, without control or bidirectional characters, of bounded length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    /// Title of the track, at most 200 characters, one line.
    pub title: Option<String>,
    /// Artist of the track, at most 200 characters, one line.
    pub artist: Option<String>,
    /// Title of the album, at most 200 characters, one line.
    pub album: Option<String>,
    /// Number of the track on its album, 1 to 9999.
    pub track_number: Option<u32>,
    /// Genre as the file words it, at most 100 characters, one line.
    pub genre: Option<String>,
    /// Year of release, 1000 to 9999.
    pub year: Option<u16>,
    /// Date of release as `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, as exact as the file knows it.
    pub date: Option<String>,
    /// Lyrics, at most 20,000 characters, lines separated by `\n`.
    pub lyrics: Option<String>,
    /// The front cover, or the only picture there is.
    pub cover: Option<Cover>,
}

/// A picture, judged by its content.
#[derive(Clone, PartialEq, Eq)]
pub struct Cover {
    /// `image/jpeg`, `image/png`, `image/gif` or `image/webp`.
    pub mime: &'static str,
    /// The picture file, at most [`MAX_COVER_BYTES`].
    pub bytes: Vec<u8>,
}

impl Cover {
    /// Takes picture bytes when they are a kind of picture that browsers show and not too large.
    pub fn new(bytes: Vec<u8>) -> Option<Cover> {
        let mime = match bytes.as_slice() {
            b if b.starts_with(b"\x89PNG\r\n\x1a\n") => "image/png",
            b if b.starts_with(b"\xff\xd8\xff") => "image/jpeg",
            b if b.starts_with(b"GIF8") => "image/gif",
            b if b.starts_with(b"RIFF") && b.get(8..12) == Some(b"WEBP") => "image/webp",
            _ => return None,
        };
        (bytes.len() <= MAX_COVER_BYTES).then_some(Cover { mime, bytes })
    }
}

impl std::fmt::Debug for Cover {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cover({}, {} bytes)", self.mime, self.bytes.len())
    }
}

/// Reads the tags of the file at `path`. A file without tags, or with tags that cannot be read,
/// has empty [`Tags`]: bad tags are no reason to refuse good audio. So has one whose tags are
/// absurdly many: what is read and held is bounded for all of them together.
///
/// # Errors
/// Those of [`recognise`](crate::recognise).
pub fn read_tags(path: &Path) -> Result<Tags, AudioError> {
    let file = File::open(path)?;
    let never = AtomicBool::new(false);
    let format = identify_format(&mut Source::new(&file, &never)?)?;
    let read = catch_unwind(AssertUnwindSafe(|| read_with_lofty(file, &format)));
    let Ok(Some(tagged)) = read else {
        return Ok(Tags::default());
    };
    Ok(collect(tagged))
}

fn read_with_lofty(file: File, format: &Format) -> Option<TaggedFile> {
    limit_allocations();
    let options = ParseOptions::new()
        .read_properties(false)
        .parsing_mode(ParsingMode::Relaxed);
    let file = Rationed {
        file,
        left: MAX_READ,
    };
    let probe = Probe::with_file_type(BufReader::new(file), file_type(format)).options(options);
    probe.read().ok()
}

/// Bounds what lofty allocates on this thread for any single item.
pub(crate) fn limit_allocations() {
    apply_global_options(GlobalOptions::new().allocation_limit(MAX_ITEM));
}

/// The name lofty has for a format.
pub(crate) fn file_type(format: &Format) -> FileType {
    match (format.container, format.codec) {
        (Container::Flac, _) => FileType::Flac,
        (Container::Wav, _) => FileType::Wav,
        (Container::Aiff, _) => FileType::Aiff,
        (Container::Mpeg, _) => FileType::Mpeg,
        (Container::Adts, _) => FileType::Aac,
        (Container::Mp4, _) => FileType::Mp4,
        (Container::Ogg, Codec::Opus) => FileType::Opus,
        (Container::Ogg, _) => FileType::Vorbis,
    }
}

fn collect(tagged: TaggedFile) -> Tags {
    // The best kind of tag first: a file may have ID3v1 beside ID3v2.
    let primary = tagged.primary_tag_type();
    let mut kinds: Vec<&Tag> = tagged.tags().iter().collect();
    kinds.sort_by_key(|tag| tag.tag_type() != primary);
    let first = |key: ItemKey, most: usize| {
        kinds
            .iter()
            .filter_map(|tag| tag.get_string(key))
            .find_map(|t| text::line(t, most))
    };
    let date = [ItemKey::ReleaseDate, ItemKey::RecordingDate, ItemKey::Year]
        .into_iter()
        .filter_map(|key| first(key, 32))
        .find_map(|text| date(&text));
    let track = first(ItemKey::TrackNumber, 16).and_then(|text| {
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        digits
            .parse()
            .ok()
            .filter(|number| (1..=9999).contains(number))
    });
    let lyrics = [ItemKey::UnsyncLyrics, ItemKey::Lyrics]
        .into_iter()
        .flat_map(|key| kinds.iter().filter_map(move |tag| tag.get_string(key)))
        .find_map(|text| text::block(text, MAX_LYRICS));
    Tags {
        title: first(ItemKey::TrackTitle, MAX_NAME),
        artist: first(ItemKey::TrackArtist, MAX_NAME)
            .or_else(|| first(ItemKey::AlbumArtist, MAX_NAME)),
        album: first(ItemKey::AlbumTitle, MAX_NAME),
        track_number: track,
        genre: first(ItemKey::Genre, MAX_GENRE),
        year: date.as_ref().and_then(|date| date.get(..4)?.parse().ok()),
        date,
        lyrics,
        cover: cover(&kinds),
    }
}

fn cover(kinds: &[&Tag]) -> Option<Cover> {
    let pictures = || kinds.iter().flat_map(|tag| tag.pictures());
    let usable = |picture: &&Picture| picture.data().len() <= MAX_COVER_BYTES;
    let front = pictures().filter(|p| p.pic_type() == PictureType::CoverFront);
    front
        .chain(pictures())
        .filter(usable)
        .find_map(|p| Cover::new(p.data().to_vec()))
}

/// The part of a date that is sane: a year, perhaps with month and day.
fn date(text: &str) -> Option<String> {
    let digits = |from: usize, to: usize, most: u16| {
        let part = text.get(from..to)?;
        let value = part
            .bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| part.parse::<u16>().ok())??;
        (1..=most).contains(&value).then_some(part)
    };
    let year = digits(0, 4, 9999).filter(|year| !year.starts_with('0'))?;
    let dash = |at: usize| text.as_bytes().get(at) == Some(&b'-');
    let Some(month) = digits(5, 7, 12).filter(|_| dash(4)) else {
        return Some(year.into());
    };
    let Some(day) = digits(8, 10, 31).filter(|_| dash(7)) else {
        return Some(format!("{year}-{month}"));
    };
    Some(format!("{year}-{month}-{day}"))
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn dates_keep_what_is_sane() {
        let check =
            |text: &str, expected: Option<&str>| assert_eq!(date(text).as_deref(), expected);
        check("2024-05-17", Some("2024-05-17"));
        check("2024-05-17T20:00:00", Some("2024-05-17"));
        check("2024-13-40", Some("2024"));
        check("2024-05", Some("2024-05"));
        check("1999", Some("1999"));
        check("0000", None);
        check("가나다", None);
        check("May 17", None);
    }
}
