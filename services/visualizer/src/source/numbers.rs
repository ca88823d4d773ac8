//! What a process of ours reports at `/metrics`, and what follows from
//! two of its answers.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::{Duration, Instant};

use crate::view::Usage;

/// The numbers in one answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Numbers {
    /// Processor time since it began.
    pub cpu_seconds: f64,
    /// Bytes of resident memory.
    pub memory: u64,
    /// Requests since it began, without those of whoever watches it.
    pub requests: f64,
    /// When it began, in milliseconds since 1970.
    pub began_at: Option<i64>,
    /// Its version.
    pub version: Option<String>,
    /// The name of its machine, or of its container: the beginning of its id.
    pub host: Option<String>,
}

/// Paths that only those ask who watch the process.
const WATCHING: [&str; 3] = [
    "route=\"/metrics\"",
    "route=\"/readyz\"",
    "route=\"/healthz\"",
];

impl Numbers {
    /// Reads Prometheus' text format, as kit writes it.
    pub fn read(text: &str) -> Self {
        let mut numbers = Self::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((series, value)) = line.rsplit_once(' ') else {
                continue;
            };
            let Ok(value) = value.parse::<f64>() else {
                continue;
            };
            let (name, labels) = series.split_once('{').unwrap_or((series, ""));
            match name {
                "process_cpu_seconds_total" => numbers.cpu_seconds = value,
                "process_resident_memory_bytes" => numbers.memory = value as u64,
                "process_start_time_seconds" if value > 0.0 => {
                    numbers.began_at = Some((value * 1000.0) as i64);
                }
                "wing_http_requests_total"
                    if !WATCHING.iter().any(|path| labels.contains(path)) =>
                {
                    numbers.requests += value;
                }
                "wing_build_info" => {
                    numbers.version = label(labels, "version");
                    numbers.host = label(labels, "host");
                }
                _ => {}
            }
        }
        numbers
    }
}

/// The value of a label, none of ours having quotes in it.
fn label(labels: &str, name: &str) -> Option<String> {
    let (_, rest) = labels.split_once(&format!("{name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(value.to_owned())
}

/// The least time that rates are computed over: two looks may follow at once.
const SPAN: Duration = Duration::from_millis(700);

/// Makes rates of what processes count.
#[derive(Debug, Default)]
pub struct Meter(HashMap<String, Last>);

#[derive(Debug)]
struct Last {
    at: Instant,
    numbers: Numbers,
    usage: Usage,
}

impl Meter {
    /// What the process `key` uses, by what it reports now.
    pub fn usage(&mut self, key: &str, numbers: Numbers, now: Instant) -> Usage {
        let fresh = Usage {
            memory: numbers.memory,
            ..Usage::default()
        };
        let last = match self.0.entry(key.to_owned()) {
            Entry::Vacant(none) => {
                none.insert(Last {
                    at: now,
                    numbers,
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
        // Less than before is another process in its place.
        let rate = |now: f64, then: f64| (now >= then).then(|| (now - then) / over.as_secs_f64());
        last.usage = Usage {
            cpus: rate(numbers.cpu_seconds, last.numbers.cpu_seconds),
            requests: rate(numbers.requests, last.numbers.requests),
            ..fresh
        };
        last.at = now;
        last.numbers = numbers;
        last.usage
    }

    /// Evicts all but those that `is_there` names.
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
    fn a_process_tells_what_it_costs() {
        let numbers = Numbers::read(TEXT);
        assert_eq!(numbers.cpu_seconds, 12.5);
        assert_eq!(numbers.memory, 52_428_800);
        assert_eq!(numbers.requests, 42.0, "those who watch are not counted");
        assert_eq!(numbers.began_at, Some(1_795_132_800_250));
        assert_eq!(numbers.version.as_deref(), Some("0.1.0"));
        assert_eq!(numbers.host.as_deref(), Some("3f2a9c"));
        assert_eq!(Numbers::read("<html>no metrics</html>"), Numbers::default());
    }

    #[test]
    fn rates_need_two_looks_some_time_apart_at_the_same_process() {
        let mut meter = Meter::default();
        let at = Instant::now();
        let reported = |cpu_seconds, requests| Numbers {
            cpu_seconds,
            requests,
            memory: 1000,
            ..Numbers::default()
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
