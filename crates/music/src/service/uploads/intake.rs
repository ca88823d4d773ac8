//! Who sends what to this process: one body at a time for each upload, and so many
//! in all.

use std::collections::HashSet;
use std::sync::Arc;

use actix_web::http::StatusCode;
use parking_lot::Mutex;
use tokio::sync::Semaphore;
use wing_contracts::UploadId;
use wing_kit::Problem;

use super::refusals::refused;
use crate::error::Error;

/// Bodies that are received at once in this process.
const MAX_AT_ONCE: usize = 256;
/// The same where media is in an object store: up to two pieces of each are held
/// in memory, where a disk takes a quarter of that.
const MAX_AT_ONCE_AFAR: usize = 64;

/// Who is sending what to this process.
pub struct Intake {
    held: Arc<Mutex<HashSet<UploadId>>>,
    places: Arc<Semaphore>,
}

/// The right to write to one upload; ends with its drop.
pub(super) struct Held {
    id: UploadId,
    all: Arc<Mutex<HashSet<UploadId>>>,
    _place: tokio::sync::OwnedSemaphorePermit,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.all.lock().remove(&self.id);
    }
}

impl Intake {
    /// For uploads that are kept on this machine, or are not.
    pub fn new(local: bool) -> Self {
        let most = if local { MAX_AT_ONCE } else { MAX_AT_ONCE_AFAR };
        Self {
            held: Arc::default(),
            places: Arc::new(Semaphore::new(most)),
        }
    }

    pub(super) fn hold(&self, id: UploadId) -> Result<Held, Error> {
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| Problem::unavailable())?;
        if !self.all_held(id) {
            return Err(refused(
                StatusCode::LOCKED,
                "upload_locked",
                "Another request is sending to this upload. Wait until it ends, then ask where to go on.",
            ));
        }
        Ok(Held {
            id,
            all: Arc::clone(&self.held),
            _place: place,
        })
    }

    fn all_held(&self, id: UploadId) -> bool {
        self.held.lock().insert(id)
    }
}
