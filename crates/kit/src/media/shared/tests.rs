use std::collections::BTreeSet;
use std::sync::mpsc;

use parking_lot::Mutex;

use super::*;
use crate::db::testing::TestDatabase;

/// Keys that are stored and keys that are referenced.
#[derive(Default)]
struct Store {
    stored: Mutex<BTreeSet<String>>,
    referenced: Mutex<BTreeSet<String>>,
}

#[async_trait]
impl Files for Store {
    fn domain(&self) -> &'static str {
        "test"
    }

    fn is_referenced(&self, _: &mut Conn, key: &str) -> QueryResult<bool> {
        Ok(self.referenced.lock().contains(key))
    }

    async fn delete(&self, key: &str) -> Result<(), MediaError> {
        self.stored.lock().remove(key);
        Ok(())
    }
}

struct Site {
    _dir: tempfile::TempDir,
    db: Db,
    clock: Clock,
    store: Arc<Store>,
    sweep: Sweep,
}

impl Site {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", dir.path().join("db").display());
        let db = Db::open(&url, 2, &[]).unwrap();
        let (clock, store) = (Clock::system(), Arc::new(Store::default()));
        let sweep = Sweep::new(
            db.clone(),
            clock.clone(),
            Arc::clone(&store) as Arc<dyn Files>,
        );
        Self {
            _dir: dir,
            db,
            clock,
            store,
            sweep,
        }
    }

    fn announce(&self, key: &str) -> bool {
        let now = self.clock.now();
        let stored = self
            .db
            .write_blocking(|tx| announce(tx, "test", key, now))
            .unwrap();
        if stored {
            self.store.stored.lock().insert(key.to_owned());
        }
        stored
    }

    fn reference(&self, key: &str) -> bool {
        let now = self.clock.now();
        self.db
            .write_blocking(|tx| reference(tx, key, now))
            .unwrap()
    }

    async fn sweep_after_an_hour(&self) -> usize {
        self.clock.advance_ms(REST_MS + 1);
        self.sweep.run().await.unwrap()
    }

    fn is_stored(&self, key: &str) -> bool {
        self.store.stored.lock().contains(key)
    }
}

#[tokio::test]
async fn what_is_unreferenced_twice_an_hour_apart_is_deleted() {
    let site = Site::new();
    assert!(site.announce("a"));
    assert_eq!(site.sweep.run().await.unwrap(), 0, "not before an hour");
    assert_eq!(site.sweep_after_an_hour().await, 0, "seen once");
    assert_eq!(site.sweep.run().await.unwrap(), 0, "not twice at once");
    assert_eq!(site.sweep_after_an_hour().await, 1);
    assert!(!site.is_stored("a"));
    assert!(!site.reference("a"), "it has to be stored again");
    assert!(site.announce("a") && site.reference("a"));
}

#[tokio::test]
async fn storing_and_referencing_restart_the_hour() {
    let site = Site::new();
    for restart in [Site::announce as fn(&Site, &str) -> bool, Site::reference] {
        assert!(site.announce("a"));
        assert_eq!(site.sweep_after_an_hour().await, 0);
        assert!(restart(&site, "a"));
        assert_eq!(site.sweep_after_an_hour().await, 0, "seen once again");
        assert!(site.is_stored("a"));
        assert_eq!(site.sweep_after_an_hour().await, 1);
    }
}

#[tokio::test]
async fn what_is_referenced_stays_and_is_looked_at_again_when_it_is_released() {
    let site = Site::new();
    assert!(site.announce("a"));
    site.store.referenced.lock().insert("a".into());
    for _ in 0..3 {
        assert_eq!(site.sweep_after_an_hour().await, 0);
    }
    site.store.referenced.lock().clear();
    assert_eq!(site.sweep_after_an_hour().await, 0, "nobody said so");
    let now = site.clock.now();
    site.db
        .write_blocking(|tx| release(tx, "test", "a", now))
        .unwrap();
    assert_eq!(site.sweep_after_an_hour().await, 0);
    assert_eq!(site.sweep_after_an_hour().await, 1);
}

#[tokio::test]
async fn nobody_refers_to_a_file_that_is_being_deleted_and_a_dead_sweep_is_followed() {
    let site = Site::new();
    assert!(site.announce("a"));
    assert_eq!(site.sweep_after_an_hour().await, 0);
    site.clock.advance_ms(REST_MS + 1);
    // Decided, and then the process died.
    assert!(site.sweep.look("a").await.unwrap().is_some());
    assert!(!site.reference("a") && !site.announce("a"));
    assert_eq!(site.sweep.run().await.unwrap(), 0, "it may be at work");
    site.clock.advance_ms(DELETING_MS + 1);
    assert_eq!(site.sweep.run().await.unwrap(), 1);

    assert!(site.announce("a"));
    assert_eq!(site.sweep_after_an_hour().await, 0);
    site.clock.advance_ms(REST_MS + 1);
    let until = site.sweep.look("a").await.unwrap().unwrap();
    site.clock.advance_ms(DELETING_MS + 1);
    assert!(site.announce("a"), "whoever stores it takes over");
    site.sweep.end("a", until).await.unwrap();
    assert!(
        site.reference("a"),
        "what comes late drops no row of others"
    );
}

#[test]
fn two_that_announce_one_file_at_once_may_both_store_it() {
    let Some(database) = TestDatabase::postgres() else {
        return;
    };
    let db = database.open();
    let now = Clock::system().now();
    std::thread::scope(|scope| {
        let (open, opened) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let first = scope.spawn({
            let db = db.clone();
            move || {
                db.write_blocking(|tx| {
                    let announced = announce(tx, "test", "a", now)?;
                    open.send(()).unwrap();
                    let _ = released.recv();
                    Ok::<_, DbError>(announced)
                })
            }
        });
        opened.recv().unwrap();
        let second = scope.spawn(|| db.write_blocking(|tx| announce(tx, "test", "a", now)));
        database.wait_until_blocked();
        drop(release);
        assert!(first.join().unwrap().unwrap());
        assert!(second.join().unwrap().unwrap());
    });
}
