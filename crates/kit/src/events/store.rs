//! The rows of inbox and parked events.

use diesel::prelude::*;
use wing_contracts::{EventId, Timestamp};

use crate::db::schema::{inbox, parked_events};
use crate::db::{DbError, MultiBackend};
use crate::{Conn, Tx};

/// Notes the event as consumed; `false` when it was already. Where another process
/// is just consuming it, this waits for that one's end.
pub(super) fn insert_inbox(
    tx: &mut Tx<'_>,
    consumer: &str,
    id: EventId,
    now: Timestamp,
) -> Result<bool, DbError> {
    let insert = diesel::insert_into(inbox::table)
        .values((
            inbox::consumer.eq(consumer),
            inbox::event_id.eq(id),
            inbox::consumed_at.eq(now.0),
        ))
        .on_conflict_do_nothing();
    let inserted = match tx.conn() {
        Conn::Postgres(conn) => insert.execute(conn)?,
        Conn::Sqlite(conn) => insert.execute(conn)?,
    };
    Ok(inserted > 0)
}

/// Gives an event up for a consumer, unless it has acted on it meanwhile.
pub(super) fn park(
    tx: &mut Tx<'_>,
    consumer: &str,
    id: EventId,
    payload: &str,
    reason: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    if insert_inbox(tx, consumer, id, now)? {
        insert_parked(tx, consumer, id, payload, reason, now)?;
    }
    Ok(())
}

/// The next events that are to be delivered to this consumer again, oldest first, at
/// most `limit`.
pub(super) fn requested(
    conn: &mut Conn,
    consumer: &str,
    after: Option<EventId>,
    limit: i64,
) -> Result<Vec<EventId>, DbError> {
    let mut query = parked_events::table
        .filter(parked_events::consumer.eq(consumer))
        .filter(parked_events::retry_requested_at.is_not_null())
        .order(parked_events::event_id)
        .limit(limit)
        .select(parked_events::event_id)
        .into_boxed::<MultiBackend>();
    if let Some(after) = after {
        query = query.filter(parked_events::event_id.gt(after));
    }
    Ok(query.load(conn)?)
}

/// The payload of a parked event that is to be delivered again, locked until the
/// transaction ends; `None` when it is not, or another process has it.
pub(super) fn lock_requested(
    tx: &mut Tx<'_>,
    consumer: &str,
    event: EventId,
) -> Result<Option<String>, DbError> {
    let query = parked_events::table
        .find((consumer, event))
        .filter(parked_events::retry_requested_at.is_not_null())
        .select(parked_events::payload);
    Ok(match tx.conn() {
        Conn::Postgres(conn) => query.for_update().skip_locked().first(conn).optional()?,
        Conn::Sqlite(conn) => query.first(conn).optional()?,
    })
}

/// Asks for redelivery of parked events: those of `consumer`, or of all; the one, or
/// all. Answers how many.
pub(super) fn request_retry(
    tx: &mut Tx<'_>,
    consumer: Option<&str>,
    event: Option<EventId>,
    now: Timestamp,
) -> Result<usize, DbError> {
    let mut rows = diesel::update(parked_events::table)
        .set(parked_events::retry_requested_at.eq(Some(now.0)))
        .into_boxed::<MultiBackend>();
    if let Some(consumer) = consumer {
        rows = rows.filter(parked_events::consumer.eq(consumer.to_owned()));
    }
    if let Some(event) = event {
        rows = rows.filter(parked_events::event_id.eq(event));
    }
    Ok(rows.execute(tx.conn())?)
}

fn insert_parked(
    tx: &mut Tx<'_>,
    consumer: &str,
    event: EventId,
    payload: &str,
    reason: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    diesel::insert_into(parked_events::table)
        .values((
            parked_events::consumer.eq(consumer),
            parked_events::event_id.eq(event),
            parked_events::payload.eq(payload),
            parked_events::error.eq(reason),
            parked_events::parked_at.eq(now.0),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// Parks an event anew whose redelivery failed.
pub(super) fn failed_again(
    tx: &mut Tx<'_>,
    consumer: &str,
    event: EventId,
    now: Timestamp,
    reason: &str,
) -> Result<(), DbError> {
    diesel::update(parked_events::table.find((consumer, event)))
        .set((
            parked_events::error.eq(reason),
            parked_events::parked_at.eq(now.0),
            parked_events::retry_requested_at.eq(None::<i64>),
        ))
        .execute(tx.conn())?;
    Ok(())
}

pub(super) fn delete_parked(
    tx: &mut Tx<'_>,
    consumer: &str,
    event: EventId,
) -> Result<(), DbError> {
    diesel::delete(parked_events::table.find((consumer, event))).execute(tx.conn())?;
    Ok(())
}
