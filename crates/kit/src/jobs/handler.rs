use std::time::Duration;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::Job;
use crate::db::DbError;

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

    /// The period of a recurring job, whole milliseconds; `None` if jobs of this
    /// kind only run when they are enqueued. The [module](super) says when
    /// recurring jobs run.
    fn every(&self) -> Option<Duration> {
        None
    }

    /// Does the work. May be called again for the same job, also while an
    /// earlier call's process is dying. Ends early when `stop` is cancelled:
    /// the process ends, or another one has taken the job over, and then the
    /// result is discarded.
    async fn run(&self, job: &Job, stop: &CancellationToken) -> Result<(), JobError>;

    /// The job has failed for good, for this reason; makes it visible to the
    /// user. Called again, a few times, when it fails itself.
    async fn given_up(&self, job: &Job, reason: &str) -> Result<(), DbError>;
}
