//! How long the start takes, and what the process holds: idle and under load.

use anyhow::Result;

use super::api::LIST;
use super::streaming::put_sound;
use crate::bench::Bench;
use crate::process::{forget_peak, memory, mib};
use crate::report::{Bars, Section};
use crate::seed::TRACKS;
use crate::series::Spread;
use crate::site::Site;
use crate::wrk::{Load, Request};

const CONNECTIONS: usize = 32;
const MIB: f64 = 1_048_576.0;

pub fn measure(bench: &Bench) -> Result<Section> {
    let mut section = Section::new(
        "Memory and start",
        &format!(
            "{TRACKS} published tracks on SQLite. Resident memory counts mapped pages of the database \
             file too, of which the system keeps one copy whoever maps them; \"own\" is without. \
             The peak is the most that was resident during the load, {CONNECTIONS} connections each."
        ),
    );
    let mut starts = Vec::new();
    for _ in 0..bench.rounds() {
        starts.push(Site::start(bench)?.took.as_secs_f64());
    }
    put_sound(bench, bench.catalogue.tracks[0], 0)?;
    let site = Site::start(bench)?;
    std::thread::sleep(std::time::Duration::from_secs(2));
    let idle = memory(site.id());
    let mut rows = vec![row(
        "idle, two seconds after the start",
        idle.resident,
        idle.anonymous,
    )];
    let mut most = 0;
    for (name, load) in loads(bench, &site)? {
        forget_peak(site.id());
        load.run(bench.seconds() * 2, &[site.id()])?;
        let held = memory(site.id());
        most = most.max(held.peak);
        rows.push(row(name, held.peak, held.anonymous));
    }
    section.table(&["", "resident (peak)", "own"], &rows);
    let start = Spread::of(starts);
    section.say(&format!("Start to ready: {start} s."));
    let mut bars = Bars::default();
    bars.at_most("start to ready", start.median, 1.0, " s");
    bars.at_most("resident, idle", idle.resident as f64 / MIB, 50.0, " MB");
    bars.at_most(
        "resident, peak under the loads",
        most as f64 / MIB,
        100.0,
        " MB",
    );
    section.bars(&bars);
    Ok(section)
}

fn row(name: &str, resident: u64, anonymous: u64) -> Vec<String> {
    vec![name.to_owned(), mib(resident), mib(anonymous)]
}

/// The loads of the other areas, one after the other.
fn loads(bench: &Bench, site: &Site) -> Result<Vec<(&'static str, Load)>> {
    let tracks = &bench.catalogue.tracks;
    let singles: Vec<Request> = tracks
        .iter()
        .step_by(5)
        .map(|track| Request::get(format!("/api/v1/tracks/{track}")))
        .collect();
    let sound = format!("/api/v1/tracks/{}/stream?format=opus", tracks[0]);
    let drawn = |name: &str, requests: &[Request]| {
        Load::drawn(bench.home(), name, site.base(), CONNECTIONS, requests)
    };
    Ok(vec![
        (
            "lists of 20",
            Load::one(bench.home(), site.url(LIST), CONNECTIONS)?,
        ),
        (
            "single tracks, all of them",
            drawn("memory-tracks", &singles)?,
        ),
        ("searches", drawn("memory-searches", &searches())?),
        ("pages", drawn("memory-pages", &pages())?),
        (
            "1 MiB ranges",
            Load::one(bench.home(), site.url(&sound), CONNECTIONS)?.with("Range: bytes=0-1048575"),
        ),
    ])
}

/// Parts of words that occur in the catalogue.
pub fn searches() -> Vec<Request> {
    [
        "amber",
        "harb",
        "velvet",
        "sign",
        "midnight%20glass",
        "river",
        "feath",
        "neon",
        "echo%20wint",
    ]
    .iter()
    .map(|word| Request::get(format!("/api/v1/search?q={word}")))
    .collect()
}

/// What people look at.
pub fn pages() -> Vec<Request> {
    let mut pages: Vec<Request> = ["/", "/latest", "/genres/rock", "/search?q=amber"]
        .iter()
        .map(|path| Request::get(*path))
        .collect();
    for n in 1..=50 {
        pages.push(Request::get(format!("/tracks/track-{}", n * 997)));
        pages.push(Request::get(format!("/artists/artist-{}", n * 49)));
        pages.push(Request::get(format!("/albums/album-{}", n * 99)));
    }
    pages
}
