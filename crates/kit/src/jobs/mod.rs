//! Work after a commit: rows of the domain's own database.
//!
//! [`enqueue`] writes a job in the caller's transaction. A [`Runner`] has a
//! number of lanes for each kind; a lane claims one job at a time, lets the
//! kind's [`Handler`] do it, and stores how that ended.
//!
//! **At least once.** A claim is a lease that the lane renews while the work
//! goes on. A process that dies loses its leases, and whoever comes first begins
//! those jobs again; handlers are therefore idempotent. Each claim has an id of
//! its own, a fencing token: once a job was taken over, nothing that the earlier
//! claimant stores about it counts, also when both are lanes of one process.
//!
//! **Failures.** An attempt that fails, or panics, is repeated after 2, 4, 8, …
//! seconds, up to [`Handler::attempts`]; then the job has failed, and
//! [`Handler::given_up`] makes that visible. Done jobs are kept for 7 days,
//! failed ones for 30, for [`retry_failed`] and for operators.
//!
//! **Unique jobs.** [`enqueue_unique`] writes nothing while a job of the same
//! kind and key is queued or running.
//!
//! **Recurring jobs.** A handler that answers [`Handler::every`] has one job
//! with the payload `null` that is never missing: every runner writes it when
//! there is none, as a unique job, and the transaction that ends it writes the
//! next. So all replicas together run it once in a period, and a restart changes
//! nothing. Periods are counted from 1970, UTC: a daily job runs at midnight.
//! Periods that nobody was there for are not made up. A kind that is no longer
//! recurring leaves its last job behind; a migration deletes it.

mod attempt;
mod claims;
mod handler;
mod maintain;
mod recurring;
mod runner;
mod store;
#[cfg(test)]
mod tests;

pub use claims::Job;
pub use handler::{Handler, JobError};
pub use runner::Runner;
pub use store::{enqueue, enqueue_unique, retry_failed};
