//! Jobs as rows, but for what belongs to a claim.

use diesel::prelude::*;
use serde::Serialize;
use wing_contracts::{JobId, Timestamp};

use crate::Conn;
use crate::db::schema::jobs;
use crate::db::{DbError, Tx, any_of};

pub(super) const QUEUED: &str = "queued";
pub(super) const RUNNING: &str = "running";
pub(super) const DONE: &str = "done";
pub(super) const FAILED: &str = "failed";

#[derive(Insertable)]
#[diesel(table_name = jobs)]
struct NewJob<'a> {
    id: JobId,
    kind: &'a str,
    payload: String,
    state: &'static str,
    attempts: i32,
    run_at: i64,
    created_at: i64,
    updated_at: i64,
    unique_key: Option<&'a str>,
}

impl<'a> NewJob<'a> {
    fn new<T: Serialize>(
        kind: &'a str,
        unique_key: Option<&'a str>,
        payload: &T,
        run_at: Timestamp,
    ) -> Result<Self, DbError> {
        let payload = serde_json::to_string(payload)
            .map_err(|error| diesel::result::Error::SerializationError(error.into()))?;
        Ok(Self {
            id: JobId::new(),
            kind,
            payload,
            state: QUEUED,
            attempts: 0,
            run_at: run_at.0,
            created_at: run_at.0,
            updated_at: run_at.0,
            unique_key,
        })
    }
}

/// Writes a job, inside the caller's transaction, to be run from `run_at` on. Lanes
/// of its kind in this process are woken after the commit.
pub fn enqueue<T: Serialize>(
    tx: &mut Tx<'_>,
    kind: &str,
    payload: &T,
    run_at: Timestamp,
) -> Result<JobId, DbError> {
    let job = NewJob::new(kind, None, payload, run_at)?;
    let id = job.id;
    diesel::insert_into(jobs::table)
        .values(job)
        .execute(tx.conn())?;
    tx.job_written(kind);
    Ok(id)
}

/// [`enqueue`], unless a job of this kind and `key` is queued or running: then
/// nothing is written, and the answer is `None`.
///
/// A job that runs may have read its input already, so what it must not miss is
/// enqueued under another key. The key `recurring` is taken by recurring jobs.
pub fn enqueue_unique<T: Serialize>(
    tx: &mut Tx<'_>,
    kind: &str,
    key: &str,
    payload: &T,
    run_at: Timestamp,
) -> Result<Option<JobId>, DbError> {
    let job = NewJob::new(kind, Some(key), payload, run_at)?;
    let id = job.id;
    let insert = diesel::insert_into(jobs::table)
        .values(job)
        .on_conflict_do_nothing();
    let written = match tx.conn() {
        Conn::Postgres(conn) => insert.execute(conn)?,
        Conn::Sqlite(conn) => insert.execute(conn)?,
    };
    if written == 0 {
        return Ok(None);
    }
    tx.job_written(kind);
    Ok(Some(id))
}

/// Queues a failed job again, with all its attempts before it; `false` when
/// there is no such failed job, or another one of its kind and key is queued or
/// running by now.
///
/// # Errors
/// A unique violation when such a one is written in the same moment.
pub fn retry_failed(tx: &mut Tx<'_>, id: JobId, now: Timestamp) -> Result<bool, DbError> {
    let failed = jobs::table.find(id).filter(jobs::state.eq(FAILED));
    let found: Option<(String, Option<String>)> = failed
        .select((jobs::kind, jobs::unique_key))
        .first(tx.conn())
        .optional()?;
    let Some((kind, key)) = found else {
        return Ok(false);
    };
    if let Some(key) = key
        && is_active(tx, &kind, &key)?
    {
        return Ok(false);
    }
    let queued = diesel::update(failed)
        .set((
            jobs::state.eq(QUEUED),
            jobs::attempts.eq(0),
            jobs::run_at.eq(now.0),
            jobs::updated_at.eq(now.0),
        ))
        .execute(tx.conn())?;
    if queued == 0 {
        return Ok(false);
    }
    tx.job_written(&kind);
    Ok(true)
}

/// Whether a job of this kind and key is queued or running.
fn is_active(conn: &mut Conn, kind: &str, key: &str) -> Result<bool, DbError> {
    let active: i64 = jobs::table
        .filter(jobs::kind.eq(kind))
        .filter(jobs::unique_key.eq(key))
        .filter(jobs::state.eq(QUEUED).or(jobs::state.eq(RUNNING)))
        .count()
        .get_result(conn)?;
    Ok(active > 0)
}

/// Deletes up to `batch` jobs that ended in `state` before `limit`, the longest
/// ended first; how many.
pub(super) fn prune(
    tx: &mut Tx<'_>,
    state: &str,
    limit: Timestamp,
    batch: usize,
) -> Result<usize, DbError> {
    let ended = jobs::table
        .filter(jobs::state.eq(state))
        .filter(jobs::updated_at.lt(limit.0))
        .order(jobs::updated_at)
        .select(jobs::id)
        .limit(i64::try_from(batch).unwrap_or(i64::MAX));
    let ids: Vec<JobId> = match tx.conn() {
        // Each replica prunes: two of them take different rows.
        Conn::Postgres(conn) => ended.for_update().skip_locked().load(conn)?,
        Conn::Sqlite(conn) => ended.load(conn)?,
    };
    if ids.is_empty() {
        return Ok(0);
    }
    Ok(diesel::delete(jobs::table.filter(any_of(jobs::id, &ids))).execute(tx.conn())?)
}

/// How many jobs are in each state, for the metrics.
pub(super) fn count_by_state(conn: &mut Conn) -> Result<Vec<(String, i64)>, DbError> {
    Ok(jobs::table
        .group_by(jobs::state)
        .select((jobs::state, diesel::dsl::count_star()))
        .load(conn)?)
}
