//! What the process itself costs, measured whenever somebody reads the metrics.

use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use prometheus::{Gauge, IntGauge, IntGaugeVec, Opts};
use rustix::time::{ClockId, clock_gettime};

use super::metrics::registered;

static RESIDENT: LazyLock<IntGauge> = LazyLock::new(|| {
    registered(IntGauge::new(
        "process_resident_memory_bytes",
        "Resident memory.",
    ))
});

static CPU: LazyLock<prometheus::Counter> = LazyLock::new(|| {
    registered(prometheus::Counter::new(
        "process_cpu_seconds_total",
        "Processor time of all threads.",
    ))
});

static STARTED: LazyLock<Gauge> = LazyLock::new(|| {
    let gauge = registered(Gauge::new(
        "process_start_time_seconds",
        "When the process began, in seconds since 1970.",
    ));
    gauge.set(start_time().unwrap_or(0.0));
    gauge
});

/// One series that is always 1: which program this is, and where. In a container
/// the host is the beginning of the container's id, unless it was given a name.
static BUILD: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    let info = registered(IntGaugeVec::new(
        Opts::new(
            "wing_build_info",
            "The version that runs, and on which host.",
        ),
        &["version", "host"],
    ));
    info.with_label_values(&[env!("CARGO_PKG_VERSION"), &host()])
        .set(1);
    info
});

/// Brings the numbers up to date.
pub(super) fn measure() {
    RESIDENT.set(resident_bytes().unwrap_or(0));
    let spent = seconds(clock_gettime(ClockId::ProcessCPUTime));
    // Readers at the same moment may each add the same slice: never less than none.
    CPU.inc_by((spent - CPU.get()).max(0.0));
    LazyLock::force(&STARTED);
    LazyLock::force(&BUILD);
}

/// The name of the machine or the container.
pub fn host() -> String {
    rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned()
}

fn resident_bytes() -> Option<i64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: i64 = statm.split(' ').nth(1)?.parse().ok()?;
    Some(pages * i64::try_from(rustix::param::page_size()).ok()?)
}

/// `/proc/self/stat` counts from when the machine came up (proc_pid_stat(5)).
fn start_time() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The program's name, in brackets, may hold anything; the 20th field after it.
    let (_, fields) = stat.rsplit_once(") ")?;
    let ticks: u32 = fields.split(' ').nth(19)?.parse().ok()?;
    let per_second = u32::try_from(rustix::param::clock_ticks_per_second()).ok()?;
    let after_boot = f64::from(ticks) / f64::from(per_second);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    let up = seconds(clock_gettime(ClockId::Boottime));
    Some(now.as_secs_f64() - up + after_boot)
}

fn seconds(time: rustix::time::Timespec) -> f64 {
    std::time::Duration::try_from(time).map_or(0.0, |time| time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_knows_what_it_costs_and_since_when_it_runs() {
        measure();
        assert!(RESIDENT.get() > 1_000_000);
        let before = CPU.get();
        let mut sum = 0_u64;
        while seconds(clock_gettime(ClockId::ProcessCPUTime)) < before + 0.02 {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        measure();
        assert!(CPU.get() >= before + 0.02);
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("a time");
        let age = now.as_secs_f64() - STARTED.get();
        assert!((-1.0..3600.0).contains(&age), "{age}");
    }
}
