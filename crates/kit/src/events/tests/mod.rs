mod budget;
mod prune;
mod retry;
mod unknown;

use std::sync::Arc;

use diesel::prelude::*;
use parking_lot::Mutex;
use serde_json::json;
use wing_contracts::events::Envelope;
use wing_contracts::{EventId, Timestamp};

use super::{Consumer, ConsumerError, Inbox, Outcome, Parked, Redelivery, Repair};
use crate::db::DbError;
use crate::db::schema::{event_failures, inbox, outbox, parked_events};
use crate::db::testing::TestDatabase;
use crate::{Clock, Conn, Db, Tx};

const PLAYED: &str = "track.played";
/// No release knows it.
const REMIXED: &str = "track.remixed";

type Act = Box<dyn Fn(&mut Tx<'_>, usize) -> Result<(), ConsumerError> + Send + Sync>;

/// A consumer whose behaviour a test chooses, and that keeps what it was given.
struct Probe {
    name: &'static str,
    wants: &'static [&'static str],
    /// Is given the number of the attempt.
    act: Act,
    attempts: Mutex<Vec<EventId>>,
    committed: Mutex<Vec<EventId>>,
}

impl Probe {
    fn new(name: &'static str, wants: &'static [&'static str]) -> Self {
        Self {
            name,
            wants,
            act: Box::new(|_, _| Ok(())),
            attempts: Mutex::default(),
            committed: Mutex::default(),
        }
    }

    /// As it is before the release that knows `track.remixed`.
    fn old() -> Self {
        Self::new("test.counter", &[PLAYED])
    }

    /// The same consumer in that release.
    fn new_release() -> Self {
        Self::new("test.counter", &[PLAYED, REMIXED])
    }

    fn acting(
        mut self,
        act: impl Fn(&mut Tx<'_>, usize) -> Result<(), ConsumerError> + Send + Sync + 'static,
    ) -> Self {
        self.act = Box::new(act);
        self
    }

    fn attempts(&self) -> usize {
        self.attempts.lock().len()
    }

    fn committed(&self) -> Vec<EventId> {
        self.committed.lock().clone()
    }
}

impl Consumer for Probe {
    fn name(&self) -> &'static str {
        self.name
    }

    fn wants(&self) -> &'static [&'static str] {
        self.wants
    }

    fn consume(&self, tx: &mut Tx<'_>, event: &Envelope) -> Result<(), ConsumerError> {
        let attempt = {
            let mut attempts = self.attempts.lock();
            attempts.push(event.id);
            attempts.len()
        };
        (self.act)(tx, attempt)
    }

    fn committed(&self, event: &Envelope) {
        self.committed.lock().push(event.id);
    }
}

/// A database with the consumers' tables, and the time it goes by.
struct World {
    db: Db,
    clock: Clock,
    _database: TestDatabase,
}

/// One on SQLite and, beside a PostgreSQL server, one there.
fn worlds() -> Vec<World> {
    TestDatabase::each().map(World::new).collect()
}

/// One on PostgreSQL, where two transactions really are open at once.
fn on_postgres() -> Option<World> {
    TestDatabase::postgres().map(World::new)
}

impl World {
    fn new(database: TestDatabase) -> Self {
        Self {
            db: database.open(),
            clock: Clock::system(),
            _database: database,
        }
    }

    /// As a process makes it at its start.
    fn inbox(&self) -> Inbox {
        Inbox::new(self.db.clone(), self.clock.clone())
    }

    fn event(&self, kind: &str) -> Envelope {
        Envelope {
            id: EventId::new(),
            occurred_at: self.clock.now(),
            kind: kind.to_owned(),
            data: json!({"by": "somebody"}),
        }
    }

    fn minutes_pass(&self, minutes: i64) {
        self.clock.advance_ms(minutes * 60_000);
    }

    /// Offers the event as a broker does that has just stored it.
    fn deliver(&self, inbox: &Inbox, consumer: &Probe, event: &Envelope) -> Outcome {
        deliver(inbox, consumer, event, event.occurred_at).expect("the database")
    }

    /// One look for requests, as a process takes each second.
    fn redeliver(&self, consumer: &Arc<Probe>) {
        let consumers: Vec<Arc<dyn Consumer>> = vec![Arc::clone(consumer) as _];
        Redelivery::new(self.inbox(), consumers)
            .deliver_requested()
            .expect("the database");
    }

    fn repair(&self) -> Repair {
        Repair::new(self.db.clone(), self.clock.clone())
    }

    fn parked(&self) -> Vec<Parked> {
        self.repair().parked().expect("the database")
    }

    /// How many rows of the inbox and of failures there are.
    fn rows(&self) -> (i64, i64) {
        let count = |conn: &mut Conn| {
            let inbox = inbox::table.count().get_result(conn)?;
            Ok::<_, DbError>((inbox, event_failures::table.count().get_result(conn)?))
        };
        self.db.read_blocking(count).expect("the database")
    }

    /// Writes an event to the outbox, as the release that knows its type does.
    fn write(&self, event: &Envelope) {
        let payload = serde_json::to_string(event).expect("JSON");
        let written = self.db.write_blocking(|tx| {
            let row = (
                outbox::id.eq(event.id),
                outbox::payload.eq(&payload),
                outbox::occurred_at.eq(event.occurred_at.0),
            );
            let insert = diesel::insert_into(outbox::table).values(row);
            insert.execute(tx.conn()).map_err(DbError::Query)
        });
        assert_eq!(written.expect("the database"), 1);
    }

    /// The events of the outbox that are not yet published.
    fn waiting(&self) -> Vec<EventId> {
        let waiting = self
            .db
            .read_blocking(|conn| super::outbox::waiting(conn, 0, 1000));
        let waiting = waiting.expect("the database");
        waiting.iter().map(|event| event.id).collect()
    }
}

fn deliver(
    inbox: &Inbox,
    consumer: &Probe,
    event: &Envelope,
    available_since: Timestamp,
) -> Result<Outcome, DbError> {
    let payload = serde_json::to_string(event).expect("JSON");
    inbox.deliver(consumer, event, &payload, available_since)
}
