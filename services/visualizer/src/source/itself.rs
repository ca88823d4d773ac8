use std::time::Instant;

use wing_kit::http::Ready;
use wing_kit::telemetry::metrics;

use super::machine::{self, Found};
use super::metrics::{Meter, ProcessMetrics};
use super::probe::ProcessReport;
use crate::view::View;

/// The process that serves the page.
pub struct Itself {
    name: &'static str,
    ready: Ready,
    meter: Meter,
}

impl Itself {
    /// This process, called `name`, which is ready when all that `ready` names is.
    pub fn new(name: &'static str, ready: Ready) -> Self {
        Self {
            name,
            ready,
            meter: Meter::default(),
        }
    }

    /// Reads its state at `now`.
    pub async fn poll(&mut self, now: i64) -> View {
        let checks = self.ready.check().await;
        let lacking = checks.into_iter().filter(|(_, ready)| !ready);
        let metrics = ProcessMetrics::read(&metrics::render());
        let usage = self.meter.usage(self.name, metrics.clone(), Instant::now());
        let found = Found {
            service: self.name.to_owned(),
            number: 1,
            report: Ok(ProcessReport {
                lacks: lacking.map(|(name, _)| name.to_owned()).collect(),
                metrics,
            }),
            usage: Some(usage),
            away_since: None,
        };
        machine::view(vec![found], now)
    }
}
