//! Albums: what tracks are released on.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use wing_contracts::events::music::{AlbumChanged, TrackChanged, TrackPublished, TrackRemoved};
use wing_contracts::{AlbumId, ArtistId, Timestamp, TrackId};
use wing_kit::auth::Viewer;
use wing_kit::cursor::{self, Paged};
use wing_kit::images::ImageRef;
use wing_kit::problem::{Checks, FieldProblem, Invalid};
use wing_kit::{Conn, Problem, Tx, events};

use super::{Music, artists, manages_as};
use crate::error::Error;
use crate::model::{Album, AlbumDraft, Genre, Slug, Track, TrackNumber, TrackStatus, UpdateAlbum};
use crate::store;

/// Which albums a list shows.
#[derive(Clone, Debug, Default)]
pub struct AlbumQuery {
    /// Part of title or artist.
    pub q: Option<String>,
    /// Having a track of this genre.
    pub genre: Option<Genre>,
    /// By this artist.
    pub artist: Option<ArtistId>,
    /// Drafts too; only with `artist`, and only for its manager.
    pub drafts: bool,
    /// 1 to 100.
    pub limit: Option<i64>,
    /// Where the page begins.
    pub cursor: Option<String>,
}

fn visible(viewer: Option<&Viewer>, album: &Album) -> bool {
    let manager = manages_as(viewer, album.artist.owner);
    album.deleted_at.is_none() && (album.published_at.is_some() || manager)
}

/// The album if it is there and the viewer manages it, locked until the transaction
/// ends. Its tracks are locked after it, its artist before it.
pub(crate) fn lock_managed(tx: &mut Tx<'_>, viewer: &Viewer, id: AlbumId) -> Result<Album, Error> {
    store::albums::lock(tx, id)?;
    managed(tx, viewer, id)
}

/// The album if it is there and the viewer manages it.
pub(crate) fn managed(conn: &mut Conn, viewer: &Viewer, id: AlbumId) -> Result<Album, Error> {
    store::albums::find(conn, id)?
        .filter(|album| album.deleted_at.is_none() && manages_as(Some(viewer), album.artist.owner))
        .ok_or(Error::NotFound)
}

impl Music {
    /// Albums that are there, published last first.
    pub async fn list_albums(
        &self,
        viewer: Option<&Viewer>,
        query: AlbumQuery,
    ) -> Result<Paged<Album>, Error> {
        let limit = cursor::limit(query.limit)?;
        let mut filter = store::albums::Filter {
            words: store::search::words(query.q.as_deref().unwrap_or_default()),
            genre: query.genre,
            artist: query.artist,
            drafts: query.drafts,
            after: query.cursor.as_deref().map(cursor::decode).transpose()?,
        };
        let viewer = viewer.cloned();
        let drafts = query.drafts;
        let rows = self
            .db
            .read(move |conn| {
                if filter.drafts {
                    let artist = filter.artist.ok_or(Error::NotFound)?;
                    let viewer = viewer.as_ref().ok_or(Error::LoginRequired)?;
                    artists::managed(conn, viewer, artist)?;
                    filter.words.clear();
                }
                Ok::<_, Error>(store::albums::list(conn, &filter, limit + 1)?)
            })
            .await?;
        Ok(Paged::cut(rows, limit, |album| {
            let at = if drafts {
                Some(album.created_at)
            } else {
                album.published_at
            };
            (at.map_or(0, |at| at.0), album.id)
        }))
    }

    /// An album by its id; drafts for their manager alone.
    pub async fn get_album(&self, viewer: Option<&Viewer>, id: AlbumId) -> Result<Album, Error> {
        let viewer = viewer.cloned();
        self.db
            .read(move |conn| {
                store::albums::find(conn, id)?
                    .filter(|album| visible(viewer.as_ref(), album))
                    .ok_or(Error::NotFound)
            })
            .await
    }

    /// An album by its address.
    pub async fn get_album_by_slug(
        &self,
        viewer: Option<&Viewer>,
        slug: &str,
    ) -> Result<Album, Error> {
        let (viewer, slug) = (viewer.cloned(), slug.to_owned());
        self.db
            .read(move |conn| {
                store::albums::find_by_slug(conn, &slug)?
                    .filter(|album| visible(viewer.as_ref(), album))
                    .ok_or(Error::NotFound)
            })
            .await
    }

    /// The tracks of an album in its order: all for its manager, else the
    /// published.
    pub async fn album_tracks(
        &self,
        viewer: Option<&Viewer>,
        album: &Album,
    ) -> Result<Vec<Track>, Error> {
        let (id, drafts) = (album.id, manages_as(viewer, album.artist.owner));
        self.db
            .read(move |conn| Ok(store::tracks::of_album(conn, id, drafts)?))
            .await
    }

    /// How many published tracks each of these albums has.
    pub async fn album_track_counts(
        &self,
        ids: Vec<AlbumId>,
    ) -> Result<HashMap<AlbumId, i64>, Error> {
        self.db
            .read(move |conn| Ok(store::albums::track_counts(conn, &ids)?))
            .await
    }

    /// Removed albums of an artist that can come back.
    pub async fn removed_albums(
        &self,
        viewer: &Viewer,
        artist: ArtistId,
    ) -> Result<Vec<Album>, Error> {
        let viewer = viewer.clone();
        self.db
            .read(move |conn| {
                artists::managed(conn, &viewer, artist)?;
                Ok(store::albums::removed_of(conn, artist)?)
            })
            .await
    }

    /// Creates an album of an artist the viewer manages.
    pub async fn create_album(
        &self,
        viewer: &Viewer,
        artist: ArtistId,
        draft: &AlbumDraft,
    ) -> Result<Album, Error> {
        let text = Arc::new(draft.check(Checks::new())?);
        let (viewer, now, published) = (viewer.clone(), self.clock.now(), draft.published);
        let published_at = published.then_some(now);
        let write = move |tx: &mut Tx<'_>| {
            artists::lock_managed(tx, &viewer, artist)?;
            let id = AlbumId::new();
            let wanted = Slug::of(&text.title, "album");
            let slug = store::slugs::free(tx, store::slugs::Of::Album, &wanted)?;
            let album = store::albums::New {
                id,
                artist_id: artist,
                slug: slug.as_str(),
                published_at,
                first_published_at: published_at,
                created_at: now,
                updated_at: now,
            };
            store::albums::insert(tx, &album, &text)?;
            let album = store::albums::find(tx, id)?.ok_or(Error::NotFound)?;
            record_change(tx, &album, now)?;
            Ok(album)
        };
        self.write_with_slug(write).await
    }

    /// Changes what is written about an album. Publishing it publishes its tracks
    /// that are ready.
    pub async fn update_album(
        &self,
        viewer: &Viewer,
        id: AlbumId,
        update: UpdateAlbum,
    ) -> Result<Album, Error> {
        let (viewer, now) = (viewer.clone(), self.clock.now());
        self.change(move |tx| {
            let album = lock_managed(tx, &viewer, id)?;
            let mut draft = AlbumDraft::from(&album);
            update.apply(&mut draft);
            let text = draft.check(Checks::new())?;
            store::albums::update(tx, id, text.since(&album.text), now)?;
            let was_published = album.published_at.is_some();
            if draft.published != was_published {
                store::albums::set_published(tx, id, draft.published, now)?;
            }
            if draft.published && !was_published {
                publish_tracks(tx, &album, now)?;
            }
            let after = store::albums::find(tx, id)?.ok_or(Error::NotFound)?;
            if was_published || draft.published {
                events::record(tx, now, &changed_event(&after))?;
            }
            Ok(after)
        })
        .await
    }

    /// Gives tracks of an album their numbers, all or none of them; those that
    /// are not named keep theirs.
    pub async fn order_album(
        &self,
        viewer: &Viewer,
        id: AlbumId,
        numbers: Vec<(TrackId, Option<i32>)>,
    ) -> Result<(), Error> {
        let (viewer, now) = (viewer.clone(), self.clock.now());
        self.change(move |tx| {
            let album = lock_managed(tx, &viewer, id)?;
            store::tracks::lock_all_on(tx, id)?;
            let tracks = store::tracks::of_album(tx, id, true)?;
            for (track, number) in checked_order(&tracks, &numbers)? {
                store::tracks::set_number(tx, track.id, number, now)?;
                if track.status == TrackStatus::Published {
                    let event = TrackChanged {
                        track_id: track.id,
                        artist_id: album.artist.id,
                    };
                    events::record(tx, now, &event)?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Sets an album's cover from the bytes of a picture.
    pub async fn set_album_cover(
        &self,
        viewer: &Viewer,
        id: AlbumId,
        bytes: Bytes,
    ) -> Result<Album, Error> {
        let asker = viewer.clone();
        self.db
            .read(move |conn| managed(conn, &asker, id).map(drop))
            .await?;
        let (this, viewer, now) = (self.clone(), viewer.clone(), self.clock.now());
        self.show_picture(viewer.id, bytes, move |tx, image| {
            write_album_cover(&this, tx, &viewer, id, Some(image), now)
        })
        .await
    }

    /// Takes an album's cover away.
    pub async fn remove_album_cover(&self, viewer: &Viewer, id: AlbumId) -> Result<Album, Error> {
        let (this, viewer, now) = (self.clone(), viewer.clone(), self.clock.now());
        self.change(move |tx| write_album_cover(&this, tx, &viewer, id, None, now))
            .await
    }

    /// Removes an album with its tracks; [`Music::restore_album`] brings it back
    /// for 30 days.
    pub async fn delete_album(&self, viewer: &Viewer, id: AlbumId) -> Result<(), Error> {
        let (viewer, now) = (viewer.clone(), self.clock.now());
        self.change(move |tx| {
            let album = lock_managed(tx, &viewer, id)?;
            store::tracks::lock_all_on(tx, id)?;
            for track in store::tracks::of_album(tx, id, false)? {
                let event = TrackRemoved {
                    track_id: track.id,
                    artist_id: album.artist.id,
                };
                events::record(tx, now, &event)?;
            }
            store::albums::set_removed(tx, id, Some(now))?;
            record_change(tx, &album, now)
        })
        .await
    }

    /// Brings a removed album back, with the tracks that went with it.
    pub async fn restore_album(&self, viewer: &Viewer, id: AlbumId) -> Result<Album, Error> {
        let (viewer, now) = (viewer.clone(), self.clock.now());
        self.change(move |tx| {
            let found = store::albums::find(tx, id)?
                .filter(|album| manages_as(Some(&viewer), album.artist.owner))
                .ok_or(Error::NotFound)?;
            // An album of a removed artist comes back with its artist.
            artists::lock_managed(tx, &viewer, found.artist.id)?;
            store::albums::lock(tx, id)?;
            store::tracks::lock_all_on(tx, id)?;
            let album = store::albums::find(tx, id)?.ok_or(Error::NotFound)?;
            if album.deleted_at.is_some() {
                store::albums::set_removed(tx, id, None)?;
                record_change(tx, &album, now)?;
                for track in store::tracks::of_album(tx, id, false)? {
                    let artist_id = album.artist.id;
                    let event = TrackPublished {
                        track_id: track.id,
                        artist_id,
                    };
                    events::record(tx, now, &event)?;
                }
            }
            store::albums::find(tx, id)?.ok_or(Error::NotFound)
        })
        .await
    }
}

/// The tracks whose number changes. Each may be named once and has to be on the
/// album, and afterwards no two of it may have the same number.
fn checked_order<'a>(
    tracks: &'a [Track],
    numbers: &[(TrackId, Option<i32>)],
) -> Result<Vec<(&'a Track, Option<i32>)>, Error> {
    let mut errors = Vec::new();
    let mut wrong = |id: TrackId, invalid: Invalid| {
        errors.push(FieldProblem {
            field: number_field(id).into(),
            code: invalid.code.into(),
            detail: invalid.detail.into(),
        });
    };
    let (mut wanted, mut named) = (Vec::new(), HashSet::new());
    for &(id, number) in numbers {
        let Some(track) = tracks.iter().find(|track| track.id == id) else {
            let said = "This track is not on the album.";
            wrong(id, Invalid::new("foreign_track", said));
            continue;
        };
        if !named.insert(id) {
            wrong(id, Invalid::new("named_twice", "A track has one number."));
            continue;
        }
        match number.map(TrackNumber::parse).transpose() {
            Ok(number) => wanted.push((track, number.map(TrackNumber::get))),
            Err(invalid) => wrong(id, invalid),
        }
    }
    let kept = tracks.iter().filter(|track| !named.contains(&track.id));
    let mut taken: HashSet<i32> = kept.filter_map(|track| track.track_number).collect();
    for &(track, number) in &wanted {
        if number.is_some_and(|number| !taken.insert(number)) {
            let said = "Another track of the album has this number.";
            wrong(track.id, Invalid::new("number_taken", said));
        }
    }
    if !errors.is_empty() {
        return Err(Problem::invalid(errors).into());
    }
    wanted.retain(|(track, number)| track.track_number != *number);
    Ok(wanted)
}

/// How the number of a track is named in an order and in what is wrong with it.
pub fn number_field(id: TrackId) -> String {
    format!("number_{id}")
}

/// Publishes the tracks of an album that are ready, and says of the others that
/// they publish themselves when they are.
fn publish_tracks(tx: &mut Tx<'_>, album: &Album, now: Timestamp) -> Result<(), Error> {
    store::tracks::lock_all_on(tx, album.id)?;
    for track in store::tracks::of_album(tx, album.id, true)? {
        match track.status {
            TrackStatus::Draft => {
                store::tracks::set_status(tx, track.id, TrackStatus::Published, now)?;
                let event = TrackPublished {
                    track_id: track.id,
                    artist_id: album.artist.id,
                };
                events::record(tx, now, &event)?;
            }
            TrackStatus::Processing => {
                store::tracks::set_publish_when_ready(tx, track.id, true)?;
            }
            TrackStatus::Published | TrackStatus::Failed => {}
        }
    }
    Ok(())
}

fn write_album_cover(
    music: &Music,
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    id: AlbumId,
    image: Option<&ImageRef>,
    now: Timestamp,
) -> Result<Album, Error> {
    let before = lock_managed(tx, viewer, id)?;
    store::albums::set_cover(tx, id, image, now)?;
    music.release_picture(tx, before.cover.as_deref(), now)?;
    let album = store::albums::find(tx, id)?.ok_or(Error::NotFound)?;
    record_change(tx, &album, now)?;
    Ok(album)
}

fn changed_event(album: &Album) -> AlbumChanged {
    AlbumChanged {
        album_id: album.id,
        artist_id: album.artist.id,
    }
}

/// Records that what others see of a published album changed; a draft is nobody's
/// concern.
fn record_change(tx: &mut Tx<'_>, album: &Album, now: Timestamp) -> Result<(), Error> {
    if album.published_at.is_some() {
        events::record(tx, now, &changed_event(album))?;
    }
    Ok(())
}
