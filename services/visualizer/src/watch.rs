//! Looking again and again, and telling everybody who listens.
//!
//! One task looks, however many people have the page open: each second while
//! anybody has, every five seconds for the history alone otherwise, and at once
//! when the source says that something has changed.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wing_kit::Clock;

use crate::history::History;
use crate::source::{Source, Trouble};
use crate::view::View;

/// From the beginning of one look to the next, while somebody listens …
const LIVELY: Duration = Duration::from_secs(1);
/// … and while nobody does.
const CALM: Duration = Duration::from_secs(5);
/// At least so long, whatever the source reports: changes come in bursts.
const BREATH: Duration = Duration::from_millis(150);
/// A page that was asked for waits at most so long for a new look.
const PATIENCE: Duration = Duration::from_secs(3);
/// Who may listen at once.
const SEATS: usize = 64;

/// What is known at one moment.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// What was seen last.
    pub view: View,
    /// What happened in the last hour.
    pub history: History,
    /// Why the last look saw nothing, and since when that is so.
    pub trouble: Option<(Trouble, i64)>,
    /// When the last look was, whether it saw something or not.
    pub looked_at: i64,
    /// Whether anything was ever seen.
    pub seen: bool,
}

/// What runs, for pages to show; cheap to clone.
#[derive(Clone)]
pub struct Visualizer(Arc<Inner>);

struct Inner {
    scene: watch::Sender<Arc<Scene>>,
    seats: Arc<Semaphore>,
    asked: Notify,
    clock: Clock,
    stop: CancellationToken,
}

/// Somebody who listens; more than `SEATS` do not find room.
pub struct Listener {
    /// Changes with each look.
    pub scene: watch::Receiver<Arc<Scene>>,
    /// Cancelled when the process is asked to stop.
    pub stop: CancellationToken,
    _seat: OwnedSemaphorePermit,
}

/// The visualizer of `source`, and the work that keeps it up to date until `stop`
/// is cancelled.
pub fn begin(
    source: Source,
    clock: Clock,
    stop: CancellationToken,
) -> (Visualizer, impl Future<Output = ()> + Send) {
    let visualizer = Visualizer(Arc::new(Inner {
        scene: watch::Sender::default(),
        seats: Arc::new(Semaphore::new(SEATS)),
        asked: Notify::new(),
        clock,
        stop,
    }));
    let watching = visualizer.clone().watch(source);
    (visualizer, watching)
}

impl Visualizer {
    /// What is known, not older than a second if that can be had soon.
    pub async fn scene(&self) -> Arc<Scene> {
        let mut scenes = self.0.scene.subscribe();
        let known = Arc::clone(&scenes.borrow_and_update());
        let age = self.0.clock.now().0 - known.looked_at;
        if known.looked_at > 0 && (0..=1000).contains(&age) {
            return known;
        }
        self.0.asked.notify_one();
        let _ = tokio::time::timeout(PATIENCE, scenes.changed()).await;
        Arc::clone(&scenes.borrow())
    }

    /// Listens from now on; `None` when too many do.
    pub fn listen(&self) -> Option<Listener> {
        let seat = Arc::clone(&self.0.seats).try_acquire_owned().ok()?;
        let scene = self.0.scene.subscribe();
        self.0.asked.notify_one();
        Some(Listener {
            scene,
            stop: self.0.stop.clone(),
            _seat: seat,
        })
    }

    async fn watch(self, mut source: Source) {
        loop {
            let began = Instant::now();
            tokio::select! {
                () = self.0.stop.cancelled() => return,
                () = self.look(&mut source) => {}
            }
            // Not sooner, whoever asks.
            let rested = tokio::time::sleep_until(began + BREATH);
            tokio::select! {
                () = self.0.stop.cancelled() => return,
                () = rested => {}
            }
            let calm = self.0.scene.receiver_count() == 0;
            let pace = if calm { CALM } else { LIVELY };
            tokio::select! {
                () = self.0.stop.cancelled() => return,
                () = tokio::time::sleep_until(began + pace) => {}
                () = self.0.asked.notified() => {}
                () = source.changed() => {}
            }
        }
    }

    async fn look(&self, source: &mut Source) {
        let now = self.0.clock.now().0;
        let seen = source.look(now).await;
        let mut scene = Scene::clone(&self.0.scene.borrow());
        scene.looked_at = now;
        match seen {
            Ok(view) => {
                if scene.trouble.is_some() {
                    tracing::info!("what runs can be seen again");
                }
                let before = scene.seen.then_some(&scene.view);
                scene.history.see(before, &view);
                scene.view = view;
                scene.seen = true;
                scene.trouble = None;
            }
            Err(trouble) => {
                scene.history.lose_sight(trouble, now);
                let was = scene.trouble;
                // Once, and not at every look.
                if was.is_none_or(|(was, _)| was != trouble) {
                    tracing::warn!(?trouble, "what runs cannot be seen");
                }
                scene.trouble = Some((trouble, was.map_or(now, |(_, since)| since)));
            }
        }
        self.0.scene.send_replace(Arc::new(scene));
    }
}
