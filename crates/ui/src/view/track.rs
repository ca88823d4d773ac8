//! A track as it stands in a list.

use super::{ImageSet, made_cover, wave_path};

/// A track in a row, on the featured place or in the player's queue.
#[derive(Debug, Clone, Default)]
pub struct TrackItem {
    /// Its id.
    pub id: String,
    /// Its slug; its page is `/tracks/{slug}`.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// The artist's name.
    pub artist: String,
    /// The artist's slug.
    pub artist_slug: String,
    /// The album's title, if it is on one.
    pub album: Option<String>,
    /// The album's slug, if it is on one.
    pub album_slug: Option<String>,
    /// The cover; a generated one stands in.
    pub cover: Option<ImageSet>,
    /// How long it is (ms).
    pub duration_ms: i64,
    /// The number on its album, shown in album lists.
    pub number: Option<i32>,
    /// How often it was played.
    pub plays: i64,
    /// How many like it.
    pub likes: i64,
    /// Whether the reader likes it.
    pub liked: bool,
    /// Waveform peaks (0 to 255) if a waveform is drawn; may be empty in lists.
    pub peaks: Vec<u8>,
}

impl TrackItem {
    /// Its page.
    pub fn url(&self) -> String {
        format!("/tracks/{}", self.slug)
    }

    /// The artist's page.
    pub fn artist_url(&self) -> String {
        format!("/artists/{}", self.artist_slug)
    }

    /// The album's page, if it is on one.
    pub fn album_url(&self) -> Option<String> {
        self.album_slug
            .as_ref()
            .map(|slug| format!("/albums/{slug}"))
    }

    /// What plays.
    pub fn stream_url(&self) -> String {
        format!("/api/v1/tracks/{}/stream", self.id)
    }

    /// Where scripts fetch the peaks.
    pub fn waveform_url(&self) -> String {
        format!("/api/v1/tracks/{}/waveform", self.id)
    }

    /// The cover's address in one width, empty without a cover.
    pub fn cover_src(&self, width: impl std::borrow::Borrow<u32>) -> String {
        self.cover
            .as_ref()
            .map(|cover| cover.src(width))
            .unwrap_or_default()
    }

    /// The drawn waveform; see [`wave_path`].
    pub fn wave(&self, bars: impl std::borrow::Borrow<usize>) -> String {
        wave_path(&self.peaks, *bars.borrow())
    }

    /// The stand-in for a cover; follows the album, so that its tracks look alike.
    pub fn made(&self) -> String {
        made_cover(self.album_slug.as_deref().unwrap_or(&self.id))
    }
}
