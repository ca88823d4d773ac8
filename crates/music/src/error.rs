//! Why a use case of this domain refuses.

use actix_web::http::StatusCode;
use wing_kit::Problem;
use wing_kit::db::DbError;
use wing_kit::images::ImageError;
use wing_kit::media::MediaError;
use wing_kit::media::shared::SweepError;

/// Every refusal of this domain.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is none, or the caller may not know of it.
    #[error("not found")]
    NotFound,
    /// The call needs somebody logged in.
    #[error("login required")]
    LoginRequired,
    /// Only musicians have artists.
    #[error("not a musician")]
    NotMusician,
    /// The account has as many artists as one may have.
    #[error("too many artists")]
    TooManyArtists,
    /// The address is taken.
    #[error("slug taken")]
    SlugTaken,
    /// The album belongs to another artist.
    #[error("album of another artist")]
    ForeignAlbum,
    /// The track cannot be published before it is ready.
    #[error("not ready")]
    NotReady,
    /// There is nothing to retry.
    #[error("not failed")]
    NotFailed,
    /// The artist does not offer this track for download.
    #[error("not downloadable")]
    NotDownloadable,
    /// The upload is not finished, or was used already.
    #[error("upload not usable")]
    UploadNotUsable,
    /// The request itself is wrong; the problem says how.
    #[error(transparent)]
    Refused(#[from] Problem),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbError),
    /// The media store failed.
    #[error(transparent)]
    Media(#[from] MediaError),
}

wing_kit::domain_error!(Error);

impl From<ImageError> for Error {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Media(error) => Self::Media(error),
            error => Self::Refused(error.into()),
        }
    }
}

impl From<SweepError> for Error {
    fn from(error: SweepError) -> Self {
        match error {
            SweepError::Database(error) => Self::Database(error),
            SweepError::Media(error) => Self::Media(error),
        }
    }
}

impl Error {
    /// The refusal as callers see it.
    pub fn problem(&self) -> Problem {
        match self {
            Self::NotFound => Problem::not_found(),
            Self::LoginRequired => Problem::login_required(),
            Self::NotMusician => Problem::forbidden(
                "not_a_musician",
                "Only musicians have artists. Become one in your settings.",
            ),
            Self::TooManyArtists => {
                Problem::conflict("too_many_artists", "An account has at most 50 artists.")
            }
            Self::SlugTaken => Problem::taken(
                "slug",
                "slug_taken",
                "This address is taken. Choose another.",
            ),
            Self::ForeignAlbum => Problem::invalid_field(
                "album_id",
                "foreign_album",
                "This album does not belong to the artist.",
            ),
            Self::NotReady => Problem::conflict(
                "not_ready",
                "The track is still being processed, or failed. Publish it when it is ready.",
            ),
            Self::NotFailed => Problem::conflict(
                "not_failed",
                "There is nothing to retry: the track did not fail.",
            ),
            Self::NotDownloadable => Problem::forbidden(
                "not_downloadable",
                "The artist does not offer this track for download.",
            ),
            Self::UploadNotUsable => Problem::conflict(
                "upload_not_usable",
                "The upload is not finished, has expired, or became a track already.",
            ),
            Self::Refused(problem) => problem.clone(),
            Self::Database(error) => error.problem(),
            Self::Media(MediaError::Missing) => Problem::not_found(),
            Self::Media(MediaError::Full) => Problem::new(
                StatusCode::INSUFFICIENT_STORAGE,
                "storage_full",
                "There is no room left for files. What was sent so far is kept; try again later.",
            ),
            Self::Media(MediaError::Away(error)) => {
                tracing::error!(%error, "media store out of reach");
                Problem::unavailable()
            }
            Self::Media(MediaError::Failed(error)) => {
                tracing::error!(%error, "media store");
                Problem::unavailable()
            }
        }
    }
}
