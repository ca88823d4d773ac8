//! A track is made of an upload.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wing_contracts::{AlbumId, ArtistId, TrackId, UploadId};
use wing_kit::auth::Viewer;
use wing_kit::problem::Checks;
use wing_kit::{Tx, jobs};

use super::{Music, artists, tracks};
use crate::error::Error;
use crate::model::{Genre, Lyrics, Slug, Title, Track, TrackNumber};
use crate::store;
use crate::store::slugs::{self, Of};
use crate::store::uploads::Upload;

/// What somebody says of a new track, not yet looked at. What is left away is
/// taken from the file.
#[derive(Clone, Debug)]
pub struct NewTrack {
    /// Whose it is.
    pub artist_id: ArtistId,
    /// What it is on.
    pub album_id: Option<AlbumId>,
    /// Its title.
    pub title: Option<String>,
    /// A genre's id.
    pub genre: Option<String>,
    /// Lines.
    pub lyrics: Option<String>,
    /// 1 to 999.
    pub track_number: Option<i32>,
    /// Whether others may download it.
    pub downloadable: bool,
    /// The file.
    pub upload_id: UploadId,
    /// Whether to publish it as soon as it is ready.
    pub publish: bool,
}

/// The kind of the job that processes a track's file.
pub(crate) const KIND: &str = "process_track";

/// What to do with a new track's file: the payload of its job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    /// The track.
    pub track_id: TrackId,
    /// The title it goes by until the file tells a better one.
    pub provisional_title: Option<String>,
    /// The genre it goes by until the file tells a better one.
    pub provisional_genre: Option<Genre>,
}

struct Checked {
    title: Option<Title>,
    genre: Option<Genre>,
    lyrics: Lyrics,
    number: Option<TrackNumber>,
}

impl NewTrack {
    fn check(&self) -> Result<Checked, Error> {
        let mut checks = Checks::new();
        let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let title = given(&self.title)
            .map(|title| Title::parse(&title))
            .transpose();
        let title = checks.take("title", title);
        let genre = checks.take(
            "genre",
            given(&self.genre).map(|genre| genre.parse()).transpose(),
        );
        let lyrics = checks.take(
            "lyrics",
            Lyrics::parse(self.lyrics.as_deref().unwrap_or_default()),
        );
        let number = self.track_number.map(TrackNumber::parse).transpose();
        let number = checks.take("track_number", number);
        let all = (|| {
            Some(Checked {
                title: title?,
                genre: genre?,
                lyrics: lyrics?,
                number: number?,
            })
        })();
        Ok(checks.finish(all)?)
    }
}

impl Music {
    /// Makes a track of a whole upload of the viewer's and has it processed.
    pub async fn create_track(&self, viewer: &Viewer, new: NewTrack) -> Result<Track, Error> {
        let checked = Arc::new(new.check()?);
        let (viewer, now) = (viewer.clone(), self.clock.now());
        let write = move |tx: &mut Tx<'_>| write(tx, &viewer, &new, &checked, now);
        let track = self.write_with_slug(write).await?;
        self.tell_desk(track.id).await;
        Ok(track)
    }
}

fn write(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    new: &NewTrack,
    checked: &Checked,
    now: wing_contracts::Timestamp,
) -> Result<Track, Error> {
    let artist = artists::lock_managed(tx, viewer, new.artist_id)?;
    if let Some(album) = new.album_id {
        store::albums::lock(tx, album)?;
    }
    tracks::check_album(tx, viewer, artist.id, new.album_id)?;
    let upload = usable(tx, viewer, new.upload_id, now)?;

    let provisional = checked
        .title
        .is_none()
        .then(|| title_of_file(&upload.filename));
    let title = checked
        .title
        .as_ref()
        .map(Title::as_str)
        .or(provisional.as_deref())
        .unwrap_or_default();
    let assumed = checked
        .genre
        .is_none()
        .then(|| artist.genres.first().copied().unwrap_or(Genre::Other));
    let track_id = TrackId::new();
    let slug = slugs::free(tx, Of::Track, &Slug::of(title, "track"))?;
    let track = store::tracks::New {
        id: track_id,
        artist: artist.id,
        album: new.album_id,
        slug: slug.as_str(),
        title,
        track_number: checked.number.map(TrackNumber::get),
        genre: checked.genre.or(assumed).unwrap_or(Genre::Other),
        lyrics: checked.lyrics.as_str(),
        downloadable: new.downloadable,
        publish_when_ready: new.publish,
    };
    store::tracks::insert(tx, &track, now)?;
    let order = Order {
        track_id,
        provisional_title: provisional.clone(),
        provisional_genre: assumed,
    };
    let job = jobs::enqueue(tx, KIND, &order, now)?;
    let file = store::files::New {
        track: track_id,
        upload: upload.id,
        job,
        name: &upload.filename,
        size: upload.size,
    };
    store::files::insert(tx, &file, now)?;
    store::tracks::find(tx, track_id)?.ok_or(Error::NotFound)
}

/// The viewer's own upload, whole and not used before, now used.
fn usable(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    id: UploadId,
    now: wing_contracts::Timestamp,
) -> Result<Upload, Error> {
    let upload = store::uploads::find(tx, id)?
        .filter(|upload| upload.owner_id == viewer.id)
        .ok_or(Error::NotFound)?;
    if !store::uploads::mark_used(tx, id, now)? || store::files::is_used(tx, id)? {
        return Err(Error::UploadNotUsable);
    }
    Ok(upload)
}

/// A title out of a file's name: without its extension, a leading number and
/// underscores.
fn title_of_file(name: &str) -> String {
    let stem = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && extension.len() <= 5 => stem,
        _ => name,
    };
    let stem = stem.replace('_', " ");
    let rest = stem
        .trim_start()
        .trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = rest.len() < stem.trim_start().len() && rest.starts_with([' ', '.', '-', ')']);
    let bare = if numbered {
        rest.trim_start_matches([' ', '.', '-', ')'])
    } else {
        stem.trim()
    };
    let title = if bare.trim().is_empty() {
        stem.trim()
    } else {
        bare.trim()
    };
    Title::parse(title).map_or_else(|_| "Untitled".to_owned(), |title| title.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_name_leads_to_a_title() {
        for (name, title) in [
            ("03 - Night_Walk.flac", "Night Walk"),
            ("밤 산책.mp3", "밤 산책"),
            ("99.wav", "99"),
            ("7th Street.flac", "7th Street"),
            ("Vol. 2", "Vol"),
            (".flac", ".flac"),
            ("", "Untitled"),
            ("\u{202e}", "Untitled"),
        ] {
            assert_eq!(title_of_file(name), title, "{name}");
        }
        assert_eq!(title_of_file(&"a".repeat(500)), "Untitled");
    }
}
