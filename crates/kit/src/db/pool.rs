use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Pool, PooledConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Conn, DbError, Engine};
use crate::threads;

/// The migrations of one domain, one set for each database.
#[derive(Clone, Copy)]
pub struct Migrations {
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
        sqlite: || SQLITE,
        postgres: || POSTGRES,
    }
};

/// How long a caller waits for a connection before it is told to come back.
const PATIENCE: Duration = Duration::from_secs(5);
/// Any number, the same in every process: one migrates, the others wait.
const MIGRATION_LOCK: &str = "7749100";

type Manager = ConnectionManager<Conn>;

/// The door to the database; cheap to clone.
#[derive(Clone)]
pub struct Db {
    readers: Pool<Manager>,
    writers: Pool<Manager>,
    /// As many turns as connections: who has none waits as a task, not on a
    /// blocking thread, of which there would soon be hundreds.
    reading: Arc<Semaphore>,
    writing: Arc<Semaphore>,
    engine: Engine,
}

#[derive(Debug)]
struct OnConnect(Engine);

impl CustomizeConnection<Conn, diesel::r2d2::Error> for OnConnect {
    fn on_acquire(&self, conn: &mut Conn) -> Result<(), diesel::r2d2::Error> {
        let setup = match self.0 {
            // `synchronous = FULL`: what was acknowledged is on the disk, not
            // only in the log's cache. No mapping of the file: each connection
            // has its own, and all of them would count as this process' memory;
            // the system keeps the pages anyway.
            Engine::Sqlite => {
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                 PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000; \
                 PRAGMA cache_size = -1000; PRAGMA temp_store = MEMORY; \
                 PRAGMA mmap_size = 0; PRAGMA journal_size_limit = 67108864;"
            }
            Engine::Postgres => {
                "SET statement_timeout = '15s'; SET lock_timeout = '5s'; \
                 SET idle_in_transaction_session_timeout = '30s'; SET TIME ZONE 'UTC';"
            }
        };
        conn.batch_execute(setup)
            .map_err(diesel::r2d2::Error::QueryError)
    }
}

impl Db {
    /// Opens the database at `url` with up to `size` connections and brings its
    /// tables up to date: kit's own, then each of `domains`.
    ///
    /// `url` is `sqlite://PATH` or `postgres://…`. Blocks; call it before the
    /// server starts.
    pub fn open(url: &str, size: u32, domains: &[Migrations]) -> anyhow::Result<Self> {
        let engine = Engine::of(url);
        let target = url.strip_prefix("sqlite://").unwrap_or(url);
        migrate(target, engine, domains)?;
        let pool = |size: u32| {
            Pool::builder()
                .max_size(size)
                .min_idle(Some(1))
                .connection_timeout(PATIENCE)
                .test_on_check_out(engine == Engine::Postgres)
                .connection_customizer(Box::new(OnConnect(engine)))
                .thread_pool(Arc::clone(&POOL_THREADS))
                .build(Manager::new(target))
                .context("opening the database's connections")
        };
        let readers = pool(size)?;
        let reading = Arc::new(Semaphore::new(size as usize));
        let (writers, writing) = match engine {
            Engine::Sqlite => (pool(1)?, Arc::new(Semaphore::new(1))),
            Engine::Postgres => (readers.clone(), Arc::clone(&reading)),
        };
        Ok(Self {
            readers,
            writers,
            reading,
            writing,
            engine,
        })
    }

    /// Which database is behind this door.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Runs `query` with a connection on a blocking thread, outside of any
    /// transaction. For reading.
    pub async fn read<T, E, F>(&self, query: F) -> Result<T, E>
    where
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let turn = turn(&self.reading).await?;
        let pool = self.readers.clone();
        blocking(turn, move || query(&mut *take(&pool)?)).await
    }

    /// Runs `work` as one transaction on a blocking thread: all of it is
    /// stored, or none when it returns an error.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let turn = turn(&self.writing).await?;
        let db = self.clone();
        blocking(turn, move || db.write_blocking(work)).await
    }

    /// [`Db::read`] for threads that may block.
    pub fn read_blocking<T, E: From<DbError>>(
        &self,
        query: impl FnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        query(&mut *take(&self.readers)?)
    }

    /// [`Db::write`] for threads that may block.
    pub fn write_blocking<T, E: From<DbError>>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut conn = take(&self.writers)?;
        let begin = match self.engine {
            // A deferred transaction that turns writer halfway fails at once
            // when another writes; an immediate one waits its turn.
            Engine::Sqlite => "BEGIN IMMEDIATE",
            Engine::Postgres => "BEGIN",
        };
        let query = |error| E::from(DbError::Query(error));
        conn.batch_execute(begin).map_err(query)?;
        match work(&mut conn) {
            Ok(value) => match conn.batch_execute("COMMIT") {
                Ok(()) => Ok(value),
                Err(error) => {
                    roll_back(&mut conn);
                    Err(query(error))
                }
            },
            Err(error) => {
                roll_back(&mut conn);
                Err(error)
            }
        }
    }

    /// Whether the database answers; for readiness.
    pub async fn ping(&self) -> Result<(), DbError> {
        self.read(|conn| conn.batch_execute("SELECT 1").map_err(DbError::Query))
            .await
    }
}

fn roll_back(conn: &mut Conn) {
    if let Err(error) = conn.batch_execute("ROLLBACK") {
        tracing::debug!(%error, "roll back: the transaction had ended already");
    }
}

/// The threads that open connections, shared by all pools: each pool of its
/// own would start three.
static POOL_THREADS: std::sync::LazyLock<Arc<scheduled_thread_pool::ScheduledThreadPool>> =
    std::sync::LazyLock::new(|| {
        Arc::new(
            scheduled_thread_pool::ScheduledThreadPool::builder()
                .num_threads(2)
                .thread_name_pattern("db-pool-{}")
                .build(),
        )
    });

fn take(pool: &Pool<Manager>) -> Result<PooledConnection<Manager>, DbError> {
    pool.get()
        .map_err(|error| DbError::Unavailable(error.to_string()))
}

/// Waits for a connection to come free.
async fn turn(turns: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, DbError> {
    let turn = tokio::time::timeout(PATIENCE, Arc::clone(turns).acquire_owned()).await;
    match turn {
        Ok(Ok(turn)) => Ok(turn),
        Ok(Err(_)) => Err(DbError::Cancelled),
        Err(_) => Err(DbError::Unavailable("all connections are busy".into())),
    }
}

/// Runs `work` on a blocking thread, which keeps `turn` to its end even when
/// nobody waits for the answer any more.
async fn blocking<T, E, F>(turn: OwnedSemaphorePermit, work: F) -> Result<T, E>
where
    F: FnOnce() -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<DbError> + Send + 'static,
{
    let span = tracing::Span::current();
    let work = move || {
        let _turn = turn;
        threads::run_in_batches();
        span.in_scope(work)
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => {
            tracing::error!(%error, "a database task ended without an answer");
            Err(DbError::Cancelled.into())
        }
    }
}

fn migrate(target: &str, engine: Engine, domains: &[Migrations]) -> anyhow::Result<()> {
    let mut conn = Conn::establish(target).context("connecting to the database")?;
    OnConnect(engine)
        .on_acquire(&mut conn)
        .context("preparing the database")?;
    let all = std::iter::once(&KIT).chain(domains);
    match &mut conn {
        Conn::Sqlite(conn) => {
            for domain in all {
                conn.run_pending_migrations((domain.sqlite)())
                    .map_err(told)
                    .context("migrating")?;
            }
        }
        Conn::Postgres(conn) => {
            conn.batch_execute("SET statement_timeout = 0; SET lock_timeout = 0;")?;
            conn.batch_execute(&format!("SELECT pg_advisory_lock({MIGRATION_LOCK})"))?;
            for domain in all {
                conn.run_pending_migrations((domain.postgres)())
                    .map_err(told)
                    .context("migrating")?;
            }
            conn.batch_execute(&format!("SELECT pg_advisory_unlock({MIGRATION_LOCK})"))?;
        }
    }
    Ok(())
}

fn told(error: Box<dyn std::error::Error + Send + Sync>) -> anyhow::Error {
    anyhow::anyhow!(error)
}
