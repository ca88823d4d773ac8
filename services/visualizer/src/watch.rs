//! Polls the source and publishes the result to all listeners.
//!
//! One task polls, however many people have the page open: each second while
//! anybody has, every five seconds for the history alone otherwise, and at once
//! when the source reports a change.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wing_kit::Clock;

use crate::history::History;
use crate::source::{Source, SourceError};
use crate::view::View;

/// From the start of one poll to the next, while somebody listens …
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// … and while nobody does.
const IDLE_INTERVAL: Duration = Duration::from_secs(5);
/// The least time between two polls: changes come in bursts.
const MIN_INTERVAL: Duration = Duration::from_millis(150);
/// How long a page waits for a fresh poll.
const FRESH_TIMEOUT: Duration = Duration::from_secs(3);
/// The most listeners at once.
const MAX_LISTENERS: usize = 64;

/// What is known at one moment.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// The view of the last poll that succeeded.
    pub view: View,
    /// What happened in the last hour.
    pub history: History,
    /// Why the last poll failed, and since when polls fail.
    pub trouble: Option<(SourceError, i64)>,
    /// When the last poll was, whether it succeeded or not.
    pub polled_at: i64,
    /// Whether any poll has succeeded.
    pub seen: bool,
}

/// What runs, for pages to show; cheap to clone.
#[derive(Clone)]
pub struct Visualizer(Arc<Inner>);

struct Inner {
    scene: watch::Sender<Arc<Scene>>,
    listeners: Arc<Semaphore>,
    wake: Notify,
    clock: Clock,
    stop: CancellationToken,
}

/// A subscription; there are at most `MAX_LISTENERS`.
pub struct Listener {
    /// Changes with each poll.
    pub scene: watch::Receiver<Arc<Scene>>,
    /// Cancelled when the process is asked to stop.
    pub stop: CancellationToken,
    _permit: OwnedSemaphorePermit,
}

/// The visualizer of `source`, and the task that polls it until `stop` is cancelled.
pub fn begin(
    source: Source,
    clock: Clock,
    stop: CancellationToken,
) -> (Visualizer, impl Future<Output = ()> + Send) {
    let visualizer = Visualizer(Arc::new(Inner {
        scene: watch::Sender::default(),
        listeners: Arc::new(Semaphore::new(MAX_LISTENERS)),
        wake: Notify::new(),
        clock,
        stop,
    }));
    let watching = visualizer.clone().watch(source);
    (visualizer, watching)
}

impl Visualizer {
    /// The current scene, polled anew when it is older than a second.
    pub async fn scene(&self) -> Arc<Scene> {
        let mut scenes = self.0.scene.subscribe();
        let known = Arc::clone(&scenes.borrow_and_update());
        let age = self.0.clock.now().0 - known.polled_at;
        if known.polled_at > 0 && (0..=1000).contains(&age) {
            return known;
        }
        self.0.wake.notify_one();
        let _ = tokio::time::timeout(FRESH_TIMEOUT, scenes.changed()).await;
        Arc::clone(&scenes.borrow())
    }

    /// Subscribes; `None` when there are `MAX_LISTENERS` already.
    pub fn listen(&self) -> Option<Listener> {
        let permit = Arc::clone(&self.0.listeners).try_acquire_owned().ok()?;
        let scene = self.0.scene.subscribe();
        self.0.wake.notify_one();
        Some(Listener {
            scene,
            stop: self.0.stop.clone(),
            _permit: permit,
        })
    }

    async fn watch(self, mut source: Source) {
        loop {
            let began = Instant::now();
            tokio::select! {
                () = self.0.stop.cancelled() => return,
                () = self.poll(&mut source) => {}
            }
            // Not sooner, whoever wakes it.
            let minimum = tokio::time::sleep_until(began + MIN_INTERVAL);
            tokio::select! {
                () = self.0.stop.cancelled() => return,
                () = minimum => {}
            }
            let idle = self.0.scene.receiver_count() == 0;
            let interval = if idle { IDLE_INTERVAL } else { POLL_INTERVAL };
            tokio::select! {
                () = self.0.stop.cancelled() => return,
                () = tokio::time::sleep_until(began + interval) => {}
                () = self.0.wake.notified() => {}
                () = source.changed() => {}
            }
        }
    }

    async fn poll(&self, source: &mut Source) {
        let now = self.0.clock.now().0;
        let seen = source.poll(now).await;
        let mut scene = Scene::clone(&self.0.scene.borrow());
        scene.polled_at = now;
        match seen {
            Ok(view) => {
                if scene.trouble.is_some() {
                    tracing::info!("the source can be read again");
                }
                let before = scene.seen.then_some(&scene.view);
                scene.history.observe(before, &view);
                scene.view = view;
                scene.seen = true;
                scene.trouble = None;
            }
            Err(trouble) => {
                scene.history.source_failed(trouble, now);
                let was = scene.trouble;
                // Logged once, and not at every poll.
                if was.is_none_or(|(was, _)| was != trouble) {
                    tracing::warn!(?trouble, "the source cannot be read");
                }
                scene.trouble = Some((trouble, was.map_or(now, |(_, since)| since)));
            }
        }
        self.0.scene.send_replace(Arc::new(scene));
    }
}
