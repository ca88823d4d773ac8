//! What was read a moment ago, for the next who asks: true as long as nothing at
//! all is written.

use std::hash::Hash;
use std::sync::Arc;
use std::time::{Duration, Instant};

use quick_cache::Weighter;
use quick_cache::sync::Cache;

/// How long an answer is remembered at most: somebody may have the file of the
/// database open by hand.
const TRUSTED: Duration = Duration::from_secs(2);

/// What takes memory.
pub trait Size {
    /// Bytes, about, with all it points at.
    fn bytes(&self) -> usize;
}

/// Answers by what was asked, the useful ones of a bounded size together.
pub struct Recent<Q, A>(Cache<Q, Known<A>, Bytes>);

struct Known<A> {
    answer: Arc<A>,
    /// [`wing_kit::Db::writes`] before it was read.
    writes: u64,
    since: Instant,
}

impl<A> Clone for Known<A> {
    fn clone(&self) -> Self {
        Self {
            answer: Arc::clone(&self.answer),
            ..*self
        }
    }
}

#[derive(Clone)]
struct Bytes;

impl<Q, A: Size> Weighter<Q, Known<A>> for Bytes {
    fn weight(&self, _: &Q, known: &Known<A>) -> u64 {
        (size_of::<(Q, Known<A>)>() + known.answer.bytes()) as u64
    }
}

impl<Q: Eq + Hash, A: Size> Recent<Q, A> {
    /// Room for answers of so many bytes together, expected to be so many.
    pub fn new(bytes: u64, answers: usize) -> Self {
        Self(Cache::with_weighter(answers, bytes, Bytes))
    }

    /// What was answered when `writes` was what it is now.
    pub fn get(&self, asked: &Q, writes: u64) -> Option<Arc<A>> {
        let known = self.0.get(asked)?;
        let same = known.writes == writes && known.since.elapsed() < TRUSTED;
        same.then_some(known.answer)
    }

    /// Caches what was read after `writes` was taken.
    pub fn put(&self, asked: Q, answer: Arc<A>, writes: u64) {
        let since = Instant::now();
        let known = Known {
            answer,
            writes,
            since,
        };
        self.0.insert(asked, known);
    }
}
