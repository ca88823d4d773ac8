//! Events of music.

use super::events;
use crate::{AlbumId, ArtistId, TrackId, UserId};

events! {
    /// An artist was created, changed or brought back.
    "artist.changed" => ArtistChanged {
        /// The artist.
        artist_id: ArtistId,
    }
    /// An artist is no longer there for others.
    "artist.removed" => ArtistRemoved {
        /// The artist.
        artist_id: ArtistId,
        /// The account that managed it.
        owner_id: UserId,
        /// The name it had, for what is shown of the past.
        name: String,
    }
    /// What is shown of a published album changed, its cover included.
    "album.changed" => AlbumChanged {
        /// The album.
        album_id: AlbumId,
        /// Its artist.
        artist_id: ArtistId,
    }
    /// A track can be heard by everybody.
    "track.published" => TrackPublished {
        /// The track.
        track_id: TrackId,
        /// Its artist.
        artist_id: ArtistId,
    }
    /// What is shown of a published track changed, its cover included.
    "track.changed" => TrackChanged {
        /// The track.
        track_id: TrackId,
        /// Its artist.
        artist_id: ArtistId,
    }
    /// A track is no longer there for others.
    "track.removed" => TrackRemoved {
        /// The track.
        track_id: TrackId,
        /// Its artist.
        artist_id: ArtistId,
    }
    /// A track was listened to.
    "track.played" => TrackPlayed {
        /// The track.
        track_id: TrackId,
        /// Who listened, if logged in.
        user_id: Option<UserId>,
    }
    /// A track was liked.
    "track.liked" => TrackLiked {
        /// The track.
        track_id: TrackId,
        /// Who likes it.
        user_id: UserId,
    }
    /// A like was taken back.
    "track.unliked" => TrackUnliked {
        /// The track.
        track_id: TrackId,
        /// Who liked it.
        user_id: UserId,
    }
}
