//! What happened, delivered to whoever wants to know: one module for each domain,
//! one type for each kind of event.
//!
//! An event is written in the transaction that made it true and delivered at least
//! once; a consumer recognises repeats by the envelope's id. The wire form only ever
//! grows: fields are added with a default, never renamed, and a type that a process
//! does not know travels through it untouched.

pub mod music;
pub mod user;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{EventId, Timestamp};

/// One kind of event. Declared by `events!` in the module of its domain.
pub trait Event: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The `type` on the wire, `noun.what_happened`.
    const TYPE: &'static str;
}

/// An event with what every event has, of a type that this process may not know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// The same for every delivery of this event.
    pub id: EventId,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// What kind of event it is, an [`Event::TYPE`].
    #[serde(rename = "type")]
    pub kind: String,
    /// The fields of the event.
    pub data: Value,
}

impl Envelope {
    /// The envelope of a new event.
    ///
    /// # Errors
    /// When the event has no form in JSON.
    pub fn new<E: Event>(event: &E, occurred_at: Timestamp) -> serde_json::Result<Self> {
        Ok(Self {
            id: EventId::new(),
            occurred_at,
            kind: E::TYPE.to_owned(),
            data: serde_json::to_value(event)?,
        })
    }

    /// Whether it is an event of this type.
    pub fn is<E: Event>(&self) -> bool {
        self.kind == E::TYPE
    }

    /// The event, if it is of this type.
    ///
    /// # Errors
    /// When it is, but its fields are not what they should be.
    pub fn read<E: Event>(&self) -> serde_json::Result<Option<E>> {
        if self.is::<E>() {
            E::deserialize(&self.data).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Whether this process knows the type. One that it does not know was written by
    /// a newer release.
    pub fn is_known(&self) -> bool {
        types().any(|known| known == self.kind)
    }

    /// What it happened to: the type up to its dot, such as `track`.
    pub fn noun(&self) -> &str {
        noun(&self.kind)
    }
}

/// What an event type is about: all up to its dot.
pub fn noun(kind: &str) -> &str {
    kind.split('.').next().unwrap_or(kind)
}

/// Every event type that this release knows.
pub fn types() -> impl Iterator<Item = &'static str> {
    user::TYPES.iter().chain(music::TYPES).copied()
}

/// Declares the events of a domain and the list of their types:
/// `"noun.what" => Name { field: Type }`.
macro_rules! events {
    ($(
        $(#[$doc:meta])*
        $kind:literal => $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)? }
    )*) => {
        /// The types of this domain's events.
        pub const TYPES: &[&str] = &[$($kind),*];
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
            pub struct $name {
                $($(#[$field_doc])* pub $field: $type,)*
            }
            impl crate::events::Event for $name {
                const TYPE: &'static str = $kind;
            }
        )*
    };
}
pub(crate) use events;

#[cfg(test)]
mod tests {
    use super::music::{TrackLiked, TrackPlayed};
    use super::*;
    use crate::TrackId;

    #[test]
    fn the_wire_form_is_flat_and_names_its_type() {
        let track_id = TrackId::new();
        let played = TrackPlayed {
            track_id,
            user_id: None,
        };
        let envelope = Envelope::new(&played, Timestamp(1_000)).unwrap();
        let json = serde_json::to_value(&envelope).unwrap();
        assert_eq!(json["type"], "track.played");
        assert_eq!(json["data"]["track_id"], track_id.to_string());
        assert_eq!(json["occurred_at"], 1_000);
        let back: Envelope = serde_json::from_value(json).unwrap();
        assert_eq!(back, envelope);
        assert_eq!(back.read().unwrap(), Some(played));
        assert_eq!(back.read::<TrackLiked>().unwrap(), None);
        assert_eq!(back.noun(), "track");
    }

    #[test]
    fn an_event_of_a_later_release_is_carried_and_not_known() {
        let json = serde_json::json!({
            "id": EventId::new(), "occurred_at": 5, "type": "track.remixed", "data": {"by": 1},
        });
        let envelope: Envelope = serde_json::from_value(json.clone()).unwrap();
        assert!(!envelope.is_known());
        assert_eq!(serde_json::to_value(envelope).unwrap(), json);
    }

    #[test]
    fn every_type_is_declared_once() {
        let all: Vec<_> = types().collect();
        let once: std::collections::BTreeSet<_> = types().collect();
        assert_eq!(all.len(), once.len());
    }
}
