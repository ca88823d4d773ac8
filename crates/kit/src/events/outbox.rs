use diesel::prelude::*;
use wing_contracts::events::{Envelope, Event};
use wing_contracts::{EventId, Timestamp};

use crate::db::DbError;
use crate::db::schema::outbox;
use crate::{Clock, Conn, Db, Tx};

/// How long events stay after they were told.
const KEPT_MS: i64 = 7 * 24 * 3600 * 1000;

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
    /// What a broker knows it by: the event's own id, or another where it has to
    /// come once more.
    pub id: EventId,
    /// What happened.
    pub envelope: Envelope,
    /// The envelope as JSON.
    pub payload: String,
}

/// The oldest events not yet told, at most `limit`.
pub(super) fn waiting(conn: &mut Conn, limit: i64) -> Result<Vec<Waiting>, DbError> {
    let rows: Vec<(i64, EventId, String)> = outbox::table
        .filter(outbox::published_at.is_null())
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

/// Notes that every consumer had these events.
pub(super) fn told(conn: &mut Conn, sequences: &[i64], now: Timestamp) -> Result<(), DbError> {
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

/// Drops what was told before `limit`.
pub(super) fn forget(conn: &mut Conn, limit: Timestamp) -> Result<(), DbError> {
    use crate::db::schema::inbox;
    diesel::delete(outbox::table.filter(outbox::published_at.lt(limit.0))).execute(conn)?;
    diesel::delete(inbox::table.filter(inbox::consumed_at.lt(limit.0))).execute(conn)?;
    Ok(())
}

/// The outbox of one database, for whoever tells its events elsewhere.
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

    /// The oldest events not yet told, at most `limit`.
    pub async fn waiting(&self, limit: i64) -> Result<Vec<Waiting>, DbError> {
        self.db.read(move |conn| waiting(conn, limit)).await
    }

    /// Notes that these were told.
    pub async fn told(&self, sequences: Vec<i64>) -> Result<(), DbError> {
        let now = self.clock.now();
        self.db.write(move |conn| told(conn, &sequences, now)).await
    }

    /// Drops what was told longer ago than events are kept.
    pub async fn forget_old(&self) -> Result<(), DbError> {
        let limit = self.clock.now().plus_ms(-KEPT_MS);
        self.db.write(move |conn| forget(conn, limit)).await
    }
}
