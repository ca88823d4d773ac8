//! Deleting stored files that several rows may refer to, as their keys are made of
//! their content's hash.
//!
//! A file may be stored or referenced again at the very moment at which its last
//! reference goes, and no transaction may wait for the file store. So nothing is
//! deleted at once. `shared_files` has a row for each file that was stored or lost a
//! reference lately, and a recurring job, the [`Sweep`], deletes what it finds
//! unreferenced twice, an hour apart. Storing ([`announce`]), referencing
//! ([`reference()`]) and releasing ([`release`]) restart the hour; they and the sweep
//! lock the same row.
//!
//! A sweep that is about to delete says so in the row first, so nobody refers to the
//! file meanwhile. One that dies then is followed by another after five minutes.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use diesel::prelude::*;
use tokio_util::sync::CancellationToken;
use wing_contracts::Timestamp;

use super::MediaError;
use crate::db::DbError;
use crate::db::schema::shared_files;
use crate::jobs::{Handler, Job, JobError};
use crate::{Clock, Conn, Db, Tx, for_update};

/// How long a file without a reference is left alone, twice. Milliseconds.
pub const REST_MS: i64 = 3_600_000;
/// How long a sweep may say that it deletes a file. Milliseconds.
const DELETING_MS: i64 = 300_000;
/// Deleting one file is given up after this, well before another sweep begins with it.
const TIMEOUT: Duration = Duration::from_secs(60);
const BATCH: i64 = 100;

/// Says that a file of `domain` is about to be stored; in a transaction of its own,
/// before it is. `false` while a sweep deletes what is stored there: try again in a
/// moment.
pub fn announce(tx: &mut Tx<'_>, domain: &str, key: &str, now: Timestamp) -> Result<bool, DbError> {
    if insert(tx, domain, key, now)? {
        return Ok(true);
    }
    let free = shared_files::deleting_until
        .is_null()
        .or(shared_files::deleting_until.lt(now));
    let row = shared_files::table.find(key).filter(free);
    let announced = diesel::update(row)
        .set((
            shared_files::check_at.eq(now.plus_ms(REST_MS)),
            shared_files::seen_unreferenced.eq(false),
            shared_files::deleting_until.eq(None::<i64>),
        ))
        .execute(tx.conn())?;
    Ok(announced == 1)
}

/// To be called in the transaction that refers to a stored file. `false` when the file
/// has been deleted or is about to be since it was announced: store it again.
pub fn reference(tx: &mut Tx<'_>, key: &str, now: Timestamp) -> Result<bool, DbError> {
    let row = shared_files::table
        .find(key)
        .filter(shared_files::deleting_until.is_null());
    let referenced = diesel::update(row)
        .set((
            shared_files::check_at.eq(now.plus_ms(REST_MS)),
            shared_files::seen_unreferenced.eq(false),
        ))
        .execute(tx.conn())?;
    Ok(referenced == 1)
}

/// To be called in the transaction that gives a reference up.
pub fn release(tx: &mut Tx<'_>, domain: &str, key: &str, now: Timestamp) -> Result<(), DbError> {
    if !insert(tx, domain, key, now)? {
        reference(tx, key, now)?;
    }
    Ok(())
}

/// `false` when there is a row already.
fn insert(tx: &mut Tx<'_>, domain: &str, key: &str, now: Timestamp) -> Result<bool, DbError> {
    let insert = diesel::insert_into(shared_files::table)
        .values((
            shared_files::key.eq(key),
            shared_files::domain.eq(domain),
            shared_files::check_at.eq(now.plus_ms(REST_MS)),
            shared_files::seen_unreferenced.eq(false),
        ))
        .on_conflict_do_nothing();
    let inserted = match tx.conn() {
        Conn::Postgres(conn) => insert.execute(conn)?,
        Conn::Sqlite(conn) => insert.execute(conn)?,
    };
    Ok(inserted == 1)
}

/// What a domain knows of its files.
#[async_trait]
pub trait Files: Send + Sync + 'static {
    /// The name given to [`announce`] and [`release`].
    fn domain(&self) -> &'static str;

    /// Whether any row refers to the file.
    fn is_referenced(&self, conn: &mut Conn, key: &str) -> QueryResult<bool>;

    /// Deletes the file; one that is not there is as good.
    async fn delete(&self, key: &str) -> Result<(), MediaError>;
}

/// Deletes files of one domain that nothing refers to.
#[derive(Clone)]
pub struct Sweep {
    db: Db,
    clock: Clock,
    files: Arc<dyn Files>,
}

/// Why a sweep ended before its end; the next one goes on.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The database gave no answer.
    #[error(transparent)]
    Database(#[from] DbError),
    /// The file store gave none.
    #[error(transparent)]
    Media(#[from] MediaError),
}

impl Sweep {
    /// A sweep over the files of one domain.
    pub fn new(db: Db, clock: Clock, files: Arc<dyn Files>) -> Self {
        Self { db, clock, files }
    }

    /// Looks at every file that is due. Answers how many were deleted. Several at
    /// once do no harm.
    pub async fn run(&self) -> Result<usize, SweepError> {
        let mut deleted = 0;
        loop {
            let due = self.due().await?;
            for key in &due {
                if let Some(until) = self.look(key).await? {
                    let gone = tokio::time::timeout(TIMEOUT, self.files.delete(key));
                    gone.await
                        .map_err(|_| MediaError::Away("deleting took too long".into()))??;
                    self.end(key, until).await?;
                    deleted += 1;
                    tracing::info!(key, "a file without references is deleted");
                }
            }
            if i64::try_from(due.len()) != Ok(BATCH) {
                return Ok(deleted);
            }
        }
    }

    async fn due(&self) -> Result<Vec<String>, DbError> {
        let (domain, now) = (self.files.domain(), self.clock.now());
        self.db
            .read(move |conn| {
                let due = shared_files::table
                    .filter(shared_files::domain.eq(domain))
                    .filter(shared_files::check_at.le(now))
                    .order(shared_files::check_at)
                    .limit(BATCH)
                    .select(shared_files::key);
                Ok(due.load(conn)?)
            })
            .await
    }

    /// Decides on one file; until when the row says that it is being deleted, if it
    /// is to be.
    async fn look(&self, key: &str) -> Result<Option<Timestamp>, DbError> {
        let (key, now, files) = (key.to_owned(), self.clock.now(), Arc::clone(&self.files));
        self.db
            .write(move |tx| {
                let due = shared_files::table
                    .find(&key)
                    .filter(shared_files::check_at.le(now))
                    .select(shared_files::seen_unreferenced);
                let Some(seen): Option<bool> = for_update!(tx, first due)? else {
                    // Stored, referenced or looked at by somebody else meanwhile.
                    return Ok(None);
                };
                let row = shared_files::table.find(&key);
                if files.is_referenced(tx, &key)? {
                    let kept = (
                        shared_files::check_at.eq(None::<i64>),
                        shared_files::seen_unreferenced.eq(false),
                    );
                    diesel::update(row).set(kept).execute(tx.conn())?;
                    return Ok(None);
                }
                if !seen {
                    let seen = (
                        shared_files::check_at.eq(now.plus_ms(REST_MS)),
                        shared_files::seen_unreferenced.eq(true),
                    );
                    diesel::update(row).set(seen).execute(tx.conn())?;
                    return Ok(None);
                }
                let until = now.plus_ms(DELETING_MS);
                let deleting = (
                    shared_files::check_at.eq(until),
                    shared_files::deleting_until.eq(until),
                );
                diesel::update(row).set(deleting).execute(tx.conn())?;
                Ok(Some(until))
            })
            .await
    }

    /// The file is gone: drops its row, unless it was announced again after the time
    /// for deleting it was over.
    async fn end(&self, key: &str, until: Timestamp) -> Result<(), DbError> {
        let key = key.to_owned();
        self.db
            .write(move |tx| {
                let row = shared_files::table
                    .find(&key)
                    .filter(shared_files::deleting_until.eq(until));
                diesel::delete(row).execute(tx.conn())?;
                Ok(())
            })
            .await
    }
}

/// The sweep as an hourly job of its domain, which one of all replicas does.
pub struct SweepJob {
    kind: &'static str,
    sweep: Sweep,
}

impl SweepJob {
    /// The job of this kind.
    pub fn new(kind: &'static str, sweep: Sweep) -> Self {
        Self { kind, sweep }
    }
}

#[async_trait]
impl Handler for SweepJob {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn every(&self) -> Option<Duration> {
        Some(Duration::from_secs(3600))
    }

    async fn run(&self, _: &Job, stop: &CancellationToken) -> Result<(), JobError> {
        match stop.run_until_cancelled(self.sweep.run()).await {
            Some(swept) => swept
                .map(drop)
                .map_err(|error| JobError::Retry(error.to_string())),
            None => Err(JobError::Retry("the process ends".into())),
        }
    }

    async fn given_up(&self, _: &Job, reason: &str) -> Result<(), DbError> {
        tracing::error!(
            kind = self.kind,
            reason,
            "unreferenced files stay for an hour"
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests;
