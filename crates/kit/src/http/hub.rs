//! Publishing to whoever is connected to this process: to pages by
//! [server-sent events](super::sse), to programs by [websockets](super::ws).

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::broadcast::{self, error::RecvError};

/// Subscribers by topic, such as an account or a room; cheap to clone.
///
/// Each topic keeps its last events in one ring, and each subscriber its place
/// in it: a slow one costs nothing more than the others, and once it has been
/// overtaken it learns that it missed some.
pub struct Hub<K, E>(Arc<Inner<K, E>>);

struct Inner<K, E> {
    topics: Mutex<HashMap<K, broadcast::Sender<E>>>,
    /// Events that a subscriber may be behind.
    capacity: usize,
}

/// What a subscriber gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received<E> {
    /// The next event.
    Event(E),
    /// It was too slow, and events are lost to it: it has to read how things
    /// stand, or be closed.
    Missed,
}

/// A place in a topic's ring; given up when it is dropped.
pub struct Subscription<K: Eq + Hash, E> {
    hub: Hub<K, E>,
    topic: K,
    receiver: Option<broadcast::Receiver<E>>,
}

impl<K, E> Clone for Hub<K, E> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K: Eq + Hash + Clone, E: Clone> Hub<K, E> {
    /// A hub without subscribers, each of whom may be `capacity` events behind
    /// (rounded up to a power of two).
    pub fn new(capacity: usize) -> Self {
        Self(Arc::new(Inner {
            topics: Mutex::default(),
            capacity,
        }))
    }

    /// Hands `event` to the topic's subscribers, if there are any. Never waits.
    pub fn publish(&self, topic: &K, event: E) {
        if let Some(sender) = self.0.topics.lock().get(topic) {
            // Nobody is left while the last one unsubscribes.
            let _ = sender.send(event);
        }
    }

    /// Subscribes to what is published from now on. Subscribe first and read how
    /// things stand then: nothing falls between.
    pub fn subscribe(&self, topic: K) -> Subscription<K, E> {
        let receiver = self
            .0
            .topics
            .lock()
            .entry(topic.clone())
            .or_insert_with(|| broadcast::channel(self.0.capacity).0)
            .subscribe();
        Subscription {
            hub: self.clone(),
            topic,
            receiver: Some(receiver),
        }
    }

    /// Whether nobody subscribes to anything.
    pub fn is_empty(&self) -> bool {
        self.0.topics.lock().is_empty()
    }
}

impl<K: Eq + Hash, E: Clone> Subscription<K, E> {
    /// The next event, when it comes. Can be dropped and called again without
    /// losing one.
    pub async fn next(&mut self) -> Received<E> {
        let Some(receiver) = &mut self.receiver else {
            return std::future::pending().await;
        };
        match receiver.recv().await {
            Ok(event) => Received::Event(event),
            Err(RecvError::Lagged(_)) => Received::Missed,
            // The hub keeps the sender as long as there is a subscriber.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

impl<K: Eq + Hash, E> Drop for Subscription<K, E> {
    fn drop(&mut self) {
        let mut topics = self.hub.0.topics.lock();
        drop(self.receiver.take());
        let is_last = topics
            .get(&self.topic)
            .is_some_and(|sender| sender.receiver_count() == 0);
        if is_last {
            topics.remove(&self.topic);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn events_reach_the_subscribers_of_their_topic() {
        let hub = Hub::new(4);
        hub.publish(&"a", 0);
        let (mut one, mut two) = (hub.subscribe("a"), hub.subscribe("a"));
        let mut other = hub.subscribe("b");
        hub.publish(&"a", 1);
        hub.publish(&"b", 2);
        assert_eq!(one.next().await, Received::Event(1));
        assert_eq!(two.next().await, Received::Event(1));
        assert_eq!(other.next().await, Received::Event(2));
        drop((one, two));
        assert!(!hub.is_empty());
        drop(other);
        assert!(hub.is_empty());
    }

    #[tokio::test]
    async fn a_subscriber_that_lags_is_notified_and_goes_on_with_the_latest() {
        let hub = Hub::new(2);
        let mut slow = hub.subscribe("a");
        for n in 1..=5 {
            hub.publish(&"a", n);
        }
        assert_eq!(slow.next().await, Received::Missed);
        assert_eq!(slow.next().await, Received::Event(4));
        assert_eq!(slow.next().await, Received::Event(5));
    }
}
