use bytes::Bytes;
use wing_contracts::events::Event;
use wing_kit::auth::Viewer;
use wing_kit::events::record;
use wing_kit::images::{self, ImageRef};

use super::Users;
use super::account::Changed;
use crate::store::users;
use crate::{Error, SPACE};

impl Users {
    /// Gives the viewer's account a picture: JPEG, PNG, WebP or GIF, judged by
    /// content, of at most [`images::MAX_BYTES`].
    pub async fn set_picture(&self, viewer: &Viewer, bytes: Bytes) -> Result<Changed, Error> {
        let image = images::store(&self.0.media, SPACE, bytes).await?;
        self.put_picture(viewer, Some(image)).await
    }

    /// Takes the picture away again; none is as good.
    pub async fn remove_picture(&self, viewer: &Viewer) -> Result<Changed, Error> {
        self.put_picture(viewer, None).await
    }

    async fn put_picture(
        &self,
        viewer: &Viewer,
        picture: Option<ImageRef>,
    ) -> Result<Changed, Error> {
        let (id, now) = (viewer.id, self.0.clock.now());
        let (user, before) = self
            .0
            .db
            .write(move |conn| {
                let mut user = users::lock(conn, id)?.ok_or(Error::NotFound)?;
                let before = std::mem::replace(&mut user.picture, picture);
                user.updated_at = now;
                users::save(conn, &user)?;
                record(conn, now, Event::UserChanged { user_id: id })?;
                Ok::<_, Error>((user, before))
            })
            .await?;
        self.0.waker.notify_one();
        self.drop_unused(before).await;
        self.changed(user, viewer.session, None)
    }

    /// Removes the files of a picture nobody shows any more. A failure leaves
    /// files behind and is no reason to fail what was asked for.
    pub(super) async fn drop_unused(&self, picture: Option<ImageRef>) {
        let Some(picture) = picture else { return };
        let image = picture.clone();
        let used = self
            .0
            .db
            .read(move |conn| Ok::<_, Error>(users::picture_is_used(conn, &image)?));
        let removed = match used.await {
            Ok(true) => return,
            Ok(false) => images::remove(&self.0.media, SPACE, &picture)
                .await
                .map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        if let Err(error) = removed {
            tracing::warn!(error, "an unused picture stays");
        }
    }
}
