//! Claiming a job, holding it, and letting it go.

use diesel::prelude::*;
use serde::de::DeserializeOwned;
use wing_contracts::{Id, JobId, Timestamp};

use super::recurring;
use super::store::{DONE, FAILED, QUEUED, RUNNING};
use crate::Conn;
use crate::db::schema::jobs;
use crate::db::{DbError, Tx};

/// Marker of [`ClaimId`].
pub(super) enum ClaimKind {}
/// The fencing token of one claim. Only who knows it may change the job.
pub(super) type ClaimId = Id<ClaimKind>;

/// A claimed job.
#[derive(Debug, Clone)]
pub struct Job {
    /// The job.
    pub id: JobId,
    /// How often it was begun, this time included.
    pub attempt: i32,
    pub(super) claim: ClaimId,
    pub(super) payload: String,
    /// Why the attempt before failed.
    pub(super) last_error: Option<String>,
    unique_key: Option<String>,
}

impl Job {
    /// What the job is about, as it was enqueued.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.payload)
    }

    /// Whether it is the one job that recurs, not one more of its kind.
    pub(super) fn recurs(&self) -> bool {
        self.unique_key.as_deref() == Some(recurring::KEY)
    }
}

/// What is read of a job to claim it.
#[derive(Queryable)]
struct Found {
    id: JobId,
    attempts: i32,
    payload: String,
    error: Option<String>,
    unique_key: Option<String>,
}

/// The columns of [`Found`].
const FOUND: (
    jobs::id,
    jobs::attempts,
    jobs::payload,
    jobs::error,
    jobs::unique_key,
) = (
    jobs::id,
    jobs::attempts,
    jobs::payload,
    jobs::error,
    jobs::unique_key,
);

/// Written where a claimant did not say how its attempt ended.
const ABANDONED: &str = "the attempt did not come to an end";

/// Claims a job of `kind` until `until`: one whose claimant is gone, or else the
/// oldest that is due.
pub(super) fn claim(
    tx: &mut Tx<'_>,
    kind: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<Job>, DbError> {
    let found = match abandoned(tx, kind, now)? {
        Some(found) => Some(Found {
            error: Some(ABANDONED.to_owned()),
            ..found
        }),
        None => due(tx, kind, now)?,
    };
    let Some(found) = found else {
        return Ok(None);
    };
    let job = Job {
        id: found.id,
        attempt: found.attempts + 1,
        claim: ClaimId::new(),
        payload: found.payload,
        last_error: found.error,
        unique_key: found.unique_key,
    };
    diesel::update(jobs::table.find(job.id))
        .set((
            jobs::state.eq(RUNNING),
            jobs::attempts.eq(job.attempt),
            jobs::error.eq(&job.last_error),
            jobs::lease_owner.eq(Some(job.claim)),
            jobs::lease_until.eq(Some(until.0)),
            jobs::updated_at.eq(now.0),
        ))
        .execute(tx.conn())?;
    Ok(Some(job))
}

// SQLite has one writer at a time; PostgreSQL skips rows that others are taking.

fn abandoned(tx: &mut Tx<'_>, kind: &str, now: Timestamp) -> QueryResult<Option<Found>> {
    let query = jobs::table
        .filter(jobs::state.eq(RUNNING))
        .filter(jobs::kind.eq(kind))
        .filter(jobs::lease_until.lt(now.0))
        .order((jobs::run_at, jobs::id))
        .select(FOUND)
        .limit(1);
    match tx.conn() {
        Conn::Postgres(conn) => query.for_update().skip_locked().first(conn).optional(),
        Conn::Sqlite(conn) => query.first(conn).optional(),
    }
}

fn due(tx: &mut Tx<'_>, kind: &str, now: Timestamp) -> QueryResult<Option<Found>> {
    let query = jobs::table
        .filter(jobs::state.eq(QUEUED))
        .filter(jobs::kind.eq(kind))
        .filter(jobs::run_at.le(now.0))
        .order((jobs::run_at, jobs::id))
        .select(FOUND)
        .limit(1);
    match tx.conn() {
        Conn::Postgres(conn) => query.for_update().skip_locked().first(conn).optional(),
        Conn::Sqlite(conn) => query.first(conn).optional(),
    }
}

/// The row of a job, as long as this claim holds it.
macro_rules! held {
    ($job:expr) => {
        jobs::table
            .find($job.id)
            .filter(jobs::state.eq(RUNNING))
            .filter(jobs::lease_owner.eq(Some($job.claim)))
    };
}

/// Holds the job longer; `false` when the claim was lost.
pub(super) fn renew(tx: &mut Tx<'_>, job: &Job, until: Timestamp) -> Result<bool, DbError> {
    let renewed = diesel::update(held!(job))
        .set(jobs::lease_until.eq(Some(until.0)))
        .execute(tx.conn())?;
    Ok(renewed == 1)
}

/// How an attempt ended.
#[derive(Debug)]
pub(super) enum End {
    Done,
    /// For good.
    Failed(String),
    /// To be repeated.
    Again {
        error: String,
        at: Timestamp,
    },
}

/// Stores how an attempt ended; `false`, and nothing is changed, when the claim
/// was lost.
pub(super) fn finish(
    tx: &mut Tx<'_>,
    job: &Job,
    now: Timestamp,
    end: &End,
) -> Result<bool, DbError> {
    let (state, error, run_at) = match end {
        End::Done => (DONE, None, now),
        End::Failed(error) => (FAILED, Some(error), now),
        End::Again { error, at } => (QUEUED, Some(error), *at),
    };
    let finished = diesel::update(held!(job))
        .set((
            jobs::state.eq(state),
            jobs::error.eq(error),
            jobs::run_at.eq(run_at.0),
            jobs::lease_owner.eq(None::<ClaimId>),
            jobs::lease_until.eq(None::<i64>),
            jobs::updated_at.eq(now.0),
        ))
        .execute(tx.conn())?;
    Ok(finished == 1)
}

/// Gives a job back that its process was stopped in the middle of: whoever
/// starts next goes on at once, and the attempt does not count. `false` when the
/// claim was lost.
pub(super) fn give_back(tx: &mut Tx<'_>, job: &Job, now: Timestamp) -> Result<bool, DbError> {
    let given = diesel::update(held!(job))
        .set((
            jobs::state.eq(QUEUED),
            jobs::attempts.eq(job.attempt - 1),
            jobs::run_at.eq(now.0),
            jobs::lease_owner.eq(None::<ClaimId>),
            jobs::lease_until.eq(None::<i64>),
            jobs::updated_at.eq(now.0),
        ))
        .execute(tx.conn())?;
    Ok(given == 1)
}

/// Ends every claim: for a database that only one process uses, when that
/// process starts, so that nothing waits for the lease of a dead one.
pub(super) fn release_all(tx: &mut Tx<'_>, now: Timestamp) -> Result<usize, DbError> {
    Ok(diesel::update(jobs::table.filter(jobs::state.eq(RUNNING)))
        .set((
            jobs::state.eq(QUEUED),
            jobs::error.eq(ABANDONED),
            jobs::run_at.eq(now.0),
            jobs::lease_owner.eq(None::<ClaimId>),
            jobs::lease_until.eq(None::<i64>),
            jobs::updated_at.eq(now.0),
        ))
        .execute(tx.conn())?)
}
