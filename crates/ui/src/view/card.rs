//! An album and an artist as they stand in a grid.

use super::{ImageSet, made_cover};

/// An album on a card.
#[derive(Debug, Clone, Default)]
pub struct AlbumItem {
    /// Its id.
    pub id: String,
    /// Its slug; its page is `/albums/{slug}`.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// The artist's name.
    pub artist: String,
    /// The artist's slug.
    pub artist_slug: String,
    /// Its cover; a generated one stands in.
    pub cover: Option<ImageSet>,
    /// When it was or will be released (ms, UTC).
    pub released_at: Option<i64>,
    /// How many tracks it has, if that is shown.
    pub track_count: Option<i64>,
    /// Still a draft; marked as such, shown only to its owner.
    pub draft: bool,
}

impl AlbumItem {
    /// Its page.
    pub fn url(&self) -> String {
        format!("/albums/{}", self.slug)
    }

    /// The artist's page.
    pub fn artist_url(&self) -> String {
        format!("/artists/{}", self.artist_slug)
    }

    /// The stand-in for a cover.
    pub fn made(&self) -> String {
        made_cover(&self.id)
    }
}

/// An artist on a card.
#[derive(Debug, Clone, Default)]
pub struct ArtistItem {
    /// The id.
    pub id: String,
    /// The slug; the page is `/artists/{slug}`.
    pub slug: String,
    /// The name.
    pub name: String,
    /// The portrait; a generated picture stands in.
    pub portrait: Option<ImageSet>,
    /// Genre ids.
    pub genres: Vec<String>,
    /// How many published tracks there are, if that is shown.
    pub track_count: Option<i64>,
}

impl ArtistItem {
    /// The artist's page.
    pub fn url(&self) -> String {
        format!("/artists/{}", self.slug)
    }

    /// The stand-in for a portrait.
    pub fn made(&self) -> String {
        made_cover(&self.id)
    }
}
