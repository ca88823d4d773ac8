use std::task::Poll;

use futures_util::poll;
use tokio::sync::mpsc;

use super::*;
use crate::db::testing::TestDatabase;
use crate::jobs::attempt::GIVE_UP_ATTEMPTS;
use crate::jobs::claims;
use crate::jobs::maintain::{DONE_KEPT_MS, FAILED_KEPT_MS, PRUNE_BATCH};
use crate::jobs::runner::{LEASE_MS, pause};

/// Longer than any test: what waits for it waits for a wake-up.
const NEVER: Duration = Duration::from_secs(24 * 3600);
/// Longer than any pause between attempts.
const LATER_MS: i64 = 2_000_000;

#[tokio::test]
async fn a_panic_fails_the_attempt_and_is_retried() {
    for database in TestDatabase::each() {
        let db = database.open();
        let (runner, clock) = runner(&db).await;
        let stop = CancellationToken::new();
        let probe =
            Probe::new(|job, _| async move { if job.attempt == 1 { boom() } else { Ok(()) } });
        let id = enqueue(&db, KIND, clock.now());

        assert!(runner.turn(&probe, &stop).await.expect("a turn"));
        let failed = row(&db, id);
        assert_eq!((failed.state.as_str(), failed.attempts), ("queued", 1));
        let error = failed.error.expect("a reason");
        assert_eq!(error, "the handler panicked: boom");
        assert!(
            !runner.turn(&probe, &stop).await.expect("a turn"),
            "a pause"
        );

        clock.advance_ms(LATER_MS);
        assert!(runner.turn(&probe, &stop).await.expect("a turn"));
        assert_eq!(row(&db, id).state, "done");
        assert!(probe.given_up.lock().is_empty());
    }
}

#[tokio::test]
async fn a_job_that_panics_each_time_is_given_up_with_the_reason() {
    for database in TestDatabase::each() {
        let db = database.open();
        let (runner, clock) = runner(&db).await;
        let stop = CancellationToken::new();
        let probe = Probe::new(|_, _| async { boom() });
        let id = enqueue(&db, KIND, clock.now());
        while runner.turn(&probe, &stop).await.expect("a turn") {
            clock.advance_ms(LATER_MS);
        }
        assert_eq!(*probe.begun.lock(), [1, 2]);
        assert_eq!(*probe.given_up.lock(), ["the handler panicked: boom"]);
        assert_eq!(row(&db, id).state, "failed");
    }
}

#[tokio::test]
async fn a_panic_while_giving_up_is_retried_and_ends() {
    for database in TestDatabase::each() {
        let db = database.open();
        let (runner, clock) = runner(&db).await;
        let stop = CancellationToken::new();
        let mut probe = Probe::new(|_, _| async { Err(JobError::Retry("full".into())) });
        probe.on_given_up = || panic!("boom");
        let id = enqueue(&db, KIND, clock.now());
        while runner.turn(&probe, &stop).await.expect("a turn") {
            clock.advance_ms(LATER_MS);
        }
        assert_eq!(*probe.begun.lock(), [1, 2], "no work beyond its attempts");
        let given_up = probe.given_up.lock();
        let tries = usize::try_from(GIVE_UP_ATTEMPTS + 1).expect("few");
        assert_eq!(given_up.len(), tries);
        assert!(given_up.iter().all(|reason| reason == "full"));
        let row = row(&db, id);
        assert_eq!(row.state, "failed");
        let error = row.error.expect("a reason");
        assert_eq!(error, "full; not shown: the handler panicked: boom");
    }
}

#[tokio::test]
async fn a_lane_goes_on_after_panics() {
    for database in TestDatabase::each() {
        let db = database.open();
        let (runner, clock) = runner(&db).await;
        let (done, mut ends) = mpsc::unbounded_channel();
        let bad = enqueue(&db, KIND, clock.now().plus_ms(-1));
        let good = enqueue(&db, KIND, clock.now());
        let mut probe = Probe::new(move |job, _| {
            let done = done.clone();
            async move {
                if job.id == bad {
                    return boom();
                }
                done.send(job.id).expect("the test listens");
                Ok(())
            }
        });
        probe.attempts = 1;
        probe.on_given_up = || panic!("boom");
        let stop = CancellationToken::new();
        let running = tokio::spawn(runner.run(vec![Arc::new(probe)], stop.clone()));
        assert_eq!(ends.recv().await, Some(good));
        stop.cancel();
        running.await.expect("it ends");
        assert_eq!(row(&db, good).state, "done");
    }
}

#[tokio::test]
async fn a_handler_whose_claim_is_lost_is_stopped_and_its_result_discarded() {
    for database in TestDatabase::each() {
        let db = database.open();
        let (mut runner, clock) = runner(&db).await;
        runner.pauses.renew = Duration::ZERO;
        let (begin, mut begun) = mpsc::unbounded_channel();
        let probe = Probe::new(move |_, stop| {
            begin.send(()).expect("the test listens");
            async move {
                stop.cancelled().await;
                Err(JobError::Fatal("stopped".into()))
            }
        });
        let id = enqueue(&db, KIND, clock.now());
        let stop = CancellationToken::new();
        let taken_over = async {
            begun.recv().await.expect("begun");
            clock.advance_ms(LEASE_MS + 1);
            let now = clock.now();
            db.write(move |tx| claims::claim(tx, KIND, now, now.plus_ms(LEASE_MS)))
                .await
                .expect("the table")
                .expect("the lease has ended")
        };
        let (turn, new) = tokio::join!(runner.turn(&probe, &stop), taken_over);
        assert!(turn.expect("a turn"));
        assert_eq!((new.id, new.attempt), (id, 2));
        let row = row(&db, id);
        assert_eq!((row.state.as_str(), row.attempts), ("running", 2));
        assert!(probe.given_up.lock().is_empty());
        assert!(!stop.is_cancelled(), "only the job is stopped");
    }
}

#[tokio::test]
async fn a_process_that_stops_gives_its_job_back() {
    for database in TestDatabase::each() {
        let db = database.open();
        let (runner, clock) = runner(&db).await;
        let stop = CancellationToken::new();
        let probe = Probe::new({
            let stop = stop.clone();
            move |_, stopped| {
                stop.cancel();
                async move {
                    stopped.cancelled().await;
                    Err(JobError::Retry("stopped".into()))
                }
            }
        });
        let id = enqueue(&db, KIND, clock.now());
        assert!(runner.turn(&probe, &stop).await.expect("a turn"));
        let row = row(&db, id);
        assert_eq!((row.state.as_str(), row.attempts), ("queued", 0));
        assert!(probe.given_up.lock().is_empty());
    }
}

#[tokio::test]
async fn a_lane_is_woken_for_its_own_kind_alone() {
    let database = TestDatabase::sqlite();
    let db = database.open();
    let stop = CancellationToken::new();
    let wake = db.wakers().jobs("one");
    let idle = pause(&stop, &wake, NEVER);
    tokio::pin!(idle);
    assert_eq!(poll!(&mut idle), Poll::Pending);
    enqueue(&db, "other", Timestamp(0));
    assert_eq!(poll!(&mut idle), Poll::Pending, "another kind");
    enqueue(&db, "one", Timestamp(0));
    assert_eq!(poll!(&mut idle), Poll::Ready(()));
}

#[tokio::test]
async fn a_commit_wakes_an_idle_lane() {
    for database in TestDatabase::each() {
        let db = database.open();
        let (mut runner, clock) = runner(&db).await;
        runner.pauses.poll = NEVER;
        let (done, mut ends) = mpsc::unbounded_channel();
        let probe = Probe::new(move |job, _| {
            done.send(job.id).expect("the test listens");
            async { Ok(()) }
        });
        let stop = CancellationToken::new();
        let running = tokio::spawn(runner.run(vec![Arc::new(probe)], stop.clone()));
        for _ in 0..3 {
            let id = enqueue(&db, KIND, clock.now());
            assert_eq!(ends.recv().await, Some(id));
        }
        stop.cancel();
        running.await.expect("it ends");
    }
}

#[tokio::test]
async fn ended_jobs_are_kept_for_their_time_and_then_pruned() {
    for database in TestDatabase::each() {
        let db = database.open();
        let (runner, clock) = runner(&db).await;
        let stop = CancellationToken::new();
        let failing = Probe::new(|_, _| async { Err(JobError::Fatal("no sound".into())) });
        let failed = enqueue(&db, KIND, clock.now());
        assert!(runner.turn(&failing, &stop).await.expect("a turn"));
        let run_at = clock.now();
        // More than one batch.
        db.write_blocking(|tx| {
            for _ in 0..=PRUNE_BATCH {
                super::super::enqueue(tx, KIND, &(), run_at)?;
            }
            let queued = jobs::table.filter(jobs::state.eq("queued"));
            diesel::update(queued)
                .set(jobs::state.eq("done"))
                .execute(tx.conn())?;
            super::super::enqueue(tx, KIND, &(), run_at)
        })
        .expect("written");
        let counts = || {
            (
                count(&db, "done"),
                count(&db, "failed"),
                count(&db, "queued"),
            )
        };
        let all = i64::try_from(PRUNE_BATCH).expect("few") + 1;

        clock.advance_ms(DONE_KEPT_MS - 60_000);
        runner.maintain(&[]).await.expect("maintained");
        assert_eq!(counts(), (all, 1, 1), "not yet");
        clock.advance_ms(120_000);
        runner.maintain(&[]).await.expect("maintained");
        assert_eq!(counts(), (0, 1, 1));
        clock.advance_ms(FAILED_KEPT_MS - DONE_KEPT_MS - 180_000);
        runner.maintain(&[]).await.expect("maintained");
        assert_eq!(row(&db, failed).state, "failed");
        clock.advance_ms(240_000);
        runner.maintain(&[]).await.expect("maintained");
        assert_eq!(counts(), (0, 0, 1), "a job that waits is never pruned");
    }
}

#[tokio::test]
async fn on_sqlite_a_new_process_goes_on_with_the_jobs_of_a_killed_one() {
    let database = TestDatabase::sqlite();
    let db = database.open();
    let (_, clock) = runner(&db).await;
    let id = enqueue(&db, KIND, clock.now());
    let now = clock.now();
    db.write_blocking(|tx| claims::claim(tx, KIND, now, now.plus_ms(LEASE_MS)))
        .expect("claimed");
    let (next, _) = runner(&db).await;
    let probe = Probe::new(|_, _| async { Ok(()) });
    let stop = CancellationToken::new();
    assert!(next.turn(&probe, &stop).await.expect("a turn"));
    let row = row(&db, id);
    assert_eq!((row.state.as_str(), row.attempts), ("done", 2));
}
