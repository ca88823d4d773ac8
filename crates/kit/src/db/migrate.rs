//! Bringing the tables up to date before a process serves.
//!
//! Every process does so when it starts; on PostgreSQL an advisory lock lets one
//! migrate while the others wait. Diesel knows a migration by its version alone,
//! the digits of its folder's date and time, so no two of one database may share
//! one: see [`check_versions`].

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context as _, bail};
use backon::{BlockingRetryable as _, BlockingSleeper, ExponentialBuilder};
use diesel::PgConnection;
use diesel::connection::SimpleConnection as _;
use diesel::migration::{Migration, MigrationSource as _};
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};

use super::Conn;

/// The migrations of one domain, one set for each database.
#[derive(Clone, Copy)]
pub struct Migrations {
    /// The domain's name, for errors.
    pub domain: &'static str,
    /// The constant made by `embed_migrations!("migrations/sqlite")`.
    pub sqlite: fn() -> EmbeddedMigrations,
    /// The constant made by `embed_migrations!("migrations/postgres")`.
    pub postgres: fn() -> EmbeddedMigrations,
}

/// The tables of kit itself.
const KIT: Migrations = {
    const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
    const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
    Migrations {
        domain: "kit",
        sqlite: || SQLITE,
        postgres: || POSTGRES,
    }
};

/// Any number, the same in every process: one migrates, the others wait.
const ADVISORY_LOCK: &str = "7749100";

/// How migrations wait for locks on tables that other sessions hold.
///
/// While `ALTER TABLE` waits, every later query of that table waits behind it,
/// reads too. So it waits briefly, leaves the queue, and comes again.
struct LockWait {
    /// PostgreSQL's `lock_timeout`, milliseconds.
    timeout_ms: u32,
    /// The pauses between attempts.
    backoff: ExponentialBuilder,
}

impl LockWait {
    /// Attempts go on for about ten minutes: longer than our backups hold a
    /// table.
    fn standard() -> Self {
        Self {
            timeout_ms: 3_000,
            backoff: ExponentialBuilder::new()
                .with_min_delay(Duration::from_secs(1))
                .with_max_delay(Duration::from_secs(10))
                .with_max_times(50),
        }
    }
}

/// Refuses migrations that hide each other: of two with one version diesel runs
/// only one, since it takes the other for done.
///
/// # Errors
/// Names both migrations and their domains.
pub fn check_versions(domains: &[Migrations]) -> anyhow::Result<()> {
    for source in [
        |set: &Migrations| (set.sqlite)(),
        |set: &Migrations| (set.postgres)(),
    ] {
        let mut seen: HashMap<String, String> = HashMap::new();
        for set in std::iter::once(&KIT).chain(domains) {
            // The names are the same for either backend.
            let migrations: Vec<Box<dyn Migration<Sqlite>>> =
                source(set).migrations().map_err(boxed)?;
            for migration in migrations {
                let version = migration.name().version().to_string();
                let name = format!("{} of {}", migration.name(), set.domain);
                if let Some(other) = seen.insert(version.clone(), name.clone()) {
                    bail!(
                        "migrations {other} and {name} share the version {version}, so only \
                         one of them would run: give the newer folder another date and time"
                    );
                }
            }
        }
    }
    Ok(())
}

/// Runs what is pending of kit's own migrations, then of each of `domains`.
/// Takes the connection, since it ends as a session that is not for queries.
pub(super) fn migrate(conn: Conn, domains: &[Migrations]) -> anyhow::Result<()> {
    migrate_within(conn, domains, &LockWait::standard(), std::thread::sleep)
}

fn migrate_within(
    mut conn: Conn,
    domains: &[Migrations],
    wait: &LockWait,
    pause: impl BlockingSleeper + Clone,
) -> anyhow::Result<()> {
    check_versions(domains)?;
    let all = std::iter::once(&KIT).chain(domains);
    match &mut conn {
        Conn::Sqlite(conn) => {
            for set in all {
                conn.run_pending_migrations((set.sqlite)())
                    .map_err(boxed)
                    .with_context(|| format!("migrating the tables of {}", set.domain))?;
            }
        }
        Conn::Postgres(conn) => {
            // Another replica may migrate for as long as it needs; the lock ends
            // with this session, however that ends.
            conn.batch_execute("SET statement_timeout = 0; SET lock_timeout = 0;")?;
            conn.batch_execute(&format!("SELECT pg_advisory_lock({ADVISORY_LOCK})"))?;
            conn.batch_execute(&format!("SET lock_timeout = {}", wait.timeout_ms))?;
            for set in all {
                run_patiently(conn, set, wait, pause.clone())
                    .with_context(|| format!("migrating the tables of {}", set.domain))?;
            }
        }
    }
    Ok(())
}

/// Each migration is a transaction, so that another attempt goes on with the one
/// that failed.
fn run_patiently(
    conn: &mut PgConnection,
    set: &Migrations,
    wait: &LockWait,
    pause: impl BlockingSleeper,
) -> anyhow::Result<()> {
    let domain = set.domain;
    (|| match conn.run_pending_migrations((set.postgres)()) {
        Ok(_) => Ok(()),
        Err(error) => Err(boxed(error)),
    })
    .retry(wait.backoff)
    .sleep(pause)
    .when(waited_for_a_lock)
    .notify(|error, pause| {
        tracing::warn!(
            domain,
            ?pause,
            %error,
            "another session holds a lock that a migration needs; it is retried"
        );
    })
    .call()
}

/// Whether a migration failed for another session's locks. Diesel keeps no
/// SQLSTATE of these (55P03, 40P01), only the server's words.
fn waited_for_a_lock(error: &anyhow::Error) -> bool {
    let text = format!("{error:#}");
    text.contains("due to lock timeout") || text.contains("deadlock detected")
}

fn boxed(error: Box<dyn std::error::Error + Send + Sync>) -> anyhow::Error {
    anyhow::anyhow!(error)
}

#[cfg(test)]
#[path = "migrate_tests.rs"]
mod tests;
