//! Artists: who releases music here.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use wing_contracts::events::music::{ArtistChanged, ArtistRemoved, TrackPublished, TrackRemoved};
use wing_contracts::users::UserSummary;
use wing_contracts::{ArtistId, Timestamp, TrackId, UserId};
use wing_kit::auth::Viewer;
use wing_kit::cursor::{self, Paged};
use wing_kit::images::ImageRef;
use wing_kit::problem::Checks;
use wing_kit::{Conn, Tx, events};

use super::{Music, manages};
use crate::error::Error;
use crate::model::{Artist, ArtistDraft, ArtistText, Genre, Slug, UpdateArtist};
use crate::store;

/// The most artists one account has.
const MAX_ARTISTS: i64 = 50;

/// Which artists a list shows.
#[derive(Clone, Debug, Default)]
pub struct ArtistQuery {
    /// Part of the name.
    pub q: Option<String>,
    /// Of this genre.
    pub genre: Option<Genre>,
    /// 1 to 100.
    pub limit: Option<i64>,
    /// Where the page begins.
    pub cursor: Option<String>,
}

/// A draft that was found right.
struct Checked {
    text: ArtistText,
    genres: Vec<Genre>,
    /// The wanted address, if it is another one than now.
    slug: Option<Slug>,
}

impl Checked {
    /// Checks every field. `current` is the slug that the artist has: it stays valid
    /// even where the rules for new ones would refuse it.
    fn of(draft: &ArtistDraft, current: Option<&str>) -> Result<Self, Error> {
        let mut checks = Checks::new();
        let wanted =
            Some(draft.slug.trim()).filter(|slug| !slug.is_empty() && Some(*slug) != current);
        let slug = checks.take("slug", wanted.map(Slug::parse).transpose());
        let genres = checks.take("genres", Genre::parse_list(&draft.genres));
        // Refuses what `checks` found as well, so both are there afterwards.
        let text = draft.check(checks)?;
        Ok(Self {
            text,
            genres: genres.unwrap_or_default(),
            slug: slug.flatten(),
        })
    }
}

/// The artist if it is there and the viewer manages it, locked until the transaction
/// ends. Its albums are locked after it, and their tracks after them.
pub(crate) fn lock_managed(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    id: ArtistId,
) -> Result<Artist, Error> {
    store::artists::lock(tx, id)?;
    managed(tx, viewer, id)
}

/// The artist if it is there and the viewer manages it.
pub(crate) fn managed(conn: &mut Conn, viewer: &Viewer, id: ArtistId) -> Result<Artist, Error> {
    store::artists::find(conn, id)?
        .filter(|artist| artist.deleted_at.is_none() && manages(Some(viewer), artist))
        .ok_or(Error::NotFound)
}

impl Music {
    /// Artists that are there, newest first.
    pub async fn list_artists(&self, query: ArtistQuery) -> Result<Paged<Artist>, Error> {
        let limit = cursor::limit(query.limit)?;
        let filter = store::artists::Filter {
            words: store::search::words(query.q.as_deref().unwrap_or_default()),
            genre: query.genre,
            owner: None,
            after: query.cursor.as_deref().map(cursor::decode).transpose()?,
        };
        let rows = self
            .db
            .read(move |conn| Ok::<_, Error>(store::artists::list(conn, &filter, limit + 1)?))
            .await?;
        Ok(Paged::cut(rows, limit, |artist| {
            (artist.created_at.0, artist.id)
        }))
    }

    /// The artists the viewer manages, newest first.
    pub async fn my_artists(&self, viewer: &Viewer) -> Result<Vec<Artist>, Error> {
        let filter = store::artists::Filter {
            owner: Some(viewer.id),
            ..Default::default()
        };
        self.db
            .read(move |conn| Ok(store::artists::list(conn, &filter, MAX_ARTISTS)?))
            .await
    }

    /// Removed artists of the viewer that can come back.
    pub async fn my_removed_artists(&self, viewer: &Viewer) -> Result<Vec<Artist>, Error> {
        let owner = viewer.id;
        self.db
            .read(move |conn| Ok(store::artists::removed_of(conn, owner)?))
            .await
    }

    /// An artist by its id.
    pub async fn get_artist(&self, id: ArtistId) -> Result<Artist, Error> {
        self.db
            .read(move |conn| {
                store::artists::find(conn, id)?
                    .filter(|artist| artist.deleted_at.is_none())
                    .ok_or(Error::NotFound)
            })
            .await
    }

    /// An artist by its address.
    pub async fn get_artist_by_slug(&self, slug: &str) -> Result<Artist, Error> {
        let slug = slug.to_owned();
        self.db
            .read(move |conn| {
                store::artists::find_by_slug(conn, &slug)?
                    .filter(|artist| artist.deleted_at.is_none())
                    .ok_or(Error::NotFound)
            })
            .await
    }

    /// How many published tracks each of these artists has.
    pub async fn artist_track_counts(
        &self,
        ids: Vec<ArtistId>,
    ) -> Result<HashMap<ArtistId, i64>, Error> {
        self.db
            .read(move |conn| Ok(store::artists::track_counts(conn, &ids)?))
            .await
    }

    /// The account that manages an artist, if its domain answers: an artist's
    /// page stands without it.
    pub async fn owner_of(&self, artist: &Artist) -> Option<UserSummary> {
        match self.users.summaries(&[artist.owner]).await {
            Ok(mut found) => found.remove(&artist.owner),
            Err(error) => {
                tracing::warn!(%error, "an artist's owner is left out");
                None
            }
        }
    }

    /// Creates an artist for a musician.
    pub async fn create_artist(
        &self,
        viewer: &Viewer,
        draft: &ArtistDraft,
    ) -> Result<Artist, Error> {
        if !viewer.role.makes_music() {
            return Err(Error::NotMusician);
        }
        let checked = Arc::new(Checked::of(draft, None)?);
        let (owner, now) = (viewer.id, self.clock.now());
        let write = move |tx: &mut Tx<'_>| {
            // Two at once would both find one left.
            tx.lock_name(&format!("artists of {owner}"))?;
            if store::artists::count_of(tx, owner)? >= MAX_ARTISTS {
                return Err(Error::TooManyArtists);
            }
            let id = ArtistId::new();
            let slug = slug_for(tx, &checked)?;
            let artist = store::artists::New {
                id,
                owner_id: owner,
                slug: slug.as_str(),
                created_at: now,
                updated_at: now,
            };
            store::artists::insert(tx, &artist, &checked.text, &checked.genres)?;
            events::record(tx, now, &ArtistChanged { artist_id: id })?;
            store::artists::find(tx, id)?.ok_or(Error::NotFound)
        };
        self.write_with_slug(write).await
    }

    /// Changes what is written about an artist.
    pub async fn update_artist(
        &self,
        viewer: &Viewer,
        id: ArtistId,
        update: UpdateArtist,
    ) -> Result<Artist, Error> {
        let (viewer, now) = (viewer.clone(), self.clock.now());
        let updated = self.change(move |tx| {
            let artist = lock_managed(tx, &viewer, id)?;
            let mut draft = ArtistDraft::from(&artist);
            update.apply(&mut draft);
            let checked = Checked::of(&draft, Some(&artist.slug))?;
            let slug = checked.slug.as_ref().map(Slug::as_str);
            if let Some(slug) = slug
                && store::slugs::is_taken(tx, store::slugs::Of::Artist, slug)?
            {
                return Err(Error::SlugTaken);
            }
            if checked.genres != artist.genres {
                store::artists::set_genres(tx, id, &checked.genres)?;
            }
            store::artists::update(tx, id, checked.text.since(&artist.text), slug, now)?;
            events::record(tx, now, &ArtistChanged { artist_id: id })?;
            store::artists::find(tx, id)?.ok_or(Error::NotFound)
        });
        updated.await.map_err(|error| match error {
            // Somebody took it between the look and the commit.
            Error::Database(error) if error.unique_column() == Some("slug") => Error::SlugTaken,
            error => error,
        })
    }

    /// Sets an artist's portrait from the bytes of a picture.
    pub async fn set_portrait(
        &self,
        viewer: &Viewer,
        id: ArtistId,
        bytes: Bytes,
    ) -> Result<Artist, Error> {
        let asker = viewer.clone();
        self.db
            .read(move |conn| managed(conn, &asker, id).map(drop))
            .await?;
        let (this, viewer, now) = (self.clone(), viewer.clone(), self.clock.now());
        self.show_picture(viewer.id, bytes, move |tx, image| {
            write_portrait(&this, tx, &viewer, id, Some(image), now)
        })
        .await
    }

    /// Takes an artist's portrait away.
    pub async fn remove_portrait(&self, viewer: &Viewer, id: ArtistId) -> Result<Artist, Error> {
        let (this, viewer, now) = (self.clone(), viewer.clone(), self.clock.now());
        self.change(move |tx| write_portrait(&this, tx, &viewer, id, None, now))
            .await
    }

    /// Removes an artist with everything it released; [`Music::restore_artist`]
    /// brings it back for 30 days.
    pub async fn delete_artist(&self, viewer: &Viewer, id: ArtistId) -> Result<(), Error> {
        let (viewer, now) = (viewer.clone(), self.clock.now());
        self.change(move |tx| {
            let artist = lock_managed(tx, &viewer, id)?;
            remove(tx, &artist, now)
        })
        .await
    }

    /// Brings a removed artist back, with what went with it.
    pub async fn restore_artist(&self, viewer: &Viewer, id: ArtistId) -> Result<Artist, Error> {
        let (viewer, now) = (viewer.clone(), self.clock.now());
        self.change(move |tx| {
            store::artists::lock(tx, id)?;
            let artist = store::artists::find(tx, id)?
                .filter(|artist| manages(Some(&viewer), artist))
                .ok_or(Error::NotFound)?;
            lock_released(tx, id)?;
            if artist.deleted_at.is_some() {
                store::artists::set_removed(tx, id, None)?;
                events::record(tx, now, &ArtistChanged { artist_id: id })?;
                for track in published_of(tx, id)? {
                    let event = TrackPublished {
                        track_id: track,
                        artist_id: id,
                    };
                    events::record(tx, now, &event)?;
                }
            }
            store::artists::find(tx, id)?.ok_or(Error::NotFound)
        })
        .await
    }
}

/// Removes an artist that the caller has locked, and records that everything which
/// could be heard is gone.
fn remove(tx: &mut Tx<'_>, artist: &Artist, now: Timestamp) -> Result<(), Error> {
    let id = artist.id;
    lock_released(tx, id)?;
    for track in published_of(tx, id)? {
        let event = TrackRemoved {
            track_id: track,
            artist_id: id,
        };
        events::record(tx, now, &event)?;
    }
    store::artists::set_removed(tx, id, Some(now))?;
    let event = ArtistRemoved {
        artist_id: id,
        owner_id: artist.owner,
        name: artist.text.name.clone(),
    };
    events::record(tx, now, &event)?;
    Ok(())
}

/// Locks what an artist released, in the order in which everybody does.
fn lock_released(tx: &mut Tx<'_>, id: ArtistId) -> Result<(), Error> {
    store::albums::lock_all_of(tx, id)?;
    store::tracks::lock_all_of(tx, id)?;
    Ok(())
}

/// Removes everything of an account that is gone.
pub(crate) fn remove_all_of(tx: &mut Tx<'_>, owner: UserId, now: Timestamp) -> Result<(), Error> {
    let filter = store::artists::Filter {
        owner: Some(owner),
        ..Default::default()
    };
    let mut artists = store::artists::list(tx, &filter, MAX_ARTISTS * 2)?;
    artists.sort_by_key(|artist| artist.id);
    for artist in artists {
        store::artists::lock(tx, artist.id)?;
        remove(tx, &artist, now)?;
    }
    Ok(())
}

fn published_of(conn: &mut Conn, id: ArtistId) -> Result<Vec<TrackId>, Error> {
    let filter = store::tracks::Filter {
        artist: Some(id),
        ..Default::default()
    };
    Ok(store::tracks::list(conn, &filter, 10_000)?
        .into_iter()
        .map(|track| track.id)
        .collect())
}

fn slug_for(conn: &mut Conn, checked: &Checked) -> Result<Slug, Error> {
    let of = store::slugs::Of::Artist;
    match &checked.slug {
        Some(slug) if store::slugs::is_taken(conn, of, slug.as_str())? => Err(Error::SlugTaken),
        Some(slug) => Ok(slug.clone()),
        None => Ok(store::slugs::free(
            conn,
            of,
            &Slug::of(&checked.text.name, "artist"),
        )?),
    }
}

fn write_portrait(
    music: &Music,
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    id: ArtistId,
    image: Option<&ImageRef>,
    now: Timestamp,
) -> Result<Artist, Error> {
    let before = lock_managed(tx, viewer, id)?;
    store::artists::set_portrait(tx, id, image, now)?;
    music.release_picture(tx, before.portrait.as_deref(), now)?;
    events::record(tx, now, &ArtistChanged { artist_id: id })?;
    store::artists::find(tx, id)?.ok_or(Error::NotFound)
}
