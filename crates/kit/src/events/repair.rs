//! What an operator does about events: look at those that were given up, have
//! them told again, have everything told again.

use diesel::prelude::*;
use wing_contracts::{EventId, Timestamp};

use crate::db::schema::{inbox, outbox, parked_events};
use crate::db::{DbError, MultiBackend};
use crate::{Clock, Conn, Db};

/// The most parked events shown at once.
const SHOWN: i64 = 1000;

/// An event that a consumer failed at again and again.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Parked {
    /// Who failed.
    pub consumer: String,
    /// At what.
    pub event: EventId,
    /// The envelope as JSON.
    pub payload: String,
    /// What went wrong the last time.
    pub error: String,
    /// When it was given up, ms, UTC.
    pub parked_at: i64,
}

/// Repairs over one database, beside a running process or without one.
#[derive(Clone)]
pub struct Repair {
    db: Db,
    clock: Clock,
}

impl Repair {
    /// Repairs over `db`.
    pub fn new(db: Db, clock: Clock) -> Self {
        Self { db, clock }
    }

    /// What was given up, oldest first. Blocks.
    pub fn parked(&self) -> Result<Vec<Parked>, DbError> {
        self.db.read_blocking(|conn| parked(conn, None, None))
    }

    /// Has parked events told again: those of `consumer`, or of all; the one, or
    /// all. Others who heard it have it noted and do nothing. Answers how many.
    /// Blocks.
    pub fn retry(&self, consumer: Option<&str>, event: Option<EventId>) -> Result<usize, DbError> {
        self.db.write_blocking(|tx| {
            let all = parked(tx, consumer, event)?;
            for one in &all {
                again(tx, one, self.clock.now())?;
            }
            Ok(all.len())
        })
    }

    /// Has everything told again that happened at or after `since`, for a broker
    /// that lost what it had acknowledged. Who heard it has it noted and does
    /// nothing. Answers how many. Blocks.
    pub fn tell_again(&self, since: Timestamp) -> Result<usize, DbError> {
        self.db.write_blocking(|tx| {
            let told = outbox::table
                .filter(outbox::occurred_at.ge(since.0))
                .filter(outbox::published_at.is_not_null());
            Ok(diesel::update(told)
                .set(outbox::published_at.eq(None::<i64>))
                .execute(tx.conn())?)
        })
    }
}

fn parked(
    conn: &mut Conn,
    consumer: Option<&str>,
    event: Option<EventId>,
) -> Result<Vec<Parked>, DbError> {
    let mut query = parked_events::table
        .order((parked_events::parked_at, parked_events::event_id))
        .limit(SHOWN)
        .into_boxed::<MultiBackend>();
    if let Some(consumer) = consumer {
        query = query.filter(parked_events::consumer.eq(consumer.to_owned()));
    }
    if let Some(event) = event {
        query = query.filter(parked_events::event_id.eq(event));
    }
    Ok(query.load(conn)?)
}

/// Forgets that the event was given up, and writes it to the outbox under a new
/// id: by its own a broker may still know it, and leave it out.
fn again(conn: &mut Conn, parked: &Parked, now: Timestamp) -> Result<(), DbError> {
    let of = (parked.consumer.as_str(), parked.event);
    diesel::delete(parked_events::table.find(of)).execute(conn)?;
    diesel::delete(inbox::table.find(of)).execute(conn)?;
    diesel::insert_into(outbox::table)
        .values((
            outbox::id.eq(EventId::new()),
            outbox::payload.eq(&parked.payload),
            outbox::occurred_at.eq(now.0),
        ))
        .execute(conn)?;
    Ok(())
}
