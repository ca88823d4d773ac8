use diesel::connection::SimpleConnection as _;
use diesel::result::{DatabaseErrorKind, Error as Diesel};

use super::*;
use crate::db::TxError;
use crate::events::Dispatcher;

/// The consumer's own fault.
fn fault() -> ConsumerError {
    anyhow::anyhow!("a broken counter").into()
}

fn outage() -> DbError {
    DbError::Unavailable("it is away".into())
}

fn deadlock() -> DbError {
    let said: Box<String> = Box::new("deadlock detected".into());
    DbError::Query(Diesel::DatabaseError(DatabaseErrorKind::Unknown, said))
}

/// The error of a domain.
#[derive(Debug, thiserror::Error)]
enum DomainError {
    #[error(transparent)]
    Database(#[from] DbError),
}

impl TxError for DomainError {
    fn db_error(&self) -> Option<&DbError> {
        let Self::Database(error) = self;
        Some(error)
    }
}

#[test]
fn after_eight_faults_of_its_own_the_event_is_parked_whatever_restarts_between() {
    for world in worlds() {
        let consumer = Probe::old().acting(|_, _| Err(fault()));
        let event = world.event(PLAYED);
        for attempt in 1..=7 {
            // Another process each time.
            let outcome = world.deliver(&world.inbox(), &consumer, &event);
            assert!(matches!(outcome, Outcome::Retry(_)), "{attempt}");
            assert_eq!(world.rows(), (0, 1), "rolled back, and counted");
            world.minutes_pass(1);
        }
        let last = world.deliver(&world.inbox(), &consumer, &event);
        assert_eq!(last, Outcome::Done);
        assert_eq!(consumer.attempts(), 8);
        let parked = world.parked();
        assert_eq!((parked.len(), parked[0].event), (1, event.id));
        assert_eq!(parked[0].error, "a broken counter");
        assert_eq!(parked[0].retry_requested_at, None);
        assert_eq!(world.rows(), (1, 0));
        assert_eq!(consumer.committed(), []);
    }
}

#[test]
fn outages_and_conflicts_use_up_no_attempt() {
    let passing: [fn() -> ConsumerError; 4] = [
        || outage().into(),
        || deadlock().into(),
        || DomainError::from(outage()).into(),
        || anyhow::Error::from(outage()).into(),
    ];
    for (world, error) in worlds()
        .iter()
        .flat_map(|world| passing.map(|error| (world, error)))
    {
        let rows = world.rows();
        // Before each conflict is reported, the transaction is run four times.
        let consumer = Probe::old().acting(move |_, attempt| match attempt {
            1..=80 => Err(error()),
            _ => Ok(()),
        });
        let (inbox, event) = (world.inbox(), world.event(PLAYED));
        let mut deliveries = 1;
        while world.deliver(&inbox, &consumer, &event) != Outcome::Done {
            assert_eq!(world.rows(), rows);
            deliveries += 1;
        }
        assert!(deliveries > 8, "{deliveries}");
        assert_eq!(consumer.committed(), [event.id]);
        assert_eq!(world.parked(), []);
    }
}

#[test]
fn an_error_of_the_database_that_is_the_consumers_doing_counts() {
    for world in worlds() {
        let consumer =
            Probe::old().acting(|tx, _| Ok(tx.conn().batch_execute("SELECT * FROM nowhere")?));
        let event = world.event(PLAYED);
        let outcome = world.deliver(&world.inbox(), &consumer, &event);
        assert!(matches!(outcome, Outcome::Retry(_)));
        assert_eq!(world.rows(), (0, 1));
    }
}

#[test]
fn a_panic_counts_and_undoes_what_was_written() {
    for world in worlds() {
        let consumer = Probe::old().acting(|tx, attempt| {
            diesel::insert_into(parked_events::table)
                .values((
                    parked_events::consumer.eq("written by the consumer"),
                    parked_events::event_id.eq(EventId::new()),
                    parked_events::payload.eq(""),
                    parked_events::error.eq(""),
                    parked_events::parked_at.eq(0),
                ))
                .execute(tx.conn())?;
            assert!(attempt > 1, "a slip");
            Ok(())
        });
        let event = world.event(PLAYED);
        let inbox = world.inbox();
        let outcome = world.deliver(&inbox, &consumer, &event);
        assert!(matches!(outcome, Outcome::Retry(_)));
        assert_eq!((world.rows(), world.parked().len()), ((0, 1), 0));
        world.minutes_pass(1);
        assert_eq!(world.deliver(&inbox, &consumer, &event), Outcome::Done);
        assert_eq!((world.rows(), world.parked().len()), ((1, 0), 1));
    }
}

#[test]
fn before_its_time_a_failed_event_is_not_tried_again() {
    for world in worlds() {
        let consumer = Probe::old().acting(|_, _| Err(fault()));
        let (inbox, event) = (world.inbox(), world.event(PLAYED));
        let mut waits = Vec::new();
        for attempts in 1..=4 {
            let Outcome::Retry(wait) = world.deliver(&inbox, &consumer, &event) else {
                panic!("it is tried again");
            };
            assert_eq!(consumer.attempts(), attempts);
            let ms = i64::try_from(wait.as_millis()).expect("short");
            // The system's clock goes on meanwhile, but not for so long.
            let early = failed_before(&world, &event, ms / 2);
            assert!(matches!(
                world.deliver(&inbox, &consumer, &event),
                Outcome::Retry(_)
            ));
            assert_eq!(consumer.attempts(), attempts, "{early}");
            failed_before(&world, &event, ms);
            waits.push(wait.as_secs());
        }
        assert_eq!(waits, [1, 2, 4, 4]);
    }
}

/// Has the last failure of this event lie so many milliseconds before now.
fn failed_before(world: &World, event: &Envelope, ms: i64) -> i64 {
    let at = world.clock.now().0 - ms;
    let moved = world.db.write_blocking(|tx| {
        diesel::update(event_failures::table.find(("test.counter", event.id)))
            .set(event_failures::failed_at.eq(at))
            .execute(tx.conn())
            .map_err(DbError::Query)
    });
    assert_eq!(moved.expect("the database"), 1);
    at
}

#[test]
fn without_a_broker_what_follows_a_failed_event_waits_until_it_is_parked() {
    for world in worlds() {
        let consumer = Arc::new(Probe::old().acting(|_, attempt| match attempt {
            1..=8 => Err(fault()),
            _ => Ok(()),
        }));
        let process = Dispatcher::new(world.inbox(), vec![Arc::clone(&consumer) as _]);
        let (broken, sound) = (world.event(PLAYED), world.event(PLAYED));
        world.write(&broken);
        world.write(&sound);
        for _ in 0..7 {
            process.deliver_waiting().expect("the database");
            assert_eq!(world.waiting(), [broken.id, sound.id]);
            world.minutes_pass(1);
        }
        process.deliver_waiting().expect("the database");
        assert_eq!(world.waiting(), []);
        assert_eq!(consumer.committed(), [sound.id]);
        assert_eq!(world.parked()[0].event, broken.id);
    }
}
