use std::str::FromStr;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wing_contracts::{AlbumId, ArtistId, JobId, Timestamp, TrackId, UploadId, UserId};
use wing_kit::db::MultiBackend;

use super::{Genre, Link};
use crate::store::schema::artists;

/// Somebody who releases music.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artist {
    /// The artist.
    pub id: ArtistId,
    /// The account that manages it.
    pub owner: UserId,
    /// Its address, `/artists/{slug}`.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its story; lines.
    pub bio: String,
    /// `YYYY-MM-DD`.
    pub debut_on: Option<String>,
    /// Where else it is.
    pub links: Vec<Link>,
    /// A video page.
    pub video_url: Option<String>,
    /// Hash of its portrait.
    pub portrait: Option<String>,
    /// In the order it chose.
    pub genres: Vec<Genre>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was removed; restorable for a while.
    pub deleted_at: Option<Timestamp>,
}

/// An artist as named beside its music.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = artists, check_for_backend(MultiBackend))]
pub struct ArtistRef {
    /// The artist.
    pub id: ArtistId,
    /// Its address.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// The account that manages it.
    #[diesel(column_name = owner_id)]
    pub owner: UserId,
}

/// An album as named beside its tracks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlbumRef {
    /// The album.
    pub id: AlbumId,
    /// Its address.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// Whether others may see it.
    pub published: bool,
}

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

/// A track with what is always shown beside it.
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

/// A track's file: where its processing stands and what was found in it.
#[derive(Clone, Debug, PartialEq)]
pub struct AudioFile {
    /// The track.
    pub track_id: TrackId,
    /// The upload it came from, while that exists.
    pub upload_id: Option<UploadId>,
    /// The job that processes it.
    pub job_id: Option<JobId>,
    /// What is being done: `queued`, `storing`, `analysing`, `transcoding`,
    /// `finishing`, `done`.
    pub step: String,
    /// 0 to 100 within the step.
    pub progress: Option<i32>,
    /// Stable code of a failure.
    pub failure_code: Option<String>,
    /// The failure in words.
    pub failure: Option<String>,
    /// Media key of the original.
    pub original_key: Option<String>,
    /// The file's name as it was uploaded.
    pub original_name: String,
    /// Bytes.
    pub original_size: i64,
    /// Format in words, `FLAC`.
    pub format: Option<String>,
    /// Media type.
    pub mime: Option<String>,
    /// Conventional extension without the dot.
    pub extension: Option<String>,
    /// Whether nothing was lost in encoding.
    pub lossless: Option<bool>,
    /// Hz.
    pub sample_rate: Option<i32>,
    /// 1 is mono.
    pub channels: Option<i32>,
    /// Bits a sample.
    pub bit_depth: Option<i32>,
    /// EBU R128 integrated loudness, LUFS; silence has none.
    pub loudness_lufs: Option<f64>,
    /// dBTP.
    pub true_peak_dbtp: Option<f64>,
    /// Greatest amplitude in each of equal parts of the track, 0 to 255.
    pub peaks: Option<Vec<u8>>,
    /// Codes of what was odd but not wrong, comma separated.
    pub warnings: String,
}

/// A form the sound is delivered in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RenditionKind {
    /// Ogg Opus, 128 kb/s.
    Opus,
    /// AAC in MP4, for browsers without Opus.
    Aac,
}

impl RenditionKind {
    /// The name in `?format=` and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opus => "opus",
            Self::Aac => "aac",
        }
    }
}

/// One stored form of a track's sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendition {
    /// `opus`, `aac` or `original`.
    pub kind: String,
    /// Media key.
    pub key: String,
    /// SHA-256 of the content, hexadecimal.
    pub hash: String,
    /// Media type.
    pub mime: String,
    /// Bytes.
    pub size: i64,
}
