//! A large upload by tus, against a handler that writes the same body to the
//! same disk and does nothing else.

use std::time::Instant;

use anyhow::Result;
use bytes::Bytes;

use crate::bench::Bench;
use crate::process::{cpu_seconds, forget_peak, memory, mib};
use crate::report::{Bars, Section};
use crate::seed::mixed;
use crate::series::Spread;
use crate::site::{BARE, Site};

const MIB: u64 = 1_048_576;

pub fn measure(bench: &Bench) -> Result<Section> {
    let site = Site::start(bench)?;
    let client = site.client()?;
    let musician = client.sign_up("upload-musician", "musician")?;
    let token = &musician.token;
    let large = if bench.quick { 128 * MIB } else { 512 * MIB };
    let chunk: Bytes = (0..MIB / 8)
        .flat_map(|n| mixed(n as usize, 5).to_be_bytes())
        .collect();

    let tus = |size: u64| -> Result<Run> {
        let path = client.begin_upload(token, size)?;
        let run = timed(&site, size, || {
            client.send_upload(&path, token, &chunk, size)
        })?;
        client.drop_upload(&path, token)?;
        Ok(run)
    };
    let bare = |size: u64| timed(&site, size, || client.put(BARE, token, &chunk, size));
    tus(8 * MIB)?;
    bare(8 * MIB)?;
    let small = tus(16 * MIB)?;
    let (mut by_tus, mut barely) = (Vec::new(), Vec::new());
    for _ in 0..bench.rounds() {
        barely.push(bare(large)?);
        by_tus.push(tus(large)?);
    }

    let mut section = Section::new(
        "Upload",
        &format!(
            "One body of {} MB over loopback, {} rounds: a tus PATCH, against a handler behind the \
             same gate that writes the chunks through a buffer of 256 KiB and syncs the file once at \
             the end, as the tus handler does.",
            large / MIB,
            bench.rounds()
        ),
    );
    let row = |name: &str, runs: &[Run]| {
        let of = |value: fn(&Run) -> f64| Spread::of(runs.iter().map(value).collect());
        vec![
            name.to_owned(),
            of(|run| run.mib_per_second).to_string(),
            of(|run| run.cpu_per_gib).to_string(),
            mib(runs.iter().map(|run| run.peak).max().unwrap_or(0)),
        ]
    };
    section.table(
        &["", "MB/s", "processor s per GB", "resident (peak)"],
        &[
            row("bare", &barely),
            row("tus", &by_tus),
            row("tus, 16 MB", &[small]),
        ],
    );
    let speed =
        |runs: &[Run]| Spread::of(runs.iter().map(|run| run.mib_per_second).collect()).median;
    let most = by_tus.iter().map(|run| run.peak).max().unwrap_or(0);
    let grown = most.saturating_sub(small.peak) as f64 / MIB as f64;
    let mut bars = Bars::default();
    bars.at_least(
        "tus, MB/s against bare",
        speed(&by_tus) / speed(&barely),
        0.5,
        "x",
    );
    bars.at_most(
        "memory of a large upload beyond that of 16 MB",
        grown,
        8.0,
        " MB",
    );
    section.bars(&bars);
    Ok(section)
}

/// One upload.
#[derive(Clone, Copy)]
struct Run {
    mib_per_second: f64,
    cpu_per_gib: f64,
    /// Bytes.
    peak: u64,
}

fn timed(site: &Site, size: u64, upload: impl FnOnce() -> Result<()>) -> Result<Run> {
    // What earlier runs left to be written would be charged to this one.
    rustix::fs::sync();
    forget_peak(site.id());
    let (before, began) = (cpu_seconds(site.id()), Instant::now());
    upload()?;
    let seconds = began.elapsed().as_secs_f64();
    let mebibytes = size as f64 / MIB as f64;
    Ok(Run {
        mib_per_second: mebibytes / seconds,
        cpu_per_gib: (cpu_seconds(site.id()) - before) / mebibytes * 1024.0,
        peak: memory(site.id()).peak,
    })
}
