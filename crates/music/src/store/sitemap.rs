//! The addresses of what everybody may see, by id: that order never changes, so
//! a list may be read in parts.

use diesel::prelude::*;
use wing_contracts::{AlbumId, ArtistId, Timestamp, TrackId};
use wing_kit::Conn;

use super::plain::Published;
use super::schema::{albums, artists, tracks};

/// What has pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `/artists/{slug}`
    Artists,
    /// `/albums/{slug}`
    Albums,
    /// `/tracks/{slug}`
    Tracks,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Artists, Self::Albums, Self::Tracks];

    /// The name in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Artists => "artists",
            Self::Albums => "albums",
            Self::Tracks => "tracks",
        }
    }
}

/// A page and when what is on it changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The id of what it is of, as text.
    pub id: String,
    /// Its address below its kind's.
    pub slug: String,
    /// When it was written last.
    pub changed_at: Timestamp,
}

/// The same three queries for each table, which differs in its types alone.
macro_rules! by_kind {
    ($kind:expr, $query:ident, $conn:expr $(, $argument:expr)*) => {
        match $kind {
            Kind::Artists => $query!(
                artists, ArtistId, artists::table.filter(artists::deleted_at.is_null()),
                $conn $(, $argument)*
            ),
            Kind::Albums => $query!(
                albums, AlbumId, albums::table
                    .filter(albums::deleted_at.is_null())
                    .filter(albums::published_at.is_not_null()),
                $conn $(, $argument)*
            ),
            Kind::Tracks => $query!(
                tracks, TrackId, tracks::table
                    .filter(tracks::deleted_at.is_null())
                    .filter(Published),
                $conn $(, $argument)*
            ),
        }
    };
}

/// How many there are.
pub fn count(conn: &mut Conn, kind: Kind) -> QueryResult<i64> {
    macro_rules! count {
        ($table:ident, $id:ty, $there:expr, $conn:expr) => {
            $there.count().get_result($conn)
        };
    }
    by_kind!(kind, count, conn)
}

/// The id that stands `steps` further on than `after`, or than the beginning;
/// `None` when there are not as many. An `after` that is no id is the end.
pub fn further(
    conn: &mut Conn,
    kind: Kind,
    after: Option<&str>,
    steps: i64,
) -> QueryResult<Option<String>> {
    macro_rules! further {
        ($table:ident, $id:ty, $there:expr, $conn:expr, $after:expr, $steps:expr) => {{
            let mut query = $there
                .order($table::id)
                .select($table::id)
                .offset($steps - 1)
                .limit(1)
                .into_boxed();
            if let Some(after) = $after {
                let Ok(after) = after.parse::<$id>() else {
                    return Ok(None);
                };
                query = query.filter($table::id.gt(after));
            }
            let id: Option<$id> = query.get_result($conn).optional()?;
            Ok(id.map(|id| id.to_string()))
        }};
    }
    by_kind!(kind, further, conn, after, steps)
}

/// At most `limit` entries after `after`, or from the beginning.
pub fn entries(
    conn: &mut Conn,
    kind: Kind,
    after: Option<&str>,
    limit: i64,
) -> QueryResult<Vec<Entry>> {
    macro_rules! entries {
        ($table:ident, $id:ty, $there:expr, $conn:expr, $after:expr, $limit:expr) => {{
            let mut query = $there
                .order($table::id)
                .select(($table::id, $table::slug, $table::updated_at))
                .limit($limit)
                .into_boxed();
            if let Some(after) = $after {
                let Ok(after) = after.parse::<$id>() else {
                    return Ok(Vec::new());
                };
                query = query.filter($table::id.gt(after));
            }
            let rows: Vec<($id, String, i64)> = query.load($conn)?;
            let entry = |(id, slug, changed_at): ($id, String, i64)| Entry {
                id: id.to_string(),
                slug,
                changed_at: Timestamp(changed_at),
            };
            Ok(rows.into_iter().map(entry).collect())
        }};
    }
    by_kind!(kind, entries, conn, after, limit)
}
