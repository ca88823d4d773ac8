//! The copy of a track to keep: the original's sound with the product's tags.

use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;
use wing_audio::{AudioError, Cover, Tags};
use wing_contracts::TrackId;
use wing_kit::auth::Viewer;
use wing_kit::images::ImageRef;
use wing_kit::media::{MediaError, content_hash};

use super::pictures::{reference_file, release_file};
use super::workshop::at_low_priority;
use super::{Music, manages_as, tracks};
use crate::error::Error;
use crate::model::{AudioFile, Rendition, Track, TrackStatus};
use crate::store;

/// Copies that are made at once.
static MAKING: Semaphore = Semaphore::const_new(2);

/// A copy, ready to be served.
#[derive(Clone, Debug)]
pub struct Download {
    /// Media key.
    pub key: String,
    /// SHA-256 of the content, hexadecimal.
    pub hash: String,
    /// Bytes.
    pub size: u64,
    /// Media type.
    pub mime: String,
    /// `Artist - Title.flac`, clean but in any script.
    pub file_name: String,
    /// Whether everybody may have it.
    pub open: bool,
}

/// What a copy is made from.
struct Source {
    track: Track,
    file: AudioFile,
    original: Rendition,
    made: (Option<String>, Option<String>),
    released_on: Option<String>,
    lyrics: String,
}

impl Music {
    /// The copy of a track to keep: for everybody if its artist offers it, for
    /// its manager always. It is made when it is first asked for, and anew when
    /// what is written about the track changed.
    pub async fn download(&self, viewer: Option<&Viewer>, id: TrackId) -> Result<Download, Error> {
        let source = self.download_source(viewer, id).await?;
        let manager = manages_as(viewer, source.track.artist.owner);
        if !source.track.downloadable && !manager {
            return Err(Error::NotDownloadable);
        }
        let tags = self.tags_of(&source).await?;
        let fingerprint = fingerprint(&source.original.hash, &tags);
        let (key, size) = match self.made(&source.made, &fingerprint).await? {
            Some(made) => made,
            None => self.make_download(&source, tags, &fingerprint).await?,
        };
        let extension = source.file.extension.as_deref().unwrap_or("bin");
        Ok(Download {
            hash: hash_in(&key),
            size,
            key,
            mime: source.original.mime.clone(),
            file_name: file_name(&source.track.artist.name, &source.track.title, extension),
            open: source.track.status == TrackStatus::Published && source.track.downloadable,
        })
    }

    async fn download_source(&self, viewer: Option<&Viewer>, id: TrackId) -> Result<Source, Error> {
        let viewer = viewer.cloned();
        self.db
            .read(move |conn| {
                let (track, _) = tracks::seen(conn, viewer.as_ref(), id)?;
                let file = store::files::find(conn, id)?.ok_or(Error::NotFound)?;
                let forms = store::files::renditions(conn, id)?;
                let original = forms.into_iter().find(|form| form.kind == "original");
                let album = match &track.album {
                    Some(album) => store::albums::find(conn, album.id)?,
                    None => None,
                };
                Ok(Source {
                    made: store::files::download(conn, id)?,
                    lyrics: store::tracks::lyrics(conn, id)?,
                    released_on: album.and_then(|album| album.text.released_on),
                    original: original.ok_or(Error::NotFound)?,
                    track,
                    file,
                })
            })
            .await
    }

    async fn tags_of(&self, source: &Source) -> Result<Tags, Error> {
        let track = &source.track;
        let cover = match track.cover.as_deref().and_then(ImageRef::parse) {
            Some(image) => {
                // A picture's key is its path below `/media/`.
                let url = image.url("music", 1024, "jpg");
                match self.media.get(url.trim_start_matches("/media/")).await {
                    Ok(bytes) => Cover::new(bytes.to_vec()),
                    Err(MediaError::Missing) => None,
                    Err(error) => return Err(error.into()),
                }
            }
            None => None,
        };
        Ok(Tags {
            title: Some(track.title.clone()),
            artist: Some(track.artist.name.clone()),
            album: track
                .album
                .as_ref()
                .filter(|album| album.published)
                .map(|album| album.title.clone()),
            track_number: track
                .track_number
                .and_then(|number| u32::try_from(number).ok()),
            genre: Some(track.genre.as_str().to_owned()),
            year: None,
            date: source.released_on.clone(),
            lyrics: Some(source.lyrics.clone()).filter(|lyrics| !lyrics.is_empty()),
            cover,
        })
    }

    /// The copy made earlier, if it carries these tags and is still there.
    async fn made(
        &self,
        made: &(Option<String>, Option<String>),
        fingerprint: &str,
    ) -> Result<Option<(String, u64)>, Error> {
        let (Some(key), Some(of)) = made else {
            return Ok(None);
        };
        if of != fingerprint {
            return Ok(None);
        }
        match self.media.size(key).await {
            Ok(size) => Ok(Some((key.clone(), size))),
            Err(MediaError::Missing) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn make_download(
        &self,
        source: &Source,
        tags: Tags,
        fingerprint: &str,
    ) -> Result<(String, u64), Error> {
        let id = source.track.id;
        let _turn = MAKING
            .acquire()
            .await
            .map_err(|_| wing_kit::Problem::unavailable())?;
        // Somebody who asked before may have made it meanwhile.
        let made = self
            .db
            .read(move |conn| Ok::<_, Error>(store::files::download(conn, id)?))
            .await?;
        if let Some(made) = self.made(&made, fingerprint).await? {
            return Ok(made);
        }
        let extension = source.file.extension.as_deref().unwrap_or("bin");
        let target = self.workshop.temp(extension).map_err(MediaError::from)?;
        let (from, to) = (
            self.local_copy(&source.original.key).await?,
            target.to_path_buf(),
        );
        let copied = at_low_priority(move || {
            wing_audio::tag_download(from.path(), &to, &tags)?;
            Ok::<_, AudioError>((hash_file(&to)?, to.metadata()?.len()))
        });
        let (hash, size) = match copied.await {
            Some(Ok(made)) => made,
            // What cannot carry our tags is given as it came.
            Some(Err(AudioError::TagsUnwritable(why))) => {
                tracing::info!(track = %id, why, "downloaded without tags");
                let original = &source.original;
                return Ok((original.key.clone(), original.size.cast_unsigned()));
            }
            Some(Err(AudioError::Io(error))) => return Err(MediaError::from(error).into()),
            Some(Err(error)) => return Err(MediaError::Failed(error.to_string()).into()),
            None => return Err(MediaError::Failed("tagging stumbled".into()).into()),
        };
        let key = format!("downloads/{id}/{hash}.{extension}");
        self.announce_file(&key).await?;
        self.media.put_file(&key, &target).await?;
        let (stored, fingerprint, now) = (key.clone(), fingerprint.to_owned(), self.clock.now());
        self.db
            .write(move |tx| {
                store::processing::lock(tx, id)?;
                let before = store::files::download(tx, id)?.0;
                reference_file(tx, &stored, now)?;
                store::files::set_download(tx, id, &stored, &fingerprint)?;
                match before.filter(|before| *before != stored) {
                    Some(before) => release_file(tx, &before, now),
                    None => Ok(()),
                }
            })
            .await?;
        Ok((key, size))
    }
}

/// What stands for a copy's content: the sound and everything written in it.
fn fingerprint(original: &str, tags: &Tags) -> String {
    let cover = tags.cover.as_ref().map(|cover| content_hash(&cover.bytes));
    let Tags {
        title,
        artist,
        album,
        track_number,
        genre,
        year,
        date,
        lyrics,
        cover: _,
    } = tags;
    let all = format!(
        "{original}{title:?}{artist:?}{album:?}{track_number:?}{genre:?}{year:?}{date:?}{lyrics:?}{cover:?}"
    );
    content_hash(all.as_bytes())
}

fn hash_in(key: &str) -> String {
    let name = key.rsplit('/').next().unwrap_or_default();
    name.split('.').next().unwrap_or_default().to_owned()
}

fn hash_file(path: &std::path::Path) -> std::io::Result<String> {
    let mut hasher = Sha256::new();
    let mut file = std::fs::File::open(path)?;
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match std::io::Read::read(&mut file, &mut buffer)? {
            0 => return Ok(hex::encode(hasher.finalize())),
            n => hasher.update(&buffer[..n]),
        }
    }
}

/// `Artist - Title.ext`, free of what any system refuses in a file's name.
fn file_name(artist: &str, title: &str, extension: &str) -> String {
    let clean = |text: &str| -> String {
        let replaced = text.chars().map(|c| match c {
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
            c if c.is_control() => '_',
            c => c,
        });
        replaced
            .take(80)
            .collect::<String>()
            .trim()
            .trim_matches('.')
            .to_owned()
    };
    format!("{} - {}.{extension}", clean(artist), clean(title))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_hold_nothing_a_system_refuses() {
        assert_eq!(file_name("밤", "산책", "flac"), "밤 - 산책.flac");
        assert_eq!(file_name("../a", "x/y:z\"?", "mp3"), "_a - x_y_z__.mp3");
        assert_eq!(
            file_name("a\nb", &"x".repeat(500), "ogg").chars().count(),
            3 + 3 + 80 + 4
        );
    }

    #[test]
    fn any_change_of_the_tags_is_another_copy() {
        let tags = Tags {
            title: Some("a".into()),
            ..Tags::default()
        };
        let cover = Cover::new(b"\xff\xd8\xff".to_vec());
        assert_ne!(
            fingerprint("h", &tags),
            fingerprint(
                "h",
                &Tags {
                    cover,
                    ..tags.clone()
                }
            )
        );
        assert_ne!(fingerprint("h", &tags), fingerprint("i", &tags));
        assert_ne!(
            fingerprint("h", &tags),
            fingerprint(
                "h",
                &Tags {
                    artist: tags.title.clone(),
                    ..Tags::default()
                }
            )
        );
    }
}
