//! Everything about one track, as its page and its endpoint show it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use wing_contracts::TrackId;
use wing_kit::auth::Viewer;

use super::{Music, manages_as, tracks};
use crate::error::Error;
use crate::model::{AudioFile, Track, TrackStatus};
use crate::store;

/// Bytes of details that are remembered, about: of some 6,000 tracks.
const REMEMBERED: u64 = 16 << 20;
/// Tracks that are expected to fit in.
const TRACKS: usize = 8_192;
/// How long one is remembered at most: somebody may have the file open by hand.
const TRUSTED: Duration = Duration::from_secs(2);

/// What visitors without an account were told last: the same they would be told
/// again, as long as nothing at all is written.
pub struct Details(Cache<TrackId, Arc<Known>, Bytes>);

struct Known {
    detail: TrackDetail,
    /// [`wing_kit::Db::writes`] before it was read.
    writes: u64,
    since: Instant,
}

#[derive(Clone)]
struct Bytes;

impl Weighter<TrackId, Arc<Known>> for Bytes {
    fn weight(&self, _: &TrackId, known: &Arc<Known>) -> u64 {
        let TrackDetail { lyrics, file, .. } = &known.detail;
        let peaks = file.as_ref().and_then(|file| file.peaks.as_ref());
        let long = lyrics.len() + peaks.map_or(0, Vec::len);
        // And names, hashes, the place in the table.
        (size_of::<Known>() + long + 512) as u64
    }
}

impl Default for Details {
    fn default() -> Self {
        Self(Cache::with_weighter(TRACKS, REMEMBERED, Bytes))
    }
}

impl Details {
    fn get(&self, id: TrackId, writes: u64) -> Option<TrackDetail> {
        let known = self.0.get(&id)?;
        let same = known.writes == writes && known.since.elapsed() < TRUSTED;
        same.then(|| known.detail.clone())
    }

    fn put(&self, id: TrackId, detail: TrackDetail, writes: u64) {
        let since = Instant::now();
        let known = Known {
            detail,
            writes,
            since,
        };
        self.0.insert(id, Arc::new(known));
    }
}

/// A track with its lyrics and its file.
#[derive(Clone, Debug)]
pub struct TrackDetail {
    /// The track.
    pub track: Track,
    /// Whether the viewer likes it.
    pub liked: bool,
    /// Whether the viewer manages it.
    pub manages: bool,
    /// Whether it will be published once its file is ready; told to who manages it.
    pub awaited: bool,
    /// Lines; may be empty.
    pub lyrics: String,
    /// What is known of its file.
    pub file: Option<AudioFile>,
}

impl Music {
    /// Everything about a track the viewer may know of.
    pub async fn track_detail(
        &self,
        viewer: Option<&Viewer>,
        id: TrackId,
    ) -> Result<TrackDetail, Error> {
        let writes = match viewer {
            None => self.db.writes(),
            Some(_) => None,
        };
        let Some(writes) = writes else {
            return self.read_detail(viewer, id).await;
        };
        if let Some(detail) = self.details.get(id, writes) {
            return Ok(detail);
        }
        let detail = self.read_detail(None, id).await?;
        self.details.put(id, detail.clone(), writes);
        Ok(detail)
    }

    async fn read_detail(
        &self,
        viewer: Option<&Viewer>,
        id: TrackId,
    ) -> Result<TrackDetail, Error> {
        let viewer = viewer.cloned();
        self.db
            .read(move |conn| {
                let (track, lyrics, file) =
                    store::tracks::find_whole(conn, id)?.ok_or(Error::NotFound)?;
                let (track, liked) = tracks::with_like(conn, viewer.as_ref(), Some(track))?;
                let manages = manages_as(viewer.as_ref(), track.artist.owner);
                let awaited = manages
                    && track.status == TrackStatus::Processing
                    && store::tracks::publishes_when_ready(conn, id)?;
                Ok(TrackDetail {
                    track,
                    liked,
                    manages,
                    awaited,
                    lyrics,
                    file,
                })
            })
            .await
    }
}
