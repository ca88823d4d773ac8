//! Everything about one track, as its page and its endpoint show it.

use std::sync::Arc;

use wing_contracts::TrackId;
use wing_kit::auth::Viewer;

use super::recent::{Recent, Size};
use super::{Music, manages_as, tracks};
use crate::error::Error;
use crate::model::{AudioFile, Track, TrackStatus};
use crate::store;

/// What visitors without an account got last.
pub type Details = Recent<TrackId, TrackDetail>;

/// Bytes of details that are remembered, about: of some 6,000 tracks.
const REMEMBERED: u64 = 16 << 20;
/// Tracks that are expected to fit in.
const TRACKS: usize = 8_192;

/// Room for what visitors get.
pub fn details() -> Details {
    Recent::new(REMEMBERED, TRACKS)
}

impl Size for TrackDetail {
    fn bytes(&self) -> usize {
        let peaks = self.file.as_ref().and_then(|file| file.peaks.as_ref());
        let long = self.lyrics.len() + peaks.map_or(0, Vec::len);
        // And names, hashes, the place in the table.
        size_of::<Self>() + long + 512
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
    /// Whether it will be published once its file is ready; only for its manager.
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
        if let Some(detail) = self.details.get(&id, writes) {
            return Ok((*detail).clone());
        }
        let detail = self.read_detail(None, id).await?;
        self.details.put(id, Arc::new(detail.clone()), writes);
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
                    && store::processing::publishes_when_ready(conn, id)?;
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
