//! A track is made of an upload.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wing_contracts::{Timestamp, TrackId, UploadId};
use wing_kit::auth::Viewer;
use wing_kit::problem::Checks;
use wing_kit::{Tx, jobs};

use super::{Music, artists, tracks};
use crate::error::Error;
use crate::model::{CreateTrack, Genre, Slug, Title, Track, TrackDraft, TrackStatus};
use crate::store;
use crate::store::slugs::{self, Of};
use crate::store::uploads::Upload;

/// The kind of the job that processes a track's file.
pub(crate) const KIND: &str = "process_track";

/// What to do with a new track's file: the payload of its job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    /// The track.
    pub track_id: TrackId,
    /// The title it goes by until its file has a better one.
    pub provisional_title: Option<String>,
    /// The genre it goes by until its file has a better one.
    pub provisional_genre: Option<Genre>,
}

impl Music {
    /// Makes a track of a whole upload of the viewer's and has it processed.
    pub async fn create_track(&self, viewer: &Viewer, new: CreateTrack) -> Result<Track, Error> {
        let (viewer, new, now) = (viewer.clone(), Arc::new(new), self.clock.now());
        let write = move |tx: &mut Tx<'_>| write(tx, &viewer, &new, now);
        let track = self.write_with_slug(write).await?;
        self.publish_state(track.id).await;
        Ok(track)
    }
}

fn write(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    new: &CreateTrack,
    now: Timestamp,
) -> Result<Track, Error> {
    let artist = artists::lock_managed(tx, viewer, new.artist_id)?;
    if let Some(album) = new.album_id {
        store::albums::lock(tx, album)?;
    }
    tracks::check_album(tx, viewer, artist.id, new.album_id)?;
    let upload = usable(tx, viewer, new.upload_id, now)?;

    let mut draft = TrackDraft::from(new);
    let provisional_title = draft.title.trim().is_empty().then(|| {
        draft.title = title_of_file(&upload.filename);
        draft.title.clone()
    });
    let provisional_genre = draft.genre.trim().is_empty().then(|| {
        let genre = artist.genres.first().copied().unwrap_or(Genre::Other);
        draft.genre = genre.to_string();
        genre
    });
    let text = draft.check(Checks::new())?;
    let track_id = TrackId::new();
    let slug = slugs::free(tx, Of::Track, &Slug::of(&text.title, "track"))?;
    let track = store::tracks::New {
        id: track_id,
        artist_id: artist.id,
        slug: slug.as_str(),
        status: TrackStatus::Processing,
        publish_when_ready: draft.published,
        duration_ms: 0,
        play_count: 0,
        like_count: 0,
        created_at: now,
        updated_at: now,
    };
    store::tracks::insert(tx, &track, &text)?;
    let order = Order {
        track_id,
        provisional_title,
        provisional_genre,
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
fn usable(tx: &mut Tx<'_>, viewer: &Viewer, id: UploadId, now: Timestamp) -> Result<Upload, Error> {
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
