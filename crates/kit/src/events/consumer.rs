use std::collections::BTreeSet;
use std::fmt;

use wing_contracts::events::{Envelope, noun};

use crate::Tx;
use crate::db::{DbError, TxError};

/// Something that acts on events.
pub trait Consumer: Send + Sync + 'static {
    /// The name of this consumer's rows in the inbox; never changes.
    fn name(&self) -> &'static str;

    /// The types of the events that are delivered to it ([`Event::TYPE`]); no others
    /// are.
    ///
    /// [`Event::TYPE`]: wing_contracts::events::Event::TYPE
    fn wants(&self) -> &'static [&'static str];

    /// Acts on an event, inside the transaction that also writes the inbox row, so
    /// both are stored or neither is. Must have no effect but through `tx`: it is run
    /// again after a conflict, a failure or an outage. Events of different nouns may
    /// be consumed at the same time.
    ///
    /// # Errors
    /// An outage or a conflict of the database has the event delivered again for as
    /// long as it takes. Any other error, and a panic, uses up one of eight attempts,
    /// after which the event is parked.
    fn consume(&self, tx: &mut Tx<'_>, event: &Envelope) -> Result<(), ConsumerError>;

    /// Whether every process has to receive it, for what is held in memory, and not
    /// only one of a service's replicas. Then [`Consumer::committed`] alone is
    /// called where events come from a broker.
    fn everywhere(&self) -> bool {
        false
    }

    /// Called once the transaction is committed, for what is held in memory.
    fn committed(&self, _event: &Envelope) {}
}

/// The nouns of the types that `consumer` wants, such as `track`. What a newer
/// release says of one of them may be meant for this consumer, too.
pub fn nouns(consumer: &dyn Consumer) -> BTreeSet<&'static str> {
    consumer.wants().iter().map(|kind| noun(kind)).collect()
}

/// Why a consumer could not act on an event. Made by `?` from the errors of the
/// database, of a domain ([`TxError`]) and of reading the event.
pub struct ConsumerError {
    error: anyhow::Error,
    /// Finds the database's error in `error`, whose type only the conversion knows.
    database: fn(&anyhow::Error) -> Option<&DbError>,
}

impl ConsumerError {
    /// Whether another attempt may succeed though neither the consumer nor the event
    /// changes: the database was out of reach, or broke the transaction off because
    /// of another one.
    pub(super) fn is_passing(&self) -> bool {
        self.db_error()
            .is_some_and(|error| error.is_outage() || error.is_conflict())
    }

    /// A consumer's panic, of which the payload is what it said.
    pub(super) fn panic(payload: &(dyn std::any::Any + Send)) -> Self {
        let said = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        anyhow::anyhow!("panicked: {said}").into()
    }
}

impl TxError for ConsumerError {
    fn db_error(&self) -> Option<&DbError> {
        (self.database)(&self.error)
    }
}

impl<E: TxError + std::error::Error + Send + Sync + 'static> From<E> for ConsumerError {
    fn from(error: E) -> Self {
        Self {
            error: error.into(),
            database: |error| error.downcast_ref::<E>().and_then(E::db_error),
        }
    }
}

impl From<diesel::result::Error> for ConsumerError {
    fn from(error: diesel::result::Error) -> Self {
        DbError::Query(error).into()
    }
}

impl From<serde_json::Error> for ConsumerError {
    fn from(error: serde_json::Error) -> Self {
        anyhow::Error::from(error).into()
    }
}

impl From<anyhow::Error> for ConsumerError {
    fn from(error: anyhow::Error) -> Self {
        Self {
            error,
            database: |error| error.downcast_ref(),
        }
    }
}

impl fmt::Display for ConsumerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.error)
    }
}

impl fmt::Debug for ConsumerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}
