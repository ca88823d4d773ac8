//! The map of the site for search engines (sitemaps.org): what everybody may
//! see, in files of bounded length.

use super::Music;
use crate::error::Error;
use crate::store;
pub use crate::store::sitemap::{Entry, Kind};

/// One file of the map: entries of one kind, after an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Of what.
    pub kind: Kind,
    /// The id it begins after; none begins at the beginning.
    pub after: Option<String>,
}

impl Music {
    /// The files of at most `most` entries that hold all of the map; `None` when
    /// one is enough.
    pub async fn sitemap_parts(&self, most: i64) -> Result<Option<Vec<Part>>, Error> {
        self.db
            .read(move |conn| {
                let mut counts = Vec::new();
                for kind in Kind::ALL {
                    counts.push((kind, store::sitemap::count(conn, kind)?));
                }
                if counts.iter().map(|(_, count)| count).sum::<i64>() <= most {
                    return Ok(None);
                }
                let mut parts = Vec::new();
                for (kind, mut left) in counts {
                    let mut after = None;
                    while left > 0 {
                        let end = store::sitemap::further(conn, kind, after.as_deref(), most)?;
                        parts.push(Part { kind, after });
                        after = end;
                        // One that went meanwhile is no reason to begin anew.
                        left = if after.is_some() { left - most } else { 0 };
                    }
                }
                Ok::<_, Error>(Some(parts))
            })
            .await
    }

    /// The next entries of a part, at most `limit`.
    pub async fn sitemap_entries(&self, part: Part, limit: i64) -> Result<Vec<Entry>, Error> {
        let Part { kind, after } = part;
        self.db
            .read(move |conn| {
                Ok(store::sitemap::entries(
                    conn,
                    kind,
                    after.as_deref(),
                    limit,
                )?)
            })
            .await
    }
}
