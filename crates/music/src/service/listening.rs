//! Where a track's sound is, for whoever may hear it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use actix_web::http::header::{EntityTag, HeaderValue};
use futures_util::FutureExt as _;
use quick_cache::sync::Cache;
use wing_contracts::{TrackId, UserId};
use wing_kit::auth::Viewer;
use wing_stream::{Files, RemoteFile, Source, StoredFile};

use super::{Music, manages_as};
use crate::error::Error;
use crate::model::{Rendition, TrackStatus};
use crate::store;

/// Tracks whose forms are remembered.
const REMEMBERED: usize = 4_096;
/// How long, at most: another process may have changed them.
const TRUSTED: Duration = Duration::from_secs(2);
/// Files kept open.
const OPEN_FILES: usize = 256;

/// Open files and remembered tracks; one for the process.
pub struct Sound {
    /// Serves files.
    pub(crate) files: Files,
    known: Cache<TrackId, Arc<Playable>>,
}

impl Default for Sound {
    fn default() -> Self {
        Self {
            files: Files::new(OPEN_FILES),
            known: Cache::new(REMEMBERED),
        }
    }
}

/// A form of a track's sound, ready to be served.
#[derive(Debug)]
pub struct Form {
    /// `opus`, `aac` or `original`.
    pub kind: String,
    /// Media type.
    pub mime: String,
    /// SHA-256 of the content, hexadecimal.
    pub hash: String,
    /// Bytes.
    pub size: u64,
    /// To ask again each time.
    pub public: StoredFile,
    /// For addresses that name the content.
    pub pinned: StoredFile,
    /// For the manager alone.
    pub private: StoredFile,
}

/// A track that can be heard, by its manager at least.
#[derive(Debug)]
pub struct Playable {
    /// Whether everybody may hear it.
    pub open: bool,
    owner: UserId,
    /// The forms there are, the preferred first.
    pub forms: Vec<Form>,
    since: Instant,
    change: u64,
}

impl Playable {
    /// The form of a kind.
    pub fn form(&self, kind: &str) -> Option<&Form> {
        self.forms.iter().find(|form| form.kind == kind)
    }
}

/// How a track's sound may be kept by caches.
pub(crate) const REVALIDATED: &str = "no-cache";
pub(crate) const PRIVATE: &str = "private, no-cache";
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

impl Music {
    /// The forms of a track's sound. `viewer` is asked for only when the track
    /// is not for everybody.
    pub async fn playable(
        &self,
        id: TrackId,
        viewer: impl FnOnce() -> Option<Viewer>,
    ) -> Result<Arc<Playable>, Error> {
        let change = self.changes.load(Ordering::Acquire);
        let known = self.sound.known.get(&id);
        let fresh = known.filter(|known| known.change == change && known.since.elapsed() < TRUSTED);
        let playable = match fresh {
            Some(playable) => playable,
            None => self.look_up(id, change).await?,
        };
        if playable.open || manages_as(viewer().as_ref(), playable.owner) {
            Ok(playable)
        } else {
            Err(Error::NotFound)
        }
    }

    async fn look_up(&self, id: TrackId, change: u64) -> Result<Arc<Playable>, Error> {
        let found = self.db.read(move |conn| {
            let track = store::tracks::find(conn, id)?.filter(|track| track.deleted_at.is_none());
            Ok::<_, Error>(match track {
                Some(track) => Some((track, store::files::renditions(conn, id)?)),
                None => None,
            })
        });
        let found = found.await?.filter(|(_, forms)| !forms.is_empty());
        let Some((track, forms)) = found else {
            self.sound.known.remove(&id);
            return Err(Error::NotFound);
        };
        let mut forms = forms.iter().map(|form| self.form(form)).collect::<Vec<_>>();
        let rank = |form: &Form| {
            ["opus", "aac", "original"]
                .iter()
                .position(|kind| *kind == form.kind)
        };
        forms.sort_by_key(rank);
        let playable = Arc::new(Playable {
            open: track.status == TrackStatus::Published,
            owner: track.artist.owner,
            forms,
            since: Instant::now(),
            change,
        });
        self.sound.known.insert(id, Arc::clone(&playable));
        Ok(playable)
    }

    fn form(&self, form: &Rendition) -> Form {
        let source = self.source(&form.key, form.size.cast_unsigned());
        let content_type = HeaderValue::from_str(&form.mime)
            .unwrap_or(HeaderValue::from_static("application/octet-stream"));
        let stored = |cache: &'static str| StoredFile {
            source: source.clone(),
            etag: EntityTag::new_strong(form.hash.clone()),
            content_type: content_type.clone(),
            cache_control: HeaderValue::from_static(cache),
            last_modified: None,
            disposition: None,
        };
        Form {
            kind: form.kind.clone(),
            mime: form.mime.clone(),
            hash: form.hash.clone(),
            size: form.size.cast_unsigned(),
            public: stored(REVALIDATED),
            pinned: stored(IMMUTABLE),
            private: stored(PRIVATE),
        }
    }

    /// Where a media file of `len` bytes is served from.
    pub(crate) fn source(&self, key: &str, len: u64) -> Source {
        if let Some(path) = self.media.local_path(key) {
            return path.into();
        }
        let (media, key): (_, Arc<str>) = (self.media.clone(), key.into());
        let fetch = move |range| {
            let (media, key) = (media.clone(), Arc::clone(&key));
            async move { Ok(media.read(&key, range).await?) }.boxed()
        };
        Source::Remote(RemoteFile {
            len,
            fetch: Arc::new(fetch),
        })
    }

    /// Closes a media file that is about to be removed, so that its space comes
    /// free.
    pub(crate) fn evict_file(&self, key: &str) {
        if let Some(path) = self.media.local_path(key) {
            self.sound.files.evict(&path);
        }
    }

    /// A track's waveform for whoever may hear it: duration in milliseconds,
    /// the peaks, and whether everybody may.
    pub async fn waveform(
        &self,
        viewer: Option<Viewer>,
        id: TrackId,
    ) -> Result<(i64, Vec<u8>, bool), Error> {
        let playable = self.playable(id, || viewer).await?;
        let wave = self
            .db
            .read(move |conn| Ok::<_, Error>(store::files::waveform(conn, id)?));
        let (duration, peaks) = wave.await?.ok_or(Error::NotFound)?;
        Ok((duration, peaks, playable.open))
    }
}
