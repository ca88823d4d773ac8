use async_trait::async_trait;
use bytes::Bytes;
use diesel::QueryResult;
use wing_contracts::Timestamp;
use wing_contracts::events::user::UserChanged;
use wing_kit::auth::Viewer;
use wing_kit::events::record;
use wing_kit::images::{ImageRef, Pictures};
use wing_kit::media::{MediaError, shared};
use wing_kit::{Conn, Tx};

use super::Users;
use super::account::Changed;
use super::authorise::authorise_and_lock;
use crate::model::User;
use crate::store::users::{self, Changes};
use crate::{Error, SPACE};

impl Users {
    /// Gives the viewer's account a picture: JPEG, PNG, WebP or GIF, judged by
    /// content, of at most [`MAX_BYTES`](wing_kit::images::MAX_BYTES).
    pub async fn set_picture(&self, viewer: &Viewer, bytes: Bytes) -> Result<Changed, Error> {
        // Before the work, for whoever is out by now; what counts is in the transaction.
        self.me(viewer).await?;
        let (caller, now) = (viewer.clone(), self.clock.now());
        let pictures = self.pictures.clone();
        let show = move |tx: &mut Tx<'_>, image: &ImageRef| {
            write_picture(tx, &pictures, &caller, Some(image), now)
        };
        let user = self.pictures.show(viewer.id, bytes, show).await?;
        self.changed(user, viewer)
    }

    /// Takes the picture away again; none is as good.
    pub async fn remove_picture(&self, viewer: &Viewer) -> Result<Changed, Error> {
        let (caller, now) = (viewer.clone(), self.clock.now());
        let pictures = self.pictures.clone();
        let removed = self
            .0
            .db
            .write(move |tx| write_picture(tx, &pictures, &caller, None, now));
        self.changed(removed.await?, viewer)
    }
}

fn write_picture(
    tx: &mut Tx<'_>,
    pictures: &Pictures,
    viewer: &Viewer,
    picture: Option<&ImageRef>,
    now: Timestamp,
) -> Result<User, Error> {
    let before = authorise_and_lock(tx, viewer, now)?;
    let id = before.id;
    if before.picture.as_ref() == picture {
        return Ok(before);
    }
    let changes = Changes {
        picture: Some(picture),
        ..Changes::default()
    };
    users::update(tx, id, changes, now)?;
    if let Some(before) = &before.picture {
        pictures.release(tx, before, now)?;
    }
    record(tx, now, &UserChanged { user_id: id })?;
    users::by_id(tx, id)?.ok_or(Error::NotFound)
}

/// The stored files of this domain, for the sweep that deletes unreferenced ones.
pub(super) struct Files(pub Pictures);

#[async_trait]
impl shared::Files for Files {
    fn domain(&self) -> &'static str {
        SPACE
    }

    fn is_referenced(&self, conn: &mut Conn, key: &str) -> QueryResult<bool> {
        match self.0.of_key(key) {
            Some(picture) => users::picture_is_used(conn, &picture),
            None => Ok(false),
        }
    }

    async fn delete(&self, key: &str) -> Result<(), MediaError> {
        match self.0.of_key(key) {
            Some(picture) => self.0.delete(&picture).await,
            None => Ok(()),
        }
    }
}
