//! NATS between the services of one test.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::process::{Killed, free_port};

/// A NATS server that a test may take away.
#[derive(Debug)]
pub struct Broker {
    port: u16,
    store: PathBuf,
    running: Mutex<Option<Killed>>,
}

impl Broker {
    /// Starts one that stores in `home`.
    pub(crate) fn start(home: &Path) -> Self {
        let broker = Self {
            port: free_port(),
            store: home.join("nats"),
            running: Mutex::default(),
        };
        broker.bring_back();
        broker
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://wing:known%20only%20here@127.0.0.1:{}", self.port)
    }

    /// Kills it; what it has stored stays.
    pub fn take_away(&self) {
        *self.running() = None;
    }

    /// Starts it again on what it had stored.
    pub fn bring_back(&self) {
        let port = self.port.to_string();
        *self.running() = Some(Killed::start("nats-server", |command| {
            command
                .args(["--addr", "127.0.0.1", "--port", &port])
                .args(["--user", "wing", "--pass", "known only here"])
                .args(["--jetstream", "--store_dir"])
                .arg(&self.store);
        }));
    }

    /// Deletes all that it had stored, as when a disk is lost.
    pub fn empty(&self) {
        self.take_away();
        std::fs::remove_dir_all(&self.store).expect("emptied");
        self.bring_back();
    }

    fn running(&self) -> MutexGuard<'_, Option<Killed>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
