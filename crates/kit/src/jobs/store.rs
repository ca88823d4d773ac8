use diesel::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;
use wing_contracts::{Id, JobId, Timestamp};

use crate::db::DbError;
use crate::db::schema::jobs;
use crate::{Conn, Tx};

/// Marker of [`OwnerId`].
pub enum OwnerKind {}
/// The process that holds a job.
pub(super) type OwnerId = Id<OwnerKind>;

/// A claimed job.
#[derive(Debug, Clone)]
pub struct Job {
    /// The job.
    pub id: JobId,
    /// How often it was begun, this time included.
    pub attempt: i32,
    pub(super) payload: String,
}

impl Job {
    /// What the job is about, as it was enqueued.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.payload)
    }
}

/// Writes a job, inside the caller's transaction, to be run from `run_at` on. Whoever
/// does jobs of this kind is woken after the commit.
pub fn enqueue<T: Serialize>(
    tx: &mut Tx<'_>,
    kind: &str,
    payload: &T,
    run_at: Timestamp,
) -> Result<JobId, DbError> {
    let id = JobId::new();
    let payload = serde_json::to_string(payload)
        .map_err(|error| diesel::result::Error::SerializationError(error.into()))?;
    diesel::insert_into(jobs::table)
        .values((
            jobs::id.eq(id),
            jobs::kind.eq(kind),
            jobs::payload.eq(payload),
            jobs::state.eq("queued"),
            jobs::attempts.eq(0),
            jobs::run_at.eq(run_at.0),
            jobs::created_at.eq(run_at.0),
            jobs::updated_at.eq(run_at.0),
        ))
        .execute(tx.conn())?;
    tx.job_written(kind);
    Ok(id)
}

/// Puts a failed job back into the queue with its attempts forgotten; `false`
/// when there is no such failed job.
pub fn retry_failed(tx: &mut Tx<'_>, id: JobId, now: Timestamp) -> Result<bool, DbError> {
    let kind: Option<String> =
        diesel::update(jobs::table.find(id).filter(jobs::state.eq("failed")))
            .set((
                jobs::state.eq("queued"),
                jobs::attempts.eq(0),
                jobs::run_at.eq(now.0),
                jobs::updated_at.eq(now.0),
            ))
            .returning(jobs::kind)
            .get_result(tx.conn())
            .optional()?;
    if let Some(kind) = &kind {
        tx.job_written(kind);
    }
    Ok(kind.is_some())
}

/// Claims the oldest job of `kind` that is due or whose holder is gone.
pub(super) fn claim(
    conn: &mut Conn,
    kind: &str,
    owner: OwnerId,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<Job>, DbError> {
    let due = jobs::table
        .filter(jobs::kind.eq(kind))
        .filter(jobs::run_at.le(now.0))
        .filter(
            jobs::state
                .eq("queued")
                .or(jobs::state.eq("running").and(jobs::lease_until.lt(now.0))),
        )
        .order((jobs::run_at, jobs::id))
        .select((jobs::id, jobs::attempts, jobs::payload))
        .limit(1);
    // SQLite has one writer at a time; PostgreSQL skips rows others are taking.
    let found: Option<(JobId, i32, String)> = match conn {
        Conn::Postgres(conn) => due.for_update().skip_locked().first(conn).optional()?,
        Conn::Sqlite(conn) => due.first(conn).optional()?,
    };
    let Some((id, attempts, payload)) = found else {
        return Ok(None);
    };
    let attempt = attempts + 1;
    diesel::update(jobs::table.find(id))
        .set((
            jobs::state.eq("running"),
            jobs::attempts.eq(attempt),
            jobs::lease_owner.eq(Some(owner)),
            jobs::lease_until.eq(Some(until.0)),
            jobs::updated_at.eq(now.0),
        ))
        .execute(conn)?;
    Ok(Some(Job {
        id,
        attempt,
        payload,
    }))
}

/// Holds the job longer; `false` when somebody else holds it by now.
pub(super) fn renew(
    conn: &mut Conn,
    id: JobId,
    owner: OwnerId,
    until: Timestamp,
) -> Result<bool, DbError> {
    let held = jobs::table
        .find(id)
        .filter(jobs::lease_owner.eq(Some(owner)))
        .filter(jobs::state.eq("running"));
    Ok(diesel::update(held)
        .set(jobs::lease_until.eq(Some(until.0)))
        .execute(conn)?
        == 1)
}

/// How an attempt ended.
pub(super) enum End<'a> {
    Done,
    Failed(&'a str),
    Again { error: &'a str, at: Timestamp },
}

/// Writes how an attempt ended, if `owner` still holds the job.
pub(super) fn finish(
    conn: &mut Conn,
    id: JobId,
    owner: OwnerId,
    now: Timestamp,
    end: End<'_>,
) -> Result<(), DbError> {
    let (state, error, run_at) = match end {
        End::Done => ("done", None, now),
        End::Failed(error) => ("failed", Some(error), now),
        End::Again { error, at } => ("queued", Some(error), at),
    };
    diesel::update(
        jobs::table
            .find(id)
            .filter(jobs::lease_owner.eq(Some(owner))),
    )
    .set((
        jobs::state.eq(state),
        jobs::error.eq(error),
        jobs::run_at.eq(run_at.0),
        jobs::lease_owner.eq(None::<OwnerId>),
        jobs::lease_until.eq(None::<i64>),
        jobs::updated_at.eq(now.0),
    ))
    .execute(conn)?;
    Ok(())
}

/// Frees every running job: for a database that only one process uses, when
/// that process starts, so nothing waits for a dead one's lease.
pub(super) fn free_all(conn: &mut Conn, now: Timestamp) -> Result<usize, DbError> {
    Ok(
        diesel::update(jobs::table.filter(jobs::state.eq("running")))
            .set((
                jobs::state.eq("queued"),
                jobs::run_at.eq(now.0),
                jobs::lease_owner.eq(None::<OwnerId>),
                jobs::lease_until.eq(None::<i64>),
            ))
            .execute(conn)?,
    )
}

/// Drops jobs that ended well before `limit`.
pub(super) fn forget_done(conn: &mut Conn, limit: Timestamp) -> Result<(), DbError> {
    diesel::delete(
        jobs::table
            .filter(jobs::state.eq("done"))
            .filter(jobs::updated_at.lt(limit.0)),
    )
    .execute(conn)?;
    Ok(())
}

/// Gives a job back that its process was stopped in the middle of: whoever
/// starts next goes on at once, and the attempt does not count.
pub(super) fn give_back(
    conn: &mut Conn,
    job: &Job,
    owner: OwnerId,
    now: Timestamp,
) -> Result<(), DbError> {
    diesel::update(
        jobs::table
            .find(job.id)
            .filter(jobs::lease_owner.eq(Some(owner))),
    )
    .set((
        jobs::state.eq("queued"),
        jobs::attempts.eq(job.attempt - 1),
        jobs::run_at.eq(now.0),
        jobs::lease_owner.eq(None::<OwnerId>),
        jobs::lease_until.eq(None::<i64>),
        jobs::updated_at.eq(now.0),
    ))
    .execute(conn)?;
    Ok(())
}

/// How many jobs are in each state, for the metrics.
pub(super) fn count_by_state(conn: &mut Conn) -> Result<Vec<(String, i64)>, DbError> {
    Ok(jobs::table
        .group_by(jobs::state)
        .select((jobs::state, diesel::dsl::count_star()))
        .load(conn)?)
}

/// A fresh owner for this process.
pub(super) fn owner() -> OwnerId {
    OwnerId::from_uuid(Uuid::now_v7())
}
