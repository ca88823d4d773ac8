use std::sync::mpsc;
use std::thread;

use super::*;
use crate::db::testing::TestDatabase;
use crate::jobs::claims::{self, End};
use crate::jobs::{enqueue_unique, retry_failed};

const NOW: Timestamp = Timestamp(1_000_000);

fn unique(db: &Db, key: &'static str) -> Option<JobId> {
    db.write_blocking(|tx| enqueue_unique(tx, KIND, key, &(), NOW))
        .expect("the table")
}

fn claim(db: &Db) -> Job {
    db.write_blocking(|tx| claims::claim(tx, KIND, NOW, NOW.plus_ms(1)))
        .expect("the table")
        .expect("a job")
}

fn finish(db: &Db, job: &Job, end: &End) {
    let held = db.write_blocking(|tx| claims::finish(tx, job, NOW, end));
    assert!(held.expect("the table"));
}

fn retry(db: &Db, id: JobId) -> bool {
    db.write_blocking(|tx| retry_failed(tx, id, NOW))
        .expect("the table")
}

#[test]
fn at_most_one_job_of_a_key_is_queued_or_running() {
    for database in TestDatabase::each() {
        let db = database.open();
        assert!(unique(&db, "a").is_some());
        assert!(unique(&db, "a").is_none(), "queued");
        let job = claim(&db);
        assert!(unique(&db, "a").is_none(), "running");
        assert!(unique(&db, "b").is_some(), "another key");
        enqueue(&db, KIND, NOW);
        enqueue(&db, KIND, NOW);

        finish(&db, &job, &End::Done);
        assert!(unique(&db, "a").is_some(), "done");
    }
}

#[test]
fn a_failed_unique_job_is_retried_unless_another_took_its_place() {
    for database in TestDatabase::each() {
        let db = database.open();
        let failed = unique(&db, "a").expect("new");
        finish(&db, &claim(&db), &End::Failed("no".into()));
        let other = unique(&db, "a").expect("the first has failed");
        assert!(!retry(&db, failed));
        assert_eq!(row(&db, failed).state, "failed");

        let job = claim(&db);
        assert_eq!(job.id, other);
        finish(&db, &job, &End::Done);
        assert!(retry(&db, failed));
        assert!(unique(&db, "a").is_none());
        assert!(!retry(&db, other), "it has not failed");
    }
}

#[test]
fn of_two_transactions_at_once_one_writes_and_both_go_on() {
    let Some(database) = TestDatabase::postgres() else {
        return;
    };
    let db = database.open();
    let (written, writes) = mpsc::channel();
    let (commit, wait) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let db = &db;
        scope.spawn(move || {
            db.write_blocking(|tx| {
                let id = enqueue_unique(tx, KIND, "a", &(), NOW)?;
                written.send(id.is_some()).expect("a listener");
                wait.recv().expect("the word");
                Ok::<_, DbError>(())
            })
            .expect("written");
        });
        assert!(writes.recv().expect("written"));
        let second = scope.spawn(move || {
            db.write_blocking(|tx| {
                let id = enqueue_unique(tx, KIND, "a", &(), NOW)?;
                // An aborted transaction would refuse this.
                super::super::enqueue(tx, "other", &(), NOW)?;
                Ok::<_, DbError>(id)
            })
        });
        database.wait_until_blocked();
        commit.send(()).expect("a listener");
        let second = second.join().expect("no panic");
        assert_eq!(second.expect("not aborted"), None);
    });
    assert_eq!(count(&db, "queued"), 2);
}
