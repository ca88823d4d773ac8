//! Renditions made by ffmpeg.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::common::{Bench, FFMPEG, KINDS, analyse, code, music, wav};
use wing_audio::{Ffmpeg, Output, Rendition, Tags, TranscodeLimits, read_tags, recognise};

const BOTH: [Rendition; 2] = [Rendition::Opus128, Rendition::Aac160];

fn limits(seconds: u64) -> TranscodeLimits {
    TranscodeLimits {
        duration: Duration::from_secs(seconds),
        max_process_time: Duration::from_secs(120),
    }
}

fn make(source: &Path, opus: &Path, aac: &Path) {
    let outputs =
        [(BOTH[0], opus), (BOTH[1], aac)].map(|(rendition, path)| Output { rendition, path });
    let cancel = AtomicBool::new(false);
    FFMPEG
        .transcode(source, &outputs, limits(4), &mut |_| {}, &cancel)
        .expect("renditions are made");
}

#[test]
fn both_renditions_of_each_format_sound_like_the_source() {
    let bench = Bench::new();
    let samples = music(44_100, 2, 4.0);
    let loudness = analyse(&bench.put("ref", &wav(44_100, 2, &samples)))
        .unwrap()
        .loudness_lufs;
    for kind in &KINDS {
        let source = bench.code(kind, 44_100, 2, &samples);
        let (opus, aac) = (bench.path("o"), bench.path("a"));
        make(&source, &opus, &aac);
        for (rendition, path) in BOTH.into_iter().zip([&opus, &aac]) {
            assert_eq!(
                recognise(path).unwrap(),
                rendition.format(),
                "{}",
                kind.name
            );
            let found = analyse(path).unwrap();
            assert!(
                found.duration_ms.abs_diff(4000) <= 100,
                "{} {found:?}",
                kind.name
            );
            let difference = found.loudness_lufs.unwrap() - loudness.unwrap();
            assert!(difference.abs() < 0.6, "{}: {difference}", kind.name);
            assert_eq!(found.channels, 2);
        }
    }
}

#[test]
fn surround_becomes_stereo_mono_stays_mono_and_odd_rates_are_converted() {
    let bench = Bench::new();
    for (channels, rate, expected) in [
        (1, 44_100, 1),
        (6, 48_000, 2),
        (2, 96_000, 2),
        (2, 8_000, 2),
    ] {
        let source = bench.code(&KINDS[0], rate, channels, &music(rate, channels, 4.0));
        let (opus, aac) = (bench.path("o"), bench.path("a"));
        make(&source, &opus, &aac);
        for path in [&opus, &aac] {
            let found = analyse(path).unwrap();
            assert_eq!(found.channels, expected);
            assert!(
                [44_100, 48_000].contains(&found.sample_rate),
                "{rate}: {found:?}"
            );
        }
    }
}

#[test]
fn renditions_carry_no_tags_and_are_the_same_each_time() {
    let bench = Bench::new();
    let source = wav(44_100, 2, &music(44_100, 2, 4.0));
    let secret = [
        "-metadata",
        "title=secret title",
        "-metadata",
        "comment=secret comment",
    ];
    let source = bench.code_with(&KINDS[0], &source, &secret);
    let paths = ["o1", "a1", "o2", "a2"].map(|name| bench.path(name));
    make(&source, &paths[0], &paths[1]);
    make(&source, &paths[2], &paths[3]);
    let bytes = paths.map(|path| {
        assert_eq!(read_tags(&path).unwrap(), Tags::default());
        std::fs::read(&path).unwrap()
    });
    assert!(
        bytes
            .iter()
            .all(|file| !file.windows(6).any(|six| six == b"secret"))
    );
    assert!(bytes[0] == bytes[2] && bytes[1] == bytes[3]);
}

#[test]
fn the_index_of_the_aac_rendition_comes_first() {
    let bench = Bench::new();
    let source = bench.code(&KINDS[0], 44_100, 2, &music(44_100, 2, 4.0));
    let (opus, aac) = (bench.path("o"), bench.path("a"));
    make(&source, &opus, &aac);
    let bytes = std::fs::read(&aac).unwrap();
    let position = |name: &[u8]| bytes.windows(4).position(|four| four == name).unwrap();
    assert!(position(b"moov") < position(b"mdat"));
}

#[test]
fn names_that_look_like_options_or_addresses_are_only_names() {
    let bench = Bench::new();
    let made = bench.code(&KINDS[0], 44_100, 2, &music(44_100, 2, 4.0));
    for name in ["-y", "concat:a|b", "http:x", "%03d 노래 ' \" $(x)", "-"] {
        let source = bench.path(name);
        std::fs::copy(&made, &source).unwrap();
        let output = bench.path(&format!("{name}.out"));
        make(&source, &output, &bench.path("a"));
        assert_eq!(recognise(&output).unwrap(), Rendition::Opus128.format());
    }
}

#[test]
fn failure_cancelling_and_time_limits_are_distinct_errors() {
    let bench = Bench::new();
    let source = bench.code(&KINDS[0], 44_100, 2, &music(44_100, 2, 60.0));
    let target = bench.path("o");
    let outputs = [Output {
        rendition: Rendition::Opus128,
        path: &target,
    }];
    let run = AtomicBool::new(false);

    let text = bench.put("text", b"this is not audio");
    let result = FFMPEG.transcode(&text, &outputs, limits(4), &mut |_| {}, &run);
    assert_eq!(code(result), "not_audio");
    let nowhere = bench.path("no/such/directory/o");
    let lost = [Output {
        path: &nowhere,
        ..outputs[0]
    }];
    match FFMPEG.transcode(&source, &lost, limits(60), &mut |_| {}, &run) {
        Err(wing_audio::AudioError::TranscoderFailed { log }) => assert!(!log.is_empty()),
        other => panic!("{other:?}"),
    }
    let hurry = TranscodeLimits {
        max_process_time: Duration::ZERO,
        ..limits(60)
    };
    let result = FFMPEG.transcode(&source, &outputs, hurry, &mut |_| {}, &run);
    assert_eq!(code(result), "timed_out");

    let stop = AtomicBool::new(false);
    let mut progress = |_| stop.store(true, Ordering::Relaxed);
    let result = FFMPEG.transcode(&source, &outputs, limits(60), &mut progress, &stop);
    assert_eq!(code(result), "cancelled");
}

#[test]
fn progress_reaches_the_end() {
    let bench = Bench::new();
    let source = bench.code(&KINDS[0], 44_100, 2, &music(44_100, 2, 4.0));
    let target = bench.path("o");
    let outputs = [Output {
        rendition: Rendition::Opus128,
        path: &target,
    }];
    let mut progress = Vec::new();
    let run = AtomicBool::new(false);
    FFMPEG
        .transcode(
            &source,
            &outputs,
            limits(4),
            &mut |part| progress.push(part),
            &run,
        )
        .unwrap();
    assert!(
        progress.is_sorted() && progress.last().is_some_and(|last| *last > 0.95),
        "{progress:?}"
    );
}

#[test]
fn a_missing_ffmpeg_is_not_found() {
    assert_eq!(Ffmpeg::find(Some(Path::new("/nonexistent/ffmpeg"))), None);
    assert_eq!(Ffmpeg::find(Some(Path::new("/bin/true"))), None);
    assert!(!FFMPEG.version().is_empty());
}
