//! Likes: a fan's collection.

use wing_contracts::TrackId;
use wing_contracts::events::music::{TrackLiked, TrackUnliked};
use wing_kit::auth::Viewer;
use wing_kit::cursor::{self, Paged};
use wing_kit::events;

use super::{Music, tracks};
use crate::error::Error;
use crate::model::Track;
use crate::store;

impl Music {
    /// Likes a track; a second like changes nothing. Answers the likes it has.
    pub async fn like_track(&self, viewer: &Viewer, id: TrackId) -> Result<i64, Error> {
        self.set_like(viewer, id, true).await
    }

    /// Takes a like back; taking back none changes nothing.
    pub async fn unlike_track(&self, viewer: &Viewer, id: TrackId) -> Result<i64, Error> {
        self.set_like(viewer, id, false).await
    }

    async fn set_like(&self, viewer: &Viewer, id: TrackId, wanted: bool) -> Result<i64, Error> {
        let (viewer, now) = (viewer.clone(), self.clock.now());
        let count = self
            .db
            .write(move |tx| {
                let track = store::tracks::find(tx, id)?
                    .filter(|track| tracks::visible(Some(&viewer), track))
                    .ok_or(Error::NotFound)?;
                let (track_id, user_id) = (id, viewer.id);
                let changed = if wanted {
                    store::likes::insert(tx, user_id, id, now)?
                } else {
                    store::likes::delete(tx, user_id, id)?
                };
                if !changed {
                    return Ok(track.like_count);
                }
                if wanted {
                    events::record(tx, now, &TrackLiked { track_id, user_id })?;
                } else {
                    events::record(tx, now, &TrackUnliked { track_id, user_id })?;
                }
                let counted = store::tracks::find(tx, id)?;
                Ok::<_, Error>(counted.map_or(0, |track| track.like_count))
            })
            .await?;
        Ok(count)
    }

    /// What the viewer likes, liked last first, each with when (ms, UTC).
    pub async fn liked_tracks(
        &self,
        viewer: &Viewer,
        limit: Option<i64>,
        cursor: Option<&str>,
    ) -> Result<Paged<(Track, i64)>, Error> {
        let limit = cursor::limit(limit)?;
        let after = cursor.map(cursor::decode).transpose()?;
        let user = viewer.id;
        let rows = self
            .db
            .read(move |conn| {
                Ok::<_, Error>(store::tracks::liked_by(conn, user, after, limit + 1)?)
            })
            .await?;
        Ok(Paged::cut(rows, limit, |(track, at)| (*at, track.id)))
    }
}
