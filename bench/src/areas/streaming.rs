//! Ranges of a file in memory, against nginx with sendfile on the same file.

use std::fs;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use wing_contracts::TrackId;

use super::cold;
use crate::bench::Bench;
use crate::nginx::Nginx;
use crate::report::{Bars, Section};
use crate::seed::{mixed, sound_key};
use crate::series::{Contender, in_turns};
use crate::site::Site;
use crate::wrk::Load;

const FILE: usize = 10 * 1024 * 1024;
const CONNECTIONS: usize = 16;

pub fn measure(bench: &Bench) -> Result<Section> {
    let track = bench.catalogue.tracks[0];
    let path = put_sound(bench, track, 0)?;
    let media = bench.data().join("media");
    let site = Site::start(bench)?;
    let nginx = Nginx::start(bench.home(), &media)?;
    let ours = site.url(&format!("/api/v1/tracks/{track}/stream?format=opus"));
    let theirs = format!("{}/{}", nginx.base(), sound_key(track, "opus"));
    same_bytes(&ours, &theirs, &path)?;

    let mut section = Section::new(
        "Streaming",
        &format!(
            "A published track's file of 10 MB, in memory, over {CONNECTIONS} connections: \
             `GET /api/v1/tracks/{{id}}/stream`, against nginx with `sendfile` and `tcp_nopush`, one \
             worker, no log, on the same file. {} rounds of {} s.",
            bench.rounds(),
            bench.seconds()
        ),
    );
    let mut bars = Bars::default();
    for (what, bytes, cpu_bar) in [("64 KiB", 64 * 1024, 1.0), ("1 MiB", 1024 * 1024, 2.2)] {
        let range = format!("Range: bytes=1048576-{}", 1_048_576 + bytes - 1);
        let contender = |name: &str, url: &str, server| -> Result<Contender> {
            let load = Load::one(bench.home(), url, CONNECTIONS)?.with(range.clone());
            Ok(Contender {
                name: format!("{name}, {what}"),
                load,
                servers: vec![server],
            })
        };
        let both = [
            contender("nginx", &theirs, nginx.id())?,
            contender("ours", &ours, site.id())?,
        ];
        let series = in_turns(&both, bench.rounds(), bench.seconds())?;
        let (theirs, ours) = (&series[0], &series[1]);
        section.loads(&[theirs, ours]);
        section.say(&format!(
            "{what}: nginx {:.0} MB/s, ours {:.0} MB/s.",
            theirs.spread(|f| f.mib_per_second).median,
            ours.spread(|f| f.mib_per_second).median
        ));
        bars.at_least(
            &format!("{what} ranges, requests/s against nginx"),
            ours.ratio(theirs, |f| f.per_second),
            1.0,
            "x",
        );
        bars.at_most(
            &format!("{what} ranges, p99 against nginx"),
            ours.ratio(theirs, |f| f.p99),
            1.1,
            "x",
        );
        bars.at_most(
            &format!("{what} ranges, processor time against nginx"),
            ours.ratio(theirs, |f| f.cpu),
            cpu_bar,
            "x",
        );
    }
    cold::measure(bench, &site, &mut section, &mut bars)?;
    section.bars(&bars);
    Ok(section)
}

/// Writes a seeded track's sound: 10 MB that are like no other's.
pub fn put_sound(bench: &Bench, track: TrackId, salt: usize) -> Result<PathBuf> {
    let path = bench.data().join("media").join(sound_key(track, "opus"));
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let bytes: Vec<u8> = (0..FILE / 8)
        .flat_map(|n| mixed(n, salt).to_be_bytes())
        .collect();
    fs::write(&path, bytes)?;
    fs::File::open(&path)?.sync_all()?;
    Ok(path)
}

/// A comparison of different answers would be worth nothing.
fn same_bytes(ours: &str, theirs: &str, path: &std::path::Path) -> Result<()> {
    let file = fs::read(path)?;
    for url in [ours, theirs] {
        let client = crate::client::Client::new("")?;
        ensure!(
            client.get(url, None)?[..] == file[..],
            "{url} is not the file"
        );
    }
    Ok(())
}
