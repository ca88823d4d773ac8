//! Databases that test databases are copied from: migrated once for all tests on a
//! server, which run in processes of their own.

use diesel::connection::SimpleConnection as _;
use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, sql_query};
use sha2::{Digest as _, Sha256};
use wing_kit::Db;
use wing_kit::db::Migrations;

/// The advisory lock of the maintenance database that is held while a template is
/// built. Any number that nothing else there uses.
const BUILDING: i64 = 0x7769_6e67_7470_6c00;

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// The URL of a database on the server of another.
pub(crate) fn url_of(server: &str, name: &str) -> String {
    let (stem, _) = server
        .rsplit_once('/')
        .expect("a database in WING_TEST_POSTGRES");
    format!("{stem}/{name}")
}

/// The name of a database with these tables and without rows, built by the first
/// process that needs it.
///
/// Nothing may be connected to a database that is copied, so it is built under
/// another name, and gets its own when it is complete and the last connection has
/// ended. A build that was interrupted is begun anew.
pub(crate) fn provide(server: &str, tables: &[Migrations]) -> String {
    let name = format!("wing_template_{}", fingerprint(tables));
    let mut conn = PgConnection::establish(server).expect("the server");
    if exists(&mut conn, &name) {
        return name;
    }
    // It ends with this connection, whatever happens before.
    run(&mut conn, &format!("SELECT pg_advisory_lock({BUILDING})"));
    if !exists(&mut conn, &name) {
        build(&mut conn, server, &name, tables);
    }
    name
}

fn build(conn: &mut PgConnection, server: &str, name: &str, tables: &[Migrations]) {
    let unfinished = format!("{name}_unfinished");
    run(
        conn,
        &format!("DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)"),
    );
    run(conn, &format!("CREATE DATABASE {unfinished}"));
    let url = url_of(server, &unfinished);
    drop(Db::open(&url, 1, tables).expect("the template"));
    run(
        conn,
        &format!(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{unfinished}'"
        ),
    );
    run(
        conn,
        &format!("ALTER DATABASE {unfinished} RENAME TO {name}"),
    );
}

fn run(conn: &mut PgConnection, sql: &str) {
    let done = conn.batch_execute(sql);
    done.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

fn exists(conn: &mut PgConnection, name: &str) -> bool {
    let found = sql_query("SELECT count(*) AS count FROM pg_database WHERE datname = $1")
        .bind::<Text, _>(name)
        .get_result::<Count>(conn);
    found.expect("the databases").count > 0
}

/// Stands for a set of tables: the versions of their migrations, and the program
/// that has the SQL of kit's and theirs built in.
fn fingerprint(tables: &[Migrations]) -> String {
    let mut hash = Sha256::new();
    let program = std::env::current_exe().and_then(std::fs::metadata);
    let program = program.expect("this program");
    let modified = program.modified().expect("a time");
    hash.update(format!("{} {modified:?}", program.len()));
    for one in tables {
        let all = (one.postgres)();
        let all = MigrationSource::<Pg>::migrations(&all).expect("migrations");
        for migration in all {
            hash.update(format!("\n{}", migration.name().version()));
        }
    }
    let hash = hash.finalize();
    hash.iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::{Database, on_postgres};

    fn number(conn: &mut PgConnection, sql: &str) -> i64 {
        let found = sql_query(sql).get_result::<Count>(conn);
        found.expect("a number").count
    }

    #[test]
    fn databases_made_at_once_have_every_table_and_nothing_of_each_other() {
        if !on_postgres() {
            return;
        }
        let dir = tempfile::tempdir().expect("a directory");
        let made: Vec<Database> = thread::scope(|scope| {
            let all: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| Database::create(dir.path())))
                .collect();
            let all = all.into_iter().map(|one| one.join().expect("a database"));
            all.collect()
        });
        let tables: Vec<_> = wing_monolith::PROGRAMS
            .iter()
            .filter_map(|program| Some(program.domain?.migrations))
            .collect();
        for (index, database) in made.iter().enumerate() {
            let mut conn = PgConnection::establish(&database.url).expect("the database");
            let migrations = "SELECT count(*) AS count FROM __diesel_schema_migrations";
            let before = number(&mut conn, migrations);
            assert!(before > 0);
            drop(Db::open(&database.url, 1, &tables).expect("nothing to migrate"));
            assert_eq!(number(&mut conn, migrations), before);
            let others = "SELECT count(*) AS count FROM pg_tables WHERE tablename LIKE 'only_%'";
            assert_eq!(number(&mut conn, others), 0, "{index}");
            run(&mut conn, &format!("CREATE TABLE only_{index} ()"));
        }
    }
}
