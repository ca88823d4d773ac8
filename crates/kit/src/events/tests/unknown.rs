use wing_contracts::events::user::UserDeleted;
use wing_contracts::{Role, SessionId, UserId};

use super::*;
use crate::auth::{Claims, Revocations};
use crate::events::{Dispatcher, record, since};

#[test]
fn an_unknown_type_is_given_back_then_parked_and_delivered_by_the_release_that_knows_it() {
    for world in worlds() {
        let (inbox, old) = (world.inbox(), Probe::old());
        let event = world.event(REMIXED);

        assert_eq!(world.deliver(&inbox, &old, &event), Outcome::Unknown);
        world.minutes_pass(14);
        assert_eq!(world.deliver(&inbox, &old, &event), Outcome::Unknown);
        assert_eq!(world.rows(), (0, 0), "nothing is noted of it");

        world.minutes_pass(2);
        assert_eq!(world.deliver(&inbox, &old, &event), Outcome::Done);
        let parked = world.parked();
        assert_eq!((parked.len(), parked[0].event), (1, event.id));
        assert!(parked[0].error.contains("unknown type track.remixed"));
        world.redeliver(&Arc::new(old));
        assert_eq!(world.parked(), parked, "the old release leaves it alone");

        let new = Arc::new(Probe::new_release());
        world.redeliver(&new);
        world.redeliver(&new);
        assert_eq!(new.committed(), [event.id]);
        assert_eq!(world.parked(), []);
        // The broker delivers it once more.
        assert_eq!(world.deliver(&inbox, &new, &event), Outcome::Done);
        assert_eq!(new.attempts(), 1);
    }
}

#[test]
fn a_known_type_that_a_consumer_does_not_want_leaves_no_row() {
    for world in worlds() {
        let (inbox, consumer) = (world.inbox(), Probe::old());
        for kind in ["track.liked", "user.deleted", "concert.announced"] {
            let event = world.event(kind);
            assert_eq!(world.deliver(&inbox, &consumer, &event), Outcome::Done);
        }
        assert_eq!((consumer.attempts(), world.rows()), (0, (0, 0)));
    }
}

#[test]
fn an_event_that_waited_long_is_given_back_from_the_start_of_the_process() {
    for world in worlds() {
        let (event, old) = (world.event(REMIXED), Probe::old());
        world.minutes_pass(120);
        let inbox = world.inbox();
        assert_eq!(world.deliver(&inbox, &old, &event), Outcome::Unknown);
        world.minutes_pass(16);
        assert_eq!(world.deliver(&inbox, &old, &event), Outcome::Done);
        assert_eq!(world.parked().len(), 1);
    }
}

#[test]
fn an_event_that_the_outbox_kept_long_is_given_back_from_when_it_was_published() {
    for world in worlds() {
        let (inbox, old, event) = (world.inbox(), Probe::old(), world.event(REMIXED));
        world.minutes_pass(120);
        let published = world.clock.now();
        let offered = deliver(&inbox, &old, &event, published);
        assert_eq!(offered.expect("the database"), Outcome::Unknown);
    }
}

#[test]
fn what_a_newer_process_consumed_meanwhile_is_not_parked() {
    for world in worlds() {
        let (inbox, old, new) = (world.inbox(), Probe::old(), Probe::new_release());
        let event = world.event(REMIXED);
        assert_eq!(world.deliver(&inbox, &old, &event), Outcome::Unknown);
        assert_eq!(world.deliver(&inbox, &new, &event), Outcome::Done);
        world.minutes_pass(16);
        assert_eq!(world.deliver(&inbox, &old, &event), Outcome::Done);
        assert_eq!(world.parked(), []);
        assert_eq!(new.committed(), [event.id]);
    }
}

#[test]
fn what_voids_tokens_is_read_at_a_start_though_unknown_types_lie_between() {
    for world in worlds() {
        let (user_id, now) = (UserId::new(), world.clock.now());
        world.write(&world.event("user.promoted"));
        let deleted = world
            .db
            .write_blocking(|tx| record(tx, now, &UserDeleted { user_id }));
        deleted.expect("the database");
        world.write(&world.event("user.promoted"));

        let revocations = Revocations::new();
        let mut seen = 0;
        let read = world.db.read_blocking(|conn| {
            since(conn, now.plus_seconds(-60), |event| {
                seen += 1;
                revocations.learn(event, now).expect("readable");
            })
        });
        read.expect("the database");
        assert_eq!(seen, 3);
        let claims = Claims {
            iss: String::new(),
            aud: String::new(),
            sub: user_id,
            sid: SessionId::new(),
            role: Role::Fan,
            name: String::new(),
            picture: None,
            ver: 1,
            iat: 0,
            exp: 0,
        };
        assert!(revocations.covers(&claims));
    }
}

/// A process with this consumer, without a broker.
fn dispatcher(world: &World, consumer: &Arc<Probe>) -> Dispatcher {
    Dispatcher::new(world.inbox(), vec![Arc::clone(consumer) as _])
}

#[test]
fn without_a_broker_an_unknown_type_waits_in_the_outbox_and_the_others_go_on() {
    for world in worlds() {
        let old = Arc::new(Probe::old());
        let process = dispatcher(&world, &old);
        let (remixed, played) = (world.event(REMIXED), world.event(PLAYED));
        let elsewhere = world.event("concert.announced");
        for event in [&remixed, &played, &elsewhere] {
            world.write(event);
        }
        process.deliver_waiting().expect("the database");
        assert_eq!(old.committed(), [played.id]);
        assert_eq!(world.waiting(), [remixed.id]);

        let new = Arc::new(Probe::new_release());
        let newer = dispatcher(&world, &new);
        newer.deliver_waiting().expect("the database");
        assert_eq!(new.committed(), [remixed.id]);
        assert_eq!(world.waiting(), []);
    }
}

#[test]
fn without_a_broker_more_unknown_events_than_a_batch_block_nothing() {
    for world in worlds() {
        let old = Arc::new(Probe::old());
        let process = dispatcher(&world, &old);
        for _ in 0..101 {
            world.write(&world.event(REMIXED));
        }
        let played = world.event(PLAYED);
        world.write(&played);
        process.deliver_waiting().expect("the database");
        assert_eq!(old.committed(), [played.id]);

        world.minutes_pass(16);
        process.deliver_waiting().expect("the database");
        assert_eq!(world.waiting(), []);
        assert_eq!(world.parked().len(), 101);
        let new = Arc::new(Probe::new_release());
        world.redeliver(&new);
        assert_eq!(new.committed().len(), 101);
        assert_eq!(world.parked(), []);
    }
}
