use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::machine::{self, Found};
use super::metrics::Meter;
use super::probe::{Prober, together};
use crate::view::View;

/// The timeout of a poll of all of them.
const POLL_TIMEOUT: Duration = Duration::from_millis(900);

/// Processes at known addresses on this machine.
#[derive(Debug)]
pub struct Processes {
    prober: Prober,
    known: Vec<Known>,
    meter: Meter,
    /// By index: since when a process has not answered.
    away: HashMap<usize, i64>,
}

#[derive(Debug)]
struct Known {
    service: String,
    number: usize,
    base: String,
}

impl Processes {
    /// Those of a list such as `user=http://127.0.0.1:8081,music=http://…`.
    pub fn of(list: &str) -> anyhow::Result<Self> {
        let mut known: Vec<Known> = Vec::new();
        for entry in list
            .split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
        {
            let (service, base) = entry
                .split_once('=')
                .context("an entry is not written as NAME=http://HOST:PORT")?;
            anyhow::ensure!(
                base.starts_with("http://"),
                "the address of {service} does not begin with http://"
            );
            let before = known.iter().filter(|one| one.service == service).count();
            known.push(Known {
                service: service.to_owned(),
                number: before + 1,
                base: base.trim_end_matches('/').to_owned(),
            });
        }
        anyhow::ensure!(!known.is_empty(), "it names nobody");
        Ok(Self {
            prober: Prober::new()?,
            known,
            meter: Meter::default(),
            away: HashMap::new(),
        })
    }

    /// Polls them at `now`.
    pub async fn poll(&mut self, now: i64) -> View {
        let prober = &self.prober;
        let known = self.known.iter().enumerate();
        let probes: Vec<_> = known
            .map(|(index, one)| async move { (index, prober.probe(&one.base).await) })
            .collect();
        let mut answers: HashMap<usize, _> =
            together(POLL_TIMEOUT, probes).await.into_iter().collect();
        let at = Instant::now();
        let mut found = Vec::with_capacity(self.known.len());
        for (index, known) in self.known.iter().enumerate() {
            let answer = answers
                .remove(&index)
                .unwrap_or_else(|| Err(anyhow::anyhow!("no answer in time")));
            let usage = answer.as_ref().ok().map(|report| {
                let key = format!("{}.{}", known.service, known.number);
                self.meter.usage(&key, report.metrics.clone(), at)
            });
            let away_since = match &answer {
                Ok(_) => {
                    self.away.remove(&index);
                    None
                }
                Err(_) => Some(*self.away.entry(index).or_insert(now)),
            };
            found.push(Found {
                service: known.service.clone(),
                number: known.number,
                report: answer.map_err(|error| error.to_string()),
                usage,
                away_since,
            });
        }
        machine::view(found, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_names_processes_and_replicas() {
        let list = "user=http://127.0.0.1:1, music=http://127.0.0.1:2/,music=http://127.0.0.1:3,";
        let processes = Processes::of(list).expect("a list");
        let known: Vec<_> = processes
            .known
            .iter()
            .map(|one| (one.service.as_str(), one.number, one.base.as_str()))
            .collect();
        assert_eq!(
            known,
            [
                ("user", 1, "http://127.0.0.1:1"),
                ("music", 1, "http://127.0.0.1:2"),
                ("music", 2, "http://127.0.0.1:3"),
            ]
        );
        for wrong in ["user", "user=127.0.0.1:1", " , "] {
            assert!(Processes::of(wrong).is_err(), "{wrong}");
        }
    }
}
