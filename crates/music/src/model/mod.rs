//! What music is made of: values that parse at the edge, and the entities.

mod album;
mod checksum;
mod entities;
mod genre;
mod release_date;
mod slug;
mod values;

pub use album::{Album, AlbumDraft, AlbumText, CreateAlbum, UpdateAlbum};
pub use checksum::Checksum;
pub use entities::{
    AlbumRef, Artist, ArtistRef, AudioFile, Rendition, RenditionKind, Track, TrackStatus,
};
pub use genre::Genre;
pub use release_date::{ReleaseDate, midnight_ms};
pub use slug::{RESERVED, Slug};
pub use values::{Description, Link, Links, Lyrics, Name, Title, TrackNumber, VideoUrl, fold};
