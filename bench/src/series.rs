//! Several measurements of the same things in turns, so that whatever else the
//! machine does meets all of them alike.

use std::fmt;

use anyhow::Result;

use crate::wrk::{Figures, Load};

/// A load on a server, with a name for the report.
pub struct Contender {
    /// As the report calls it.
    pub name: String,
    /// What is asked.
    pub load: Load,
    /// The server's processes.
    pub servers: Vec<u32>,
}

/// All measurements of one contender.
pub struct Series {
    /// As the report calls it.
    pub name: String,
    /// One a round.
    pub rounds: Vec<Figures>,
}

/// Median and extremes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The middle one; the upper of two.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
}

impl Spread {
    /// Of some values; zeros of none.
    pub fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or(0.0);
        Self {
            median: at(values.len() / 2),
            min: at(0),
            max: at(values.len().saturating_sub(1)),
        }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = match self.median {
            m if m >= 100.0 => 0,
            m if m >= 10.0 => 1,
            _ => 2,
        };
        let Self { median, min, max } = self;
        write!(f, "{median:.digits$} ({min:.digits$}–{max:.digits$})")
    }
}

impl Series {
    /// One of the figures over all rounds.
    pub fn spread(&self, of: impl Fn(&Figures) -> f64) -> Spread {
        Spread::of(self.rounds.iter().map(of).collect())
    }

    /// How many times another's median one of the figures is.
    pub fn ratio(&self, other: &Self, of: impl Fn(&Figures) -> f64) -> f64 {
        self.spread(&of).median / other.spread(&of).median
    }

    /// Requests that failed in all rounds.
    pub fn failed(&self) -> u64 {
        self.rounds.iter().map(|figures| figures.failed).sum()
    }
}

/// Measures all contenders in turns, after one second each that does not count.
///
/// # Errors
/// When a load cannot be run.
pub fn in_turns(contenders: &[Contender], rounds: usize, seconds: u64) -> Result<Vec<Series>> {
    for contender in contenders {
        contender.load.run(1, &contender.servers)?;
    }
    let mut all: Vec<Series> = contenders
        .iter()
        .map(|contender| Series {
            name: contender.name.clone(),
            rounds: Vec::new(),
        })
        .collect();
    for _ in 0..rounds {
        for (series, contender) in all.iter_mut().zip(contenders) {
            series
                .rounds
                .push(contender.load.run(seconds, &contender.servers)?);
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_shows_the_middle_and_both_ends() {
        let spread = Spread::of(vec![3.0, 1.0, 2.0]);
        assert_eq!(spread.to_string(), "2.00 (1.00–3.00)");
        assert_eq!(Spread::of(vec![1234.0]).to_string(), "1234 (1234–1234)");
        assert_eq!(Spread::of(Vec::new()).median, 0.0);
    }
}
