//! What operators read: logs and metrics.

mod bounds;
pub mod logs;
pub mod metrics;
pub mod process;
mod watch;

pub use watch::{Watched, watch};
