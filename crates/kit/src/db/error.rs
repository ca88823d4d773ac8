use diesel::result::Error as Diesel;

use crate::telemetry::metrics;

/// Why the database gave no answer. Domains turn it into a problem that tells
/// nothing of the inside; the text is for the log.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The query failed.
    #[error("query: {0}")]
    Query(#[from] Diesel),
    /// No connection within the pool's patience, or none at all.
    #[error("no connection: {0}")]
    Unavailable(String),
    /// The query panicked, or the process ends.
    #[error("the task was cancelled")]
    Cancelled,
}

impl DbError {
    /// Nobody could be found who carries the query out; counted.
    pub(super) fn unavailable(why: impl Into<String>) -> Self {
        metrics::DB_REFUSED.inc();
        Self::Unavailable(why.into())
    }

    /// Whether a unique constraint refused the write.
    pub fn is_unique_violation(&self) -> bool {
        matches!(
            self,
            Self::Query(Diesel::DatabaseError(
                diesel::result::DatabaseErrorKind::UniqueViolation,
                _
            ))
        )
    }

    /// Whether the database is out of reach or out of room rather than the
    /// query wrong: worth `503` and a retry.
    pub fn is_outage(&self) -> bool {
        use diesel::result::DatabaseErrorKind as Kind;
        match self {
            Self::Unavailable(_) | Self::Cancelled => true,
            Self::Query(Diesel::DatabaseError(kind, info)) => {
                matches!(kind, Kind::ClosedConnection | Kind::SerializationFailure)
                    || [
                        "disk is full",
                        "disk I/O error",
                        "database is locked",
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
