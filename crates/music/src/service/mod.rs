//! The use cases, one noun a file. Each reads like the rule it carries out.

pub mod albums;
pub mod artists;
pub mod create_track;
pub mod desk;
pub mod detail;
pub mod download;
pub mod likes;
pub mod listening;
pub(crate) mod local_copy;
pub(crate) mod pictures;
pub mod plays;
pub mod processing;
pub mod receiving;
mod recent;
pub mod search;
pub mod sitemap;
pub mod track_lists;
pub mod tracks;
pub mod transcoder;
pub mod uploads;
pub mod workshop;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio_util::sync::CancellationToken;
use wing_contracts::Timestamp;
use wing_contracts::users::UserDirectory;
use wing_kit::auth::Viewer;
use wing_kit::images::Pictures;
use wing_kit::media::MediaStore;
use wing_kit::{Clock, Config, Db, Tx};

use crate::SPACE;
use crate::error::Error;
use crate::model::Artist;

use desk::Desk;
use transcoder::Transcoder;
use workshop::Workshop;

/// What the service is made of; the wiring of a process names it.
pub struct Parts<'a> {
    /// The process' settings.
    pub config: &'a Config,
    /// The pool of connections to the database that holds this domain's tables.
    pub db: Db,
    /// Originals, renditions, images.
    pub media: MediaStore,
    /// The time.
    pub clock: Clock,
    /// Accounts, wherever they are.
    pub users: Arc<dyn UserDirectory>,
    /// Cancelled when the process is asked to stop.
    pub stop: CancellationToken,
}

/// The domain's service; cheap to clone.
#[derive(Clone)]
pub struct Music(Arc<State>);

/// What the use cases work with.
pub struct State {
    pub(crate) db: Db,
    pub(crate) media: MediaStore,
    pub(crate) pictures: Pictures,
    pub(crate) clock: Clock,
    pub(crate) config: Config,
    pub(crate) users: Arc<dyn UserDirectory>,
    /// Makes the streaming forms, where there is one.
    pub(crate) transcoder: Transcoder,
    /// How often anything published changed; what is remembered of it is good
    /// for the count it was remembered at.
    pub(crate) changes: AtomicU64,
    /// What the desk shows live.
    pub(crate) desk: Desk,
    /// Who is sending files to this process.
    pub(crate) intake: uploads::Intake,
    /// Open files and what is remembered of tracks that are heard.
    pub(crate) sound: listening::Sound,
    /// What is remembered of tracks that are looked at.
    pub(crate) details: detail::Details,
    /// What is remembered of their lists.
    pub(crate) lists: track_lists::Lists,
    /// Where files are made.
    pub(crate) workshop: Workshop,
}

impl Music {
    /// The service. Makes its directory for unfinished files; blocks for a
    /// moment, so call it before the server starts.
    pub fn new(parts: Parts<'_>) -> anyhow::Result<Self> {
        let config = parts.config;
        Ok(Self(Arc::new(State {
            transcoder: Transcoder::default(),
            changes: AtomicU64::default(),
            desk: Desk::new(parts.stop),
            intake: uploads::Intake::new(parts.media.is_local()),
            sound: listening::Sound::default(),
            details: detail::details(),
            lists: track_lists::lists(),
            workshop: Workshop::open(&config.data)?,
            config: config.clone(),
            pictures: Pictures::new(
                parts.db.clone(),
                parts.media.clone(),
                parts.clock.clone(),
                SPACE,
            ),
            db: parts.db,
            media: parts.media,
            clock: parts.clock,
            users: parts.users,
        })))
    }

    /// Now, as this service sees it.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Carries out, as one transaction, what changes published things: afterwards
    /// what is cached of them is evicted.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let changed = self.db.write(work).await?;
        self.evict_cached();
        Ok(changed)
    }

    /// [`Music::change`] for what makes an address of a name: run again when somebody
    /// else took the same free address at the same moment.
    pub(crate) async fn write_with_slug<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Tx<'_>) -> Result<T, Error> + Clone + Send + 'static,
    ) -> Result<T, Error> {
        let mut retries = 0;
        loop {
            match self.change(work.clone()).await {
                Err(Error::Database(error))
                    if error.unique_column() == Some("slug") && retries < SLUG_RETRIES =>
                {
                    retries += 1;
                }
                written => return written,
            }
        }
    }

    /// Evicts everything that is cached of published things.
    pub(crate) fn evict_cached(&self) {
        self.changes.fetch_add(1, Ordering::Release);
    }
}

impl std::ops::Deref for Music {
    type Target = State;
    fn deref(&self) -> &State {
        &self.0
    }
}

/// How often an address is chosen anew. Each time at least one other got theirs.
const SLUG_RETRIES: usize = 10;

/// Whether the viewer manages the artist: its owner, or an admin.
pub(crate) fn manages(viewer: Option<&Viewer>, artist: &Artist) -> bool {
    manages_as(viewer, artist.owner)
}

/// Whether the viewer manages what `owner` owns.
pub(crate) fn manages_as(viewer: Option<&Viewer>, owner: wing_contracts::UserId) -> bool {
    viewer.is_some_and(|viewer| viewer.id == owner || viewer.is_admin())
}
