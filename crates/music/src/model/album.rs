use diesel::prelude::*;
use wing_contracts::{AlbumId, ArtistId, Timestamp};
use wing_kit::db::MultiBackend;

use super::{ArtistRef, Description, Name, ReleaseDate, Title};
use crate::store::schema::albums;

/// An album, single or EP.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = albums, check_for_backend(MultiBackend))]
pub struct Album {
    /// The album.
    pub id: AlbumId,
    /// Whose it is.
    #[diesel(embed)]
    pub artist: ArtistRef,
    /// Its address, `/albums/{slug}`.
    pub slug: String,
    /// What is written about it.
    #[diesel(embed)]
    pub text: AlbumText,
    /// Hash of its cover.
    pub cover: Option<String>,
    /// When it was published; a draft has none.
    pub published_at: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was removed.
    pub deleted_at: Option<Timestamp>,
}

/// An album as named beside its tracks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlbumRef {
    /// The album.
    pub id: AlbumId,
    /// Its address.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// Whether others may see it.
    pub published: bool,
}

impl From<&Album> for AlbumDraft {
    fn from(album: &Album) -> Self {
        Self {
            published: album.published_at.is_some(),
            ..Self::from(&album.text)
        }
    }
}

wing_kit::draft! {
    /// What somebody wrote about an album, not yet checked.
    draft AlbumDraft;
    /// A new album.
    create CreateAlbum {
        /// Whose it is.
        artist_id: ArtistId,
    }
    /// What of an album changes; the rest stays.
    update UpdateAlbum;
    /// What is written about an album, as its row has it.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Queryable, Selectable, Insertable)]
    #[diesel(table_name = albums, check_for_backend(MultiBackend))]
    checked AlbumText;
    /// The columns that an update writes.
    #[derive(Debug, AsChangeset)]
    #[diesel(table_name = albums)]
    changes AlbumChanges;

    fields {
        title: String = Title::text => String {
            /// Its title, 1 to 200 characters.
            #[schema(example = "Night Walks")]
            create: String,
            /// Its title.
            #[schema(example = "Night Walks")]
            update: String,
        }
        description: String = Description::text => String {
            /// About it.
            #[serde(default)]
            create: String,
            /// About it.
            update: String,
        }
        label: String = Name::parse_optional => String {
            /// The record label.
            #[serde(default)]
            create: String,
            /// The record label.
            update: String,
        }
        distributor: String = Name::parse_optional => String {
            /// The distributor.
            #[serde(default)]
            create: String,
            /// The distributor.
            update: String,
        }
        released_on: String = ReleaseDate::text_optional => Option<String> {
            /// `YYYY-MM-DD`.
            #[serde(default)]
            #[schema(example = "2026-05-01")]
            create: Option<String>,
            /// `YYYY-MM-DD`; null takes it away.
            #[serde(default, deserialize_with = "wing_kit::draft::or_empty")]
            update: String,
        }
    }
    apart {
        published: bool {
            /// Whether others see it at once.
            #[serde(default)]
            create: bool,
            /// Publishing an album publishes its tracks that are ready.
            update: bool,
        }
    }
}
