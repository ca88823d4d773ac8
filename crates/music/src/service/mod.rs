//! The use cases, one noun a file. Each reads like the rule it carries out.

pub mod albums;
pub mod artists;
pub mod detail;
pub mod likes;
pub mod plays;
pub mod search;
pub mod tracks;

use std::sync::Arc;

use tokio::sync::Notify;
use wing_audio::Ffmpeg;
use wing_contracts::users::UserDirectory;
use wing_kit::auth::Viewer;
use wing_kit::media::MediaStore;
use wing_kit::{Clock, Config, Db};

use crate::error::Error;
use crate::model::Artist;

/// The domain's service; cheap to clone.
#[derive(Clone)]
pub struct Music(pub(crate) Arc<Parts>);

/// What the use cases work with.
pub struct Parts {
    /// This domain's database.
    pub db: Db,
    /// Originals, renditions, images.
    pub media: MediaStore,
    /// The time.
    pub clock: Clock,
    /// The process' configuration.
    pub config: Config,
    /// Accounts, wherever they are.
    pub users: Arc<dyn UserDirectory>,
    /// Wakes the outbox relay after a commit.
    pub events: Arc<Notify>,
    /// Wakes the job runner after a commit.
    pub work: Arc<Notify>,
    /// The transcoder, if there is one.
    pub ffmpeg: Option<Ffmpeg>,
    /// How often anything published changed; what is remembered of it is good
    /// for the count it was remembered at.
    pub changes: std::sync::atomic::AtomicU64,
    /// What the desk shows live.
    pub desk: crate::jobs::desk::Desk,
}

impl Music {
    /// The service over its parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Makes everybody ask again who remembered something published.
    pub(crate) fn forget_cached(&self) {
        self.changes.fetch_add(1, std::sync::atomic::Ordering::Release);
    }
}

impl std::ops::Deref for Music {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// Whether the viewer manages the artist: its owner, or an admin.
pub(crate) fn manages(viewer: Option<&Viewer>, artist: &Artist) -> bool {
    manages_as(viewer, artist.owner)
}

/// Whether the viewer manages what `owner` owns.
pub(crate) fn manages_as(viewer: Option<&Viewer>, owner: wing_contracts::UserId) -> bool {
    viewer.is_some_and(|viewer| viewer.id == owner || viewer.is_admin())
}

/// Somebody logged in, or the refusal.
pub(crate) fn known(viewer: Option<&Viewer>) -> Result<&Viewer, Error> {
    viewer.ok_or(Error::LoginRequired)
}
