//! A database for one test.

use std::path::Path;

use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;
use wing_kit::Conn;
use wing_kit::db::Migrations;

use crate::template;

/// Whether the suite runs on PostgreSQL.
pub fn on_postgres() -> bool {
    match std::env::var("WING_TEST_DATABASE").as_deref() {
        Err(_) | Ok("" | "sqlite") => false,
        Ok("postgres") => true,
        Ok(other) => panic!("WING_TEST_DATABASE is sqlite or postgres, not {other}"),
    }
}

/// Where a database is; one on a PostgreSQL server is dropped with this.
#[derive(Debug)]
pub struct Database {
    /// `sqlite://…` or `postgres://…`.
    pub url: String,
    on_server: Option<OnServer>,
}

#[derive(Debug)]
struct OnServer {
    server: String,
    name: String,
}

impl Database {
    /// One for the monolith: a file in `dir`, or a database on the server.
    pub fn create(dir: &Path) -> Self {
        let domains = wing_monolith::PROGRAMS
            .iter()
            .filter_map(|program| program.domain);
        let tables: Vec<_> = domains.map(|domain| domain.migrations).collect();
        Self::with_tables(dir, &tables)
    }

    /// One for a process with these tables: a file in `dir` that the process has
    /// yet to make, or a database on the server that has them.
    pub fn with_tables(dir: &Path, tables: &[Migrations]) -> Self {
        if !on_postgres() {
            return Self {
                url: format!("sqlite://{}", dir.join("wing.sqlite3").display()),
                on_server: None,
            };
        }
        let server = std::env::var("WING_TEST_POSTGRES")
            .expect("WING_TEST_POSTGRES: run through `cargo xtask with-postgres -- …`");
        let template = template::provide(&server, tables);
        let name = format!("wing_test_{}", uuid::Uuid::now_v7().simple());
        let on_server = OnServer { server, name };
        // Copying its files takes half as long as writing its pages to the log, on a
        // server that does not wait for the disk.
        on_server.run(&format!(
            "CREATE DATABASE {} TEMPLATE {template} STRATEGY FILE_COPY",
            on_server.name
        ));
        Self {
            url: template::url_of(&on_server.server, &on_server.name),
            on_server: Some(on_server),
        }
    }

    /// Breaks every connection to this database, as a restart of the server
    /// would; `false` on SQLite, which has none.
    pub fn break_connections(&self) -> bool {
        let Some(on_server) = &self.on_server else {
            return false;
        };
        on_server.run(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'",
            on_server.name
        ));
        true
    }

    /// Lets nobody connect to this database, or everybody again.
    pub fn allow_connections(&self, allow: bool) -> bool {
        let Some(on_server) = &self.on_server else {
            return false;
        };
        on_server.run(&format!(
            "ALTER DATABASE {} ALLOW_CONNECTIONS {allow}",
            on_server.name
        ));
        true
    }
}

impl OnServer {
    fn run(&self, sql: &str) {
        let done = Conn::establish(&self.server)
            .map_err(|error| error.to_string())
            .and_then(|mut conn| conn.batch_execute(sql).map_err(|error| error.to_string()));
        if let Err(error) = done {
            assert!(std::thread::panicking(), "{sql}: {error}");
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(on_server) = &self.on_server {
            on_server.run(&format!(
                "DROP DATABASE IF EXISTS {} WITH (FORCE)",
                on_server.name
            ));
        }
    }
}
