use super::*;
use crate::db::testing::TestDatabase;
use crate::jobs::recurring::{KEY, next_run};

const HOUR: Duration = Duration::from_secs(3600);
const HOUR_MS: i64 = 3_600_000;

fn hourly() -> Arc<Probe> {
    let mut probe = Probe::new(|_, _| async { Ok(()) });
    probe.every = Some(HOUR);
    Arc::new(probe)
}

/// Two processes on one database, a minute into an hour.
async fn two_processes(database: &TestDatabase) -> (Db, [Runner; 2], Clock) {
    let first = database.open();
    let second = database.open_again(&first);
    let (one, clock) = runner(&first).await;
    let two = Runner::new(second, clock.clone()).await.expect("a runner");
    clock.advance_ms(HOUR_MS - clock.now().0 % HOUR_MS + 60_000);
    (first, [one, two], clock)
}

async fn both_turn(runners: &[Runner; 2], probe: &Probe) -> usize {
    let stop = CancellationToken::new();
    let (one, two) = tokio::join!(runners[0].turn(probe, &stop), runners[1].turn(probe, &stop));
    usize::from(one.expect("a turn")) + usize::from(two.expect("a turn"))
}

async fn both_maintain(runners: &[Runner; 2], probe: &Arc<Probe>) {
    let handlers: [Arc<dyn Handler>; 1] = [Arc::clone(probe) as _];
    let (one, two) = tokio::join!(
        runners[0].maintain(&handlers),
        runners[1].maintain(&handlers)
    );
    one.and(two).expect("maintained");
}

fn run_at(db: &Db) -> i64 {
    db.read_blocking(|conn| {
        jobs::table
            .filter(jobs::unique_key.eq(KEY))
            .filter(jobs::state.eq("queued"))
            .select(jobs::run_at)
            .get_result(conn)
            .map_err(DbError::Query)
    })
    .expect("one job")
}

#[test]
fn periods_are_counted_from_1970() {
    let day = Duration::from_secs(86_400);
    for (now, next) in [
        (0, 86_400_000),
        (86_399_999, 86_400_000),
        (86_400_000, 172_800_000),
    ] {
        assert_eq!(next_run(day, Timestamp(now)), Timestamp(next));
    }
    assert_eq!(next_run(Duration::ZERO, Timestamp(5)), Timestamp(6));
    let never = next_run(Duration::MAX, Timestamp(5));
    assert_eq!(never, Timestamp(i64::MAX));
}

#[tokio::test]
async fn all_processes_together_run_it_once_in_a_period() {
    for database in TestDatabase::each() {
        let (_, runners, clock) = two_processes(&database).await;
        let probe = hourly();
        both_maintain(&runners, &probe).await;
        for period in 1..=5 {
            assert_eq!(both_turn(&runners, &probe).await, 1, "period {period}");
            assert_eq!(both_turn(&runners, &probe).await, 0, "period {period}");
            both_maintain(&runners, &probe).await;
            assert_eq!(both_turn(&runners, &probe).await, 0, "period {period}");
            assert_eq!(probe.begun(), period);
            clock.advance_ms(HOUR_MS);
        }
    }
}

#[tokio::test]
async fn missed_periods_are_not_made_up() {
    for database in TestDatabase::each() {
        let (_, runners, clock) = two_processes(&database).await;
        let probe = hourly();
        both_maintain(&runners, &probe).await;
        assert_eq!(both_turn(&runners, &probe).await, 1);
        clock.advance_ms(10 * HOUR_MS);
        assert_eq!(both_turn(&runners, &probe).await, 1);
        assert_eq!(both_turn(&runners, &probe).await, 0);
    }
}

#[tokio::test]
async fn a_restart_changes_nothing_and_a_shorter_period_counts_at_once() {
    for database in TestDatabase::each() {
        let (db, runners, clock) = two_processes(&database).await;
        let probe = hourly();
        both_maintain(&runners, &probe).await;
        assert_eq!(both_turn(&runners, &probe).await, 1);
        let next = run_at(&db);
        assert_eq!(next, next_run(HOUR, clock.now()).0);
        drop(runners);

        let restarted = Runner::new(db.clone(), clock.clone())
            .await
            .expect("a runner");
        let handlers: [Arc<dyn Handler>; 1] = [probe];
        restarted.maintain(&handlers).await.expect("maintained");
        assert_eq!(run_at(&db), next);

        let mut often = Probe::new(|_, _| async { Ok(()) });
        often.every = Some(HOUR / 4);
        let handlers: [Arc<dyn Handler>; 1] = [Arc::new(often)];
        restarted.maintain(&handlers).await.expect("maintained");
        assert_eq!(run_at(&db), next_run(HOUR / 4, clock.now()).0);
        assert!(run_at(&db) < next);
    }
}

#[tokio::test]
async fn a_run_that_fails_for_good_does_not_end_the_recurrence() {
    for database in TestDatabase::each() {
        let (db, runners, clock) = two_processes(&database).await;
        let mut probe = Probe::new(|_, _| async { Err(JobError::Fatal("no".into())) });
        probe.every = Some(HOUR);
        let probe = Arc::new(probe);
        both_maintain(&runners, &probe).await;
        assert_eq!(both_turn(&runners, &probe).await, 1);
        assert_eq!(count(&db, "failed"), 1);
        clock.advance_ms(HOUR_MS);
        assert_eq!(both_turn(&runners, &probe).await, 1);
        assert_eq!(probe.begun(), 2);
    }
}

#[tokio::test]
async fn one_more_job_of_the_kind_leaves_the_recurrence_alone() {
    for database in TestDatabase::each() {
        let (db, runners, clock) = two_processes(&database).await;
        let probe = hourly();
        both_maintain(&runners, &probe).await;
        assert_eq!(both_turn(&runners, &probe).await, 1);
        let next = run_at(&db);
        enqueue(&db, KIND, clock.now());
        assert_eq!(both_turn(&runners, &probe).await, 1);
        assert_eq!(run_at(&db), next);
        assert_eq!(probe.begun(), 2);
    }
}
