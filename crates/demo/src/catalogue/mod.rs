//! What the demo contains, as data: artists, albums, tracks and fans.

mod audience;
mod lyrics;
mod plan;
mod read;

pub use audience::{Account, Fan, Play};
pub use plan::{Genre, Key, Language, Lyrics, Section, SectionKind, TrackPlan};

use jiff::civil::Date;
use serde::Deserialize;

/// Everything the demo fills an empty instance with.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// Who manages the artists.
    pub musician: Account,
    /// Fictional artists with their albums and tracks.
    pub artists: Vec<Artist>,
    /// Listeners with what they like and what they played.
    pub fans: Vec<Fan>,
}

impl Catalogue {
    /// Every album with its artist, artist by artist.
    pub fn albums(&self) -> impl Iterator<Item = (&Artist, &AlbumPlan)> {
        self.artists
            .iter()
            .flat_map(|artist| artist.albums.iter().map(move |album| (artist, album)))
    }

    /// Every track with its artist and album, album by album.
    pub fn tracks(&self) -> impl Iterator<Item = (&Artist, &AlbumPlan, &TrackPlan)> {
        self.albums().flat_map(|(artist, album)| {
            album.tracks.iter().map(move |track| (artist, album, track))
        })
    }
}

/// A fictional band or solo act.
#[derive(Clone, Debug)]
pub struct Artist {
    /// Unique, lower-case ASCII words joined by hyphens.
    pub slug: String,
    /// Name as shown.
    pub name: String,
    /// What the act plays, the main genre first; never empty.
    pub genres: Vec<Genre>,
    /// About the act: Korean first, then English, paragraphs split by a blank line.
    pub bio: String,
    /// The day of the first release or show.
    pub debut: Date,
    /// Pages elsewhere, all under `https://example.com/`.
    pub links: Vec<Link>,
    /// Picks the portrait; hand it to [`crate::portrait`] through the artist.
    pub portrait_seed: u64,
    /// Name of the portrait's design.
    pub(crate) portrait_style: String,
    /// Releases, oldest first; never empty.
    pub albums: Vec<AlbumPlan>,
}

/// A page elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// What the link is called.
    pub label: String,
    /// Absolute `https` address.
    pub url: String,
}

/// A release of an artist.
#[derive(Clone, Debug)]
pub struct AlbumPlan {
    /// Unique in the whole catalogue, lower-case ASCII.
    pub slug: String,
    /// Title as shown.
    pub title: String,
    /// Release date.
    pub released: Date,
    /// Fictional label.
    pub label: String,
    /// Fictional distributor.
    pub distributor: String,
    /// Liner note.
    pub description: String,
    /// Picks the cover; the first argument of [`crate::cover`].
    pub cover_seed: u64,
    /// Name of the cover's family of designs.
    pub(crate) cover_style: String,
    /// In playing order, numbered from 1; never empty.
    pub tracks: Vec<TrackPlan>,
}

/// The demo catalogue. The same on every call.
///
/// # Panics
/// When the embedded content is malformed, which this crate's tests rule out.
#[must_use]
pub fn catalogue() -> Catalogue {
    let artists = read::artists();
    let fans = audience::fans(&artists);
    Catalogue {
        musician: audience::musician(),
        artists,
        fans,
    }
}
