//! Databases for the tests of kit: SQLite always, PostgreSQL too where
//! `cargo xtask with-postgres` or `cargo xtask test` started a server.

use diesel::Connection as _;
use diesel::RunQueryDsl as _;
use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::sql_types::BigInt;
use tempfile::TempDir;
use uuid::Uuid;

use super::{Conn, Db, Engine};

/// An empty database, dropped with this.
pub(crate) struct TestDatabase {
    pub(crate) url: String,
    place: Place,
}

enum Place {
    Folder { _dir: TempDir },
    Server { url: String, name: String },
}

impl TestDatabase {
    /// One in a file.
    pub(crate) fn sqlite() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        Self {
            url: format!("sqlite://{}", dir.path().join("test.db").display()),
            place: Place::Folder { _dir: dir },
        }
    }

    /// One on the server, if there is one.
    pub(crate) fn postgres() -> Option<Self> {
        let server = std::env::var("WING_TEST_POSTGRES").ok()?;
        let name = format!("wing_kit_{}", Uuid::now_v7().simple());
        execute(&server, &format!("CREATE DATABASE {name}"));
        let (stem, _) = server.rsplit_once('/').expect("a database in the address");
        Some(Self {
            url: format!("{stem}/{name}"),
            place: Place::Server { url: server, name },
        })
    }

    /// One of each kind that there is.
    pub(crate) fn each() -> impl Iterator<Item = Self> {
        std::iter::once(Self::sqlite()).chain(Self::postgres())
    }

    /// Opens it as a process does, with the tables of kit.
    pub(crate) fn open(&self) -> Db {
        Db::open(&self.url, 4, &[]).expect("opens")
    }

    /// Opens it for a second process; on SQLite, which one process uses alone, it
    /// is the first one's.
    pub(crate) fn open_again(&self, first: &Db) -> Db {
        match first.engine() {
            Engine::Sqlite => first.clone(),
            Engine::Postgres => self.open(),
        }
    }

    /// A session of PostgreSQL of one's own.
    pub(crate) fn connect(&self) -> Conn {
        Conn::establish(&self.url).expect("connects")
    }

    /// Waits until a session of this PostgreSQL database waits for a lock.
    pub(crate) fn wait_until_blocked(&self) {
        let mut conn = self.connect();
        let waiting = || {
            sql::<BigInt>(
                "SELECT count(*) FROM pg_stat_activity \
                 WHERE datname = current_database() AND wait_event_type = 'Lock'",
            )
        };
        while waiting().get_result::<i64>(&mut conn).expect("an answer") == 0 {
            std::thread::yield_now();
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Place::Server { url, name } = &self.place {
            execute(url, &format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}

fn execute(server: &str, statement: &str) {
    let done = Conn::establish(server)
        .map_err(|error| error.to_string())
        .and_then(|mut conn| {
            let done = conn.batch_execute(statement);
            done.map_err(|error| error.to_string())
        });
    if let Err(error) = done {
        assert!(std::thread::panicking(), "{statement}: {error}");
    }
}
