use diesel::connection::{Connection as _, InstrumentationEvent};
use diesel::sql_types::Text;

use super::*;
use crate::db::Tx;
use crate::db::testing::TestDatabase;
use crate::jobs::claims::{self, End};
use crate::jobs::{recurring, store};

const NOW: Timestamp = Timestamp(1_000_000);

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// Runs what a runner runs, and returns the statements.
fn statements(tx: &mut Tx<'_>) -> Vec<String> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    tx.conn()
        .set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                let text = query.to_string();
                let (statement, _) = text.split_once(" -- binds").unwrap_or((&text, ""));
                log.lock().push(statement.to_owned());
            }
        });
    let until = NOW.plus_ms(1);
    let job = claims::claim(tx, KIND, NOW, until)
        .expect("the table")
        .expect("a job");
    assert!(claims::renew(tx, &job, until).expect("the table"));
    assert!(claims::finish(tx, &job, NOW, &End::Done).expect("the table"));
    assert_eq!(store::prune(tx, "done", until, 10).expect("the table"), 1);
    store::count_by_state(tx).expect("the table");
    recurring::seed(tx, KIND, Duration::from_secs(1), NOW).expect("the table");
    recurring::seed(tx, KIND, Duration::from_secs(1), NOW).expect("the table");
    tx.conn()
        .set_instrumentation(|_: InstrumentationEvent<'_>| {});
    let statements = seen.lock();
    statements.clone()
}

#[test]
fn a_runner_reads_jobs_by_index_alone() {
    let database = TestDatabase::sqlite();
    let db = database.open();
    enqueue(&db, KIND, NOW);
    db.write_blocking(|tx| {
        let statements = statements(tx);
        let mut explained = 0;
        for statement in statements {
            let plan: Vec<Step> =
                diesel::sql_query(format!("EXPLAIN QUERY PLAN {statement}")).load(tx.conn())?;
            for step in plan.iter().filter(|step| step.detail.contains("jobs")) {
                explained += 1;
                assert!(
                    step.detail.contains(" INDEX "),
                    "{statement}: {}",
                    step.detail
                );
            }
        }
        // Two reads of a claim, its update, renewal, end, two of pruning, counting
        // and one of seeding.
        assert_eq!(explained, 9);
        Ok::<_, DbError>(())
    })
    .expect("explained");
}
