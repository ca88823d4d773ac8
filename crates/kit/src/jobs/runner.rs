use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::attempt::OUTCOMES;
use super::claims::{self, Job};
use super::handler::Handler;
use crate::db::{DbError, Engine};
use crate::telemetry::metrics;
use crate::{Clock, Db};

/// How long a dead process keeps its job from the others.
pub(super) const LEASE_MS: i64 = 15_000;

/// The pauses of a runner.
pub(super) struct Pauses {
    /// Between renewals of a lease: twice one may fail before the lease is over.
    pub(super) renew: Duration,
    /// Until an idle lane looks again: jobs become due, other processes enqueue.
    pub(super) poll: Duration,
    /// Between maintenances.
    pub(super) maintain: Duration,
}

impl Pauses {
    const STANDARD: Self = Self {
        renew: Duration::from_secs(5),
        poll: Duration::from_secs(2),
        maintain: Duration::from_secs(60),
    };
}

/// Runs the jobs of one database.
pub struct Runner {
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) pauses: Pauses,
}

impl Runner {
    /// A runner for this process. On SQLite, which one process uses alone, the
    /// jobs that a killed predecessor held are released at once.
    pub async fn new(db: Db, clock: Clock) -> Result<Self, DbError> {
        let now = clock.now();
        if db.engine() == Engine::Sqlite {
            let released = db.write(move |tx| claims::release_all(tx, now)).await?;
            if released > 0 {
                tracing::info!(released, "jobs of an earlier process go on");
            }
        }
        Ok(Self {
            db,
            clock,
            pauses: Pauses::STANDARD,
        })
    }

    /// Works until `stop` is cancelled, and ends when the handlers have.
    pub async fn run(self, handlers: Vec<Arc<dyn Handler>>, stop: CancellationToken) {
        let this = Arc::new(self);
        let mut tasks = Vec::new();
        for handler in &handlers {
            for outcome in OUTCOMES {
                // From nothing: the first one is seen, too.
                metrics::JOBS.with_label_values(&[handler.kind(), outcome]);
            }
            for _ in 0..handler.concurrency() {
                let (this, handler, stop) = (Arc::clone(&this), Arc::clone(handler), stop.clone());
                tasks.push(tokio::spawn(async move {
                    this.lane(handler.as_ref(), &stop).await;
                }));
            }
        }
        tasks.push(tokio::spawn(async move {
            while !stop.is_cancelled() {
                if let Err(error) = this.maintain(&handlers).await {
                    tracing::warn!(%error, "the job table is maintained later");
                }
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(this.pauses.maintain) => {}
                }
            }
        }));
        for task in tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task of the job runner panicked");
            }
        }
    }

    async fn lane(&self, handler: &dyn Handler, stop: &CancellationToken) {
        let wake = self.db.wakers().jobs(handler.kind());
        while !stop.is_cancelled() {
            match self.turn(handler, stop).await {
                Ok(true) => {}
                Ok(false) => pause(stop, &wake, self.pauses.poll).await,
                Err(error) => {
                    tracing::warn!(%error, "the job table is out of reach");
                    pause(stop, &wake, self.pauses.poll * 2).await;
                }
            }
        }
    }

    /// One turn of a lane: claims a job and attempts it; `false` when none was
    /// due.
    pub(super) async fn turn(
        &self,
        handler: &dyn Handler,
        stop: &CancellationToken,
    ) -> Result<bool, DbError> {
        let Some(job) = self.claim(handler.kind()).await? else {
            return Ok(false);
        };
        // One wake-up may stand for several jobs: the next lane looks, too.
        self.db.wakers().wake_jobs(handler.kind());
        self.attempt(handler, &job, stop).await;
        Ok(true)
    }

    pub(super) async fn claim(&self, kind: &'static str) -> Result<Option<Job>, DbError> {
        let now = self.clock.now();
        self.db
            .write(move |tx| claims::claim(tx, kind, now, now.plus_ms(LEASE_MS)))
            .await
    }
}

/// Waits for a wake-up, `period` at most.
pub(super) async fn pause(stop: &CancellationToken, wake: &Notify, period: Duration) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = wake.notified() => {}
        () = tokio::time::sleep(period) => {}
    }
}
