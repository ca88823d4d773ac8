//! Everything about one track, as its page and its endpoint show it.

use wing_contracts::TrackId;
use wing_kit::auth::Viewer;

use super::{Music, manages_as, tracks};
use crate::error::Error;
use crate::model::{AudioFile, Track, TrackStatus};
use crate::store;

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
