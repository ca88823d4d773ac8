//! What happened, told to whoever wants to know.
//!
//! An event is written in the transaction that made it true and delivered at
//! least once; a consumer recognises repeats by the envelope's id. The wire
//! form only ever grows: fields are added with a default, never renamed.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{ArtistId, EventId, Role, SessionId, Timestamp, TrackId, UserId};

/// An event with what every event has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// The same for every delivery of this event.
    pub id: EventId,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// Everything that can happen, by `type` on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Event {
    /// Somebody signed up.
    #[serde(rename = "user.registered")]
    UserRegistered {
        /// The account.
        user_id: UserId,
        /// What it may do.
        role: Role,
    },
    /// A name, picture or role changed.
    #[serde(rename = "user.changed")]
    UserChanged {
        /// The account.
        user_id: UserId,
    },
    /// An account is gone; what hangs on it goes too.
    #[serde(rename = "user.deleted")]
    UserDeleted {
        /// The account.
        user_id: UserId,
    },
    /// Tokens of an account below this version are void.
    #[serde(rename = "user.sessions_ended")]
    SessionsEnded {
        /// The account.
        user_id: UserId,
        /// Tokens carrying a lower version are refused from now on.
        min_version: i32,
    },
    /// One session was logged out.
    #[serde(rename = "user.session_ended")]
    SessionEnded {
        /// The session.
        session_id: SessionId,
    },
    /// An artist was created, changed or removed.
    #[serde(rename = "artist.changed")]
    ArtistChanged {
        /// The artist.
        artist_id: ArtistId,
    },
    /// A track can be heard by everybody.
    #[serde(rename = "track.published")]
    TrackPublished {
        /// The track.
        track_id: TrackId,
        /// Its artist.
        artist_id: ArtistId,
    },
    /// What is shown of a published track changed.
    #[serde(rename = "track.changed")]
    TrackChanged {
        /// The track.
        track_id: TrackId,
        /// Its artist.
        artist_id: ArtistId,
    },
    /// A track is no longer there for others.
    #[serde(rename = "track.removed")]
    TrackRemoved {
        /// The track.
        track_id: TrackId,
        /// Its artist.
        artist_id: ArtistId,
    },
    /// A track was listened to.
    #[serde(rename = "track.played")]
    TrackPlayed {
        /// The track.
        track_id: TrackId,
        /// Who listened, if logged in.
        user_id: Option<UserId>,
    },
    /// A track was liked.
    #[serde(rename = "track.liked")]
    TrackLiked {
        /// The track.
        track_id: TrackId,
        /// Who likes it.
        user_id: UserId,
    },
    /// A like was taken back.
    #[serde(rename = "track.unliked")]
    TrackUnliked {
        /// The track.
        track_id: TrackId,
        /// Who liked it.
        user_id: UserId,
    },
}

impl Event {
    /// The `type` on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::UserRegistered { .. } => "user.registered",
            Self::UserChanged { .. } => "user.changed",
            Self::UserDeleted { .. } => "user.deleted",
            Self::SessionsEnded { .. } => "user.sessions_ended",
            Self::SessionEnded { .. } => "user.session_ended",
            Self::ArtistChanged { .. } => "artist.changed",
            Self::TrackPublished { .. } => "track.published",
            Self::TrackChanged { .. } => "track.changed",
            Self::TrackRemoved { .. } => "track.removed",
            Self::TrackPlayed { .. } => "track.played",
            Self::TrackLiked { .. } => "track.liked",
            Self::TrackUnliked { .. } => "track.unliked",
        }
    }

    /// Whether access tokens that were good before are not any more.
    pub const fn voids_tokens(&self) -> bool {
        matches!(
            self,
            Self::UserDeleted { .. } | Self::SessionsEnded { .. } | Self::SessionEnded { .. }
        )
    }

    /// The thing it happened to; events of one aggregate stay in order.
    pub const fn aggregate(&self) -> Uuid {
        match self {
            Self::UserRegistered { user_id, .. }
            | Self::UserChanged { user_id }
            | Self::UserDeleted { user_id }
            | Self::SessionsEnded { user_id, .. } => user_id.uuid(),
            Self::SessionEnded { session_id } => session_id.uuid(),
            Self::ArtistChanged { artist_id } => artist_id.uuid(),
            Self::TrackPublished { track_id, .. }
            | Self::TrackChanged { track_id, .. }
            | Self::TrackRemoved { track_id, .. }
            | Self::TrackPlayed { track_id, .. }
            | Self::TrackLiked { track_id, .. }
            | Self::TrackUnliked { track_id, .. } => track_id.uuid(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_form_is_flat_and_names_its_type() {
        let track_id = TrackId::new();
        let envelope = Envelope {
            id: EventId::new(),
            occurred_at: Timestamp(1_000),
            event: Event::TrackPlayed {
                track_id,
                user_id: None,
            },
        };
        let json = serde_json::to_value(&envelope).expect("serialises");
        assert_eq!(json["type"], envelope.event.name());
        assert_eq!(json["data"]["track_id"], track_id.to_string());
        assert_eq!(json["occurred_at"], 1_000);
        assert_eq!(
            serde_json::from_value::<Envelope>(json).ok(),
            Some(envelope)
        );
    }
}
