use diesel::prelude::*;
use wing_contracts::{ArtistId, Timestamp, UserId};
use wing_kit::db::MultiBackend;

use super::{Description, Genre, Link, Links, Name, ReleaseDate, video_url};
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
    /// What is written about it.
    pub text: ArtistText,
    /// Hash of its portrait.
    pub portrait: Option<String>,
    /// In the order it chose.
    pub genres: Vec<Genre>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was removed; it can come back for 30 days.
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

impl From<&Artist> for ArtistDraft {
    fn from(artist: &Artist) -> Self {
        Self {
            slug: artist.slug.clone(),
            genres: artist.genres.iter().map(Genre::to_string).collect(),
            ..Self::from(&artist.text)
        }
    }
}

wing_kit::draft! {
    /// What somebody wrote about an artist, not yet checked.
    draft ArtistDraft;
    /// A new artist.
    create CreateArtist {}
    /// What of an artist changes; the rest stays.
    update UpdateArtist;
    /// What is written about an artist, as its row has it.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Queryable, Selectable, Insertable)]
    #[diesel(table_name = artists, check_for_backend(MultiBackend))]
    checked ArtistText;
    /// The columns that an update writes.
    #[derive(Debug, AsChangeset)]
    #[diesel(table_name = artists)]
    changes ArtistChanges;

    fields {
        name: String = Name::text => String {
            /// Its name, 1 to 100 characters.
            #[schema(example = "Blue Room")]
            create: String,
            /// Its name.
            #[schema(example = "Blue Room")]
            update: String,
        }
        bio: String = Description::text => String {
            /// Its story, at most 5000 characters.
            #[serde(default)]
            #[schema(example = "Three friends and a rehearsal room.")]
            create: String,
            /// Its story.
            update: String,
        }
        debut_on: String = ReleaseDate::text_optional => Option<String> {
            /// `YYYY-MM-DD`.
            #[serde(default)]
            #[schema(example = "2024-03-01")]
            create: Option<String>,
            /// `YYYY-MM-DD`; null takes it away.
            #[serde(default, deserialize_with = "wing_kit::draft::or_empty")]
            update: String,
        }
        links: Vec<Link> = Links::parse => Links {
            /// At most ten.
            #[serde(default)]
            create: Vec<Link>,
            /// At most ten.
            update: Vec<Link>,
        }
        video_url: String = video_url => Option<String> {
            /// A video page.
            #[serde(default)]
            create: Option<String>,
            /// A video page; null takes it away.
            #[serde(default, deserialize_with = "wing_kit::draft::or_empty")]
            update: String,
        }
    }
    apart {
        slug: String {
            /// The wanted address; made from the name when left away.
            #[serde(default)]
            create: Option<String>,
            /// Its address.
            update: String,
        }
        genres: Vec<String> {
            /// At most five.
            #[serde(default)]
            #[schema(example = json!(["rock", "folk"]))]
            create: Vec<String>,
            /// At most five.
            update: Vec<String>,
        }
    }
}
