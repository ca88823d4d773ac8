//! A free slug for a wanted one.

use diesel::prelude::*;
use wing_kit::Conn;

use super::schema::{albums, artists, tracks};
use crate::model::Slug;

/// What a slug is for: each has addresses of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// `/artists/…`
    Artist,
    /// `/albums/…`
    Album,
    /// `/tracks/…`
    Track,
}

/// Whether somebody has this slug, removed things included: they may return.
pub fn is_taken(conn: &mut Conn, of: Of, slug: &str) -> QueryResult<bool> {
    let count: i64 = match of {
        Of::Artist => artists::table
            .filter(artists::slug.eq(slug))
            .count()
            .get_result(conn)?,
        Of::Album => albums::table
            .filter(albums::slug.eq(slug))
            .count()
            .get_result(conn)?,
        Of::Track => tracks::table
            .filter(tracks::slug.eq(slug))
            .count()
            .get_result(conn)?,
    };
    Ok(count > 0)
}

/// `wanted` if it is free, else the first of `wanted-2`, `wanted-3`, … that is.
/// After a hundred neighbours the number is drawn, so a common title does not
/// cost a search through all of them.
pub fn free(conn: &mut Conn, of: Of, wanted: &Slug) -> QueryResult<Slug> {
    let drawn = || {
        u32::from_be_bytes(
            wing_contracts::EventId::new().as_bytes()[12..]
                .try_into()
                .unwrap_or([0; 4]),
        )
    };
    let mut candidate = wanted.clone();
    let mut n = 1;
    while is_taken(conn, of, candidate.as_str())? {
        n += 1;
        candidate = wanted.numbered(if n <= 100 { n } else { drawn() });
    }
    Ok(candidate)
}
