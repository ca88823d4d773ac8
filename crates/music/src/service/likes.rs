//! Likes: a fan's collection.

use wing_contracts::TrackId;
use wing_contracts::events::Event;
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
            .write(move |conn| {
                let track = store::tracks::find(conn, id)?
                    .filter(|track| tracks::visible(Some(&viewer), track))
                    .ok_or(Error::NotFound)?;
                let (track_id, user_id) = (id, viewer.id);
                let change = if wanted {
                    let new = store::likes::insert(conn, user_id, id, now)?;
                    new.then_some((1, Event::TrackLiked { track_id, user_id }))
                } else {
                    let gone = store::likes::delete(conn, user_id, id)?;
                    gone.then_some((-1, Event::TrackUnliked { track_id, user_id }))
                };
                let Some((by, event)) = change else {
                    return Ok(track.like_count);
                };
                events::record(conn, now, event)?;
                Ok::<_, Error>(track.like_count + by)
            })
            .await?;
        self.events.notify_one();
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
