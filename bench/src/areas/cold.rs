//! Files that are not in memory: while the disk is waited for, others are to
//! be answered.

use std::fs::File;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rustix::fs::{Advice, fadvise};

use super::streaming::put_sound;
use crate::bench::Bench;
use crate::paced::Paced;
use crate::report::{Bars, Section};
use crate::series::Spread;
use crate::site::Site;

/// Files of 10 MB.
const FILES: usize = 24;
/// Whole files a second.
const FILES_PER_SECOND: u32 = 6;
/// Requests a second beside them.
const PACE: u32 = 500;

/// What the files are when they are asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Disk {
    /// Not asked for at all.
    Quiet,
    /// In memory.
    Warm,
    /// On the disk only.
    Cold,
}

pub fn measure(bench: &Bench, site: &Site, section: &mut Section, bars: &mut Bars) -> Result<()> {
    let tracks = &bench.catalogue.tracks[1..=FILES];
    let files = tracks
        .iter()
        .enumerate()
        .map(|(n, track)| put_sound(bench, *track, n + 1))
        .collect::<Result<Vec<_>>>()?;
    let paths: Vec<String> = tracks
        .iter()
        .map(|track| format!("/api/v1/tracks/{track}/stream?format=opus"))
        .collect();
    let list = Paced::new(site.base(), "/api/v1/tracks?sort=latest&limit=20", PACE);

    let mut found =
        [Disk::Quiet, Disk::Warm, Disk::Cold].map(|disk| (disk, Vec::new(), Vec::new(), 0));
    for _ in 0..bench.rounds() {
        for (disk, p50, p99, sent) in &mut found {
            let stop = AtomicBool::new(false);
            let mut times = std::thread::scope(|scope| {
                let reading = scope.spawn(|| read(site, &files, &paths, *disk, &stop));
                let times = list.run(bench.seconds());
                stop.store(true, Ordering::Relaxed);
                *sent += reading
                    .join()
                    .map_err(|_| anyhow::anyhow!("the reader broke"))??;
                times
            })?;
            p50.push(times.percentile(0.5));
            p99.push(times.percentile(0.99));
        }
    }
    section.say(&format!(
        "Cold files: the list of 20 tracks {PACE} times a second, at a steady pace, while \
         {FILES_PER_SECOND} whole files of 10 MB a second are streamed, from memory or, their pages \
         dropped before, from the disk. A worker that waited for the disk would show here."
    ));
    let rows: Vec<Vec<String>> = found
        .iter()
        .map(|(disk, p50, p99, sent)| {
            let name = match disk {
                Disk::Quiet => "the list alone",
                Disk::Warm => "beside warm files",
                Disk::Cold => "beside cold files",
            };
            let spread = |values: &Vec<f64>| Spread::of(values.clone()).to_string();
            vec![name.to_owned(), spread(p50), spread(p99), format!("{sent}")]
        })
        .collect();
    section.table(&["", "p50, ms", "p99, ms", "files streamed"], &rows);
    let p99 = |index: usize| Spread::of(found[index].2.clone()).median;
    bars.at_most(
        "p99 of the list beside cold files, against beside warm ones",
        p99(2) / p99(1),
        2.0,
        "x",
    );
    Ok(())
}

/// Streams whole files at a steady pace until stopped; gives how many.
fn read(
    site: &Site,
    files: &[PathBuf],
    paths: &[String],
    disk: Disk,
    stop: &AtomicBool,
) -> Result<usize> {
    let client = site.client()?;
    let mut next = Instant::now();
    let mut sent = 0;
    while disk != Disk::Quiet && !stop.load(Ordering::Relaxed) {
        let n = sent % files.len();
        if disk == Disk::Cold {
            let file = File::open(&files[n])?;
            fadvise(&file, 0, None, Advice::DontNeed).context("dropping a file's pages")?;
        }
        client.get(&paths[n], None)?;
        sent += 1;
        next += Duration::from_secs(1) / FILES_PER_SECOND;
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
    Ok(sent)
}
