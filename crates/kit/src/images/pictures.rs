use bytes::Bytes;
use wing_contracts::{Timestamp, UserId};

use super::{ImageError, ImageRef};
use crate::db::{DbError, TxError};
use crate::media::{MediaError, MediaStore, shared};
use crate::{Clock, Db, Tx};

/// The pictures of one domain: stored, shown, and deleted when nothing shows them.
#[derive(Clone)]
pub struct Pictures {
    db: Db,
    media: MediaStore,
    clock: Clock,
    space: &'static str,
}

/// Why a picture was not stored.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It is no picture, or the store failed.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl TxError for StoreError {
    fn db_error(&self) -> Option<&DbError> {
        match self {
            Self::Image(_) => None,
            Self::Database(error) => Some(error),
        }
    }
}

/// How often a picture is stored anew because it was deleted before it was shown.
const ATTEMPTS: usize = 3;

impl Pictures {
    /// The pictures under `/media/{space}/images/`, whose references are in `db`.
    pub fn new(db: Db, media: MediaStore, clock: Clock, space: &'static str) -> Self {
        Self {
            db,
            media,
            clock,
            space,
        }
    }

    /// Stores a picture of an account, if it is one's; it is deleted after an hour or two unless a transaction
    /// [refers](Self::reference) to it.
    ///
    /// # Errors
    /// When it is no picture or too large, or the store or the database is out of
    /// reach; [`ImageError::TooMany`] when the account's share is under way already;
    /// [`ImageError::Busy`] when others are being stored, or this one is
    /// being deleted at this moment.
    pub async fn store(&self, owner: Option<UserId>, bytes: Bytes) -> Result<ImageRef, StoreError> {
        let announce = async |image: &ImageRef| {
            let (key, now) = (image.shared_key(self.space), self.clock.now());
            let space = self.space;
            self.db
                .write(move |tx| Ok::<_, StoreError>(shared::announce(tx, space, &key, now)?))
                .await
        };
        super::store(&self.media, self.space, owner, bytes, announce).await
    }

    /// Stores a picture and has `show` write where it shows, in one transaction with
    /// the note that it is referenced.
    ///
    /// # Errors
    /// As [`Pictures::store`], and what `show` returns.
    pub async fn show<T, E>(
        &self,
        owner: UserId,
        bytes: Bytes,
        show: impl Fn(&mut Tx<'_>, &ImageRef) -> Result<T, E> + Clone + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<ImageError> + TxError + Send + 'static,
    {
        for _ in 0..ATTEMPTS {
            let stored = self.store(Some(owner), bytes.clone()).await;
            let image = stored.map_err(|error| match error {
                StoreError::Image(error) => E::from(error),
                StoreError::Database(error) => E::from(error),
            })?;
            let (this, show) = (self.clone(), show.clone());
            let shown = self.db.write(move |tx| {
                Ok::<_, E>(match this.reference(tx, &image)? {
                    true => Some(show(tx, &image)?),
                    false => None,
                })
            });
            if let Some(shown) = shown.await? {
                return Ok(shown);
            }
        }
        Err(ImageError::Busy.into())
    }

    /// To be called in the transaction that writes where a picture shows; `false` when
    /// it has to be stored again first.
    ///
    /// # Errors
    /// The database's.
    pub fn reference(&self, tx: &mut Tx<'_>, image: &ImageRef) -> Result<bool, DbError> {
        shared::reference(tx, &image.shared_key(self.space), self.clock.now())
    }

    /// To be called in the transaction in which a picture ceases to show somewhere.
    ///
    /// # Errors
    /// The database's.
    pub fn release(
        &self,
        tx: &mut Tx<'_>,
        image: &ImageRef,
        now: Timestamp,
    ) -> Result<(), DbError> {
        shared::release(tx, self.space, &image.shared_key(self.space), now)
    }

    /// The picture that a key of [`shared`] stands for, if it is one.
    pub fn of_key(&self, key: &str) -> Option<ImageRef> {
        let hash = key.strip_prefix(self.space)?.strip_prefix("/images/")?;
        ImageRef::parse(hash)
    }

    /// Deletes a picture's files; for [`shared::Files::delete`].
    ///
    /// # Errors
    /// The store's.
    pub async fn delete(&self, image: &ImageRef) -> Result<(), MediaError> {
        super::remove(&self.media, self.space, image).await
    }
}
