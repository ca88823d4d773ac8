//! Pictures people upload: recognised by content, cut square, stored in fixed
//! widths as JPEG and WebP, and served for ever under their content's hash.
//!
//! Nothing of the uploaded file is handed on: every stored byte was encoded
//! here, so no metadata (EXIF, GPS, comments) and no trick of the original
//! reaches a visitor.

mod convert;
mod pictures;
mod serve;
#[cfg(test)]
mod tests;
mod view;

use std::sync::LazyLock;

use actix_web::http::StatusCode;
use bytes::Bytes;
use tokio::sync::Semaphore;
use wing_contracts::UserId;

pub use pictures::{Pictures, StoreError};
pub use serve::configure;
pub use view::{ImageView, ImageWidth};

use crate::Problem;
use crate::limits::Shares;
use crate::media::{MediaError, MediaStore, content_hash};

/// The widths (and heights) in pixels that every picture is stored in. A file
/// of each exists also for a smaller original, which is then not enlarged.
pub const WIDTHS: [u32; 4] = [96, 256, 512, 1024];
/// The largest file, in bytes.
pub const MAX_BYTES: usize = 20 * 1024 * 1024;
/// The most pixels a picture may unfold to.
pub const MAX_PIXELS: u64 = 50_000_000;

/// The most bytes that decoding a picture may take, working copies of the decoder
/// included: 50 megapixels of a camera (8-bit RGB) are 150 MB, 32 megapixels with 16 bits
/// and transparency 256 MB. Not much is added to it later.
pub const MAX_DECODED_BYTES: u64 = 256_000_000;

/// One at a time: a picture of the largest size takes [`MAX_DECODED_BYTES`].
static TURN: Semaphore = Semaphore::const_new(1);
/// Pictures that wait or work, each holding its upload in memory.
static QUEUE: Semaphore = Semaphore::const_new(16);
/// Those of one account: the others' pictures find room beside them.
const PER_ACCOUNT: usize = 3;
static SHARES: LazyLock<Shares> =
    LazyLock::new(|| Shares::new(PER_ACCOUNT, usize::MAX, || ImageError::TooMany.problem()));

/// A stored picture: the SHA-256 of the uploaded file, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ImageRef {
    hash: String,
}

crate::text_column!(ImageRef);

impl std::str::FromStr for ImageRef {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text).ok_or("not a picture's hash")
    }
}

impl ImageRef {
    /// The reference of a hash that was stored; `None` unless it is one.
    pub fn parse(hash: &str) -> Option<Self> {
        let hex = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        (hash.len() == 64 && hash.bytes().all(hex)).then(|| Self {
            hash: hash.to_owned(),
        })
    }

    /// The hash, for storing.
    pub fn as_str(&self) -> &str {
        &self.hash
    }

    /// Where its files are, as a local path without a slash at the end.
    pub fn base(&self, space: &str) -> String {
        format!("/media/{space}/images/{}", self.hash)
    }

    /// The local path of one file: `width` as in [`WIDTHS`], `ext` is `jpg` or
    /// `webp`.
    pub fn url(&self, space: &str, width: u32, ext: &str) -> String {
        format!("{}/{width}.{ext}", self.base(space))
    }

    /// What stands for all of its files in [`crate::media::shared`].
    fn shared_key(&self, space: &str) -> String {
        format!("{space}/images/{}", self.hash)
    }

    fn key(&self, space: &str, width: u32, ext: &str) -> String {
        format!("{space}/images/{}/{width}.{ext}", self.hash)
    }
}

/// Why a picture was not stored.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// The content is none of JPEG, PNG, WebP and GIF.
    #[error("not a picture we know")]
    NotRecognised,
    /// HEIC or AVIF, which phones take pictures in and not every browser shows.
    #[error("HEIC or AVIF")]
    Heif,
    /// More than [`MAX_BYTES`], [`MAX_PIXELS`] or [`MAX_DECODED_BYTES`].
    #[error("too large")]
    TooLarge,
    /// It begins like a picture but cannot be read to its end.
    #[error("corrupt: {0}")]
    Corrupt(String),
    /// Too many pictures wait already.
    #[error("busy")]
    Busy,
    /// Too many pictures of one account wait already.
    #[error("too many of one account")]
    TooMany,
    /// The store failed.
    #[error(transparent)]
    Media(#[from] MediaError),
}

impl ImageError {
    /// The refusal as callers see it.
    pub fn problem(&self) -> Problem {
        match self {
            Self::NotRecognised => Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "image_not_recognised",
                "This is not a JPEG, PNG, WebP or GIF picture, whatever its name says.",
            ),
            Self::Heif => Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "image_heif",
                "This is a HEIC or AVIF picture, as phones take them. Save or share it as JPEG and send that; on an \
                 iPhone, Settings, Camera, Formats, Most Compatible takes JPEG from now on.",
            ),
            Self::TooLarge => Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "image_too_large",
                "A picture has at most 20 MB and 50 megapixels; less as a progressive JPEG, an animation, or with 16 bits \
                 a channel. Make it smaller: 1,024 pixels a side are all that is shown.",
            ),
            Self::Corrupt(_) => Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "image_corrupt",
                "The picture is damaged and cannot be read to its end.",
            ),
            Self::Busy => Problem::unavailable(),
            Self::TooMany => Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_pictures",
                "Some of your pictures are still being worked on. Send this one again when they are done.",
            )
            .retry_after(5),
            Self::Media(MediaError::Full) => Problem::new(
                StatusCode::INSUFFICIENT_STORAGE,
                "storage_full",
                "There is no room to store this at the moment.",
            )
            .retry_after(60),
            Self::Media(error) => {
                tracing::error!(%error, "a picture could not be stored");
                Problem::unavailable()
            }
        }
    }
}

impl From<ImageError> for Problem {
    fn from(error: ImageError) -> Self {
        error.problem()
    }
}

/// Stores a picture in all widths and both formats under `{space}/images/`, after
/// `announce` was asked whether it may: `false` is answered as
/// [`ImageError::Busy`].
///
/// `owner` is the account whose share of what is under way it takes. The same bytes again
/// change nothing. Work runs off the async threads, one
/// picture at a time.
async fn store<E: From<ImageError>>(
    media: &MediaStore,
    space: &'static str,
    owner: Option<UserId>,
    bytes: Bytes,
    announce: impl AsyncFnOnce(&ImageRef) -> Result<bool, E>,
) -> Result<ImageRef, E> {
    if bytes.len() > MAX_BYTES {
        return Err(ImageError::TooLarge.into());
    }
    let _share = SHARES.take(owner, None).map_err(|_| ImageError::TooMany)?;
    let _place = QUEUE.try_acquire().map_err(|_| ImageError::Busy)?;
    let _turn = TURN.acquire().await.map_err(|_| ImageError::Busy)?;
    let (image, bytes) = off_thread(move || {
        let hash = content_hash(&bytes);
        Ok((ImageRef { hash }, bytes))
    })
    .await?;
    let media_failed = |error: MediaError| ImageError::from(error);
    if is_stored(media, space, &image)
        .await
        .map_err(media_failed)?
    {
        return match announce(&image).await? {
            true if is_stored(media, space, &image)
                .await
                .map_err(media_failed)? =>
            {
                Ok(image)
            }
            // Deleted between the two.
            _ => Err(ImageError::Busy.into()),
        };
    }
    let files = off_thread(move || convert::all_widths(&bytes)).await?;
    if !announce(&image).await? {
        return Err(ImageError::Busy.into());
    }
    for file in files {
        let key = image.key(space, file.width, file.ext);
        media.put(&key, file.bytes).await.map_err(media_failed)?;
    }
    Ok(image)
}

/// Whether all files of a picture are there.
async fn is_stored(
    media: &MediaStore,
    space: &'static str,
    image: &ImageRef,
) -> Result<bool, MediaError> {
    // Written last, so it stands for all of them.
    let last = image.key(space, WIDTHS[WIDTHS.len() - 1], "webp");
    match media.size(&last).await {
        Ok(_) => Ok(true),
        Err(MediaError::Missing) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Deletes all files of a picture. The caller knows that nothing shows it.
async fn remove(
    media: &MediaStore,
    space: &'static str,
    image: &ImageRef,
) -> Result<(), MediaError> {
    // What stands for all of them goes first: a half deleted picture is stored anew.
    for width in WIDTHS.into_iter().rev() {
        for ext in ["webp", "jpg"] {
            media.remove(&image.key(space, width, ext)).await?;
        }
    }
    Ok(())
}

async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ImageError> + Send + 'static,
) -> Result<T, ImageError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        // A decoder that panics on an upload has met a broken picture.
        Err(error) if error.is_panic() => Err(ImageError::Corrupt("the decoder gave up".into())),
        Err(_) => Err(ImageError::Busy),
    }
}
