//! Everything at once for a while: does the process grow?

use std::time::Duration;

use anyhow::Result;

use super::api::LIST;
use super::memory::{pages, searches};
use super::streaming::put_sound;
use crate::bench::Bench;
use crate::process::{memory, mib};
use crate::report::{Bars, Section};
use crate::series::Spread;
use crate::site::Site;
use crate::wrk::{Load, Request};

const CONNECTIONS: usize = 32;
/// Between two looks at the memory.
const LOOK: Duration = Duration::from_secs(1);

pub fn measure(bench: &Bench) -> Result<Section> {
    // Ten parts; the first is the warming up.
    let seconds: u64 = if bench.quick { 60 } else { 600 };
    let track = bench.catalogue.tracks[0];
    put_sound(bench, track, 0)?;
    let site = Site::start(bench)?;
    let mut requests = Vec::new();
    for n in 0..40 {
        requests.push(Request::get(LIST));
        let range = n * 65_536;
        requests.push(Request {
            header: Some(("Range", format!("bytes={range}-{}", range + 262_143))),
            ..Request::get(format!("/api/v1/tracks/{track}/stream?format=opus"))
        });
    }
    for track in bench.catalogue.tracks.iter().step_by(500) {
        requests.push(Request::get(format!("/api/v1/tracks/{track}")));
    }
    requests.extend(searches());
    requests.extend(pages());
    let load = Load::drawn(bench.home(), "soak", site.base(), CONNECTIONS, &requests)?;

    let (figures, looks) = std::thread::scope(|scope| {
        let asking = scope.spawn(|| load.run(seconds, &[site.id()]));
        let mut looks = Vec::new();
        while !asking.is_finished() {
            std::thread::sleep(LOOK);
            looks.push(memory(site.id()));
        }
        let figures = asking
            .join()
            .map_err(|_| anyhow::anyhow!("the load broke"))??;
        anyhow::Ok((figures, looks))
    })?;

    let mut section = Section::new(
        "Soak",
        &format!(
            "Lists, single tracks, searches, pages and ranges mixed over {CONNECTIONS} connections, as \
             fast as they are answered, for {} minutes: {} requests, {} of them failed, p99 {:.1} ms. \
             Resident memory, the median of each tenth of the time.",
            seconds / 60,
            figures.requests,
            figures.failed,
            figures.p99
        ),
    );
    let tenth = looks.len().div_ceil(10).max(1);
    let medians: Vec<(f64, f64)> = looks
        .chunks(tenth)
        .map(|part| {
            let of = |pick: fn(&crate::process::Memory) -> u64| {
                Spread::of(part.iter().map(|look| pick(look) as f64).collect()).median
            };
            (of(|look| look.resident), of(|look| look.anonymous))
        })
        .collect();
    let rows: Vec<Vec<String>> = medians
        .iter()
        .enumerate()
        .map(|(n, (resident, own))| {
            vec![
                format!("tenth {}", n + 1),
                mib(*resident as u64),
                mib(*own as u64),
            ]
        })
        .collect();
    section.table(&["", "resident", "own"], &rows);
    let own = |index: usize| medians.get(index).map_or(0.0, |(_, own)| *own);
    let grown = (own(medians.len() - 1) - own(1)) / 1_048_576.0;
    let mut bars = Bars::default();
    bars.at_most(
        "own memory, last tenth beyond the second",
        grown,
        5.0,
        " MB",
    );
    let most = looks.iter().map(|look| look.resident).max().unwrap_or(0) as f64 / 1_048_576.0;
    bars.at_most("resident at any time", most, 100.0, " MB");
    bars.at_most("failed requests", figures.failed as f64, 0.0, "");
    section.bars(&bars);
    Ok(section)
}
