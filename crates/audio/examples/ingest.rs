//! Measures what ingesting one file costs, in seconds of processor time.
//!
//! `cargo run --release -p wing-audio --example ingest -- FILE`
//!
//! Prints the analysis, then the core-seconds of decoding with all measurements, and of making
//! both renditions (the time of ffmpeg counted), each as the median of several runs.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use wing_audio::{
    AudioError, Ffmpeg, Limits, Output, Rendition, TranscodeLimits, analyse, read_tags,
};

const RUNS: usize = 5;

fn main() -> Result<(), AudioError> {
    let path = std::env::args_os().nth(1).expect("usage: ingest FILE");
    let path = Path::new(&path);
    let cancel = AtomicBool::new(false);
    let ffmpeg = Ffmpeg::find(None);
    let limits = Limits::default();

    let analysis = analyse(path, &limits, ffmpeg.as_ref(), &mut |_| {}, &cancel)?;
    println!("format       {}", analysis.format.name());
    println!("duration     {} ms", analysis.duration_ms);
    println!(
        "samples      {} Hz, {} channels",
        analysis.sample_rate, analysis.channels
    );
    println!("bit rate     {} b/s", analysis.bitrate);
    println!("loudness     {:?} LUFS", analysis.loudness_lufs);
    println!("true peak    {:?} dBTP", analysis.true_peak_dbtp);
    println!(
        "decoded by   {:?}, warnings {:?}",
        analysis.decoded_by, analysis.warnings
    );
    println!("tags         {:?}", read_tags(path)?);

    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let before = core_seconds();
        analyse(path, &limits, ffmpeg.as_ref(), &mut |_| {}, &cancel)?;
        runs.push(core_seconds() - before);
    }
    let analysing = median(runs);
    println!("analysing    {analysing:.2} core-seconds");

    let Some(ffmpeg) = ffmpeg else {
        println!("no ffmpeg: renditions not measured");
        return Ok(());
    };
    let dir = tempfile::tempdir()?;
    let (opus, aac) = (dir.path().join("opus"), dir.path().join("aac"));
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
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let before = core_seconds();
        ffmpeg.transcode(path, &outputs, bounds, &mut |_| {}, &cancel)?;
        runs.push(core_seconds() - before);
    }
    let converting = median(runs);
    println!(
        "renditions   {converting:.2} core-seconds ({})",
        ffmpeg.version()
    );
    for output in &outputs {
        println!(
            "  {} {} bytes",
            output.rendition.as_str(),
            output.path.metadata()?.len()
        );
    }
    println!("together     {:.2} core-seconds", analysing + converting);
    Ok(())
}

fn median(mut runs: Vec<f64>) -> f64 {
    runs.sort_by(f64::total_cmp);
    runs[runs.len() / 2]
}

/// Processor time of this process and its finished children so far: fields 14 to 17 of
/// `/proc/self/stat`, in ticks of a hundredth of a second on every Linux this runs on.
fn core_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = after_name
        .split_whitespace()
        .skip(11)
        .take(4)
        .filter_map(|n| n.parse::<u64>().ok())
        .sum();
    ticks as f64 / 100.0
}
