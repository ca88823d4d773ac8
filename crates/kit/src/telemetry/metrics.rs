//! Prometheus metrics.

use std::sync::LazyLock;

use prometheus::{
    Encoder as _, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, TextEncoder,
};

use super::process;

static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::new);

pub(super) fn registered<M: prometheus::core::Collector + Clone + 'static>(
    metric: prometheus::Result<M>,
) -> M {
    #[expect(
        clippy::expect_used,
        reason = "names are literals, each registered once"
    )]
    let metric = metric.expect("a metric's name and labels are valid");
    // Two collectors of one name cannot be: each static is built once.
    let _ = REGISTRY.register(Box::new(metric.clone()));
    metric
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

/// Events that a consumer failed on for good.
pub static EVENTS_PARKED: LazyLock<IntCounterVec> = LazyLock::new(|| {
    registered(IntCounterVec::new(
        Opts::new("wing_events_parked_total", "Events a consumer gave up."),
        &["consumer"],
    ))
});

/// Attempts of jobs by outcome.
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

static JOB_COUNT: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    registered(IntGaugeVec::new(
        Opts::new("wing_jobs", "Jobs by state."),
        &["state"],
    ))
});

/// Publishes how many jobs are in each state.
pub fn set_job_counts(counts: &[(String, i64)]) {
    JOB_COUNT.reset();
    for (state, count) in counts {
        JOB_COUNT.with_label_values(&[state]).set(*count);
    }
}

/// Everything in Prometheus' text format.
pub fn render() -> String {
    process::measure();
    let mut text = Vec::new();
    if let Err(error) = TextEncoder::new().encode(&REGISTRY.gather(), &mut text) {
        tracing::warn!(%error, "metrics could not be written");
    }
    String::from_utf8(text).unwrap_or_default()
}
