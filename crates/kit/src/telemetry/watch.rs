//! What is not counted as it happens but looked at now and then: what waits in
//! the database, how busy its connections are, how much room there is.
//!
//! One look each quarter of a minute, whoever asks for metrics how often: a look
//! is a handful of queries by index, the counting one of them bounded.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use diesel::dsl::{count_star, min};
use diesel::prelude::*;
use prometheus::{IntGauge, IntGaugeVec};
use tokio_util::sync::CancellationToken;
use wing_contracts::Timestamp;

use super::metrics::{gauges, registered};
use crate::db::DbError;
use crate::db::schema::{jobs, outbox, parked_events};
use crate::http::Ready;
use crate::{Clock, Conn, Db};

const PERIOD: Duration = Duration::from_secs(15);
/// Waiting events are counted up to this many.
const COUNTED: i64 = 10_000;

static OUTBOX_WAITING: LazyLock<IntGauge> = LazyLock::new(|| {
    registered(IntGauge::new(
        "wing_outbox_waiting",
        "Events not yet published, counted to 10000.",
    ))
});
static OUTBOX_OLDEST: LazyLock<IntGauge> = LazyLock::new(|| {
    registered(IntGauge::new(
        "wing_outbox_oldest_seconds",
        "Age of the oldest event not yet published.",
    ))
});
static PARKED: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    gauges(
        "wing_parked_events",
        "Events given up and not yet delivered again.",
        &["consumer"],
    )
});
static OLDEST_DUE: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    gauges(
        "wing_jobs_oldest_due_seconds",
        "How long the longest waiting job could have run.",
        &["kind"],
    )
});
static CONNECTIONS: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    gauges(
        "wing_db_connections",
        "Connections to the database.",
        &["pool", "state"],
    )
});
static CONNECTIONS_MAX: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    gauges(
        "wing_db_connections_max",
        "Connections there may be.",
        &["pool"],
    )
});
static QUERIES_WAITING: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    gauges(
        "wing_db_queries_waiting",
        "Queries that no thread has begun.",
        &["pool"],
    )
});
static DISK_FREE: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    gauges(
        "wing_disk_free_bytes",
        "Room that is left: where data lies, and in the node's own file system.",
        &["place"],
    )
});
static DISK_SIZE: LazyLock<IntGaugeVec> =
    LazyLock::new(|| gauges("wing_disk_size_bytes", "Room there is at all.", &["place"]));

/// Makes them known.
pub(super) fn register() {
    LazyLock::force(&OUTBOX_WAITING);
    LazyLock::force(&OUTBOX_OLDEST);
    for gauge in [
        &PARKED,
        &OLDEST_DUE,
        &CONNECTIONS,
        &CONNECTIONS_MAX,
        &QUERIES_WAITING,
        &DISK_FREE,
        &DISK_SIZE,
    ] {
        LazyLock::force(gauge);
    }
}

/// What a process is looked at for.
pub struct Watched {
    /// Its database.
    pub db: Db,
    /// What it needs.
    pub ready: Ready,
    /// Where its data lies.
    pub data: PathBuf,
    /// The time.
    pub clock: Clock,
}

/// Looks at what is `watched` until `stop` is cancelled.
pub async fn watch(watched: Watched, stop: CancellationToken) {
    let Watched {
        db,
        ready,
        data,
        clock,
    } = watched;
    while !stop.is_cancelled() {
        // First, and without a connection of its own: it shows when there is none.
        show_pools(&db);
        show_disk("data", &data);
        // Of a container it is the disk that images and volumes of its node share.
        show_disk("system", Path::new("/"));
        let now = clock.now();
        match db.read(move |conn| backlog(conn, now)).await {
            Ok(backlog) => backlog.show(),
            Err(error) => tracing::debug!(%error, "what waits could not be counted"),
        }
        // The answers become metrics where they are given.
        ready.check().await;
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(PERIOD) => {}
        }
    }
}

fn show_pools(db: &Db) {
    for pool in db.pools() {
        let connections = |state, count: u32| {
            CONNECTIONS
                .with_label_values(&[pool.name, state])
                .set(count.into());
        };
        connections("in_use", pool.in_use);
        connections("idle", pool.idle);
        CONNECTIONS_MAX
            .with_label_values(&[pool.name])
            .set(pool.most.into());
        QUERIES_WAITING
            .with_label_values(&[pool.name])
            .set(i64::try_from(pool.waiting).unwrap_or(i64::MAX));
    }
}

fn show_disk(place: &str, path: &Path) {
    let Ok(disk) = rustix::fs::statvfs(path) else {
        return;
    };
    let bytes = |blocks: u64| {
        let bytes = blocks.saturating_mul(disk.f_frsize);
        i64::try_from(bytes).unwrap_or(i64::MAX)
    };
    // What is left for others than root.
    DISK_FREE
        .with_label_values(&[place])
        .set(bytes(disk.f_bavail));
    DISK_SIZE
        .with_label_values(&[place])
        .set(bytes(disk.f_blocks));
}

/// What waits in a database.
#[derive(Debug, Default, PartialEq, Eq)]
struct Backlog {
    events: i64,
    oldest_event_ms: i64,
    parked: Vec<(String, i64)>,
    /// The kind of a job, and for how long its oldest could have run.
    due_ms: Vec<(String, i64)>,
}

impl Backlog {
    fn show(&self) {
        OUTBOX_WAITING.set(self.events);
        OUTBOX_OLDEST.set(self.oldest_event_ms / 1000);
        PARKED.reset();
        for (consumer, count) in &self.parked {
            PARKED.with_label_values(&[consumer]).set(*count);
        }
        OLDEST_DUE.reset();
        for (kind, ms) in &self.due_ms {
            OLDEST_DUE.with_label_values(&[kind]).set(ms / 1000);
        }
    }
}

fn backlog(conn: &mut Conn, now: Timestamp) -> Result<Backlog, DbError> {
    let waiting: Vec<i64> = outbox::table
        .filter(outbox::published_at.is_null())
        .order(outbox::sequence)
        .limit(COUNTED)
        .select(outbox::occurred_at)
        .load(conn)?;
    let parked = parked_events::table
        .group_by(parked_events::consumer)
        .select((parked_events::consumer, count_star()))
        .order(parked_events::consumer)
        .load(conn)?;
    let due: Vec<(String, Option<i64>)> = jobs::table
        .filter(jobs::state.eq("queued"))
        .filter(jobs::run_at.le(now.0))
        .group_by(jobs::kind)
        .select((jobs::kind, min(jobs::run_at)))
        .order(jobs::kind)
        .load(conn)?;
    let age = |since: i64| (now.0 - since).max(0);
    Ok(Backlog {
        events: i64::try_from(waiting.len()).unwrap_or(COUNTED),
        oldest_event_ms: waiting.first().copied().map_or(0, age),
        parked,
        due_ms: due
            .into_iter()
            .filter_map(|(kind, since)| Some((kind, age(since?))))
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{events, jobs as work};
    use wing_contracts::UserId;
    use wing_contracts::events::user::UserChanged;

    fn database() -> (tempfile::TempDir, Db) {
        let dir = tempfile::tempdir().expect("dir");
        let url = format!("sqlite://{}", dir.path().join("db").display());
        let db = Db::open(&url, 2, &[]).expect("opens");
        (dir, db)
    }

    #[test]
    fn what_waits_is_counted_with_its_age() {
        let (_dir, db) = database();
        let now = Clock::system().now();
        let before = |seconds: i64| now.plus_seconds(-seconds);
        let found = db.write_blocking(|tx| {
            assert_eq!(backlog(tx, now)?, Backlog::default());
            let user_id = UserId::new();
            let event = UserChanged { user_id };
            events::record(tx, before(90), &event)?;
            events::record(tx, before(10), &event)?;
            work::enqueue(tx, "process_track", &(), before(30))?;
            work::enqueue(tx, "process_track", &(), before(5))?;
            work::enqueue(tx, "later", &(), now.plus_seconds(60))?;
            backlog(tx, now)
        });
        assert_eq!(
            found.expect("counted"),
            Backlog {
                events: 2,
                oldest_event_ms: 90_000,
                parked: Vec::new(),
                due_ms: vec![("process_track".into(), 30_000)],
            }
        );
    }

    #[tokio::test]
    async fn a_sample_reports_pools_and_disk_space() {
        let (dir, db) = database();
        let stop = CancellationToken::new();
        let watched = Watched {
            db,
            ready: Ready::default().needs("media", || async { false }),
            data: dir.path().into(),
            clock: Clock::system(),
        };
        let looking = tokio::spawn(watch(watched, stop.clone()));
        while !super::super::metrics::render().contains("wing_ready{check=\"media\"} 0") {
            tokio::task::yield_now().await;
        }
        stop.cancel();
        looking.await.expect("it ends");
        let free = DISK_FREE.with_label_values(&["data"]).get();
        assert!(free > 0 && free <= DISK_SIZE.with_label_values(&["data"]).get());
        let most = |pool| CONNECTIONS_MAX.with_label_values(&[pool]).get();
        assert_eq!((most("read"), most("write")), (2, 1));
    }
}
