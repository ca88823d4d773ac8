use uuid::Uuid;

use super::*;
use crate::events::prune::prune;

const DAY_MS: i64 = 24 * 3600 * 1000;

/// An event so many days before now, with an id of that time.
fn event_of(world: &World, days: i64) -> Envelope {
    let at = world.clock.now().plus_ms(-days * DAY_MS);
    let random = EventId::new().uuid().as_u128() & ((1 << 80) - 1);
    let ms = u128::try_from(at.0).expect("after 1970");
    Envelope {
        id: EventId::from_uuid(Uuid::from_u128(ms << 80 | random)),
        occurred_at: at,
        ..world.event(PLAYED)
    }
}

fn consumed(world: &World) -> Vec<(String, EventId)> {
    let rows = world.db.read_blocking(|conn| {
        inbox::table
            .order((inbox::consumer, inbox::event_id))
            .select((inbox::consumer, inbox::event_id))
            .load(conn)
            .map_err(DbError::Query)
    });
    rows.expect("the database")
}

/// Delivers it, and has that lie so many days back.
fn consume(world: &World, consumer: &Probe, event: &Envelope, days: i64) {
    assert_eq!(
        world.deliver(&world.inbox(), consumer, event),
        Outcome::Done
    );
    let at = world.clock.now().plus_ms(-days * DAY_MS);
    let moved = world.db.write_blocking(|tx| {
        diesel::update(inbox::table.find((consumer.name, event.id)))
            .set(inbox::consumed_at.eq(at.0))
            .execute(tx.conn())
            .map_err(DbError::Query)
    });
    assert_eq!(moved.expect("the database"), 1);
}

#[test]
fn the_inbox_recognises_events_for_thirty_days() {
    for world in worlds() {
        let (one, two) = (Probe::old(), Probe::new("test.other", &[PLAYED]));
        let (old, late, young) = (
            event_of(&world, 31),
            event_of(&world, 31),
            event_of(&world, 29),
        );
        for consumer in [&one, &two] {
            consume(&world, consumer, &old, 31);
            // From an outbox that could not be published for a month.
            consume(&world, consumer, &late, 1);
            consume(&world, consumer, &young, 29);
        }
        prune(&world.db, world.clock.now()).expect("the database");
        let mut kept = Vec::new();
        for consumer in ["test.counter", "test.other"] {
            kept.push((consumer.to_owned(), late.id));
            kept.push((consumer.to_owned(), young.id));
        }
        assert_eq!(consumed(&world), kept);
    }
}

#[test]
fn what_is_parked_and_what_still_fails_is_kept_and_recognised() {
    for world in worlds() {
        let consumer = Probe::old().acting(|_, _| Err(anyhow::anyhow!("broken").into()));
        let (event, failing) = (event_of(&world, 40), event_of(&world, 0));
        while world.deliver(&world.inbox(), &consumer, &event) != Outcome::Done {
            world.minutes_pass(1);
        }
        world.minutes_pass(40 * 24 * 60);
        let outcome = world.deliver(&world.inbox(), &consumer, &failing);
        assert!(matches!(outcome, Outcome::Retry(_)));
        prune(&world.db, world.clock.now()).expect("the database");
        assert_eq!(world.parked().len(), 1);
        assert_eq!(world.rows(), (1, 1));
        assert_eq!(
            world.deliver(&world.inbox(), &consumer, &event),
            Outcome::Done
        );
        assert_eq!(consumer.attempts(), 9, "it is not tried anew");

        let repair = world.repair();
        assert!(
            repair
                .drop_parked("test.counter", event.id)
                .expect("dropped")
        );
        prune(&world.db, world.clock.now()).expect("the database");
        assert_eq!(consumed(&world), []);
    }
}

#[test]
fn more_than_a_batch_goes_and_published_events_stay_for_a_week() {
    for world in worlds() {
        let unpublished = world.event(PLAYED);
        let published = |tx: &mut Tx<'_>, days: i64, many: i64| {
            for _ in 0..many {
                let at = world.clock.now().plus_ms(-days * DAY_MS);
                let row = (
                    outbox::id.eq(EventId::new()),
                    outbox::payload.eq("{}"),
                    outbox::occurred_at.eq(at.0),
                    outbox::published_at.eq(Some(at.0)),
                );
                diesel::insert_into(outbox::table)
                    .values(row)
                    .execute(tx.conn())?;
            }
            Ok::<_, DbError>(())
        };
        let filled = world.db.write_blocking(|tx| {
            published(tx, 8, 2001)?;
            published(tx, 6, 3)
        });
        filled.expect("the database");
        world.write(&unpublished);
        prune(&world.db, world.clock.now()).expect("the database");
        let left: Result<i64, DbError> = world
            .db
            .read_blocking(|conn| Ok(outbox::table.count().get_result(conn)?));
        assert_eq!(left.expect("the database"), 4);
        assert_eq!(world.waiting(), [unpublished.id]);
    }
}
