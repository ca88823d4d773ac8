//! What the process has of that of which it may have only so much.

use std::sync::LazyLock;

use prometheus::IntGauge;

use super::metrics::registered;

fn gauge(name: &str, help: &str) -> IntGauge {
    registered(IntGauge::new(name, help))
}

static THREADS: LazyLock<IntGauge> = LazyLock::new(|| gauge("process_threads", "Threads."));
static OPEN_FILES: LazyLock<IntGauge> =
    LazyLock::new(|| gauge("process_open_fds", "Open files and connections."));
static MAX_FILES: LazyLock<IntGauge> = LazyLock::new(|| {
    gauge(
        "process_max_fds",
        "Files and connections that may be open at once.",
    )
});
static MEMORY_LIMIT: LazyLock<IntGauge> = LazyLock::new(|| {
    gauge(
        "wing_memory_limit_bytes",
        "Memory the process may have; 0 without a limit.",
    )
});

/// Brings the numbers up to date. Costs a few small files of `/proc`.
pub(super) fn measure() {
    THREADS.set(entries("/proc/self/task"));
    // Without the one that reads them.
    OPEN_FILES.set(entries("/proc/self/fd") - 1);
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let limit = limit.current.and_then(|limit| i64::try_from(limit).ok());
    MAX_FILES.set(limit.unwrap_or(i64::MAX));
    MEMORY_LIMIT.set(memory_limit().unwrap_or(0));
}

fn entries(dir: &str) -> i64 {
    let count = std::fs::read_dir(dir).map_or(0, Iterator::count);
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// What the container may have (control groups, version 2).
fn memory_limit() -> Option<i64> {
    let limit = std::fs::read_to_string("/sys/fs/cgroup/memory.max").ok()?;
    // `max` is no number.
    limit.trim_end().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_is_counted_and_there_is_room_for_more() {
        let files: Vec<_> = (0..20).map(|_| tempfile::tempfile()).collect();
        measure();
        assert!(files.iter().all(Result::is_ok));
        let open = OPEN_FILES.get();
        assert!((20..MAX_FILES.get()).contains(&open), "{open}");
        assert!(THREADS.get() >= 1);
    }
}
