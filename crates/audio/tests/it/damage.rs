//! Cut, damaged, endless and absurd files: each gets an honest answer.

use std::time::Duration;

use crate::common::{Bench, KINDS, analyse, analyse_within, code, music, wav};
use wing_audio::{Limits, Warning, recognise};

#[test]
fn a_cut_file_of_each_format_is_called_cut() {
    let bench = Bench::new();
    let samples = music(44_100, 2, 6.0);
    for kind in &KINDS {
        let whole = std::fs::read(bench.code(kind, 44_100, 2, &samples)).unwrap();
        for part in [0.3, 0.6, 0.95] {
            let cut = &whole[..(whole.len() as f64 * part) as usize];
            let found = code(analyse(&bench.put("cut", cut)));
            assert_eq!(found, "truncated", "{} cut at {part}", kind.name);
        }
    }
}

/// What the musician reads of a file that is cut at two thirds.
#[test]
fn a_cut_file_says_where_it_ends_and_how_long_it_should_be() {
    let bench = Bench::new();
    let source = wav(44_100, 2, &music(44_100, 2, 9.5));
    let reason = |kind: &crate::common::Kind, more: &[&str]| {
        let whole = std::fs::read(bench.code_with(kind, &source, more)).unwrap();
        let cut = bench.put("cut", &whole[..whole.len() * 2 / 3]);
        analyse(&cut).unwrap_err().to_string()
    };
    let mut front = Vec::new();
    for kind in &KINDS {
        let more: &[&str] = match kind.name {
            "aac_m4a" | "alac_m4a" => &["-movflags", "+faststart"],
            _ => &[],
        };
        front.push((kind.name, reason(kind, more)));
    }
    for (name, words) in front {
        match name {
            // Frame after frame, or page after page: nothing in front says how many will come.
            "adts" | "vorbis" => {
                assert_eq!(words, "the file ends early, at 0:06", "{name}");
            }
            // Its pages have a second each.
            "opus" => assert_eq!(words, "the file ends early, at 0:05", "{name}"),
            _ => assert_eq!(words, "the file ends early, at 0:06 of 0:09", "{name}"),
        }
    }
    // Without its index, which lies at the end, nothing is known of an MP4 file.
    let m4a = KINDS.iter().find(|kind| kind.name == "aac_m4a").unwrap();
    let words = reason(m4a, &[]);
    assert!(words.starts_with("the file is cut off: "), "{words}");
}

/// Without a header that has their number, frames that end where one ends are all there are:
/// nobody can know that more were meant. Anywhere else the cut shows.
#[test]
fn an_mp3_without_a_header_is_cut_unseen_only_between_two_frames() {
    let bench = Bench::new();
    let mp3 = KINDS.iter().find(|kind| kind.name == "mp3").unwrap();
    let source = wav(44_100, 2, &music(44_100, 2, 6.0));
    let plain = [
        "-write_xing",
        "0",
        "-id3v2_version",
        "0",
        "-b:a",
        "128k",
        "-ar",
        "48000",
    ];
    let whole = std::fs::read(bench.code_with(mp3, &source, &plain)).unwrap();
    // 128 kb/s at 48 kHz: every frame has 384 bytes.
    let between = 384 * (whole.len() / 384 / 2);
    let found = analyse(&bench.put("cut", &whole[..between])).unwrap();
    assert!(
        (2_900..3_100).contains(&found.duration_ms),
        "{}",
        found.duration_ms
    );
    for within in [1, 7, 100, 383] {
        let cut = bench.put("cut", &whole[..between + within]);
        assert_eq!(code(analyse(&cut)), "truncated", "{within}");
    }
}

/// As some encoders write it: the last, shorter block counts as the smallest.
#[test]
fn a_flac_whose_smallest_block_is_its_last_is_whole() {
    let bench = Bench::new();
    let mut bytes =
        std::fs::read(bench.code(&KINDS[0], 44_100, 2, &music(44_100, 2, 3.0))).unwrap();
    let expected = analyse(&bench.put("sound", &bytes)).unwrap();
    bytes[8..10].copy_from_slice(&321_u16.to_be_bytes());
    let found = analyse(&bench.put("odd", &bytes)).unwrap();
    assert_eq!(found, expected);
}

#[test]
fn a_file_cut_within_its_header_is_refused() {
    let bench = Bench::new();
    let samples = music(44_100, 2, 2.0);
    for kind in &KINDS {
        let whole = std::fs::read(bench.code(kind, 44_100, 2, &samples)).unwrap();
        for len in [1, 3, 4, 8, 11, 12, 20, 30, 40, 60] {
            assert!(
                analyse(&bench.put("cut", &whole[..len])).is_err(),
                "{} {len}",
                kind.name
            );
        }
    }
}

#[test]
fn damage_in_the_middle_is_noticed_where_the_format_can_show_it() {
    let bench = Bench::new();
    let samples = music(44_100, 2, 6.0);
    for kind in KINDS
        .iter()
        .filter(|kind| !matches!(kind.name, "wav" | "aiff"))
    {
        let mut bytes = std::fs::read(bench.code(kind, 44_100, 2, &samples)).unwrap();
        let (from, to) = (bytes.len() * 4 / 10, bytes.len() * 6 / 10);
        let mut noise = 12_345u32;
        for byte in &mut bytes[from..to] {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *byte = (noise >> 24) as u8;
        }
        let found = code(analyse(&bench.put("damaged", &bytes)));
        assert_eq!(found, "corrupt", "{}", kind.name);
    }
}

#[test]
fn a_single_wrong_bit_in_a_flac_is_noticed() {
    let bench = Bench::new();
    let mut bytes =
        std::fs::read(bench.code(&KINDS[0], 44_100, 2, &music(44_100, 2, 3.0))).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    assert_eq!(code(analyse(&bench.put("bit", &bytes))), "corrupt");
}

#[test]
fn a_few_bad_mp3_frames_and_junk_behind_are_forgiven_and_reported() {
    let bench = Bench::new();
    let mp3 = KINDS.iter().find(|kind| kind.name == "mp3").unwrap();
    let whole = std::fs::read(bench.code(mp3, 44_100, 2, &music(44_100, 2, 20.0))).unwrap();

    let mut bad = whole.clone();
    let middle = bad.len() / 2;
    bad[middle..middle + 600].fill(0x55);
    let found = analyse(&bench.put("bad", &bad)).unwrap();
    assert!(found.warnings.contains(&Warning::DamagedFrames));
    assert!(
        found.duration_ms.abs_diff(20_000) <= 200,
        "{}",
        found.duration_ms
    );

    let mut junk = whole;
    junk.extend([0x20; 5000]);
    let found = analyse(&bench.put("junk", &junk)).unwrap();
    assert_eq!(found.warnings, [Warning::TrailingJunk]);
    assert!(found.duration_ms.abs_diff(20_000) <= 50);
}

#[test]
fn what_is_longer_than_allowed_is_refused_for_each_format() {
    let bench = Bench::new();
    let samples = music(44_100, 2, 3.0);
    let limits = Limits {
        max_duration: Duration::from_secs(2),
        ..Limits::default()
    };
    for kind in &KINDS {
        let path = bench.code(kind, 44_100, 2, &samples);
        assert_eq!(
            code(analyse_within(&path, &limits)),
            "too_long",
            "{}",
            kind.name
        );
    }
}

/// Ten hours of silence as a small FLAC file: its header alone is enough to refuse it.
#[test]
fn a_ten_hour_file_is_refused_by_its_header() {
    let bench = Bench::new();
    let mut bytes =
        std::fs::read(bench.code(&KINDS[0], 44_100, 2, &music(44_100, 2, 1.0))).unwrap();
    let frames = 44_100u64 * 36_000;
    bytes[21] = bytes[21] & 0xf0 | (frames >> 32) as u8;
    bytes[22..26].copy_from_slice(&(frames as u32).to_be_bytes());
    assert_eq!(code(analyse(&bench.put("long", &bytes))), "too_long");
}

/// The CRC-8 of FLAC frame headers.
fn crc8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ byte, |crc, _| {
            crc << 1 ^ if crc & 0x80 != 0 { 0x07 } else { 0 }
        })
    })
}

/// The CRC-16 of FLAC frames.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte) << 8, |crc, _| {
            crc << 1 ^ if crc & 0x8000 != 0 { 0x8005 } else { 0 }
        })
    })
}

/// A FLAC file of constant frames: a dozen bytes stand for 32,768 samples, and its header does
/// not say how many follow.
fn endless_flac(frames: u32) -> Vec<u8> {
    let mut file = b"fLaC\x80\0\0\x22".to_vec();
    // Block sizes 32768, frame sizes unknown, 48 kHz, 1 channel, 16 bits, unknown total, no MD5.
    file.extend([
        0x80, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x0b, 0xb8, 0x00, 0xf0, 0, 0, 0, 0,
    ]);
    file.extend([0; 16]);
    for number in 0..frames {
        let start = file.len();
        // Fixed block size of 32768, 48 kHz, mono, 16 bits, then the frame number as UTF-8.
        file.extend([0xff, 0xf8, 0xfa, 0x08]);
        let mut utf8 = [0; 4];
        let coded = char::from_u32(number).map_or("\0", |c| c.encode_utf8(&mut utf8));
        file.extend(coded.as_bytes());
        file.push(crc8(&file[start..]));
        // One constant subframe.
        file.extend([0, 0x10, 0]);
        let crc = crc16(&file[start..]);
        file.extend(crc.to_be_bytes());
    }
    file
}

#[test]
fn a_flac_that_expands_without_end_stops_at_the_limit() {
    let bench = Bench::new();
    let limits = Limits {
        max_duration: Duration::from_secs(120),
        ..Limits::default()
    };
    let path = bench.put("bomb", &endless_flac(100));
    let found = analyse_within(&path, &limits).unwrap();
    assert_eq!(found.duration_ms, 100 * 32_768 * 1000 / 48_000);
    // Half an hour in 30 KB; it stops after two minutes of it.
    let path = bench.put("bomb", &endless_flac(2500));
    assert_eq!(code(analyse_within(&path, &limits)), "too_long");
}

#[test]
fn absurd_headers_are_refused() {
    let bench = Bench::new();
    let refused = |name: &str, bytes: &[u8]| code(analyse(&bench.put(name, bytes)));
    let samples = music(8_000, 1, 1.0);
    let plain = wav(8_000, 1, &samples);
    let with = |at: usize, bytes: &[u8]| {
        let mut changed = plain.clone();
        changed[at..at + bytes.len()].copy_from_slice(bytes);
        changed
    };
    assert_eq!(
        refused("rate", &with(24, &4_000_000u32.to_le_bytes())),
        "sample_rate"
    );
    assert_eq!(
        refused("rate", &with(24, &0u32.to_le_bytes())),
        "sample_rate"
    );
    assert_eq!(
        refused("channels", &with(22, &64u16.to_le_bytes())),
        "too_many_channels"
    );
    assert_eq!(
        refused("channels", &with(22, &0u16.to_le_bytes())),
        "corrupt"
    );
    assert_eq!(
        refused("format", &with(20, &0x55u16.to_le_bytes())),
        "unsupported_codec"
    );
    assert_eq!(refused("empty", &wav(44_100, 2, &[])), "no_samples");
    let nan: Vec<f32> = (0..8000)
        .map(|n| if n == 4000 { f32::NAN } else { 0.1 })
        .collect();
    assert_eq!(refused("nan", &wav(8_000, 1, &nan)), "corrupt");
    let huge: Vec<f32> = (0..8000)
        .map(|n| if n == 4000 { 1e30 } else { 0.1 })
        .collect();
    assert_eq!(refused("huge", &wav(8_000, 1, &huge)), "corrupt");
}

#[test]
fn a_film_and_a_movie_without_sound_are_refused() {
    let bench = Bench::new();
    let source = bench.put("source", &wav(44_100, 2, &music(44_100, 2, 1.0)));
    let film = |name: &str, args: &[&str]| {
        let path = bench.path(name);
        let done = std::process::Command::new(crate::common::FFMPEG.program())
            .args(["-nostdin", "-v", "error", "-y", "-i"])
            .arg(&source)
            .args(["-f", "lavfi", "-i", "testsrc=size=64x64:rate=5:duration=1"])
            .args(args)
            .arg(&path)
            .status()
            .unwrap();
        assert!(done.success());
        path
    };
    let both = film(
        "film",
        &["-map", "0", "-map", "1", "-c:v", "mpeg4", "-f", "mp4"],
    );
    assert_eq!(code(recognise(&both)), "not_audio");
    let other = film("ac3", &["-map", "0", "-c:a", "ac3", "-f", "mp4"]);
    assert_eq!(code(recognise(&other)), "unsupported_codec");
}

#[test]
fn a_flac_of_unknown_length_that_ends_within_a_frame_is_called_cut() {
    let bench = Bench::new();
    let whole = endless_flac(10);
    assert!(analyse(&bench.put("whole", &whole)).is_ok());
    assert_eq!(
        code(analyse(&bench.put("cut", &whole[..whole.len() - 3]))),
        "truncated"
    );
}
