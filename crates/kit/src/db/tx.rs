//! Transactions: how one begins, is repeated, and ends.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use diesel::RunQueryDsl as _;
use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::sql_types::{BigInt, Text};

use super::wakers::{Wakers, Written};
use super::{Conn, DbError};
use crate::telemetry::metrics;

/// An open transaction. What changes rows takes a `Tx`, what only reads takes a
/// [`Conn`], which a `Tx` stands for wherever one is asked for.
///
/// Isolation is READ COMMITTED on PostgreSQL: a use case that reads and then writes
/// locks the rows it decides by ([`for_update!`](crate::for_update)), several of
/// one table in the order of their ids. On SQLite there is one writer at a time.
pub struct Tx<'c> {
    conn: &'c mut Conn,
    written: Written,
}

impl Tx<'_> {
    /// The connection, for diesel's methods that run a query.
    pub fn conn(&mut self) -> &mut Conn {
        self.conn
    }

    /// Locks a name until the transaction ends, where there is no row to lock, such as
    /// for a limit on how many rows an account may have. Names are hashed to 64 bits:
    /// two may share a lock, and then wait for each other.
    pub fn lock_name(&mut self, name: &str) -> Result<(), DbError> {
        if let Conn::Postgres(conn) = self.conn {
            diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
                .bind::<Text, _>(name)
                .execute(conn)?;
        }
        // On SQLite the transaction itself is the lock.
        Ok(())
    }

    /// Has whoever delivers events woken after the commit.
    pub(crate) fn event_written(&mut self) {
        self.written.event();
    }

    /// Has whoever does jobs of `kind` woken after the commit.
    pub(crate) fn job_written(&mut self, kind: &str) {
        self.written.job(kind);
    }
}

impl Deref for Tx<'_> {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        self.conn
    }
}

impl DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut Conn {
        self.conn
    }
}

/// The error of a use case, which may be the database's.
pub trait TxError: From<DbError> {
    /// The database's error, if it is that.
    fn db_error(&self) -> Option<&DbError>;
}

impl TxError for DbError {
    fn db_error(&self) -> Option<&DbError> {
        Some(self)
    }
}

/// Loads a query with the rows locked until the transaction ends: `first` (an
/// `Option` of the row) or `load` (all of them). On SQLite the transaction itself
/// is the lock.
///
/// The query must be of one table: PostgreSQL would lock the rows of every table
/// that it joins.
#[macro_export]
macro_rules! for_update {
    ($tx:expr, first $query:expr) => {{
        use ::diesel::prelude::*;
        match $tx.conn() {
            $crate::Conn::Postgres(conn) => $query.for_update().first(conn).optional(),
            $crate::Conn::Sqlite(conn) => $query.first(conn).optional(),
        }
    }};
    ($tx:expr, load $query:expr) => {{
        use ::diesel::prelude::*;
        match $tx.conn() {
            $crate::Conn::Postgres(conn) => $query.for_update().load(conn),
            $crate::Conn::Sqlite(conn) => $query.load(conn),
        }
    }};
}

/// How often a transaction that lost a deadlock or a serialisation conflict is run
/// again before its caller is asked to come back.
const RETRIES: u32 = 3;
/// Before the first retry; longer by as much before each further one, and by up to
/// as much at random, so that the same two do not meet again.
const BACKOFF: Duration = Duration::from_millis(5);

/// Runs `work` as one transaction, again when the database broke it off for the
/// sake of another one.
pub(super) fn transact<T, E: TxError>(
    conn: &mut Conn,
    writes: &AtomicU64,
    wakers: &Wakers,
    work: &impl Fn(&mut Tx<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let mut retries = 0;
    loop {
        let error = match attempt(conn, writes, work) {
            Ok((value, written)) => {
                written.wake(wakers);
                return Ok(value);
            }
            Err(error) => error,
        };
        let conflict = error.db_error().is_some_and(DbError::is_conflict);
        if !conflict || retries == RETRIES {
            return Err(error);
        }
        retries += 1;
        metrics::DB_RETRIES.inc();
        thread::sleep(BACKOFF * retries + BACKOFF.mul_f32(rand::random::<f32>()));
    }
}

fn attempt<T, E: TxError>(
    conn: &mut Conn,
    writes: &AtomicU64,
    work: &impl Fn(&mut Tx<'_>) -> Result<T, E>,
) -> Result<(T, Written), E> {
    let begin = match conn {
        // A deferred transaction that turns writer halfway fails at once when
        // another writes; an immediate one waits its turn.
        Conn::Sqlite(_) => "BEGIN IMMEDIATE",
        // Whatever the server's default is.
        Conn::Postgres(_) => "BEGIN ISOLATION LEVEL READ COMMITTED",
    };
    let query = |error| E::from(DbError::Query(error));
    conn.batch_execute(begin).map_err(query)?;
    let before = changes(conn);
    let mut tx = Tx {
        conn,
        written: Written::default(),
    };
    let done = work(&mut tx);
    let Tx { conn, written } = tx;
    let value = match done {
        Ok(value) => value,
        Err(error) => {
            roll_back(conn);
            return Err(error);
        }
    };
    let unchanged = before.is_some() && before == changes(conn);
    let committed = conn.batch_execute("COMMIT");
    if !unchanged {
        // Before the caller learns of the commit, and also when its outcome is
        // unknown.
        writes.fetch_add(1, Ordering::Release);
    }
    match committed {
        Ok(()) => Ok((value, written)),
        Err(error) => {
            roll_back(conn);
            Err(query(error))
        }
    }
}

/// How many rows this connection has changed so far; `None` on PostgreSQL, which does not count them.
fn changes(conn: &mut Conn) -> Option<i64> {
    match conn {
        Conn::Sqlite(conn) => diesel::select(sql::<BigInt>("total_changes()"))
            .get_result(conn)
            .ok(),
        Conn::Postgres(_) => None,
    }
}

fn roll_back(conn: &mut Conn) {
    if let Err(error) = conn.batch_execute("ROLLBACK") {
        tracing::debug!(%error, "rolling back: the transaction had ended already");
    }
}

#[cfg(test)]
#[path = "tx_tests.rs"]
mod tests;
