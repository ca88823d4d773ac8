use diesel::result::{DatabaseErrorKind as Kind, Error as Diesel};

use crate::telemetry::metrics;

/// Why the database gave no answer. Domains turn it into a problem that shows
/// nothing of the inside; the text is for the log.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The query failed.
    #[error("query: {0}")]
    Query(#[from] Diesel),
    /// No connection within the time a caller waits for one, or none at all.
    #[error("no connection: {0}")]
    Unavailable(String),
    /// The query panicked, or the process ends.
    #[error("the task was cancelled")]
    Cancelled,
}

impl DbError {
    /// Nothing could be found that carries the query out; counted.
    pub(super) fn unavailable(why: impl Into<String>) -> Self {
        metrics::DB_REFUSED.inc();
        Self::Unavailable(why.into())
    }

    /// Whether a unique constraint refused the write.
    pub fn is_unique_violation(&self) -> bool {
        matches!(
            self,
            Self::Query(Diesel::DatabaseError(Kind::UniqueViolation, _))
        )
    }

    /// The column whose unique constraint refused the write, such as `slug`; of a
    /// constraint over several columns the last one. PostgreSQL names the constraint
    /// (`albums_slug_key`, as it calls them by itself), SQLite the columns
    /// (`UNIQUE constraint failed: albums.slug`).
    pub fn unique_column(&self) -> Option<&str> {
        let Self::Query(Diesel::DatabaseError(Kind::UniqueViolation, info)) = self else {
            return None;
        };
        match info.constraint_name() {
            Some(constraint) => constraint
                .strip_suffix("_key")?
                .strip_prefix(info.table_name()?)?
                .strip_prefix('_'),
            None => info.message().rsplit('.').next(),
        }
    }

    /// Whether the database broke the transaction off for the sake of another one
    /// (SQLSTATE 40001 and 40P01): run again, it is likely to succeed.
    pub fn is_conflict(&self) -> bool {
        match self {
            Self::Query(Diesel::DatabaseError(Kind::SerializationFailure, _)) => true,
            // Diesel has no kind for it.
            Self::Query(Diesel::DatabaseError(_, info)) => {
                info.message().contains("deadlock detected")
            }
            _ => false,
        }
    }

    /// Whether the database is out of reach, out of room or overloaded rather than
    /// the query wrong: worth `503` and a retry.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Unavailable(_) | Self::Cancelled => true,
            Self::Query(Diesel::DatabaseError(kind, info)) => {
                matches!(kind, Kind::ClosedConnection)
                    || self.is_conflict()
                    || [
                        "disk is full",
                        "disk I/O error",
                        "database is locked",
                        "due to lock timeout",
                        "due to statement timeout",
                        "server closed",
                    ]
                    .iter()
                    .any(|text| info.message().contains(text))
            }
            Self::Query(Diesel::BrokenTransactionManager) => true,
            Self::Query(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(kind: Kind, text: &str) -> DbError {
        Diesel::DatabaseError(kind, Box::new(text.to_owned())).into()
    }

    #[test]
    fn what_took_too_long_is_an_outage_and_a_wrong_query_is_not() {
        for text in [
            "canceling statement due to lock timeout",
            "canceling statement due to statement timeout",
            "database is locked",
        ] {
            assert!(query(Kind::Unknown, text).is_outage(), "{text}");
        }
        assert!(!query(Kind::Unknown, "no such column: x").is_outage());
        assert!(!query(Kind::UniqueViolation, "likes_pkey").is_outage());
    }

    #[test]
    fn a_deadlock_and_a_serialisation_failure_are_conflicts() {
        assert!(query(Kind::Unknown, "deadlock detected").is_conflict());
        assert!(query(Kind::SerializationFailure, "").is_conflict());
        assert!(!query(Kind::Unknown, "due to lock timeout").is_conflict());
    }

    #[test]
    fn sqlite_names_the_column_of_a_unique_violation() {
        let error = query(
            Kind::UniqueViolation,
            "UNIQUE constraint failed: albums.slug",
        );
        assert_eq!(error.unique_column(), Some("slug"));
        assert_eq!(query(Kind::Unknown, "albums.slug").unique_column(), None);
    }
}
