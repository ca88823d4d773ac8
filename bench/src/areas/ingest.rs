//! Processing of a new track: what it costs, and what readers notice of it.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use serde_json::json;
use wing_audio::{Ffmpeg, Limits, Output, Rendition, TranscodeLimits, analyse};

use crate::bench::Bench;
use crate::process::cpu_seconds;
use crate::readers::{PACE, Readers};
use crate::report::{Bars, Section};
use crate::series::Spread;
use crate::site::Site;

const SECONDS: usize = 180;

pub fn measure(bench: &Bench) -> Result<Section> {
    let music = music();
    let flac = encode(&music, 0)?;
    let path = bench.home().join("three-minutes.flac");
    std::fs::write(&path, &flac)?;
    let mut section = Section::new(
        "Ingest",
        &format!(
            "Three minutes of stereo music in FLAC at 44.1 kHz and 16 bits ({:.1} MB), composed by the \
             demo's own code. Core-seconds are processor time, ffmpeg's included; {} runs.",
            flac.len() as f64 / 1_048_576.0,
            bench.rounds()
        ),
    );
    let mut bars = Bars::default();
    cost(bench, &path, &mut section, &mut bars)?;
    beside_lists(bench, &music, &mut section, &mut bars)?;
    section.bars(&bars);
    Ok(section)
}

/// Exactly three minutes of the demo's longest piece.
fn music() -> Vec<i16> {
    let catalogue = wing_demo::catalogue();
    let longest = catalogue
        .tracks()
        .map(|(_, _, plan)| plan)
        .max_by(|a, b| a.seconds().total_cmp(&b.seconds()));
    let played = longest
        .map(wing_demo::render_track)
        .map_or(vec![0, 0], |pcm| pcm.samples);
    let samples = SECONDS * wing_demo::SAMPLE_RATE as usize * 2;
    played.into_iter().cycle().take(samples).collect()
}

/// FLAC of the music begun so many seconds later, so that no two files are the
/// same.
fn encode(music: &[i16], later: usize) -> Result<Bytes> {
    let mut samples = music.to_vec();
    samples.rotate_left(later * wing_demo::SAMPLE_RATE as usize * 2);
    Ok(wing_demo::encode_flac(&wing_demo::Pcm { samples })?.into())
}

fn cost(bench: &Bench, path: &Path, section: &mut Section, bars: &mut Bars) -> Result<()> {
    let cancel = AtomicBool::new(false);
    let limits = Limits::default();
    let ffmpeg = Ffmpeg::find(None).context("ffmpeg is missing")?;
    let id = std::process::id();
    let (mut analysing, mut together) = (Vec::new(), Vec::new());
    for _ in 0..bench.rounds() {
        let before = cpu_seconds(id);
        let analysis = analyse(path, &limits, Some(&ffmpeg), &mut |_| {}, &cancel)?;
        let analysed = cpu_seconds(id);
        let (opus, aac) = (bench.home().join("opus"), bench.home().join("aac"));
        let outputs = [
            Output {
                rendition: Rendition::Opus128,
                path: &opus,
            },
            Output {
                rendition: Rendition::Aac160,
                path: &aac,
            },
        ];
        let bounds = TranscodeLimits {
            duration: Duration::from_millis(analysis.duration_ms),
            max_process_time: limits.max_process_time,
        };
        ffmpeg.transcode(path, &outputs, bounds, &mut |_| {}, &cancel)?;
        analysing.push(analysed - before);
        together.push(cpu_seconds(id) - before);
    }
    let (analysing, together) = (Spread::of(analysing), Spread::of(together));
    section.table(
        &["", "core-seconds"],
        &[
            vec![
                "decode, loudness, true peak, waveform".into(),
                analysing.to_string(),
            ],
            vec!["the same and both renditions".into(), together.to_string()],
        ],
    );
    bars.at_most(
        "decode, loudness, true peak and waveform",
        analysing.median,
        0.4,
        " s",
    );
    bars.at_most("with both renditions", together.median, 4.5, " s");
    Ok(())
}

fn beside_lists(
    bench: &Bench,
    music: &[i16],
    section: &mut Section,
    bars: &mut Bars,
) -> Result<()> {
    let files = if bench.quick { 4 } else { 16 };
    let files: Vec<Bytes> = (1..=files)
        .map(|n| encode(music, n))
        .collect::<Result<_>>()?;
    let site = Site::start(bench)?;
    let client = site.client()?;
    let musician = client.sign_up("ingest-musician", "musician")?;
    let token = &musician.token;
    let artist = json!({"name": "Measured Ensemble"});
    let artist = client.post("/api/v1/artists", Some(token), &artist)?;
    let artist = artist["id"].as_str().context("no artist")?.to_owned();
    let mut readers = Readers::new(bench, &site, &client)?;
    for _ in 0..bench.rounds() {
        readers.alone()?;
    }
    let mut tracks = Vec::new();
    for (n, file) in files.iter().enumerate() {
        tracks.push(client.publish(token, &artist, &format!("Take {n}"), file)?);
    }
    let began = Instant::now();
    let last = tracks.last().context("no track")?;
    let status = |track: &str| -> Result<String> {
        let track = client.get_json(track, Some(token))?;
        Ok(track["status"].as_str().unwrap_or_default().to_owned())
    };
    for _ in 0..bench.rounds() {
        readers.beside()?;
        if status(last)? != "processing" {
            readers.forget_last();
            break;
        }
    }
    ensure!(
        readers.rounds() > 0,
        "processing ended before anything was measured"
    );
    while status(last)? == "processing" {
        ensure!(
            began.elapsed() < Duration::from_secs(300),
            "processing does not end"
        );
        std::thread::sleep(Duration::from_millis(200));
    }
    for track in &tracks {
        ensure!(
            status(track)? == "published",
            "{track} is {}",
            status(track)?
        );
    }
    section.say(&format!(
        "Answers {PACE} times a second at a steady pace, alone and while uploads are processed one after \
         the other on the same core ({} rounds).",
        readers.rounds()
    ));
    readers.report("beside processing", section, bars);
    Ok(())
}
