//! Metrics of our processes, from `/metrics`, and rates between two polls.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::{Duration, Instant};

use crate::view::Usage;

/// The metrics in one response.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProcessMetrics {
    /// Processor time since it began.
    pub cpu_seconds: f64,
    /// Bytes of resident memory.
    pub memory: u64,
    /// Requests since it began, without those of monitoring.
    pub requests: f64,
    /// When it began, in milliseconds since 1970.
    pub began_at: Option<i64>,
    /// Its version.
    pub version: Option<String>,
    /// The name of its machine, or of its container: the beginning of its id.
    pub host: Option<String>,
}

/// Paths that only monitoring requests.
const WATCHING: [&str; 3] = [
    "route=\"/metrics\"",
    "route=\"/readyz\"",
    "route=\"/healthz\"",
];

impl ProcessMetrics {
    /// Reads Prometheus' text format, as kit writes it.
    pub fn read(text: &str) -> Self {
        let mut metrics = Self::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((series, value)) = line.rsplit_once(' ') else {
                continue;
            };
            let Ok(value) = value.parse::<f64>() else {
                continue;
            };
            let (name, labels) = series.split_once('{').unwrap_or((series, ""));
            match name {
                "process_cpu_seconds_total" => metrics.cpu_seconds = value,
                "process_resident_memory_bytes" => metrics.memory = value as u64,
                "process_start_time_seconds" if value > 0.0 => {
                    metrics.began_at = Some((value * 1000.0) as i64);
                }
                "wing_http_requests_total"
                    if !WATCHING.iter().any(|path| labels.contains(path)) =>
                {
                    metrics.requests += value;
                }
                "wing_build_info" => {
                    metrics.version = label(labels, "version");
                    metrics.host = label(labels, "host");
                }
                _ => {}
            }
        }
        metrics
    }
}

/// The value of a label, none of ours having quotes in it.
fn label(labels: &str, name: &str) -> Option<String> {
    let (_, rest) = labels.split_once(&format!("{name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(value.to_owned())
}

/// The least time that rates are computed over, since polls may follow closely.
const SPAN: Duration = Duration::from_millis(700);

/// Computes rates from the counters of processes.
#[derive(Debug, Default)]
pub struct Meter(HashMap<String, Last>);

#[derive(Debug)]
struct Last {
    at: Instant,
    metrics: ProcessMetrics,
    usage: Usage,
}

impl Meter {
    /// What the process `key` uses, from its metrics at `now`.
    pub fn usage(&mut self, key: &str, metrics: ProcessMetrics, now: Instant) -> Usage {
        let fresh = Usage {
            memory: metrics.memory,
            ..Usage::default()
        };
        let last = match self.0.entry(key.to_owned()) {
            Entry::Vacant(none) => {
                none.insert(Last {
                    at: now,
                    metrics,
                    usage: fresh,
                });
                return fresh;
            }
            Entry::Occupied(last) => last.into_mut(),
        };
        let over = now.saturating_duration_since(last.at);
        if over < SPAN {
            last.usage.memory = fresh.memory;
            return last.usage;
        }
        // A counter that went down belongs to another process.
        let rate = |now: f64, then: f64| (now >= then).then(|| (now - then) / over.as_secs_f64());
        last.usage = Usage {
            cpus: rate(metrics.cpu_seconds, last.metrics.cpu_seconds),
            requests: rate(metrics.requests, last.metrics.requests),
            ..fresh
        };
        last.at = now;
        last.metrics = metrics;
        last.usage
    }

    /// Evicts processes for which `is_there` is false.
    pub fn keep(&mut self, is_there: impl Fn(&str) -> bool) {
        self.0.retain(|key, _| is_there(key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# HELP process_cpu_seconds_total Processor time of all threads.
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total 12.5
process_resident_memory_bytes 52428800
process_start_time_seconds 1795132800.25
wing_build_info{host=\"3f2a9c\",version=\"0.1.0\"} 1
wing_http_request_seconds_count{route=\"/latest\"} 9
wing_http_requests_total{method=\"GET\",route=\"/latest\",status=\"200\"} 40
wing_http_requests_total{method=\"GET\",route=\"/metrics\",status=\"200\"} 7000
wing_http_requests_total{method=\"POST\",route=\"/login\",status=\"303\"} 2
";

    #[test]
    fn a_process_reports_what_it_uses() {
        let metrics = ProcessMetrics::read(TEXT);
        assert_eq!(metrics.cpu_seconds, 12.5);
        assert_eq!(metrics.memory, 52_428_800);
        assert_eq!(
            metrics.requests, 42.0,
            "requests of monitoring are not counted"
        );
        assert_eq!(metrics.began_at, Some(1_795_132_800_250));
        assert_eq!(metrics.version.as_deref(), Some("0.1.0"));
        assert_eq!(metrics.host.as_deref(), Some("3f2a9c"));
        assert_eq!(
            ProcessMetrics::read("<html>no metrics</html>"),
            ProcessMetrics::default()
        );
    }

    #[test]
    fn rates_need_two_polls_some_time_apart_at_the_same_process() {
        let mut meter = Meter::default();
        let at = Instant::now();
        let reported = |cpu_seconds, requests| ProcessMetrics {
            cpu_seconds,
            requests,
            memory: 1000,
            ..ProcessMetrics::default()
        };
        let first = meter.usage("music", reported(10.0, 100.0), at);
        assert_eq!(
            (first.memory, first.cpus, first.requests),
            (1000, None, None)
        );
        let at = at + Duration::from_secs(2);
        let second = meter.usage("music", reported(11.0, 150.0), at);
        assert_eq!((second.cpus, second.requests), (Some(0.5), Some(25.0)));
        let soon = meter.usage(
            "music",
            reported(11.1, 151.0),
            at + Duration::from_millis(20),
        );
        assert_eq!((soon.cpus, soon.requests), (Some(0.5), Some(25.0)));
        let anew = meter.usage("music", reported(0.2, 3.0), at + Duration::from_secs(1));
        assert_eq!((anew.cpus, anew.requests), (None, None));
        meter.keep(|key| key != "music");
        assert!(meter.0.is_empty());
    }
}
