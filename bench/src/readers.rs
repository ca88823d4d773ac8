//! What readers notice of other work on the same core: the list of 20 tracks, and
//! beside it a fixed answer of the same bytes, which shows how much of a delay is
//! the machine's own.

use anyhow::Result;

use crate::areas::api::LIST;
use crate::bench::Bench;
use crate::client::Client;
use crate::paced::Paced;
use crate::report::{Bars, Section};
use crate::series::Spread;
use crate::site::Site;

/// Requests a second.
pub const PACE: u32 = 500;

/// Readers of both, one kind after the other.
pub struct Readers {
    seconds: u64,
    kinds: Vec<Kind>,
}

struct Kind {
    name: &'static str,
    paced: Paced,
    alone: Vec<(f64, f64)>,
    beside: Vec<(f64, f64)>,
}

impl Readers {
    /// Readers of a site.
    ///
    /// # Errors
    /// When the list cannot be had.
    pub fn new(bench: &Bench, site: &Site, client: &Client) -> Result<Self> {
        let fixed = site.fix(client, "readers", LIST, None)?;
        let kind = |name, path: &str| Kind {
            name,
            paced: Paced::new(site.base(), path, PACE),
            alone: Vec::new(),
            beside: Vec::new(),
        };
        let kinds = vec![kind("the list", LIST), kind("a fixed answer", &fixed)];
        for kind in &kinds {
            kind.paced.run(bench.seconds())?;
        }
        Ok(Self {
            seconds: bench.seconds(),
            kinds,
        })
    }

    /// How long [`Readers::alone`] and [`Readers::beside`] take, in seconds.
    pub fn seconds(&self) -> u64 {
        self.seconds * self.kinds.len() as u64
    }

    /// Reads while nothing else happens.
    ///
    /// # Errors
    /// When an answer is no success.
    pub fn alone(&mut self) -> Result<()> {
        for kind in &mut self.kinds {
            kind.alone.push(measure(&kind.paced, self.seconds)?);
        }
        Ok(())
    }

    /// Reads while the other work goes on.
    ///
    /// # Errors
    /// When an answer is no success.
    pub fn beside(&mut self) -> Result<()> {
        for kind in &mut self.kinds {
            kind.beside.push(measure(&kind.paced, self.seconds)?);
        }
        Ok(())
    }

    /// Takes the last round of [`Readers::beside`] back: the work had ended.
    pub fn forget_last(&mut self) {
        for kind in &mut self.kinds {
            kind.beside.pop();
        }
    }

    /// Rounds of [`Readers::beside`].
    pub fn rounds(&self) -> usize {
        self.kinds.first().map_or(0, |kind| kind.beside.len())
    }

    /// Reports what they noticed of `work`, and holds the list against its bar.
    pub fn report(&self, work: &str, section: &mut Section, bars: &mut Bars) {
        let mut rows = Vec::new();
        for kind in &self.kinds {
            rows.push(row(&format!("{} alone", kind.name), &kind.alone));
            rows.push(row(&format!("{} {work}", kind.name), &kind.beside));
        }
        section.table(&["", "p50, ms", "p99, ms"], &rows);
        if let [list, fixed] = &self.kinds[..] {
            section.say(&format!(
                "Of the fixed answer, which no query waits for, the p99 is {:.2}x.",
                fixed.ratio()
            ));
            bars.at_most(
                &format!("p99 of the list {work}, against alone"),
                list.ratio(),
                2.0,
                "x",
            );
        }
    }
}

impl Kind {
    fn ratio(&self) -> f64 {
        p99(&self.beside).median / p99(&self.alone).median
    }
}

fn measure(paced: &Paced, seconds: u64) -> Result<(f64, f64)> {
    let mut times = paced.run(seconds)?;
    Ok((times.percentile(0.5), times.percentile(0.99)))
}

fn p99(of: &[(f64, f64)]) -> Spread {
    Spread::of(of.iter().map(|(_, p99)| *p99).collect())
}

fn row(name: &str, of: &[(f64, f64)]) -> Vec<String> {
    let p50 = Spread::of(of.iter().map(|(p50, _)| *p50).collect());
    vec![name.to_owned(), p50.to_string(), p99(of).to_string()]
}
