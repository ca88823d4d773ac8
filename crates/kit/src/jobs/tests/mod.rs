mod claims;
mod indexes;
mod lanes;
mod recurring;
mod unique;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use diesel::prelude::*;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use wing_contracts::{JobId, Timestamp};

use super::handler::{Handler, JobError};
use super::{Job, Runner};
use crate::db::DbError;
use crate::db::schema::jobs;
use crate::{Clock, Db};

const KIND: &str = "probe";

type Work =
    Box<dyn Fn(Job, CancellationToken) -> BoxFuture<'static, Result<(), JobError>> + Send + Sync>;

/// A handler whose behaviour a test chooses, and that keeps what it was asked.
struct Probe {
    kind: &'static str,
    attempts: i32,
    every: Option<Duration>,
    work: Work,
    /// What [`Handler::given_up`] does before it answers.
    on_given_up: fn(),
    begun: Mutex<Vec<i32>>,
    given_up: Mutex<Vec<String>>,
}

impl Probe {
    fn new<F>(work: impl Fn(Job, CancellationToken) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), JobError>> + Send + 'static,
    {
        Self {
            kind: KIND,
            attempts: 2,
            every: None,
            work: Box::new(move |job, stop| Box::pin(work(job, stop))),
            on_given_up: || {},
            begun: Mutex::default(),
            given_up: Mutex::default(),
        }
    }

    fn begun(&self) -> usize {
        self.begun.lock().len()
    }
}

#[async_trait]
impl Handler for Probe {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn attempts(&self) -> i32 {
        self.attempts
    }

    fn every(&self) -> Option<Duration> {
        self.every
    }

    async fn run(&self, job: &Job, stop: &CancellationToken) -> Result<(), JobError> {
        self.begun.lock().push(job.attempt);
        (self.work)(job.clone(), stop.clone()).await
    }

    async fn given_up(&self, _: &Job, reason: &str) -> Result<(), DbError> {
        self.given_up.lock().push(reason.to_owned());
        (self.on_given_up)();
        Ok(())
    }
}

/// What is stored of a job.
#[derive(Debug, PartialEq, Eq, Queryable)]
struct Row {
    state: String,
    attempts: i32,
    error: Option<String>,
}

fn row(db: &Db, id: JobId) -> Row {
    db.read_blocking(|conn| {
        jobs::table
            .find(id)
            .select((jobs::state, jobs::attempts, jobs::error))
            .first(conn)
            .map_err(DbError::Query)
    })
    .expect("the job")
}

/// How many jobs are in this state.
fn count(db: &Db, state: &'static str) -> i64 {
    db.read_blocking(|conn| {
        let query = jobs::table.filter(jobs::state.eq(state)).count();
        query.get_result(conn).map_err(DbError::Query)
    })
    .expect("a number")
}

fn enqueue(db: &Db, kind: &'static str, run_at: Timestamp) -> JobId {
    db.write_blocking(|tx| super::enqueue(tx, kind, &(), run_at))
        .expect("enqueued")
}

/// A runner as in a process, with its clock.
async fn runner(db: &Db) -> (Runner, Clock) {
    let clock = Clock::system();
    let runner = Runner::new(db.clone(), clock.clone()).await;
    (runner.expect("a runner"), clock)
}

/// The work of a handler that panics.
fn boom() -> Result<(), JobError> {
    panic!("boom")
}
