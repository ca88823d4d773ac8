//! One attempt at a job: the handler's work, the lease meanwhile, the end.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use tokio_util::sync::CancellationToken;

use super::claims::{self, End, Job};
use super::handler::{Handler, JobError};
use super::recurring;
use super::runner::{LEASE_MS, Runner};
use crate::db::DbError;
use crate::telemetry::metrics;

/// How attempts end, for the metrics.
pub(super) const OUTCOMES: [&str; 4] = [DONE, RETRY, GIVEN_UP, FATAL];
const DONE: &str = "done";
const RETRY: &str = "retry";
/// It might have worked, and never did: the machine's fault.
const GIVEN_UP: &str = "given_up";
/// It cannot work, as with a file that holds no sound.
const FATAL: &str = "fatal";

/// How many attempts more there are for [`Handler::given_up`] where it fails.
pub(super) const GIVE_UP_ATTEMPTS: i32 = 5;

impl Runner {
    pub(super) async fn attempt(&self, handler: &dyn Handler, job: &Job, stop: &CancellationToken) {
        let kind = handler.kind();
        let result = if job.attempt > handler.attempts() {
            // Its process ended each time, or giving it up failed.
            let reason = job.last_error.clone();
            let reason = reason.unwrap_or_else(|| "begun too often".to_owned());
            Some(Err(JobError::Retry(reason)))
        } else {
            let timer = metrics::JOB_SECONDS
                .with_label_values(&[kind])
                .start_timer();
            let result = self.work(handler, job, stop).await;
            timer.observe_duration();
            result
        };
        let Some(result) = result else {
            return;
        };
        if stop.is_cancelled() && result.is_err() {
            self.give_back(job).await;
            return;
        }
        let Some((outcome, end)) = self.judge(handler, job, result).await else {
            lost(kind, job);
            return;
        };
        match self.finish(handler, job, end).await {
            Ok(true) => {}
            Ok(false) => {
                lost(kind, job);
                return;
            }
            Err(error) => {
                tracing::error!(%error, job = %job.id, "a job's end was not stored; it comes again");
            }
        }
        metrics::JOBS.with_label_values(&[kind, outcome]).inc();
    }

    /// Lets the handler work while the lease is renewed; `None` when the claim
    /// was lost meanwhile.
    async fn work(
        &self,
        handler: &dyn Handler,
        job: &Job,
        stop: &CancellationToken,
    ) -> Option<Result<(), JobError>> {
        let stop = stop.child_token();
        let work = catch_panic(handler.run(job, &stop), JobError::Retry);
        let lease = self.hold(job);
        tokio::pin!(work, lease);
        tokio::select! {
            result = &mut work => return Some(result),
            () = lease => {}
        }
        lost(handler.kind(), job);
        stop.cancel();
        // Its result is discarded: that of the other claim counts.
        let _ = work.await;
        None
    }

    /// Renews the lease until the claim is lost.
    async fn hold(&self, job: &Job) {
        loop {
            tokio::time::sleep(self.pauses.renew).await;
            match self.renew(job).await {
                Ok(true) => {}
                Ok(false) => return,
                // The lease still has time, and its end is fenced.
                Err(error) => tracing::warn!(%error, job = %job.id, "a lease was not renewed"),
            }
        }
    }

    async fn renew(&self, job: &Job) -> Result<bool, DbError> {
        let (job, until) = (job.clone(), self.clock.now().plus_ms(LEASE_MS));
        self.db
            .write(move |tx| claims::renew(tx, &job, until))
            .await
    }

    /// Decides how the attempt ended, and shows a failure for good; `None` when
    /// the claim was lost.
    async fn judge(
        &self,
        handler: &dyn Handler,
        job: &Job,
        result: Result<(), JobError>,
    ) -> Option<(&'static str, End)> {
        let (id, kind, attempt) = (job.id, handler.kind(), job.attempt);
        let (outcome, reason) = match result {
            Ok(()) => return Some((DONE, End::Done)),
            Err(JobError::Retry(error)) if attempt < handler.attempts() => {
                tracing::warn!(job = %id, kind, attempt, error, "will be tried again");
                return Some((RETRY, self.again(job, error)));
            }
            Err(JobError::Retry(reason)) => (GIVEN_UP, reason),
            Err(JobError::Fatal(reason)) => (FATAL, reason),
        };
        // Not shown for a job that another process may yet do.
        if let Ok(false) = self.renew(job).await {
            return None;
        }
        tracing::warn!(job = %id, kind, attempt, reason, "given up");
        let shown = async {
            let shown = handler.given_up(job, &reason).await;
            shown.map_err(|error| error.to_string())
        };
        let Err(error) = catch_panic(shown, |panic| panic).await else {
            return Some((outcome, End::Failed(reason)));
        };
        tracing::error!(error, job = %id, kind, "the failure could not be shown");
        if attempt < handler.attempts().saturating_add(GIVE_UP_ATTEMPTS) {
            return Some((RETRY, self.again(job, reason)));
        }
        Some((
            outcome,
            End::Failed(format!("{reason}; not shown: {error}")),
        ))
    }

    /// Repeats the job after a pause that doubles with each attempt.
    fn again(&self, job: &Job, error: String) -> End {
        let pause = 1000 << job.attempt.clamp(0, 10);
        let at = self.clock.now().plus_ms(pause);
        End::Again { error, at }
    }

    /// Stores the end, and with it the next job where it recurs.
    async fn finish(&self, handler: &dyn Handler, job: &Job, end: End) -> Result<bool, DbError> {
        let (job, kind, now) = (job.clone(), handler.kind(), self.clock.now());
        let ended = !matches!(end, End::Again { .. });
        let every = handler.every().filter(|_| ended && job.recurs());
        self.db
            .write(move |tx| {
                let held = claims::finish(tx, &job, now, &end)?;
                if let (true, Some(every)) = (held, every) {
                    recurring::enqueue(tx, kind, recurring::next_run(every, now))?;
                }
                Ok(held)
            })
            .await
    }

    async fn give_back(&self, job: &Job) {
        let (job, now) = (job.clone(), self.clock.now());
        let given = self
            .db
            .write(move |tx| claims::give_back(tx, &job, now))
            .await;
        if let Err(error) = given {
            tracing::warn!(%error, "a job was not given back; its lease runs out");
        }
    }
}

fn lost(kind: &str, job: &Job) {
    tracing::warn!(job = %job.id, kind, attempt = job.attempt, "another claim took the job over");
}

/// Turns a panic of `work` into an error, so that it ends the attempt and not
/// the lane.
async fn catch_panic<E>(
    work: impl Future<Output = Result<(), E>>,
    error: impl FnOnce(String) -> E,
) -> Result<(), E> {
    // What a panic leaves half changed ends here, but for the state of the handler,
    // which answers for it itself.
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(result) => result,
        Err(panic) => Err(error(format!("the handler panicked: {}", message(&*panic)))),
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
