//! Pictures of artists, albums and tracks, from their bytes to where they show.

use bytes::Bytes;
use tokio::runtime::Handle;
use wing_kit::images::{self, ImageRef};
use wing_kit::{Tx, media};

use super::Music;
use crate::SPACE;
use crate::error::Error;

impl Music {
    /// Stores a picture and has `show` write its hash to where it shows. Should
    /// the same picture be cleared away between the two, because what showed it
    /// before is forgotten, it is stored again.
    pub(crate) async fn with_picture<T: Send + 'static>(
        &self,
        bytes: Bytes,
        show: impl Fn(&mut Tx<'_>, &str) -> Result<T, Error> + Clone + Send + 'static,
    ) -> Result<T, Error> {
        loop {
            let image = images::store(&self.media, SPACE, bytes.clone())
                .await
                .map_err(wing_kit::Problem::from)?;
            if let Some(shown) = self.show_picture(image, show.clone()).await? {
                return Ok(shown);
            }
        }
    }

    /// Has `show` write the hash of a stored picture; `None`, and nothing is
    /// written, when it is not stored any more.
    pub(crate) async fn show_picture<T: Send + 'static>(
        &self,
        image: ImageRef,
        show: impl Fn(&mut Tx<'_>, &str) -> Result<T, Error> + Send + 'static,
    ) -> Result<Option<T>, Error> {
        let (store, runtime) = (self.media.clone(), Handle::current());
        self.db
            .write(move |tx| {
                media::hold(tx)?;
                if runtime.block_on(images::is_stored(&store, SPACE, &image))? {
                    show(tx, image.as_str()).map(Some)
                } else {
                    Ok(None)
                }
            })
            .await
    }
}
