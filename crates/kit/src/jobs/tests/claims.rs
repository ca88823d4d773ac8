use std::sync::mpsc;
use std::thread;

use super::*;
use crate::db::testing::TestDatabase;
use crate::jobs::claims::{self, End};

const START: Timestamp = Timestamp(1_000_000);
const LEASE_MS: i64 = 1_000;

fn claim(db: &Db, now: Timestamp) -> Option<Job> {
    db.write_blocking(|tx| claims::claim(tx, KIND, now, now.plus_ms(LEASE_MS)))
        .expect("the table")
}

fn finish(db: &Db, job: &Job, now: Timestamp, end: &End) -> bool {
    db.write_blocking(|tx| claims::finish(tx, job, now, end))
        .expect("the table")
}

fn renew(db: &Db, job: &Job, until: Timestamp) -> bool {
    db.write_blocking(|tx| claims::renew(tx, job, until))
        .expect("the table")
}

fn give_back(db: &Db, job: &Job, now: Timestamp) -> bool {
    db.write_blocking(|tx| claims::give_back(tx, job, now))
        .expect("the table")
}

#[test]
fn a_job_is_taken_over_only_when_its_lease_has_ended() {
    for database in TestDatabase::each() {
        let db = database.open();
        let id = enqueue(&db, KIND, START);
        assert!(claim(&db, START.plus_ms(-1)).is_none(), "not due");
        let first = claim(&db, START).expect("due");
        assert_eq!((first.id, first.attempt), (id, 1));

        assert!(claim(&db, START.plus_ms(LEASE_MS)).is_none(), "held");
        assert!(renew(&db, &first, START.plus_ms(2 * LEASE_MS)));
        assert!(claim(&db, START.plus_ms(2 * LEASE_MS)).is_none(), "renewed");

        let second = claim(&db, START.plus_ms(2 * LEASE_MS + 1)).expect("abandoned");
        assert_eq!((second.id, second.attempt), (id, 2));
        let reason = second.last_error.expect("a reason");
        assert_eq!(reason, "the attempt did not come to an end");
    }
}

#[test]
fn a_claim_that_was_taken_over_changes_nothing() {
    for database in TestDatabase::each() {
        let db = database.open();
        let id = enqueue(&db, KIND, START);
        let old = claim(&db, START).expect("due");
        let now = START.plus_ms(LEASE_MS + 1);
        // The same process: an id for each process could not tell them apart.
        let new = claim(&db, now).expect("abandoned");
        let held = row(&db, id);

        let again = End::Again {
            error: "late".into(),
            at: now,
        };
        assert!(!renew(&db, &old, now.plus_ms(9 * LEASE_MS)));
        for end in [End::Done, End::Failed("late".into()), again] {
            assert!(!finish(&db, &old, now, &end), "{end:?}");
        }
        assert!(!give_back(&db, &old, now));
        assert_eq!(row(&db, id), held);
        assert!(claim(&db, now.plus_ms(LEASE_MS)).is_none(), "not renewed");

        assert!(finish(&db, &new, now, &End::Done));
        assert_eq!(row(&db, id).state, "done");
    }
}

#[test]
fn a_claim_ends_once() {
    for database in TestDatabase::each() {
        let db = database.open();
        let id = enqueue(&db, KIND, START);
        let job = claim(&db, START).expect("due");
        assert!(finish(&db, &job, START, &End::Failed("no sound".into())));
        let failed = row(&db, id);

        assert!(!finish(&db, &job, START, &End::Done));
        assert!(!renew(&db, &job, START.plus_ms(LEASE_MS)));
        assert!(!give_back(&db, &job, START));
        assert_eq!(row(&db, id), failed);
        assert_eq!(failed.error.as_deref(), Some("no sound"));
    }
}

#[test]
fn what_is_given_back_goes_on_at_once_and_does_not_count() {
    for database in TestDatabase::each() {
        let db = database.open();
        let id = enqueue(&db, KIND, START);
        let job = claim(&db, START).expect("due");
        assert!(give_back(&db, &job, START));
        assert_eq!(row(&db, id).attempts, 0);
        assert_eq!(claim(&db, START).expect("due").attempt, 1);
    }
}

#[test]
fn the_oldest_of_a_kind_comes_first_and_no_other_kind() {
    for database in TestDatabase::each() {
        let db = database.open();
        enqueue(&db, "other", START.plus_ms(-9));
        let later = enqueue(&db, KIND, START);
        let sooner = enqueue(&db, KIND, START.plus_ms(-1));
        let claimed = || claim(&db, START).map(|job| job.id);
        assert_eq!(
            [claimed(), claimed(), claimed()],
            [Some(sooner), Some(later), None]
        );
    }
}

#[test]
fn two_claims_at_once_get_two_jobs() {
    let Some(database) = TestDatabase::postgres() else {
        return;
    };
    let db = database.open();
    let sooner = enqueue(&db, KIND, START);
    let later = enqueue(&db, KIND, START.plus_ms(1));
    let now = START.plus_ms(1);
    let (claimed, claims) = mpsc::channel();
    let (commit, wait) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let db = &db;
        scope.spawn(move || {
            db.write_blocking(|tx| {
                let job = claims::claim(tx, KIND, now, now.plus_ms(LEASE_MS))?;
                claimed.send(job.map(|job| job.id)).expect("a listener");
                wait.recv().expect("the word");
                Ok::<_, DbError>(())
            })
            .expect("claimed");
        });
        assert_eq!(claims.recv().expect("a claim"), Some(sooner));
        assert_eq!(claim(db, now).map(|job| job.id), Some(later));
        assert!(claim(db, now).is_none());
        commit.send(()).expect("a listener");
    });
}

#[test]
fn an_end_that_waits_for_a_takeover_is_refused() {
    let Some(database) = TestDatabase::postgres() else {
        return;
    };
    let db = database.open();
    let id = enqueue(&db, KIND, START);
    let old = claim(&db, START).expect("due");
    let now = START.plus_ms(LEASE_MS + 1);
    let (taken, takeover) = mpsc::channel();
    let (commit, wait) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let db = &db;
        scope.spawn(move || {
            db.write_blocking(|tx| {
                let job = claims::claim(tx, KIND, now, now.plus_ms(LEASE_MS))?;
                taken.send(job.is_some()).expect("a listener");
                wait.recv().expect("the word");
                Ok::<_, DbError>(())
            })
            .expect("taken over");
        });
        assert!(takeover.recv().expect("a takeover"));
        let late = scope.spawn(move || finish(db, &old, now, &End::Done));
        database.wait_until_blocked();
        commit.send(()).expect("a listener");
        assert!(!late.join().expect("no panic"));
    });
    let row = row(&db, id);
    assert_eq!((row.state.as_str(), row.attempts), ("running", 2));
}
