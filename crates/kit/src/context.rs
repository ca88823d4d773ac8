//! What goes along with a request to the other processes it makes us ask: its
//! id, and until when an answer is of use.
//!
//! The [gate](crate::http::gate) opens a context around every request; whoever
//! calls a neighbour reads it with [`current`].

use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

tokio::task_local! {
    static CONTEXT: Context;
}

/// The header that says how many milliseconds the caller still waits.
pub const DEADLINE: &str = "x-deadline-ms";

/// The context of one request; cheap to clone.
#[derive(Clone, Debug)]
pub struct Context {
    trace: Arc<str>,
    deadline: Arc<OnceLock<Instant>>,
}

impl Context {
    /// The context of a request with this trace id (32 hexadecimal digits),
    /// and with what is left of its caller's patience, if that is known.
    pub fn new(trace: &str, left: Option<Duration>) -> Self {
        let deadline = OnceLock::new();
        if let Some(end) = left.and_then(|left| Instant::now().checked_add(left)) {
            let _ = deadline.set(end);
        }
        Self {
            trace: trace.into(),
            deadline: Arc::new(deadline),
        }
    }

    /// A context for what nobody asked for from outside, such as a job.
    pub fn fresh() -> Self {
        Self::new(&hex::encode(rand::random::<[u8; 16]>()), None)
    }

    /// How long calls may still take. All calls of one request share `budget`,
    /// which begins with the first of them, unless the caller's own deadline is
    /// known.
    pub fn left(&self, budget: Duration) -> Duration {
        let end = *self.deadline.get_or_init(|| Instant::now() + budget);
        end.saturating_duration_since(Instant::now()).min(budget)
    }

    /// A `traceparent` (W3C Trace Context) for one call.
    pub fn traceparent(&self) -> String {
        let span = hex::encode(rand::random::<[u8; 8]>());
        format!("00-{}-{span}-01", self.trace)
    }

    /// Does `work` within this context.
    pub async fn scope<F: Future>(self, work: F) -> F::Output {
        CONTEXT.scope(self, work).await
    }
}

/// The context of the running request, or a fresh one.
pub fn current() -> Context {
    CONTEXT
        .try_with(Clone::clone)
        .unwrap_or_else(|_| Context::fresh())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_one_request_share_its_budget() {
        let context = Context::new("ab", None);
        let budget = Duration::from_secs(5);
        let first = context.left(budget);
        assert!(first <= budget);
        assert!(context.clone().left(budget * 10) <= budget, "it began once");
        let spent = Context::new("ab", Some(Duration::ZERO));
        assert_eq!(spent.left(budget), Duration::ZERO);
    }

    #[test]
    fn a_trace_goes_on_with_a_span_of_its_own() {
        let context = Context::fresh();
        let (one, two) = (context.traceparent(), context.traceparent());
        assert_eq!(one.len(), 55);
        assert_eq!(one[..36], two[..36]);
        assert_ne!(one, two);
    }
}
