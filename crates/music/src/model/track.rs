use std::str::FromStr;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wing_contracts::{AlbumId, ArtistId, Timestamp, TrackId, UploadId};
use wing_kit::db::MultiBackend;
use wing_kit::draft::anything;

use super::{AlbumRef, ArtistRef, Genre, Lyrics, Title, TrackNumber};
use crate::store::schema::tracks;

/// Where a track is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrackStatus {
    /// Its file is being looked at and prepared.
    Processing,
    /// Ready, and seen by its owner alone.
    Draft,
    /// Heard by everybody.
    Published,
    /// Its file could not be used; `reason` says why.
    Failed,
}

wing_kit::text_column!(TrackStatus);

impl TrackStatus {
    /// The name in JSON and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Processing => "processing",
            Self::Draft => "draft",
            Self::Published => "published",
            Self::Failed => "failed",
        }
    }
}

impl FromStr for TrackStatus {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "processing" => Ok(Self::Processing),
            "draft" => Ok(Self::Draft),
            "published" => Ok(Self::Published),
            "failed" => Ok(Self::Failed),
            other => Err(format!("unknown track status {other}")),
        }
    }
}

/// A track with what is always shown beside it. Its lyrics are apart: they are long,
/// and few want them.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    /// The track.
    pub id: TrackId,
    /// Whose it is.
    pub artist: ArtistRef,
    /// What it is on.
    pub album: Option<AlbumRef>,
    /// Its address, `/tracks/{slug}`.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// Its place on the album.
    pub track_number: Option<i32>,
    /// Its genre.
    pub genre: Genre,
    /// Whether others may download it.
    pub downloadable: bool,
    /// Where it is on its way.
    pub status: TrackStatus,
    /// Hash of its own cover, else of its album's.
    pub cover: Option<String>,
    /// Whether that is its own.
    pub own_cover: bool,
    /// 0 until it is known.
    pub duration_ms: i64,
    /// Counted plays.
    pub play_count: i64,
    /// Likes now.
    pub like_count: i64,
    /// When others could first hear it.
    pub published_at: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was removed.
    pub deleted_at: Option<Timestamp>,
}

/// A new track is published as soon as it is ready, unless it says otherwise.
fn yes() -> bool {
    true
}

wing_kit::draft! {
    /// What somebody wrote about a track, not yet checked.
    draft TrackDraft;
    /// A new track. What is left away is taken from the file's tags.
    create CreateTrack {
        /// Whose it is: an artist the caller manages.
        artist_id: ArtistId,
        /// A whole upload of the caller's that is no track yet.
        upload_id: UploadId,
    }
    /// What of a track changes; the rest stays.
    update UpdateTrack;
    /// What is written about a track, as its row has it.
    #[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
    #[diesel(table_name = tracks, check_for_backend(MultiBackend))]
    checked TrackText;
    /// The columns that an update writes.
    #[derive(Debug, AsChangeset)]
    #[diesel(table_name = tracks)]
    changes TrackChanges;

    fields {
        title: String = Title::text => String {
            /// 1 to 200 characters.
            #[schema(example = "Night Walk")]
            create: Option<String>,
            /// Its title.
            #[schema(example = "Last Train")]
            update: String,
        }
        album_id: Option<AlbumId> = anything => Option<AlbumId> {
            /// What it is on: an album of that artist.
            #[schema(value_type = Option<String>)]
            create: Option<AlbumId>,
            /// What it is on; null takes it off.
            #[serde(default, deserialize_with = "wing_kit::draft::maybe")]
            #[schema(value_type = Option<String>)]
            update: Option<AlbumId>,
        }
        track_number: Option<i32> = TrackNumber::checked => Option<i32> {
            /// 1 to 999.
            #[schema(example = 1, minimum = 1, maximum = 999)]
            create: Option<i32>,
            /// 1 to 999; null takes it away.
            #[serde(default, deserialize_with = "wing_kit::draft::maybe")]
            #[schema(value_type = Option<i32>)]
            update: Option<i32>,
        }
        genre: String = Genre::parse => Genre {
            /// A genre's id.
            #[schema(example = "electronica")]
            create: Option<String>,
            /// A genre's id.
            #[schema(example = "rock")]
            update: String,
        }
        lyrics: String = Lyrics::text => String {
            /// Lines, at most 20000 characters.
            create: Option<String>,
            /// Lines, at most 20000 characters.
            update: String,
        }
        downloadable: bool = anything => bool {
            /// Whether others may download it.
            #[serde(default)]
            create: bool,
            /// Whether others may download it.
            update: bool,
        }
    }
    apart {
        published: bool {
            /// Whether to publish it as soon as it is ready; else it becomes a draft.
            #[serde(rename = "publish", default = "yes")]
            create: bool,
            /// Whether others may hear it. A track that is still processed is published
            /// when it is ready.
            update: bool,
        }
    }
}
