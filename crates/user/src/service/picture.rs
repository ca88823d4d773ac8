use bytes::Bytes;
use tokio::runtime::Handle;
use wing_contracts::events::user::UserChanged;
use wing_kit::auth::Viewer;
use wing_kit::events::record;
use wing_kit::images::{self, ImageError, ImageRef};
use wing_kit::media;

use super::Users;
use super::account::Changed;
use crate::store::users::{self, Changes};
use crate::{Error, SPACE};

impl Users {
    /// Gives the viewer's account a picture: JPEG, PNG, WebP or GIF, judged by
    /// content, of at most [`images::MAX_BYTES`].
    pub async fn set_picture(&self, viewer: &Viewer, bytes: Bytes) -> Result<Changed, Error> {
        loop {
            let image = images::store(&self.0.media, SPACE, bytes.clone()).await?;
            // Somebody else who gave the same picture up may have taken it along.
            if let Some(changed) = self.put_picture(viewer, Some(image)).await? {
                return Ok(changed);
            }
        }
    }

    /// Takes the picture away again; none is as good.
    pub async fn remove_picture(&self, viewer: &Viewer) -> Result<Changed, Error> {
        let removed = self.put_picture(viewer, None).await?;
        removed.ok_or(Error::NotFound)
    }

    /// `None`, and nothing is changed, when the picture is not stored any more.
    async fn put_picture(
        &self,
        viewer: &Viewer,
        picture: Option<ImageRef>,
    ) -> Result<Option<Changed>, Error> {
        let (id, now) = (viewer.id, self.0.clock.now());
        let (media, runtime) = (self.0.media.clone(), Handle::current());
        let put = self
            .0
            .db
            .write(move |tx| {
                media::hold(tx)?;
                if let Some(picture) = &picture
                    && !runtime
                        .block_on(images::is_stored(&media, SPACE, picture))
                        .map_err(ImageError::from)?
                {
                    return Ok(None);
                }
                let before = users::lock(tx, id)?.ok_or(Error::NotFound)?;
                let changes = Changes {
                    picture: Some(picture.as_ref()),
                    ..Changes::default()
                };
                users::update(tx, id, changes, now)?;
                record(tx, now, &UserChanged { user_id: id })?;
                let user = users::by_id(tx, id)?.ok_or(Error::NotFound)?;
                Ok::<_, Error>(Some((user, before.picture)))
            })
            .await?;
        let Some((user, before)) = put else {
            return Ok(None);
        };
        self.drop_unused(before).await;
        self.changed(user, viewer.session, None).map(Some)
    }

    /// Removes the files of a picture nobody shows any more. A failure leaves
    /// files behind and is no reason to fail what was asked for.
    pub(super) async fn drop_unused(&self, picture: Option<ImageRef>) {
        let Some(picture) = picture else { return };
        let (media, runtime) = (self.0.media.clone(), Handle::current());
        let removed = self.0.db.write(move |tx| {
            media::hold(tx)?;
            if !users::picture_is_used(tx, &picture)? {
                runtime
                    .block_on(images::remove(&media, SPACE, &picture))
                    .map_err(ImageError::from)?;
            }
            Ok::<_, Error>(())
        });
        if let Err(error) = removed.await {
            tracing::warn!(%error, "an unused picture stays");
        }
    }
}
