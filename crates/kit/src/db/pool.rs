use std::fs::{OpenOptions, Permissions};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Pool, PooledConnection};

use super::migrate::migrate;
use super::thread_pool::ThreadPool;
use super::tx::transact;
use super::{Conn, DbError, Engine, Migrations, Tx, TxError, Wakers};

/// How long a caller waits for a connection before it is refused (503).
const TIMEOUT: Duration = Duration::from_secs(5);

type Manager = ConnectionManager<Conn>;

/// The pool of connections to the database; cheap to clone.
#[derive(Clone)]
pub struct Db {
    readers: Pool<Manager>,
    writers: Pool<Manager>,
    /// As many threads as connections.
    reading: Arc<ThreadPool>,
    writing: Arc<ThreadPool>,
    /// Transactions that changed something.
    writes: Arc<AtomicU64>,
    wakers: Wakers,
    engine: Engine,
}

/// What pools are called in metrics.
const READ: &str = "read";
const WRITE: &str = "write";
const ALL: &str = "all";

/// How busy the connections of one pool are.
pub(crate) struct PoolUse {
    /// `read` and `write` of SQLite, `all` of PostgreSQL.
    pub(crate) name: &'static str,
    pub(crate) in_use: u32,
    pub(crate) idle: u32,
    pub(crate) most: u32,
    /// Queries that wait for a thread of its.
    pub(crate) waiting: usize,
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
            // Who holds a lock may be waiting for a disk that stands still for
            // some seconds; a session that waits for it is slow then, and does not fail.
            Engine::Postgres => {
                "SET statement_timeout = '15s'; SET lock_timeout = '12s'; \
                 SET idle_in_transaction_session_timeout = '30s'; SET TIME ZONE 'UTC';"
            }
        };
        conn.batch_execute(setup)
            .map_err(diesel::r2d2::Error::QueryError)
    }
}

/// Makes a file that its owner alone can read, or makes it so. What SQLite puts beside it
/// gets the same permissions.
fn keep_to_owner(path: &Path) -> std::io::Result<()> {
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    for beside in ["-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(beside);
        match std::fs::set_permissions(name, Permissions::from_mode(0o600)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
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
        if engine == Engine::Sqlite {
            keep_to_owner(Path::new(target)).context("the database's file")?;
        }
        let mut conn = Conn::establish(target).context("connecting to the database")?;
        OnConnect(engine)
            .on_acquire(&mut conn)
            .context("preparing the database")?;
        migrate(conn, domains)?;
        let pool = |size: u32| {
            Pool::builder()
                .max_size(size)
                .min_idle(Some(1))
                .connection_timeout(TIMEOUT)
                .test_on_check_out(engine == Engine::Postgres)
                .connection_customizer(Box::new(OnConnect(engine)))
                .thread_pool(Arc::clone(&POOL_THREADS))
                .build(Manager::new(target))
                .context("opening the database's connections")
        };
        let readers = pool(size)?;
        let size = size as usize;
        let (writers, reading, writing) = match engine {
            Engine::Sqlite => {
                // A query is work for a core; more at once only get in each
                // other's way.
                let cores = std::thread::available_parallelism().map_or(1, usize::from);
                let reading = ThreadPool::new(READ, cores, size);
                (
                    pool(1)?,
                    Arc::new(reading),
                    Arc::new(ThreadPool::new(WRITE, 1, 1)),
                )
            }
            Engine::Postgres => {
                // A query is waiting for another process.
                let threads = Arc::new(ThreadPool::new(ALL, size, size));
                (readers.clone(), Arc::clone(&threads), threads)
            }
        };
        Ok(Self {
            readers,
            writers,
            reading,
            writing,
            writes: Arc::default(),
            wakers: Wakers::default(),
            engine,
        })
    }

    /// Which database it is.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// How many transactions of this process changed something. What is read after
    /// a number was answered is current as long as the number is the same. `None` on
    /// PostgreSQL, where other processes write too.
    pub fn writes(&self) -> Option<u64> {
        let alone = self.engine == Engine::Sqlite;
        alone.then(|| self.writes.load(Ordering::Acquire))
    }

    /// Runs `query` with a connection on a thread of its own kind, outside of any
    /// transaction. For reading.
    pub async fn read<T, E, F>(&self, query: F) -> Result<T, E>
    where
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let pool = self.readers.clone();
        self.reading.run(move || query(&mut *take(&pool)?)).await
    }

    /// Runs `work` as one transaction on a thread of its own kind: all of it is
    /// stored, or none when it returns an error. Runs it again, up to three times,
    /// when the database broke the transaction off because of another one (deadlock,
    /// serialisation failure), so it must have no effect but through the [`Tx`].
    /// Workers that wait for the events and jobs it wrote are woken after the commit.
    ///
    /// # Errors
    /// What `work` returns; or the database's error, which is worth a retry by the
    /// caller (503) after the last of those conflicts.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: TxError + Send + 'static,
    {
        let pool = self.writers.clone();
        let (writes, wakers) = (Arc::clone(&self.writes), self.wakers.clone());
        self.writing
            .run(move || transact(&mut *take(&pool)?, &writes, &wakers, &work))
            .await
    }

    /// [`Db::read`] for threads that may block.
    pub fn read_blocking<T, E: From<DbError>>(
        &self,
        query: impl FnOnce(&mut Conn) -> Result<T, E>,
    ) -> Result<T, E> {
        query(&mut *take(&self.readers)?)
    }

    /// [`Db::write`] for threads that may block.
    pub fn write_blocking<T, E: TxError>(
        &self,
        work: impl Fn(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut conn = take(&self.writers)?;
        transact(&mut conn, &self.writes, &self.wakers, &work)
    }

    /// Who is woken when events or jobs were written.
    pub fn wakers(&self) -> &Wakers {
        &self.wakers
    }

    /// How busy the connections are.
    pub(crate) fn pools(&self) -> Vec<PoolUse> {
        let look = |name, pool: &Pool<Manager>, threads: &ThreadPool| {
            let state = pool.state();
            PoolUse {
                name,
                in_use: state.connections.saturating_sub(state.idle_connections),
                idle: state.idle_connections,
                most: pool.max_size(),
                waiting: threads.waiting(),
            }
        };
        match self.engine {
            Engine::Sqlite => vec![
                look(READ, &self.readers, &self.reading),
                look(WRITE, &self.writers, &self.writing),
            ],
            Engine::Postgres => vec![look(ALL, &self.readers, &self.reading)],
        }
    }

    /// Whether the database answers; for readiness.
    pub async fn ping(&self) -> Result<(), DbError> {
        self.read(|conn| conn.batch_execute("SELECT 1").map_err(DbError::Query))
            .await
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
        .map_err(|error| DbError::unavailable(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(db: &Db, query: &'static str) -> Result<(), DbError> {
        db.write_blocking(|tx| tx.conn().batch_execute(query).map_err(DbError::Query))
    }

    #[test]
    fn a_database_file_is_its_owners_alone() {
        let folder = tempfile::tempdir().expect("dir");
        let path = folder.path().join("test.db");
        std::fs::write(&path, b"").expect("a file that everybody can read");
        let db = Db::open(&format!("sqlite://{}", path.display()), 1, &[]).expect("opened");
        db.write_blocking(|tx| {
            tx.conn().batch_execute("CREATE TABLE one (id INTEGER)")?;
            Ok::<_, DbError>(())
        })
        .expect("written");
        for name in ["test.db", "test.db-wal", "test.db-shm"] {
            let file = std::fs::metadata(folder.path().join(name)).expect(name);
            assert_eq!(file.permissions().mode() & 0o777, 0o600, "{name}");
        }
    }

    #[test]
    fn a_transaction_counts_when_it_changed_something() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let db = Db::open(&url, 1, &[]).expect("opens");
        run(&db, "CREATE TABLE songs (title TEXT)").expect("a table");
        let writes = || db.writes().expect("a number on SQLite");

        let before = writes();
        run(&db, "INSERT INTO songs VALUES ('one'), ('two')").expect("two rows");
        assert_eq!(writes(), before + 1, "once a transaction, not a row");
        run(&db, "UPDATE songs SET title = 'three' WHERE title = 'two'").expect("a change");
        assert_eq!(writes(), before + 2);
        run(&db, "DELETE FROM songs").expect("all gone");
        assert_eq!(writes(), before + 3);

        run(&db, "UPDATE songs SET title = 'four'").expect("nothing to change");
        run(&db, "SELECT 1").expect("nothing to change");
        run(&db, "INSERT INTO songs VALUES ('five'); NONSENSE").expect_err("taken back");
        assert_eq!(writes(), before + 3);
    }
}
