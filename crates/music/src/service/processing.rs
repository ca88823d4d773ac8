//! What happens to a track while its file is looked at and prepared.

use std::sync::Arc;

use wing_contracts::events::music::TrackPublished;
use wing_contracts::{Timestamp, TrackId, UserId};
use wing_kit::auth::Viewer;
use wing_kit::images::ImageRef;
use wing_kit::media::shared;
use wing_kit::{Tx, events, jobs};

use super::create_track::{KIND, Order};
use super::pictures::{being_deleted, reference_file};
use super::{Music, tracks};
use crate::SPACE;
use crate::error::Error;
use crate::model::{
    AudioFile, Genre, Lyrics, Rendition, Slug, Title, Track, TrackNumber, TrackStatus,
};
use crate::store;
use crate::store::files::{Found, State};
use crate::store::processing::Filled;
use crate::store::slugs::{self, Of};

/// How long a failure stays on the desk's stream.
const DAY_MS: i64 = 24 * 3600 * 1000;

/// What processing made of a file.
pub(crate) struct Ready {
    /// What was found.
    pub found: Found,
    /// Counted from the samples, milliseconds.
    pub duration_ms: i64,
    /// What the file says of itself.
    pub tags: wing_audio::Tags,
    /// The picture in it, once stored.
    pub cover: Option<ImageRef>,
    /// The renditions the sound is stored in now.
    pub renditions: Vec<Rendition>,
}

impl Music {
    /// Has a failed file processed again.
    pub async fn retry_track(&self, viewer: &Viewer, id: TrackId) -> Result<Track, Error> {
        let (viewer, now) = (viewer.clone(), self.clock.now());
        let track = self
            .db
            .write(move |tx| {
                let status = store::processing::lock(tx, id)?;
                let track = tracks::managed(tx, &viewer, id)?;
                if status != Some(TrackStatus::Failed) {
                    return Err(Error::NotFailed);
                }
                let file = store::files::find(tx, id)?.ok_or(Error::NotFound)?;
                let job = again(tx, &track, &file, now)?;
                store::processing::set_status(tx, id, TrackStatus::Processing, now)?;
                store::files::restart(tx, id, job, now)?;
                store::tracks::find(tx, id)?.ok_or(Error::NotFound)
            })
            .await?;
        self.publish_state(id).await;
        Ok(track)
    }

    /// The states the desk begins with: what is being processed, and what
    /// failed within the last day.
    pub async fn desk_states(&self, owner: UserId) -> Result<Vec<State>, Error> {
        let since = self.clock.now().plus_ms(-DAY_MS);
        self.db
            .read(move |conn| Ok(store::files::states_of(conn, owner, since)?))
            .await
    }

    /// Publishes a track's state, as it is stored, to the desks of its owner.
    pub(crate) async fn publish_state(&self, track: TrackId) {
        let state = self
            .db
            .read(move |conn| Ok::<_, Error>(store::files::state(conn, track)?));
        match state.await {
            Ok(Some(state)) => self.desk.publish(state),
            Ok(None) => {}
            Err(error) => tracing::debug!(%error, "the desk hears of it later"),
        }
    }

    /// The file of a track that is to be processed; `None` when that is over.
    pub(crate) async fn file_to_process(
        &self,
        track: TrackId,
    ) -> Result<Option<(State, AudioFile)>, Error> {
        self.db
            .read(move |conn| {
                let state = store::files::state(conn, track)?;
                let open = state.filter(|state| state.status == TrackStatus::Processing);
                Ok(match (open, store::files::find(conn, track)?) {
                    (Some(state), Some(file)) => Some((state, file)),
                    _ => None,
                })
            })
            .await
    }

    /// Notes under which key the original is about to be stored.
    pub(crate) async fn claim_original(&self, track: TrackId, key: String) -> Result<(), Error> {
        let now = self.clock.now();
        self.db
            .write(move |tx| {
                // Announced and referred to at once, so that nobody deletes it meanwhile.
                if !shared::announce(tx, SPACE, &key, now)? {
                    return Err(being_deleted());
                }
                Ok(store::files::set_original(tx, track, &key, now)?)
            })
            .await
    }

    /// Notes a trouble after which processing is tried again by itself.
    pub(crate) async fn note_trouble(
        &self,
        track: TrackId,
        code: &str,
        words: &str,
    ) -> Result<(), Error> {
        let (code, words, now) = (code.to_owned(), words.to_owned(), self.clock.now());
        self.db
            .write(move |tx| {
                Ok::<_, Error>(store::files::set_failure(tx, track, &code, &words, now)?)
            })
            .await?;
        self.publish_state(track).await;
        Ok(())
    }

    /// Processing is given up: the track failed, for this reason.
    pub(crate) async fn fail_track(
        &self,
        track: TrackId,
        code: &str,
        words: &str,
    ) -> Result<(), wing_kit::db::DbError> {
        let (code, words, now) = (code.to_owned(), words.to_owned(), self.clock.now());
        self.db
            .write(move |tx| {
                let status = store::processing::lock(tx, track)?;
                if status == Some(TrackStatus::Processing) {
                    store::files::set_failure(tx, track, &code, &words, now)?;
                    store::processing::set_status(tx, track, TrackStatus::Failed, now)?;
                }
                Ok::<_, wing_kit::db::DbError>(())
            })
            .await?;
        self.publish_state(track).await;
        Ok(())
    }

    /// Everything is ready: in one transaction the track becomes what it was to
    /// become. Nothing happens when another process was faster; `false` when nothing
    /// happened because the cover has to be stored again.
    pub(crate) async fn finish_processing(
        &self,
        order: &Order,
        ready: Ready,
    ) -> Result<bool, Error> {
        let now = self.clock.now();
        let track = order.track_id;
        let (this, order) = (self.clone(), order.clone());
        let ready = Arc::new(ready);
        let write = move |tx: &mut Tx<'_>| {
            if let Some(cover) = &ready.cover
                && !this.pictures.reference(tx, cover)?
            {
                return Ok(false);
            }
            finish(tx, &order, &ready, now)?;
            Ok(true)
        };
        let done = self.write_with_slug(write).await?;
        if done {
            self.publish_state(track).await;
        }
        Ok(done)
    }
}

/// The failed job once more, or a new one if that has been pruned.
fn again(
    tx: &mut Tx<'_>,
    track: &Track,
    file: &AudioFile,
    now: Timestamp,
) -> Result<wing_contracts::JobId, Error> {
    if let Some(job) = file.job_id
        && jobs::retry_failed(tx, job, now)?
    {
        return Ok(job);
    }
    let order = Order {
        track_id: track.id,
        provisional_title: None,
        provisional_genre: None,
    };
    Ok(jobs::enqueue(tx, KIND, &order, now)?)
}

fn finish(tx: &mut Tx<'_>, order: &Order, ready: &Ready, now: Timestamp) -> Result<(), Error> {
    let id = order.track_id;
    let status = store::processing::lock(tx, id)?;
    if status != Some(TrackStatus::Processing) {
        return Ok(());
    }
    let track = store::tracks::find(tx, id)?.ok_or(Error::NotFound)?;
    let mut filled = fill(&track, order, ready, &store::tracks::lyrics(tx, id)?);
    if let Some(title) = &filled.title {
        filled.slug = Some(slugs::free(tx, Of::Track, &Slug::of(title, "track"))?.to_string());
    }
    for rendition in ready
        .renditions
        .iter()
        .filter(|rendition| rendition.kind != "original")
    {
        reference_file(tx, &rendition.key, now)?;
    }
    filled.updated_at = Some(now.0);
    store::processing::fill(tx, id, &filled)?;
    store::files::finish(tx, id, &ready.found, &ready.renditions, now)?;
    let published = store::processing::publishes_when_ready(tx, id)?;
    let status = if published {
        TrackStatus::Published
    } else {
        TrackStatus::Draft
    };
    // This also brings search up to date.
    store::tracks::set_status(tx, id, status, now)?;
    if published && track.deleted_at.is_none() {
        let event = TrackPublished {
            track_id: id,
            artist_id: track.artist.id,
        };
        events::record(tx, now, &event)?;
    }
    Ok(())
}

/// What the file's tags say of the fields that its musician left open and has not written since.
fn fill(track: &Track, order: &Order, ready: &Ready, lyrics: &str) -> Filled {
    let tags = &ready.tags;
    let open_title = order.provisional_title.as_deref() == Some(track.title.as_str());
    let tagged = tags
        .title
        .as_deref()
        .and_then(|title| Title::parse(title).ok());
    let title = tagged
        .map(|title| title.as_str().to_owned())
        .filter(|title| open_title && *title != track.title);
    let open_genre = order.provisional_genre == Some(track.genre);
    let genre = tags
        .genre
        .as_deref()
        .and_then(Genre::from_tag)
        .filter(|_| open_genre);
    let number = tags
        .track_number
        .and_then(|number| TrackNumber::parse(i32::try_from(number).ok()?).ok());
    let words = tags
        .lyrics
        .as_deref()
        .and_then(|lyrics| Lyrics::parse(lyrics).ok());
    Filled {
        title,
        slug: None,
        track_number: number
            .map(TrackNumber::get)
            .filter(|_| track.track_number.is_none()),
        genre,
        lyrics: words
            .map(|words| words.as_str().to_owned())
            .filter(|_| lyrics.is_empty()),
        // The album's cover, where there is one, stands for all its tracks.
        cover: ready
            .cover
            .as_ref()
            .filter(|_| track.cover.is_none())
            .map(|cover| cover.as_str().to_owned()),
        duration_ms: Some(ready.duration_ms),
        updated_at: None,
    }
}
