use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::migration::MigrationSource;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use parking_lot::Mutex;

use super::*;
use crate::Db;
use crate::db::DbError;
use crate::db::testing::TestDatabase;

#[test]
fn a_version_of_two_domains_is_refused_before_anything_is_migrated() {
    for database in TestDatabase::each() {
        let copy = Migrations {
            domain: "copy",
            ..KIT
        };
        let error = Db::open(&database.url, 1, &[copy]).err().expect("refused");
        let text = format!("{error:#}");
        assert!(
            text.contains("2026-01-01-000000_kit of kit")
                && text.contains("2026-01-01-000000_kit of copy"),
            "{text}"
        );

        let target = database.url.trim_start_matches("sqlite://");
        let mut conn = Conn::establish(target).expect("connects");
        conn.batch_execute("SELECT 1 FROM outbox")
            .expect_err("no table was made");
    }
}

#[test]
fn versions_that_differ_are_accepted_and_run_once() {
    check_versions(&[]).expect("kit's own differ");
    for database in TestDatabase::each() {
        drop(database.open());
        let db = database.open();
        let count = db.read_blocking(|conn| {
            diesel::select(sql::<BigInt>(
                "(SELECT count(*) FROM __diesel_schema_migrations)",
            ))
            .get_result::<i64>(conn)
            .map_err(DbError::Query)
        });
        assert_eq!(count.expect("counted"), own(KIT.sqlite));
        assert_eq!(own(KIT.sqlite), own(KIT.postgres));
    }
}

fn own(source: fn() -> EmbeddedMigrations) -> i64 {
    let all = MigrationSource::<Sqlite>::migrations(&source()).expect("a list");
    i64::try_from(all.len()).expect("few")
}

/// A dump holds `ACCESS SHARE` on every table until its end, and a migration
/// that changes a table waits for it: nobody else may have to.
#[test]
fn a_migration_that_waits_for_a_dump_holds_up_no_reader() {
    let Some(database) = TestDatabase::postgres() else {
        return;
    };
    let mut dump = database.connect();
    let Conn::Postgres(first) = &mut dump else {
        panic!("not PostgreSQL");
    };
    // As a release before left it, with a job in it.
    first
        .run_next_migration((KIT.postgres)())
        .expect("the oldest migration");
    dump.batch_execute(
        "INSERT INTO jobs (id, kind, payload, state, run_at, created_at, updated_at) \
         VALUES (gen_random_uuid(), 'old', 'null', 'queued', 0, 0, 0); \
         BEGIN; LOCK TABLE jobs IN ACCESS SHARE MODE;",
    )
    .expect("the dump begins");

    // At first the migration comes again at once, until the test wants it to pause.
    let pausing = Arc::new(AtomicBool::new(false));
    let (paused, pauses) = mpsc::channel();
    let (go_on, word) = mpsc::channel::<()>();
    let word = Arc::new(Mutex::new(word));
    let wait = LockWait {
        timeout_ms: 200,
        backoff: ExponentialBuilder::new().with_max_times(usize::MAX),
    };
    let conn = database.connect();
    let pause = {
        let pausing = Arc::clone(&pausing);
        move |_| {
            if pausing.load(Ordering::Relaxed) {
                paused.send(()).expect("the test listens");
                word.lock().recv().expect("the test says when");
            }
        }
    };
    thread::scope(|scope| {
        let migration = scope.spawn(move || migrate_within(conn, &[], &wait, pause));
        database.wait_until_blocked();
        let mut reader = database.connect();
        // Else a failure of this test would take for ever.
        reader
            .batch_execute("SET statement_timeout = '60s'")
            .expect("set");
        let mut read = || reader.batch_execute("SELECT count(*) FROM jobs");
        // Behind the migration's request, until that is withdrawn.
        read().expect("answered while the dump goes on");
        pausing.store(true, Ordering::Relaxed);
        pauses.recv().expect("the migration pauses");
        read().expect("answered while the migration pauses");
        assert!(!migration.is_finished(), "the dump goes on");

        dump.batch_execute("COMMIT").expect("the dump ends");
        go_on.send(()).expect("the migration listens");
        let done = migration.join().expect("no panic");
        done.expect("migrated");
    });
    dump.batch_execute("SELECT unique_key FROM jobs WHERE kind = 'old'")
        .expect("the new column");
}

#[test]
fn a_migration_gives_up_when_a_lock_is_never_free() {
    let Some(database) = TestDatabase::postgres() else {
        return;
    };
    let mut other = database.connect();
    let Conn::Postgres(first) = &mut other else {
        panic!("not PostgreSQL");
    };
    first
        .run_next_migration((KIT.postgres)())
        .expect("the oldest migration");
    other
        .batch_execute("BEGIN; LOCK TABLE jobs IN ACCESS SHARE MODE;")
        .expect("locked");
    let (paused, pauses) = mpsc::channel();
    let wait = LockWait {
        timeout_ms: 1,
        backoff: ExponentialBuilder::new().with_max_times(2),
    };
    let error = migrate_within(database.connect(), &[], &wait, move |_| {
        paused.send(()).expect("the test listens");
    })
    .expect_err("never free");
    assert_eq!(pauses.iter().count(), 2);
    assert!(waited_for_a_lock(&error), "{error:#}");

    // The advisory lock ended with the session that failed.
    other.batch_execute("COMMIT").expect("free");
    drop(database.open());
}
