//! What music looks like on the wire. Each view names every field it shows, so that
//! a new column is a decision.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wing_contracts::users::UserSummary;
use wing_contracts::{AlbumId, ArtistId, TrackId};
use wing_kit::images::{ImageRef, ImageView};
use wing_kit::view;

use crate::SPACE;
use crate::model::{
    Album, AlbumRef, Artist, ArtistRef, AudioFile, Genre, Link, Track, TrackStatus,
};

view! {
    /// An artist as named beside its music.
    ArtistRefView of artist: ArtistRef {
        /// The artist.
        id: ArtistId = artist.id,
        /// Its address, `/artists/{slug}`.
        slug: String = artist.slug,
        /// Its name.
        name: String = artist.name,
    }
}

view! {
    /// An album as named beside its tracks.
    AlbumRefView of album: AlbumRef {
        /// The album.
        id: AlbumId = album.id,
        /// Its address, `/albums/{slug}`.
        slug: String = album.slug,
        /// Its title.
        title: String = album.title,
    }
}

view! {
    /// An artist.
    ArtistView of artist: Artist {
        /// The artist.
        id: ArtistId = artist.id,
        /// Its address, `/artists/{slug}`.
        #[schema(example = "blue-room")]
        slug: String = artist.slug,
        /// Its name.
        #[schema(example = "Blue Room")]
        name: String = artist.text.name,
        /// In the order it chose.
        genres: Vec<Genre> = artist.genres,
        /// Its story; lines.
        bio: String = artist.text.bio,
        /// `YYYY-MM-DD`.
        #[schema(example = "2024-03-01")]
        debut_on: Option<String> = artist.text.debut_on,
        /// Where else it is.
        links: Vec<Link> = artist.text.links.into_vec(),
        /// A video page.
        video_url: Option<String> = artist.text.video_url,
        /// Its portrait.
        portrait: Option<ImageView> = ImageView::of(SPACE, artist.portrait.as_deref()),
        /// Milliseconds since the epoch.
        created_at: i64 = artist.created_at.0,
        /// The account that manages it; only on a single artist, and left out when
        /// accounts cannot be asked.
        #[serde(skip_serializing_if = "Option::is_none")]
        owner: Option<UserSummary> = None,
    }
}

view! {
    /// An album.
    AlbumView of album: Album {
        /// The album.
        id: AlbumId = album.id,
        /// Whose it is.
        artist: ArtistRefView = album.artist.into(),
        /// Its address, `/albums/{slug}`.
        slug: String = album.slug,
        /// Its title.
        title: String = album.text.title,
        /// About it; lines.
        description: String = album.text.description,
        /// The record label; may be empty.
        label: String = album.text.label,
        /// The distributor; may be empty.
        distributor: String = album.text.distributor,
        /// `YYYY-MM-DD`.
        released_on: Option<String> = album.text.released_on,
        /// Its cover.
        cover: Option<ImageView> = ImageView::of(SPACE, album.cover.as_deref()),
        /// Whether others see it.
        published: bool = album.published_at.is_some(),
        /// Milliseconds since the epoch.
        published_at: Option<i64> = album.published_at.map(|at| at.0),
        /// Its tracks in order; only on a single album.
        #[serde(skip_serializing_if = "Option::is_none")]
        tracks: Option<Vec<TrackView>> = None,
    }
}

/// A track.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TrackView {
    /// The track.
    pub id: TrackId,
    /// Its address, `/tracks/{slug}`.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// Whose it is.
    pub artist: ArtistRefView,
    /// What it is on.
    pub album: Option<AlbumRefView>,
    /// Its place on the album.
    pub track_number: Option<i32>,
    /// Its genre.
    pub genre: Genre,
    /// Where it is on its way.
    pub status: TrackStatus,
    /// Whether others may download it.
    pub downloadable: bool,
    /// Milliseconds; 0 until known.
    pub duration_ms: i64,
    /// Counted plays.
    pub play_count: i64,
    /// Likes now.
    pub like_count: i64,
    /// Whether the caller likes it.
    pub liked: bool,
    /// A small cover, 256 px wide, or none.
    pub cover_url: Option<String>,
    /// Where it is heard.
    pub stream_url: String,
    /// Milliseconds since the epoch.
    pub published_at: Option<i64>,
}

impl TrackView {
    /// The view of a track for a caller who likes these.
    pub fn among(track: Track, liked: &HashSet<TrackId>) -> Self {
        let liked = liked.contains(&track.id);
        Self::of(track, liked)
    }

    /// The view of a track for a caller who likes it or not.
    pub fn of(track: Track, liked: bool) -> Self {
        Self {
            id: track.id,
            slug: track.slug,
            title: track.title,
            artist: track.artist.into(),
            album: track
                .album
                .filter(|album| album.published)
                .map(AlbumRefView::from),
            track_number: track.track_number,
            genre: track.genre,
            status: track.status,
            downloadable: track.downloadable,
            duration_ms: track.duration_ms,
            play_count: track.play_count,
            like_count: track.like_count,
            liked,
            cover_url: track
                .cover
                .as_deref()
                .and_then(ImageRef::parse)
                .map(|image| image.url(SPACE, 256, "jpg")),
            stream_url: format!("/api/v1/tracks/{}/stream", track.id),
            published_at: track.published_at.map(|at| at.0),
        }
    }
}

/// A track with what is long, and with the state of its file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TrackDetailView {
    /// What lists show too.
    #[serde(flatten)]
    pub track: TrackView,
    /// Lines; may be empty.
    pub lyrics: String,
    /// What was found in its file, once it was looked at.
    pub audio: Option<AudioView>,
    /// What is being done with its file, or where it stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// 0 to 100 within the step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<i32>,
    /// Why its file could not be used, stable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason_code: Option<String>,
    /// Why its file could not be used, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl TrackDetailView {
    /// The view of a track, its lyrics and its file.
    pub fn of(track: Track, liked: bool, lyrics: String, file: Option<&AudioFile>) -> Self {
        let done = track.status == TrackStatus::Published || track.status == TrackStatus::Draft;
        let open = file.filter(|_| !done);
        Self {
            track: TrackView::of(track, liked),
            lyrics,
            audio: file.and_then(AudioView::of),
            step: open.map(|file| file.step.clone()),
            progress: open.and_then(|file| file.progress),
            reason_code: open.and_then(|file| file.failure_code.clone()),
            reason: open.and_then(|file| file.failure.clone()),
        }
    }
}

/// What was found in a track's file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AudioView {
    /// In words.
    #[schema(example = "FLAC")]
    pub format: String,
    /// Whether nothing was lost in encoding.
    pub lossless: bool,
    /// Hz.
    #[schema(example = 44100)]
    pub sample_rate: Option<i32>,
    /// 1 is mono.
    #[schema(example = 2)]
    pub channels: Option<i32>,
    /// Bits a sample.
    pub bit_depth: Option<i32>,
    /// EBU R128 integrated loudness, LUFS; silence has none.
    #[schema(example = -14.2)]
    pub loudness_lufs: Option<f64>,
    /// dBTP.
    #[schema(example = -1.1)]
    pub true_peak_dbtp: Option<f64>,
}

impl AudioView {
    fn of(file: &AudioFile) -> Option<Self> {
        Some(Self {
            format: file.format.clone()?,
            lossless: file.lossless?,
            sample_rate: file.sample_rate,
            channels: file.channels,
            bit_depth: file.bit_depth,
            loudness_lufs: file.loudness_lufs,
            true_peak_dbtp: file.true_peak_dbtp,
        })
    }
}

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageParams {
    /// 1 to 100; 20 when left away.
    #[param(example = 20, minimum = 1, maximum = 100)]
    pub limit: Option<i64>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}
