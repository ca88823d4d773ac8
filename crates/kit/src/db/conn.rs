//! A connection of either kind behind one type.

use diesel::{MultiConnection, PgConnection, SqliteConnection};

/// A connection to the configured database. Queries are written once against
/// this type; where the two differ, match on the variant.
#[derive(MultiConnection)]
pub enum Conn {
    /// PostgreSQL 15 or later.
    Postgres(PgConnection),
    /// SQLite, bundled.
    Sqlite(SqliteConnection),
}

/// Which of the two databases is configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// PostgreSQL 15 or later.
    Postgres,
    /// SQLite, bundled.
    Sqlite,
}

impl Engine {
    /// Judges a database URL: `postgres://…` or `postgresql://…` is
    /// PostgreSQL, `sqlite://PATH` or a plain path is SQLite.
    pub fn of(url: &str) -> Self {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Self::Postgres
        } else {
            Self::Sqlite
        }
    }
}
