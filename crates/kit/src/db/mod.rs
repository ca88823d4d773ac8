//! Access to the database, SQLite or PostgreSQL.
//!
//! [`Db::read`] and [`Db::write`] take a connection on a thread for queries and
//! hand it to a closure of plain diesel calls: `read` a [`Conn`], outside of any
//! transaction, `write` a [`Tx`], which is one and may be run again.
//! SQLite writers go through a pool of one, so that they queue instead of
//! failing with `SQLITE_BUSY`; its readers never wait for a writer (WAL).

mod any_of;
#[expect(
    missing_docs,
    reason = "what the derive makes beside the enum has no docs of its own"
)]
mod conn;
mod error;
mod migrate;
mod pool;
mod replies;
pub mod schema;
pub mod sql_types;
#[cfg(test)]
pub(crate) mod testing;
mod thread_pool;
mod tx;
mod wakers;

pub use any_of::{AnyOf, any_of};
pub use conn::{Conn, Engine, MultiBackend};
pub use error::DbError;
pub use migrate::{Migrations, check_versions};
pub use pool::Db;
pub use tx::{Tx, TxError};
pub use wakers::Wakers;
