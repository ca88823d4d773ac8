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
    use diesel::result::DatabaseErrorKind as Kind;

    use super::*;

    fn query(kind: Kind, text: &str) -> DbError {
        Diesel::DatabaseError(kind, Box::new(text.to_owned())).into()
    }

    #[test]
    fn who_waited_too_long_may_come_back_and_who_asked_wrongly_need_not() {
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
}
