//! Prometheus metrics: what is counted as it happens. What is looked at now and
//! then is in [`watch`](fn@super::watch), what the process costs in
//! [`process`].

use std::collections::BTreeSet;
use std::sync::LazyLock;

use parking_lot::Mutex;
use prometheus::{
    Encoder as _, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec,
    Opts, Registry, TextEncoder,
};

use super::{bounds, process, watch};

static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::new);
/// Names of what was registered so far.
static NAMES: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

pub(super) fn registered<M: prometheus::core::Collector + Clone + 'static>(
    metric: prometheus::Result<M>,
) -> M {
    #[expect(
        clippy::expect_used,
        reason = "names are literals, each registered once"
    )]
    let metric = metric.expect("a metric's name and labels are valid");
    let mut names = NAMES.lock();
    names.extend(metric.desc().iter().map(|about| about.fq_name.clone()));
    // Two collectors of one name cannot be: each static is built once.
    let _ = REGISTRY.register(Box::new(metric.clone()));
    metric
}

/// A gauge by labels.
pub(super) fn gauges(name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
    registered(IntGaugeVec::new(Opts::new(name, help), labels))
}

/// Requests by route and status.
pub static REQUESTS: LazyLock<IntCounterVec> = LazyLock::new(|| {
    registered(IntCounterVec::new(
        Opts::new("wing_http_requests_total", "Requests answered."),
        &["method", "route", "status"],
    ))
});

/// Seconds until the answer's head was ready, by route.
pub static REQUEST_SECONDS: LazyLock<HistogramVec> = LazyLock::new(|| {
    registered(HistogramVec::new(
        HistogramOpts::new(
            "wing_http_request_seconds",
            "Seconds until an answer began.",
        )
        .buckets(vec![
            0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
        ]),
        &["route"],
    ))
});

/// Requests being answered.
pub static IN_FLIGHT: LazyLock<IntGauge> = LazyLock::new(|| {
    registered(IntGauge::new(
        "wing_http_requests_in_flight",
        "Requests being answered.",
    ))
});

/// Calls to other processes by what was asked and how they ended.
pub static CALLS: LazyLock<IntCounterVec> = LazyLock::new(|| {
    registered(IntCounterVec::new(
        Opts::new("wing_calls_total", "Calls to other processes."),
        &["to", "path", "outcome"],
    ))
});

/// Seconds that all attempts of a call took together, by whom was asked.
pub static CALL_SECONDS: LazyLock<HistogramVec> = LazyLock::new(|| {
    registered(HistogramVec::new(
        HistogramOpts::new(
            "wing_call_seconds",
            "Seconds a call took, attempts together.",
        )
        .buckets(vec![
            0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 1.0,
        ]),
        &["to"],
    ))
});

/// Events that a consumer failed on for good.
pub static EVENTS_PARKED: LazyLock<IntCounterVec> = LazyLock::new(|| {
    registered(IntCounterVec::new(
        Opts::new("wing_events_parked_total", "Events a consumer gave up."),
        &["consumer"],
    ))
});

/// Times an event was offered to a consumer, by what became of it.
pub static EVENTS_DELIVERED: LazyLock<IntCounterVec> = LazyLock::new(|| {
    registered(IntCounterVec::new(
        Opts::new(
            "wing_events_told_total",
            "Times an event was offered to a consumer.",
        ),
        &["consumer", "outcome"],
    ))
});

/// Seconds from what happened until a consumer had acted on it.
pub static EVENT_LAG: LazyLock<HistogramVec> = LazyLock::new(|| {
    registered(HistogramVec::new(
        HistogramOpts::new(
            "wing_event_lag_seconds",
            "Seconds from what happened until a consumer had acted.",
        )
        .buckets(vec![
            0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 300.0, 3600.0, 86400.0,
        ]),
        &["consumer"],
    ))
});

/// 1 while the broker hands events to the consumer.
pub static EVENTS_LISTENING: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    gauges(
        "wing_events_listening",
        "Whether the broker hands events to the consumer.",
        &["consumer"],
    )
});

/// Events that the broker had for the consumer when it handed one over.
pub static EVENTS_PENDING: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    gauges(
        "wing_events_pending",
        "Events the broker holds for the consumer.",
        &["consumer"],
    )
});

/// Attempts of jobs by outcome: `done`, `retry` when it comes again, `given_up`
/// when it failed too often, `fatal` when it can never work.
pub static JOBS: LazyLock<IntCounterVec> = LazyLock::new(|| {
    registered(IntCounterVec::new(
        Opts::new("wing_job_attempts_total", "Attempts of jobs."),
        &["kind", "outcome"],
    ))
});

/// Seconds an attempt of a job took.
pub static JOB_SECONDS: LazyLock<HistogramVec> = LazyLock::new(|| {
    registered(HistogramVec::new(
        HistogramOpts::new("wing_job_seconds", "Seconds an attempt of a job took.")
            .buckets(vec![0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0]),
        &["kind"],
    ))
});

static JOB_COUNT: LazyLock<IntGaugeVec> =
    LazyLock::new(|| gauges("wing_jobs", "Jobs by state.", &["state"]));

/// Seconds a query waited until a thread began it, by pool.
pub static DB_WAIT_SECONDS: LazyLock<HistogramVec> = LazyLock::new(|| {
    registered(HistogramVec::new(
        HistogramOpts::new("wing_db_wait_seconds", "Seconds a query waited to begin.")
            .buckets(DB_BUCKETS.into()),
        &["pool"],
    ))
});

/// Seconds a use of the database took, all its statements together, by pool.
pub static DB_SECONDS: LazyLock<HistogramVec> = LazyLock::new(|| {
    registered(HistogramVec::new(
        HistogramOpts::new("wing_db_seconds", "Seconds a use of the database took.")
            .buckets(DB_BUCKETS.into()),
        &["pool"],
    ))
});

const DB_BUCKETS: [f64; 9] = [0.0001, 0.0005, 0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 5.0];

/// Uses of the database that were refused, for want of a connection or a turn.
pub static DB_REFUSED: LazyLock<IntCounter> = LazyLock::new(|| {
    registered(IntCounter::new(
        "wing_db_refused_total",
        "Uses of the database refused for want of a connection.",
    ))
});

/// Transactions run again after a deadlock or a serialisation failure.
pub static DB_RETRIES: LazyLock<IntCounter> = LazyLock::new(|| {
    registered(IntCounter::new(
        "wing_db_retries_total",
        "Transactions run again after a deadlock or a serialisation failure.",
    ))
});

/// 1 for each thing the process needs that was there when it was asked last.
pub static READY: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    gauges(
        "wing_ready",
        "Whether what the process needs was there when asked last.",
        &["check"],
    )
});

/// Publishes how many jobs are in each state.
pub fn set_job_counts(counts: &[(String, i64)]) {
    JOB_COUNT.reset();
    for (state, count) in counts {
        JOB_COUNT.with_label_values(&[state]).set(*count);
    }
}

/// The name of every metric that a process of ours can have, without what
/// Prometheus adds to those of a histogram: for dashboards and alerts to be held
/// to.
pub fn names() -> BTreeSet<String> {
    LazyLock::force(&IN_FLIGHT);
    LazyLock::force(&DB_REFUSED);
    LazyLock::force(&DB_RETRIES);
    for histogram in [
        &REQUEST_SECONDS,
        &CALL_SECONDS,
        &EVENT_LAG,
        &JOB_SECONDS,
        &DB_WAIT_SECONDS,
        &DB_SECONDS,
    ] {
        LazyLock::force(histogram);
    }
    for counter in [&REQUESTS, &CALLS, &EVENTS_PARKED, &EVENTS_DELIVERED, &JOBS] {
        LazyLock::force(counter);
    }
    for gauge in [&EVENTS_LISTENING, &EVENTS_PENDING, &JOB_COUNT, &READY] {
        LazyLock::force(gauge);
    }
    watch::register();
    process::measure();
    bounds::measure();
    NAMES.lock().clone()
}

/// Everything in Prometheus' text format.
pub fn render() -> String {
    process::measure();
    bounds::measure();
    let mut text = Vec::new();
    if let Err(error) = TextEncoder::new().encode(&REGISTRY.gather(), &mut text) {
        tracing::warn!(%error, "metrics could not be written");
    }
    String::from_utf8(text).unwrap_or_default()
}
