//! Work after a commit: rows of the domain's own database.
//!
//! [`enqueue`] writes a job in the caller's transaction. A [`Runner`] claims
//! jobs with a lease that it renews while the work goes on; a process that
//! dies loses its lease, and the job is begun again by whoever comes first.
//! Handlers are therefore idempotent.

mod runner;
mod store;

pub use runner::{Handler, JobError, Runner};
pub use store::{Job, enqueue, retry_failed};
