//! Tracks after their file arrived: found, edited, published, removed.

use bytes::Bytes;
use wing_contracts::events::music::{TrackChanged, TrackPublished, TrackRemoved};
use wing_contracts::{AlbumId, ArtistId, Timestamp, TrackId};
use wing_kit::auth::Viewer;
use wing_kit::cursor::{self, Paged};
use wing_kit::images::ImageRef;
use wing_kit::problem::Checks;
use wing_kit::{Conn, Tx, events};

use super::{Music, albums, artists, manages_as, track_lists};
use crate::error::Error;
use crate::model::{Track, TrackDraft, TrackStatus, UpdateTrack};
use crate::store;

/// Whether the viewer may know of the track.
pub(crate) fn visible(viewer: Option<&Viewer>, track: &Track) -> bool {
    let manager = manages_as(viewer, track.artist.owner);
    track.deleted_at.is_none() && (track.status == TrackStatus::Published || manager)
}

/// The track if it is there, for use cases that change it.
pub(crate) fn managed(conn: &mut Conn, viewer: &Viewer, id: TrackId) -> Result<Track, Error> {
    store::tracks::find(conn, id)?
        .filter(|track| track.deleted_at.is_none() && manages_as(Some(viewer), track.artist.owner))
        .ok_or(Error::NotFound)
}

/// The track if it is there and the viewer manages it, locked until the transaction
/// ends.
pub(crate) fn lock_managed(tx: &mut Tx<'_>, viewer: &Viewer, id: TrackId) -> Result<Track, Error> {
    store::processing::lock(tx, id)?;
    managed(tx, viewer, id)
}

/// The album a track may stand on: of the same artist, and there.
pub(crate) fn check_album(
    conn: &mut Conn,
    viewer: &Viewer,
    artist: ArtistId,
    album: Option<AlbumId>,
) -> Result<(), Error> {
    let Some(id) = album else { return Ok(()) };
    let album = albums::managed(conn, viewer, id).map_err(|_| Error::ForeignAlbum)?;
    if album.artist.id == artist {
        Ok(())
    } else {
        Err(Error::ForeignAlbum)
    }
}

impl Music {
    /// A track by its id, with whether the viewer likes it; what is not published
    /// for its manager alone.
    pub async fn get_track(
        &self,
        viewer: Option<&Viewer>,
        id: TrackId,
    ) -> Result<(Track, bool), Error> {
        let viewer = viewer.cloned();
        self.db
            .read(move |conn| seen(conn, viewer.as_ref(), id))
            .await
    }

    /// A track by its address.
    pub async fn get_track_by_slug(
        &self,
        viewer: Option<&Viewer>,
        slug: &str,
    ) -> Result<(Track, bool), Error> {
        let (viewer, slug) = (viewer.cloned(), slug.to_owned());
        self.db
            .read(move |conn| {
                let track = store::tracks::find_by_slug(conn, &slug)?;
                with_like(conn, viewer.as_ref(), track)
            })
            .await
    }

    /// A track's lyrics, for whoever may see the track.
    pub async fn lyrics(&self, id: TrackId) -> Result<String, Error> {
        self.db
            .read(move |conn| Ok(store::tracks::lyrics(conn, id)?))
            .await
    }

    /// Every track of an artist for its manager, newest first.
    pub async fn desk_tracks(
        &self,
        viewer: &Viewer,
        artist: ArtistId,
        cursor: Option<&str>,
    ) -> Result<Paged<Track>, Error> {
        let limit = 50;
        let viewer = viewer.clone();
        let after = cursor.map(cursor::decode).transpose()?;
        let rows = self
            .db
            .read(move |conn| {
                artists::managed(conn, &viewer, artist)?;
                Ok::<_, Error>(store::tracks::of_artist(conn, artist, after, limit + 1)?)
            })
            .await?;
        Ok(Paged::cut(rows, limit, |track| {
            (track.created_at.0, track.id)
        }))
    }

    /// Removed tracks of an artist that can come back.
    pub async fn removed_tracks(
        &self,
        viewer: &Viewer,
        artist: ArtistId,
    ) -> Result<Vec<Track>, Error> {
        let viewer = viewer.clone();
        self.db
            .read(move |conn| {
                artists::managed(conn, &viewer, artist)?;
                Ok(store::tracks::removed_of(conn, artist)?)
            })
            .await
    }

    /// Changes what is written about a track, publishes it or takes it back.
    pub async fn update_track(
        &self,
        viewer: &Viewer,
        id: TrackId,
        update: UpdateTrack,
    ) -> Result<Track, Error> {
        let (viewer, now) = (viewer.clone(), self.clock.now());
        self.change(move |tx| {
            // Albums are locked before their tracks, so which one is wanted is read
            // before the track is locked.
            let before = managed(tx, &viewer, id)?;
            let now_on = before.album.map(|album| album.id);
            if let Some(album) = update.album_id.unwrap_or(now_on) {
                store::albums::lock(tx, album)?;
            }
            let track = lock_managed(tx, &viewer, id)?;
            let text = store::tracks::text(tx, id)?.ok_or(Error::NotFound)?;
            let mut draft = TrackDraft {
                published: wants_to_be_published(tx, &track)?,
                ..TrackDraft::from(&text)
            };
            update.apply(&mut draft);
            let checked = draft.check(Checks::new())?;
            check_album(tx, &viewer, track.artist.id, checked.album_id)?;
            store::tracks::update(tx, id, checked.since(&text), now)?;
            set_published(tx, &track, draft.published, now)?;
            store::tracks::find(tx, id)?.ok_or(Error::NotFound)
        })
        .await
    }

    /// Sets a track's own cover from the bytes of a picture.
    pub async fn set_track_cover(
        &self,
        viewer: &Viewer,
        id: TrackId,
        bytes: Bytes,
    ) -> Result<Track, Error> {
        let asker = viewer.clone();
        self.db
            .read(move |conn| managed(conn, &asker, id).map(drop))
            .await?;
        let (this, viewer, now) = (self.clone(), viewer.clone(), self.clock.now());
        self.show_picture(viewer.id, bytes, move |tx, image| {
            write_track_cover(&this, tx, &viewer, id, Some(image), now)
        })
        .await
    }

    /// Takes a track's own cover away; its album's shows again.
    pub async fn remove_track_cover(&self, viewer: &Viewer, id: TrackId) -> Result<Track, Error> {
        let (this, viewer, now) = (self.clone(), viewer.clone(), self.clock.now());
        self.change(move |tx| write_track_cover(&this, tx, &viewer, id, None, now))
            .await
    }

    /// Removes a track; [`Music::restore_track`] brings it back for 30 days.
    pub async fn delete_track(&self, viewer: &Viewer, id: TrackId) -> Result<(), Error> {
        let (viewer, now) = (viewer.clone(), self.clock.now());
        self.change(move |tx| {
            let track = lock_managed(tx, &viewer, id)?;
            if track.status == TrackStatus::Published {
                let event = TrackRemoved {
                    track_id: id,
                    artist_id: track.artist.id,
                };
                events::record(tx, now, &event)?;
            }
            Ok(store::tracks::set_removed(tx, id, Some(now))?)
        })
        .await
    }

    /// Brings a removed track back as it was.
    pub async fn restore_track(&self, viewer: &Viewer, id: TrackId) -> Result<Track, Error> {
        let (viewer, now) = (viewer.clone(), self.clock.now());
        self.change(move |tx| {
            let found = store::tracks::find(tx, id)?
                .filter(|track| manages_as(Some(&viewer), track.artist.owner))
                .ok_or(Error::NotFound)?;
            artists::lock_managed(tx, &viewer, found.artist.id)?;
            store::processing::lock(tx, id)?;
            let track = store::tracks::find(tx, id)?.ok_or(Error::NotFound)?;
            if track.deleted_at.is_some() {
                store::tracks::set_removed(tx, id, None)?;
                if track.status == TrackStatus::Published {
                    let artist_id = track.artist.id;
                    events::record(
                        tx,
                        now,
                        &TrackPublished {
                            track_id: id,
                            artist_id,
                        },
                    )?;
                }
            }
            store::tracks::find(tx, id)?.ok_or(Error::NotFound)
        })
        .await
    }
}

/// The track, if the viewer may know of it, and whether they like it.
pub(crate) fn seen(
    conn: &mut Conn,
    viewer: Option<&Viewer>,
    id: TrackId,
) -> Result<(Track, bool), Error> {
    let track = store::tracks::find(conn, id)?;
    with_like(conn, viewer, track)
}

pub(super) fn with_like(
    conn: &mut Conn,
    viewer: Option<&Viewer>,
    track: Option<Track>,
) -> Result<(Track, bool), Error> {
    let track = track
        .filter(|track| visible(viewer, track))
        .ok_or(Error::NotFound)?;
    let liked = track_lists::liked_among(
        conn,
        viewer.map(|viewer| viewer.id),
        std::slice::from_ref(&track),
    )?;
    Ok((track, !liked.is_empty()))
}

/// Carries out a wish to be heard or not; of a track still processing it is
/// remembered.
fn set_published(
    tx: &mut Tx<'_>,
    track: &Track,
    wanted: bool,
    now: wing_contracts::Timestamp,
) -> Result<(), Error> {
    let (track_id, artist_id) = (track.id, track.artist.id);
    match (track.status, wanted) {
        (TrackStatus::Draft, true) => {
            store::tracks::set_status(tx, track_id, TrackStatus::Published, now)?;
            let event = TrackPublished {
                track_id,
                artist_id,
            };
            events::record(tx, now, &event)?;
        }
        (TrackStatus::Published, false) => {
            store::tracks::set_status(tx, track_id, TrackStatus::Draft, now)?;
            let event = TrackRemoved {
                track_id,
                artist_id,
            };
            events::record(tx, now, &event)?;
        }
        (TrackStatus::Published, true) => {
            let event = TrackChanged {
                track_id,
                artist_id,
            };
            events::record(tx, now, &event)?;
        }
        (TrackStatus::Processing, _) => {
            store::tracks::set_publish_when_ready(tx, track_id, wanted)?;
        }
        (TrackStatus::Failed, true) => return Err(Error::NotReady),
        (TrackStatus::Draft | TrackStatus::Failed, false) => {}
    }
    Ok(())
}

fn write_track_cover(
    music: &Music,
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    id: TrackId,
    image: Option<&ImageRef>,
    now: Timestamp,
) -> Result<Track, Error> {
    let before = lock_managed(tx, viewer, id)?;
    store::tracks::set_cover(tx, id, image, now)?;
    // Without one of its own it showed its album's.
    let own = before.cover.as_deref().filter(|_| before.own_cover);
    music.release_picture(tx, own, now)?;
    if before.status == TrackStatus::Published {
        let event = TrackChanged {
            track_id: id,
            artist_id: before.artist.id,
        };
        events::record(tx, now, &event)?;
    }
    store::tracks::find(tx, id)?.ok_or(Error::NotFound)
}

/// Whether the track is published, or is to be when it has been processed.
fn wants_to_be_published(conn: &mut Conn, track: &Track) -> Result<bool, Error> {
    Ok(match track.status {
        TrackStatus::Processing => store::processing::publishes_when_ready(conn, track.id)?,
        status => status == TrackStatus::Published,
    })
}
