use diesel::prelude::*;
use wing_contracts::events::{Envelope, Event};
use wing_contracts::{EventId, Timestamp};

use super::prune::prune;
use crate::db::DbError;
use crate::db::schema::outbox;
use crate::{Clock, Conn, Db, Tx};

/// Writes an event to the outbox, inside the caller's transaction. Whoever delivers
/// events is woken after the commit.
pub fn record<E: Event>(tx: &mut Tx<'_>, now: Timestamp, event: &E) -> Result<(), DbError> {
    let unwritable = |error: serde_json::Error| {
        DbError::Query(diesel::result::Error::SerializationError(error.into()))
    };
    let envelope = Envelope::new(event, now).map_err(unwritable)?;
    let payload = serde_json::to_string(&envelope).map_err(unwritable)?;
    diesel::insert_into(outbox::table)
        .values((
            outbox::id.eq(envelope.id),
            outbox::payload.eq(payload),
            outbox::occurred_at.eq(now.0),
        ))
        .execute(tx.conn())?;
    tx.event_written();
    Ok(())
}

/// An event waiting in the outbox.
pub struct Waiting {
    /// Its place in the outbox.
    pub sequence: i64,
    /// The event's id, by which a broker recognises a repeat.
    pub id: EventId,
    /// What happened.
    pub envelope: Envelope,
    /// The envelope as JSON.
    pub payload: String,
}

/// The oldest events behind place `after` that are not yet published, at most `limit`.
pub(super) fn waiting(conn: &mut Conn, after: i64, limit: i64) -> Result<Vec<Waiting>, DbError> {
    let rows: Vec<(i64, EventId, String)> = outbox::table
        .filter(outbox::published_at.is_null())
        .filter(outbox::sequence.gt(after))
        .order(outbox::sequence)
        .limit(limit)
        .select((outbox::sequence, outbox::id, outbox::payload))
        .load(conn)?;
    rows.into_iter()
        .map(|(sequence, id, payload)| {
            let envelope = serde_json::from_str(&payload)
                .map_err(|error| diesel::result::Error::DeserializationError(error.into()))?;
            Ok(Waiting {
                sequence,
                id,
                envelope,
                payload,
            })
        })
        .collect()
}

/// Notes that these events were published: that a broker has stored them, or every
/// consumer of the process is done with them.
pub(super) fn mark_published(
    conn: &mut Conn,
    sequences: &[i64],
    now: Timestamp,
) -> Result<(), DbError> {
    diesel::update(outbox::table.filter(outbox::sequence.eq_any(sequences.to_vec())))
        .set(outbox::published_at.eq(now.0))
        .execute(conn)?;
    Ok(())
}

/// Shows every event that was written at or after `from` to `visit`, newest
/// first: for what lives in memory and begins empty at each start.
pub fn since(
    conn: &mut Conn,
    from: Timestamp,
    mut visit: impl FnMut(&Envelope),
) -> Result<(), DbError> {
    const BATCH: i64 = 500;
    let mut before = i64::MAX;
    loop {
        let rows: Vec<(i64, i64, String)> = outbox::table
            .filter(outbox::sequence.lt(before))
            .order(outbox::sequence.desc())
            .limit(BATCH)
            .select((outbox::sequence, outbox::occurred_at, outbox::payload))
            .load(conn)?;
        let full = i64::try_from(rows.len()) == Ok(BATCH);
        for (sequence, occurred_at, payload) in rows {
            // Writers that overlap may be a little out of order.
            if occurred_at < from.plus_seconds(-60).0 {
                return Ok(());
            }
            before = sequence;
            let envelope = serde_json::from_str(&payload)
                .map_err(|error| diesel::result::Error::DeserializationError(error.into()))?;
            if occurred_at >= from.0 {
                visit(&envelope);
            }
        }
        if !full {
            return Ok(());
        }
    }
}

/// The outbox of one database, for a relay that publishes its events elsewhere.
#[derive(Clone)]
pub struct Outbox {
    db: Db,
    clock: Clock,
}

impl Outbox {
    /// The outbox of `db`.
    pub fn new(db: Db, clock: Clock) -> Self {
        Self { db, clock }
    }

    /// The oldest events not yet published, at most `limit`.
    pub async fn waiting(&self, limit: i64) -> Result<Vec<Waiting>, DbError> {
        self.db.read(move |conn| waiting(conn, 0, limit)).await
    }

    /// Notes that these events were published, by their places in the outbox.
    pub async fn mark_published(&self, sequences: Vec<i64>) -> Result<(), DbError> {
        let now = self.clock.now();
        self.db
            .write(move |tx| mark_published(tx, &sequences, now))
            .await
    }

    /// Deletes events that were published seven days ago, and what the consumers of
    /// this database have noted of events thirty days ago. What a consumer has parked
    /// is kept.
    pub async fn prune(&self) -> Result<(), DbError> {
        let (db, now) = (self.db.clone(), self.clock.now());
        tokio::task::spawn_blocking(move || prune(&db, now))
            .await
            .unwrap_or(Err(DbError::Cancelled))
    }
}
