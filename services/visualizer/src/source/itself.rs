use std::time::Instant;

use wing_kit::http::Ready;
use wing_kit::telemetry::metrics;

use super::asking::Condition;
use super::machine::{self, Found};
use super::numbers::{Meter, Numbers};
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

    /// How it is at `now`.
    pub async fn look(&mut self, now: i64) -> View {
        let checks = self.ready.check().await;
        let lacking = checks.into_iter().filter(|(_, ready)| !ready);
        let numbers = Numbers::read(&metrics::render());
        let usage = self.meter.usage(self.name, numbers.clone(), Instant::now());
        let found = Found {
            service: self.name.to_owned(),
            number: 1,
            condition: Ok(Condition {
                lacks: lacking.map(|(name, _)| name.to_owned()).collect(),
                numbers,
            }),
            usage: Some(usage),
            away_since: None,
        };
        machine::view(vec![found], now)
    }
}
