//! Every accepted format, whole and sound: recognised by content and measured alike.

use std::sync::atomic::AtomicBool;

use crate::common::{Bench, KINDS, analyse, code, music, wav};
use wing_audio::{AudioError, DecodedBy, Limits, NotAudio, WAVEFORM_BUCKETS, recognise};

#[test]
fn each_format_is_recognised_by_content_under_a_wrong_name() {
    let bench = Bench::new();
    let samples = music(44_100, 2, 1.0);
    for kind in &KINDS {
        let made = bench.code(kind, 44_100, 2, &samples);
        let wrong = bench.path("picture.png");
        std::fs::rename(made, &wrong).unwrap();
        let format = recognise(&wrong).unwrap();
        assert_eq!(format, kind.format(), "{}", kind.name);
        assert_eq!(
            (format.mime(), format.extension()),
            (kind.mime, kind.extension)
        );
        let lossless = matches!(kind.name, "flac" | "wav" | "aiff" | "alac_m4a");
        assert_eq!(format.lossless(), lossless, "{}", kind.name);
    }
}

#[test]
fn each_format_has_the_duration_and_loudness_of_its_source() {
    let bench = Bench::new();
    let samples = music(44_100, 2, 7.3);
    let reference = analyse(&bench.put("reference", &wav(44_100, 2, &samples))).unwrap();
    let loudness = reference.loudness_lufs.unwrap();
    assert_eq!(reference.duration_ms, 7300);
    for kind in &KINDS {
        let found = analyse(&bench.code(kind, 44_100, 2, &samples)).unwrap();
        let name = kind.name;
        assert!(
            found.duration_ms.abs_diff(7300) <= 50,
            "{name}: {} ms",
            found.duration_ms
        );
        assert!(
            (found.loudness_lufs.unwrap() - loudness).abs() < 0.5,
            "{name}: {found:?}"
        );
        assert_eq!(found.channels, 2, "{name}");
        let rate = if name == "opus" { 48_000 } else { 44_100 };
        assert_eq!(found.sample_rate, rate, "{name}");
        assert_eq!(found.waveform.len(), WAVEFORM_BUCKETS);
        assert_eq!(found.warnings, [], "{name}");
        let decoder = if name == "opus" {
            DecodedBy::Ffmpeg
        } else {
            DecodedBy::Symphonia
        };
        assert_eq!(found.decoded_by, decoder, "{name}");
        let bits = match name {
            "flac" | "wav" => Some(24),
            "aiff" => Some(16),
            // ffmpeg codes 32-bit floating point as 24-bit ALAC.
            "alac_m4a" => Some(24),
            _ => None,
        };
        assert_eq!(found.bit_depth, bits, "{name}");
    }
}

#[test]
fn mono_and_surround_keep_their_channels() {
    let bench = Bench::new();
    for channels in [1, 6] {
        let samples = music(48_000, channels, 2.0);
        for kind in KINDS
            .iter()
            .filter(|kind| channels == 1 || kind.name != "mp3")
        {
            let found = analyse(&bench.code(kind, 48_000, channels, &samples)).unwrap();
            assert_eq!(found.channels as usize, channels, "{}", kind.name);
            assert!(found.duration_ms.abs_diff(2000) <= 50, "{}", kind.name);
        }
    }
}

#[test]
fn high_and_low_sample_rates_are_measured() {
    let bench = Bench::new();
    for rate in [8_000, 22_050, 96_000, 192_000] {
        let samples = music(rate, 2, 1.5);
        let found = analyse(&bench.code(&KINDS[0], rate, 2, &samples)).unwrap();
        assert_eq!((found.sample_rate, found.duration_ms), (rate, 1500));
    }
}

#[test]
fn tags_in_front_and_behind_do_not_hide_the_audio() {
    let bench = Bench::new();
    for name in ["flac", "mp3", "adts"] {
        let kind = KINDS.iter().find(|kind| kind.name == name).unwrap();
        let audio = std::fs::read(bench.code(kind, 44_100, 2, &music(44_100, 2, 2.0))).unwrap();
        let mut file = b"ID3\x04\0\0\0\0\x08\0".to_vec();
        file.resize(10 + 1024, 0);
        file.extend(&audio);
        file.extend(b"TAG");
        file.resize(file.len() + 125, 0);
        let path = bench.put("tagged", &file);
        assert_eq!(recognise(&path).unwrap(), kind.format());
        let found = analyse(&path).unwrap();
        assert!(
            found.duration_ms.abs_diff(2000) <= 50,
            "{name}: {}",
            found.duration_ms
        );
    }
}

#[test]
fn what_is_no_audio_is_named() {
    let bench = Bench::new();
    let refused = |bytes: &[u8]| match recognise(&bench.put("song.mp3", bytes)) {
        Err(AudioError::NotAudio(kind)) => kind,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(b"la la la\nla la\n"), NotAudio::Text);
    assert_eq!(
        refused("가사입니다\n".repeat(2000).as_bytes()),
        NotAudio::Text
    );
    assert_eq!(
        refused(b"\xef\xbb\xbf <!DOCTYPE html><html><body>no</body>"),
        NotAudio::Html
    );
    assert_eq!(refused(b"<html>\n<head>"), NotAudio::Html);
    assert_eq!(
        refused(b"<?xml version=\"1.0\"?><svg xmlns=\"x\"/>"),
        NotAudio::Image
    );
    assert_eq!(refused(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"), NotAudio::Image);
    assert_eq!(refused(b"\xff\xd8\xff\xe0\0\x10JFIF\0"), NotAudio::Image);
    assert_eq!(refused(b"PK\x03\x04\x14\0\0\0\x08\0"), NotAudio::Archive);
    assert_eq!(refused(b"%PDF-1.7\n"), NotAudio::Pdf);
    assert_eq!(refused(b"\x1a\x45\xdf\xa3\x01\0\0\0"), NotAudio::Video);
    assert_eq!(refused(&[0; 70_000]), NotAudio::Unknown);
    assert_eq!(code(recognise(&bench.put("empty.flac", b""))), "empty_file");
    assert_eq!(code(recognise(&bench.path("absent.flac"))), "io");
}

#[test]
fn progress_rises_to_the_end_and_cancelling_stops() {
    let bench = Bench::new();
    let limits = Limits::default();
    for name in ["flac", "opus"] {
        let kind = KINDS.iter().find(|kind| kind.name == name).unwrap();
        let path = bench.code(kind, 44_100, 2, &music(44_100, 2, 5.0));
        let mut progress = Vec::new();
        let run = AtomicBool::new(false);
        let ffmpeg = Some(&*crate::common::FFMPEG);
        wing_audio::analyse(
            &path,
            &limits,
            ffmpeg,
            &mut |part| progress.push(part),
            &run,
        )
        .unwrap();
        assert!(
            progress.len() > 20 && progress.is_sorted(),
            "{name}: {progress:?}"
        );
        assert!(progress.last().is_some_and(|last| *last > 0.99), "{name}");

        let mut calls = 0;
        let stop = AtomicBool::new(false);
        let mut progress = |_| {
            calls += 1;
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
        };
        let result = wing_audio::analyse(&path, &limits, ffmpeg, &mut progress, &stop);
        assert_eq!(code(result), "cancelled");
        assert_eq!(calls, 1, "{name}");
    }
}

#[test]
fn opus_without_ffmpeg_says_what_is_missing() {
    let bench = Bench::new();
    let path = bench.code(&KINDS[8], 48_000, 2, &music(48_000, 2, 1.0));
    let cancel = AtomicBool::new(false);
    let result = wing_audio::analyse(&path, &Limits::default(), None, &mut |_| {}, &cancel);
    assert_eq!(code(result), "decoder_missing");
}
