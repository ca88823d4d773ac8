use std::sync::Barrier;
use std::sync::mpsc::channel;
use std::thread;

use super::*;
use crate::events::ConsumerError;

/// Fails as long as nobody has mended it.
fn broken(name: &'static str, mended: &Arc<Mutex<bool>>) -> Arc<Probe> {
    let mended = Arc::clone(mended);
    let probe = Probe::new(name, &[PLAYED]).acting(move |_, attempt| {
        let error = || anyhow::anyhow!("broken at attempt {attempt}").into();
        if *mended.lock() { Ok(()) } else { Err(error()) }
    });
    Arc::new(probe)
}

/// Has the consumer park the event.
fn park(world: &World, consumer: &Probe, event: &Envelope) {
    while world.deliver(&world.inbox(), consumer, event) != Outcome::Done {
        world.minutes_pass(1);
    }
    assert!(world.parked().iter().any(|one| one.event == event.id));
}

#[test]
fn a_retry_reaches_the_consumer_that_parked_and_no_other() {
    for world in worlds() {
        let mended = Arc::default();
        let (counter, ledger) = (
            broken("test.counter", &mended),
            broken("test.ledger", &mended),
        );
        let other = Arc::new(Probe::new("test.other", &[PLAYED]));
        let event = world.event(PLAYED);
        park(&world, &counter, &event);
        park(&world, &ledger, &event);
        assert_eq!(world.deliver(&world.inbox(), &other, &event), Outcome::Done);
        // Not even the inbox has to recognise it.
        let inbox_of_other = inbox::table.filter(inbox::consumer.eq("test.other"));
        let gone = world.db.write_blocking(|tx| {
            let gone = diesel::delete(inbox_of_other).execute(tx.conn());
            gone.map_err(DbError::Query)
        });
        assert_eq!(gone.expect("the database"), 1);

        *mended.lock() = true;
        let repair = world.repair();
        assert_eq!(repair.retry(Some("test.nobody"), None).expect("none"), 0);
        let retried = repair.retry(Some("test.counter"), Some(event.id));
        assert_eq!(retried.expect("the database"), 1);
        for consumer in [&counter, &ledger, &other] {
            world.redeliver(consumer);
            world.redeliver(consumer);
        }
        assert_eq!(counter.committed(), [event.id]);
        assert_eq!(ledger.committed(), []);
        assert_eq!(other.committed(), [event.id], "the first delivery alone");
        let parked = world.parked();
        assert_eq!(
            (parked.len(), parked[0].consumer.as_str()),
            (1, "test.ledger")
        );

        assert_eq!(repair.retry(None, None).expect("the database"), 1);
        world.redeliver(&ledger);
        assert_eq!(ledger.committed(), [event.id]);
        assert_eq!(world.parked(), []);
    }
}

#[test]
fn what_fails_again_is_parked_again_with_its_new_error() {
    for world in worlds() {
        let consumer = broken("test.counter", &Arc::default());
        let event = world.event(PLAYED);
        park(&world, &consumer, &event);
        world.repair().retry(None, None).expect("the database");
        world.redeliver(&consumer);
        world.redeliver(&consumer);
        let parked = world.parked();
        assert_eq!(parked[0].error, "broken at attempt 9", "tried once");
        assert_eq!(parked[0].retry_requested_at, None);
    }
}

#[test]
fn an_outage_leaves_the_request_standing() {
    for world in worlds() {
        let consumer = Probe::old().acting(|_, attempt| match attempt {
            1..=8 => Err(anyhow::anyhow!("broken").into()),
            9 => Err(DbError::Unavailable("it is away".into()).into()),
            _ => Ok(()),
        });
        let (consumer, event) = (Arc::new(consumer), world.event(PLAYED));
        park(&world, &consumer, &event);
        world.repair().retry(None, None).expect("the database");
        world.redeliver(&consumer);
        assert_eq!(world.parked()[0].error, "broken");
        world.redeliver(&consumer);
        assert_eq!(consumer.committed(), [event.id]);
        assert_eq!(world.parked(), []);
    }
}

#[test]
fn what_was_dropped_is_never_consumed() {
    for world in worlds() {
        let mended = Arc::default();
        let consumer = broken("test.counter", &mended);
        let event = world.event(PLAYED);
        park(&world, &consumer, &event);
        *mended.lock() = true;
        let repair = world.repair();
        let drop = |consumer| {
            repair
                .drop_parked(consumer, event.id)
                .expect("the database")
        };
        assert!(!drop("test.nobody"));
        assert!(drop("test.counter"));
        assert!(!drop("test.counter"));
        world.redeliver(&consumer);
        assert_eq!(
            world.deliver(&world.inbox(), &consumer, &event),
            Outcome::Done
        );
        assert_eq!(consumer.committed(), [event.id], "known, without effect");
        assert_eq!(consumer.attempts(), 8);
    }
}

/// PostgreSQL: SQLite has one writer at a time.
#[test]
fn two_processes_that_retry_at_once_have_it_done_once() {
    let Some(world) = on_postgres() else { return };
    let (inside, is_inside) = channel();
    let (go_on, may_go_on) = channel::<()>();
    let may_go_on = Mutex::new(may_go_on);
    let slow = Probe::old().acting(move |_, attempt| {
        if attempt <= 8 {
            return Err(ConsumerError::from(anyhow::anyhow!("broken")));
        }
        inside.send(()).expect("the test waits");
        may_go_on.lock().recv().expect("the test goes on");
        Ok(())
    });
    let (slow, event) = (Arc::new(slow), world.event(PLAYED));
    park(&world, &slow, &event);
    world.repair().retry(None, None).expect("the database");
    let other = Arc::new(Probe::old());
    thread::scope(|scope| {
        scope.spawn(|| world.redeliver(&slow));
        is_inside.recv().expect("it consumes");
        world.redeliver(&other);
        assert_eq!(other.attempts(), 0, "the other has it");
        go_on.send(()).expect("it waits");
    });
    assert_eq!(slow.committed(), [event.id]);
    assert_eq!(world.parked(), []);
}

/// PostgreSQL: SQLite has one writer at a time.
#[test]
fn one_event_at_two_processes_at_once_is_consumed_once() {
    let Some(world) = on_postgres() else { return };
    let (one, two) = (Probe::old(), Probe::old());
    let events: Vec<_> = (0..50).map(|_| world.event(PLAYED)).collect();
    let barrier = Barrier::new(2);
    let consume = |probe: &Probe| {
        let inbox = world.inbox();
        for event in &events {
            barrier.wait();
            assert_eq!(world.deliver(&inbox, probe, event), Outcome::Done);
        }
    };
    thread::scope(|scope| {
        scope.spawn(|| consume(&one));
        consume(&two);
    });
    assert_eq!(one.attempts() + two.attempts(), events.len());
}
