use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use diesel::connection::SimpleConnection as _;
use diesel::result::{DatabaseErrorKind, Error as Diesel};
use diesel::sql_types::BigInt;
use diesel::{QueryableByName, RunQueryDsl as _};
use futures_util::FutureExt as _;
use wing_contracts::UserId;
use wing_contracts::events::user::UserChanged;

use crate::db::testing::TestDatabase;
use crate::db::{Db, DbError, Tx};
use crate::problem::Problem;
use crate::{Clock, events, jobs};

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn run(tx: &mut Tx<'_>, statement: &str) -> Result<(), DbError> {
    Ok(tx.conn().batch_execute(statement)?)
}

fn counted(db: &Db, id: &str) -> i64 {
    let query = format!("SELECT count FROM songs WHERE id = '{id}'");
    db.read_blocking(|conn| {
        let row: Count = diesel::sql_query(query).get_result(conn)?;
        Ok::<_, DbError>(row.count)
    })
    .unwrap()
}

fn songs(database: &TestDatabase) -> Db {
    let db = database.open();
    db.write_blocking(|tx| {
        run(
            tx,
            "CREATE TABLE songs (id TEXT PRIMARY KEY, slug TEXT UNIQUE, count BIGINT NOT NULL); \
             INSERT INTO songs VALUES ('a', 'first', 0), ('b', 'second', 0)",
        )
    })
    .unwrap();
    db
}

#[test]
fn of_two_that_deadlock_both_succeed() {
    let Some(database) = TestDatabase::postgres() else {
        return;
    };
    let db = songs(&database);
    let (met, attempts) = (Arc::new(Barrier::new(2)), Arc::new(AtomicU32::new(0)));
    let both = [["a", "b"], ["b", "a"]].map(|order| {
        let (db, met, attempts) = (db.clone(), Arc::clone(&met), Arc::clone(&attempts));
        thread::spawn(move || {
            let first = Cell::new(true);
            db.write_blocking(|tx| {
                attempts.fetch_add(1, Ordering::Relaxed);
                for id in order {
                    let add = format!("UPDATE songs SET count = count + 1 WHERE id = '{id}'");
                    run(tx, &add)?;
                    // Each has one of the two rows before either asks for the other.
                    if first.replace(false) {
                        met.wait();
                    }
                }
                Ok::<_, DbError>(())
            })
        })
    });
    for one in both {
        one.join().unwrap().unwrap();
    }
    assert_eq!((counted(&db, "a"), counted(&db, "b")), (2, 2));
    assert_eq!(attempts.load(Ordering::Relaxed), 3, "one was run again");
}

#[test]
fn a_conflict_that_goes_on_is_refused_as_worth_a_retry_and_nothing_is_stored() {
    for database in TestDatabase::each() {
        let db = songs(&database);
        let attempts = Cell::new(0);
        let refused = db.write_blocking(|tx| {
            attempts.set(attempts.get() + 1);
            run(tx, "UPDATE songs SET count = 7")?;
            let conflict = Box::new("could not serialize access".to_owned());
            let kind = DatabaseErrorKind::SerializationFailure;
            Err::<(), _>(DbError::Query(Diesel::DatabaseError(kind, conflict)))
        });
        let problem = Problem::from(refused.unwrap_err());
        assert_eq!(problem.status().as_u16(), 503);
        assert_eq!(attempts.get(), 4, "the first and three retries");
        assert_eq!(counted(&db, "a"), 0);
    }
}

#[test]
fn a_value_that_somebody_has_is_a_conflict_that_names_its_field() {
    for database in TestDatabase::each() {
        let db = songs(&database);
        let refused = db.write_blocking(|tx| run(tx, "INSERT INTO songs VALUES ('c', 'first', 0)"));
        let problem = Problem::from(refused.unwrap_err());
        assert_eq!(problem.status().as_u16(), 409);
        assert!(problem.error_of("slug").is_some(), "{problem}");
    }
}

#[test]
fn who_waits_for_events_and_jobs_is_woken_after_the_commit_and_only_then() {
    for database in TestDatabase::each() {
        let db = database.open();
        let (outbox, jobs_of_a) = (db.wakers().outbox(), db.wakers().jobs("a"));
        let jobs_of_b = db.wakers().jobs("b");
        let woken =
            || [&outbox, &jobs_of_a, &jobs_of_b].map(|one| one.notified().now_or_never().is_some());
        let now = Clock::system().now();
        let write = |tx: &mut Tx<'_>| {
            let user_id = UserId::new();
            events::record(tx, now, &UserChanged { user_id })?;
            jobs::enqueue(tx, "a", &(), now)?;
            assert_eq!(woken(), [false; 3], "nothing is committed");
            Ok::<(), DbError>(())
        };
        let undone = db.write_blocking(|tx| {
            write(tx)?;
            Err::<(), _>(DbError::Cancelled)
        });
        undone.unwrap_err();
        assert_eq!(woken(), [false; 3], "it was rolled back");
        db.write_blocking(write).unwrap();
        assert_eq!(woken(), [true, true, false]);
    }
}

#[test]
fn a_name_is_locked_until_the_transaction_ends() {
    let Some(database) = TestDatabase::postgres() else {
        return;
    };
    let db = songs(&database);
    let count = |tx: &mut Tx<'_>| {
        tx.lock_name("the last place")?;
        let row: Count = diesel::sql_query("SELECT count FROM songs WHERE id = 'a'")
            .get_result(tx.conn())
            .map_err(DbError::from)?;
        run(tx, &format!("UPDATE songs SET count = {}", row.count + 1))
    };
    thread::scope(|scope| {
        let all: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| db.write_blocking(count)))
            .collect();
        for one in all {
            one.join().unwrap().unwrap();
        }
    });
    assert_eq!(counted(&db, "a"), 4, "none read what another was changing");
}
