//! Pictures of artists, albums and tracks, and which stored files are still of use.

use async_trait::async_trait;
use bytes::Bytes;
use diesel::QueryResult;
use wing_contracts::{Timestamp, UserId};
use wing_kit::images::ImageRef;
use wing_kit::media::{MediaError, shared};
use wing_kit::{Conn, Tx};

use super::Music;
use crate::SPACE;
use crate::error::Error;
use crate::store;

impl Music {
    /// Stores a picture of an account and has `show` write where it shows.
    pub(crate) async fn show_picture<T: Send + 'static>(
        &self,
        owner: UserId,
        bytes: Bytes,
        show: impl Fn(&mut Tx<'_>, &ImageRef) -> Result<T, Error> + Clone + Send + 'static,
    ) -> Result<T, Error> {
        let shown = self.pictures.show(owner, bytes, show).await?;
        self.evict_cached();
        Ok(shown)
    }

    /// To be called where a picture, given by its hash, ceases to show.
    pub(crate) fn release_picture(
        &self,
        tx: &mut Tx<'_>,
        hash: Option<&str>,
        now: Timestamp,
    ) -> Result<(), Error> {
        if let Some(image) = hash.and_then(ImageRef::parse) {
            self.pictures.release(tx, &image, now)?;
        }
        Ok(())
    }

    /// Says that a file of the media store, named by its content, is about to be
    /// stored.
    ///
    /// # Errors
    /// `503` while the same content is being deleted.
    pub(crate) async fn announce_file(&self, key: &str) -> Result<(), Error> {
        let (key, now) = (key.to_owned(), self.clock.now());
        let announced = self
            .db
            .write(move |tx| Ok::<_, Error>(shared::announce(tx, SPACE, &key, now)?));
        match announced.await? {
            true => Ok(()),
            false => Err(being_deleted()),
        }
    }
}

/// The refusal of what refers to a file that is being deleted at this moment.
pub(crate) fn being_deleted() -> Error {
    MediaError::Away("the file is being deleted; store it again in a moment".into()).into()
}

/// To be called in the transaction that refers to a file which was announced and
/// stored.
///
/// # Errors
/// `503` when it was deleted meanwhile and has to be stored again.
pub(crate) fn reference_file(tx: &mut Tx<'_>, key: &str, now: Timestamp) -> Result<(), Error> {
    match shared::reference(tx, key, now)? {
        true => Ok(()),
        false => Err(being_deleted()),
    }
}

/// To be called in the transaction that gives up a reference to a file.
pub(crate) fn release_file(tx: &mut Tx<'_>, key: &str, now: Timestamp) -> Result<(), Error> {
    Ok(shared::release(tx, SPACE, key, now)?)
}

/// The stored files of this domain, for the sweep that deletes unreferenced ones.
pub(crate) struct Files(pub(crate) Music);

#[async_trait]
impl shared::Files for Files {
    fn domain(&self) -> &'static str {
        SPACE
    }

    fn is_referenced(&self, conn: &mut Conn, key: &str) -> QueryResult<bool> {
        match self.0.pictures.of_key(key) {
            Some(picture) => store::purge::picture_is_used(conn, picture.as_str()),
            None => store::purge::file_is_used(conn, key),
        }
    }

    async fn delete(&self, key: &str) -> Result<(), MediaError> {
        if let Some(picture) = self.0.pictures.of_key(key) {
            return self.0.pictures.delete(&picture).await;
        }
        self.0.evict_file(key);
        self.0.media.remove(key).await
    }
}
