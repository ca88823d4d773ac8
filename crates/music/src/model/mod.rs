//! What music is made of: values that parse at the edge, and the entities.

mod album;
mod artist;
mod audio_file;
mod checksum;
mod genre;
mod links;
mod release_date;
mod slug;
mod track;
mod values;
mod video;

pub use album::{Album, AlbumChanges, AlbumDraft, AlbumRef, AlbumText, CreateAlbum, UpdateAlbum};
pub use artist::{
    Artist, ArtistChanges, ArtistDraft, ArtistRef, ArtistText, CreateArtist, UpdateArtist,
};
pub use audio_file::{AudioFile, Rendition, RenditionKind};
pub use checksum::Checksum;
pub use genre::Genre;
pub use links::{Link, Links};
pub use release_date::{ReleaseDate, midnight_ms};
pub use slug::{RESERVED, Slug};
pub use track::{
    CreateTrack, Track, TrackChanges, TrackDraft, TrackStatus, TrackText, UpdateTrack,
};
pub use values::{Description, Lyrics, Name, Title, TrackNumber, fold};
pub use video::{video_player, video_url};
