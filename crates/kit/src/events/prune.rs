//! Deletes what is too old to matter, in transactions of bounded size.

use diesel::dsl::{exists, min, not};
use diesel::prelude::*;
use uuid::Uuid;
use wing_contracts::{EventId, Timestamp};

use crate::db::schema::{event_failures, inbox, outbox, parked_events};
use crate::db::{DbError, any_of};
use crate::{Conn, Db};

const DAY_MS: i64 = 24 * 3600 * 1000;
/// How long events stay in the outbox after they were published: that long an operator
/// can have them published again. As long as the broker keeps them.
const OUTBOX_MS: i64 = 7 * DAY_MS;
/// How long a consumer recognises an event that comes again. Much longer than outbox
/// and broker keep it: what is pruned too early would have its effect twice.
const INBOX_MS: i64 = 30 * DAY_MS;
/// Rows deleted in one transaction.
const BATCH: i64 = 1000;

/// Deletes old rows of outbox, inbox and failures. What a consumer has parked or still
/// fails at is kept, however old. Blocks.
pub(super) fn prune(db: &Db, now: Timestamp) -> Result<(), DbError> {
    let published_before = now.plus_ms(-OUTBOX_MS);
    while db.write_blocking(|tx| prune_outbox(tx, published_before))? {}
    let consumed_before = now.plus_ms(-INBOX_MS);
    // Consumer by consumer, along the primary key: there is no index by time.
    let mut consumer = next_consumer(db, "")?;
    while let Some(name) = consumer {
        while db.write_blocking(|tx| prune_inbox(tx, &name, consumed_before))? {}
        consumer = next_consumer(db, &name)?;
    }
    db.write_blocking(|tx| {
        let old = event_failures::failed_at.lt(consumed_before.0);
        diesel::delete(event_failures::table.filter(old)).execute(tx.conn())?;
        Ok(())
    })
}

/// Deletes one batch; `true` when there may be more.
fn prune_outbox(conn: &mut Conn, before: Timestamp) -> Result<bool, DbError> {
    let old: Vec<i64> = outbox::table
        .filter(outbox::published_at.lt(before.0))
        .order(outbox::published_at)
        .limit(BATCH)
        .select(outbox::sequence)
        .load(conn)?;
    let full = is_full(&old);
    diesel::delete(outbox::table.filter(outbox::sequence.eq_any(old))).execute(conn)?;
    Ok(full)
}

/// Deletes one batch of what `consumer` acted on before this time and is as old itself;
/// `true` when there may be more.
fn prune_inbox(conn: &mut Conn, consumer: &str, before: Timestamp) -> Result<bool, DbError> {
    let parked = parked_events::table
        .filter(parked_events::consumer.eq(inbox::consumer))
        .filter(parked_events::event_id.eq(inbox::event_id));
    let failing = event_failures::table
        .filter(event_failures::consumer.eq(inbox::consumer))
        .filter(event_failures::event_id.eq(inbox::event_id));
    let old: Vec<EventId> = inbox::table
        .filter(inbox::consumer.eq(consumer))
        .filter(inbox::event_id.lt(first_id_at(before)))
        .filter(inbox::consumed_at.lt(before.0))
        .filter(not(exists(parked)))
        .filter(not(exists(failing)))
        .order(inbox::event_id)
        .limit(BATCH)
        .select(inbox::event_id)
        .load(conn)?;
    let rows = inbox::table
        .filter(inbox::consumer.eq(consumer))
        .filter(any_of(inbox::event_id, &old));
    diesel::delete(rows).execute(conn)?;
    Ok(is_full(&old))
}

/// The consumer with rows in the inbox whose name follows `after`.
fn next_consumer(db: &Db, after: &str) -> Result<Option<String>, DbError> {
    db.read_blocking(|conn| {
        Ok(inbox::table
            .filter(inbox::consumer.gt(after))
            .select(min(inbox::consumer))
            .first(conn)?)
    })
}

/// The least id that an event of this time can have: ids begin with their time
/// (RFC 9562, version 7).
fn first_id_at(time: Timestamp) -> EventId {
    let ms = u128::try_from(time.0).unwrap_or(0);
    EventId::from_uuid(Uuid::from_u128(ms << 80))
}

fn is_full<T>(rows: &[T]) -> bool {
    i64::try_from(rows.len()) == Ok(BATCH)
}
