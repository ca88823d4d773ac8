use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::store::{self, End, Job, OwnerId};
use crate::db::{DbError, Engine};
use crate::telemetry::metrics;
use crate::{Clock, Db};

/// Why an attempt failed.
#[derive(Debug)]
pub enum JobError {
    /// It may work another time: the disk was full, a neighbour away.
    Retry(String),
    /// It will never work.
    Fatal(String),
}

impl From<DbError> for JobError {
    fn from(error: DbError) -> Self {
        Self::Retry(error.to_string())
    }
}

/// Does the jobs of one kind.
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// The kind, as given to [`super::enqueue`].
    fn kind(&self) -> &'static str;

    /// How many run at once in this process.
    fn concurrency(&self) -> usize {
        1
    }

    /// How often a job is begun before it is given up.
    fn attempts(&self) -> i32 {
        5
    }

    /// Does the work. May be called again for the same job, also while an
    /// earlier call's process is dying. Ends early when `stop` is cancelled.
    async fn run(&self, job: &Job, stop: &CancellationToken) -> Result<(), JobError>;

    /// The job is given up, for this reason; makes it visible to the user.
    async fn given_up(&self, job: &Job, reason: &str) -> Result<(), DbError>;
}

/// Runs the jobs of one database.
pub struct Runner {
    db: Db,
    clock: Clock,
    owner: OwnerId,
}

/// How long a dead process keeps its job from the others.
const LEASE_MS: i64 = 15_000;
/// Twice it may fail before the lease is over.
const RENEW: Duration = Duration::from_secs(5);
const PERIOD: Duration = Duration::from_secs(2);
const KEPT_MS: i64 = 7 * 24 * 3600 * 1000;

impl Runner {
    /// A runner for this process. On SQLite, which one process uses alone, the
    /// jobs a killed predecessor held are freed at once.
    pub async fn new(db: Db, clock: Clock) -> Result<Self, DbError> {
        let now = clock.now();
        if db.engine() == Engine::Sqlite {
            let freed = db.write(move |conn| store::free_all(conn, now)).await?;
            if freed > 0 {
                tracing::info!(freed, "jobs of an earlier process go on");
            }
        }
        Ok(Self {
            db,
            clock,
            owner: store::owner(),
        })
    }

    /// Works until `stop` is cancelled.
    pub async fn run(self, handlers: Vec<Arc<dyn Handler>>, stop: CancellationToken) {
        let this = Arc::new(self);
        let mut lanes = Vec::new();
        for handler in handlers {
            for outcome in OUTCOMES {
                // From nothing: the first one is seen, too.
                metrics::JOBS.with_label_values(&[handler.kind(), outcome]);
            }
            for _ in 0..handler.concurrency() {
                let (this, handler, stop) = (Arc::clone(&this), Arc::clone(&handler), stop.clone());
                lanes.push(tokio::spawn(async move {
                    this.lane(handler.as_ref(), &stop).await;
                }));
            }
        }
        lanes.push(tokio::spawn({
            let (this, stop) = (Arc::clone(&this), stop.clone());
            async move { this.keep_house(&stop).await }
        }));
        for lane in lanes {
            if let Err(error) = lane.await {
                tracing::error!(%error, "a job lane ended");
            }
        }
    }

    async fn lane(&self, handler: &dyn Handler, stop: &CancellationToken) {
        let wake = self.db.wakers().jobs(handler.kind());
        while !stop.is_cancelled() {
            match self.next(handler.kind()).await {
                Ok(Some(job)) => {
                    // Another lane may find work too.
                    self.db.wakers().wake_jobs(handler.kind());
                    self.attempt(handler, &job, stop).await;
                }
                Ok(None) => self.pause(&wake, stop, PERIOD).await,
                Err(error) => {
                    tracing::warn!(%error, "the job table is out of reach");
                    self.pause(&wake, stop, PERIOD * 2).await;
                }
            }
        }
    }

    async fn pause(&self, wake: &Notify, stop: &CancellationToken, period: Duration) {
        tokio::select! {
            () = stop.cancelled() => {}
            () = wake.notified() => {}
            () = tokio::time::sleep(period) => {}
        }
    }

    async fn next(&self, kind: &'static str) -> Result<Option<Job>, DbError> {
        let (now, owner) = (self.clock.now(), self.owner);
        self.db
            .write(move |conn| store::claim(conn, kind, owner, now, now.plus_ms(LEASE_MS)))
            .await
    }

    async fn attempt(&self, handler: &dyn Handler, job: &Job, stop: &CancellationToken) {
        let kind = handler.kind();
        if job.attempt > handler.attempts() {
            // It ended the process each time it was begun.
            let reason = "begun too often without an end";
            self.end(handler, job, Err(JobError::Retry(reason.into())))
                .await;
            return;
        }
        let timer = metrics::JOB_SECONDS
            .with_label_values(&[kind])
            .start_timer();
        let lost = stop.child_token();
        let work = handler.run(job, &lost);
        tokio::pin!(work);
        let result = loop {
            tokio::select! {
                result = &mut work => break result,
                () = tokio::time::sleep(RENEW) => {
                    if !self.renew(job).await {
                        tracing::warn!(job = %job.id, kind, "another process took the job over");
                        lost.cancel();
                    }
                }
            }
        };
        timer.observe_duration();
        if stop.is_cancelled() && result.is_err() {
            let (job, owner, now) = (job.clone(), self.owner, self.clock.now());
            let back = self
                .db
                .write(move |conn| store::give_back(conn, &job, owner, now));
            if let Err(error) = back.await {
                tracing::warn!(%error, "the lease runs out by itself");
            }
            return;
        }
        self.end(handler, job, result).await;
    }

    async fn renew(&self, job: &Job) -> bool {
        let (id, owner) = (job.id, self.owner);
        let until = self.clock.now().plus_ms(LEASE_MS);
        let held = self
            .db
            .write(move |conn| store::renew(conn, id, owner, until));
        // Out of reach is not lost: the lease still has time.
        held.await.unwrap_or(true)
    }

    async fn end(&self, handler: &dyn Handler, job: &Job, result: Result<(), JobError>) {
        let kind = handler.kind();
        let reason = match &result {
            Ok(()) => None,
            Err(JobError::Retry(reason)) if job.attempt < handler.attempts() => {
                tracing::warn!(job = %job.id, kind, attempt = job.attempt, reason, "will be tried again");
                None
            }
            Err(JobError::Retry(reason) | JobError::Fatal(reason)) => {
                tracing::warn!(job = %job.id, kind, attempt = job.attempt, reason, "given up");
                Some(reason.clone())
            }
        };
        metrics::JOBS
            .with_label_values(&[kind, outcome(&result, reason.is_some())])
            .inc();
        if let Some(reason) = &reason
            && let Err(error) = handler.given_up(job, reason).await
        {
            tracing::error!(%error, job = %job.id, "the failure could not be shown; the job comes again");
            return;
        }
        let (id, owner, now) = (job.id, self.owner, self.clock.now());
        let at = now.plus_ms(1000 << job.attempt.clamp(0, 10));
        let written = self.db.write(move |conn| {
            let end = match (&result, &reason) {
                (Ok(()), _) => End::Done,
                (Err(_), Some(reason)) => End::Failed(reason),
                (Err(JobError::Retry(error) | JobError::Fatal(error)), None) => {
                    End::Again { error, at }
                }
            };
            store::finish(conn, id, owner, now, end)
        });
        if let Err(error) = written.await {
            tracing::error!(%error, job = %id, "a job's end was not stored; it comes again");
        }
    }

    /// Counts jobs for the metrics and forgets old ones.
    async fn keep_house(&self, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            let limit = self.clock.now().plus_ms(-KEPT_MS);
            let counts = self.db.write(move |conn| {
                store::forget_done(conn, limit)?;
                store::count_by_state(conn)
            });
            if let Ok(counts) = counts.await {
                metrics::set_job_counts(&counts);
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(Duration::from_secs(60)) => {}
            }
        }
    }
}

/// How attempts end, for the metrics.
const OUTCOMES: [&str; 4] = [DONE, RETRY, GIVEN_UP, FATAL];
const DONE: &str = "done";
const RETRY: &str = "retry";
/// It might have worked, and never did: the machine's fault.
const GIVEN_UP: &str = "given_up";
/// It cannot work, as with a file that holds no sound.
const FATAL: &str = "fatal";

fn outcome(result: &Result<(), JobError>, ended: bool) -> &'static str {
    match result {
        Ok(()) => DONE,
        Err(JobError::Retry(_)) if ended => GIVEN_UP,
        Err(JobError::Retry(_)) => RETRY,
        Err(JobError::Fatal(_)) => FATAL,
    }
}
