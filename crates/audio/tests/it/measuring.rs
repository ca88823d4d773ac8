//! Loudness, true peak and waveform against signals whose values are known.

use crate::common::{Bench, KINDS, analyse, sine, wav};

/// EBU Tech 3341: a stereo 1 kHz sine of -23 dBFS is -23 LUFS.
#[test]
fn a_known_sine_has_the_known_loudness() {
    let bench = Bench::new();
    for (level, rate) in [(-23.0, 48_000), (-33.0, 48_000), (-23.0, 44_100)] {
        let samples = sine(rate, 2, 20.0, 1000.0, 10f64.powf(level / 20.0));
        for kind in KINDS.iter().filter(|kind| kind.format().lossless()) {
            let found = analyse(&bench.code(kind, rate, 2, &samples)).unwrap();
            let loudness = found.loudness_lufs.unwrap();
            assert!((loudness - level).abs() <= 0.1, "{}: {loudness}", kind.name);
            let peak = found.true_peak_dbtp.unwrap();
            assert!((peak - level).abs() <= 0.2, "{}: {peak}", kind.name);
        }
    }
}

/// EBU Tech 3341 case 2 of the gate: quiet parts do not count.
#[test]
fn quiet_parts_are_gated() {
    let bench = Bench::new();
    let mut samples = sine(48_000, 2, 10.0, 1000.0, 10f64.powf(-36.0 / 20.0));
    samples.extend(sine(48_000, 2, 60.0, 1000.0, 10f64.powf(-23.0 / 20.0)));
    samples.extend(sine(48_000, 2, 10.0, 1000.0, 10f64.powf(-36.0 / 20.0)));
    let found = analyse(&bench.put("gate", &wav(48_000, 2, &samples))).unwrap();
    assert!((found.loudness_lufs.unwrap() + 23.0).abs() <= 0.1);
}

/// EBU Tech 3341 case 6: 5.0 surround, where the rear channels count more and LFE not at all.
#[test]
fn surround_channels_are_weighted_by_where_they_stand() {
    let bench = Bench::new();
    let level = |db: f64| 10f64.powf(db / 20.0);
    // Left, right, centre, LFE, left and right surround.
    let levels = [
        level(-28.0),
        level(-28.0),
        level(-24.0),
        level(-3.0),
        level(-30.0),
        level(-30.0),
    ];
    let samples: Vec<f32> = (0..48_000 * 20)
        .flat_map(|n| {
            let wave = (std::f64::consts::TAU * 1000.0 * f64::from(n) / 48_000.0).sin();
            levels.map(|level| (level * wave) as f32)
        })
        .collect();
    for name in ["flac", "wav"] {
        let kind = KINDS.iter().find(|kind| kind.name == name).unwrap();
        let found = analyse(&bench.code(kind, 48_000, 6, &samples)).unwrap();
        let loudness = found.loudness_lufs.unwrap();
        assert!((loudness + 23.0).abs() <= 0.1, "{name}: {loudness}");
    }
}

/// A sine at a quarter of the sample rate, sampled 45 degrees off its crests: every sample is
/// 3 dB below the peak of the wave.
#[test]
fn peaks_between_samples_are_found() {
    let bench = Bench::new();
    let samples: Vec<f32> = (0..96_000)
        .flat_map(|n| {
            let at = std::f64::consts::FRAC_PI_2 * f64::from(n) + std::f64::consts::FRAC_PI_4;
            [(at.sin() * (f64::from(n) / 9600.0).min(1.0)) as f32; 2]
        })
        .collect();
    let found = analyse(&bench.put("between", &wav(48_000, 2, &samples))).unwrap();
    let peak = found.true_peak_dbtp.unwrap();
    assert!((-0.4..=0.2).contains(&peak), "{peak}");
    assert_eq!(
        found.waveform.iter().max(),
        Some(&180),
        "samples themselves reach 0.707"
    );
}

#[test]
fn silence_has_no_loudness_and_no_peak() {
    let bench = Bench::new();
    for kind in KINDS.iter().filter(|kind| kind.format().lossless()) {
        let found = analyse(&bench.code(kind, 44_100, 2, &vec![0.0; 44_100 * 4])).unwrap();
        assert_eq!(
            (found.loudness_lufs, found.true_peak_dbtp),
            (None, None),
            "{}",
            kind.name
        );
        assert!(found.waveform.iter().all(|value| *value == 0));
        assert_eq!(found.duration_ms, 2000);
    }
}

#[test]
fn the_waveform_follows_the_sound() {
    let bench = Bench::new();
    // Silence, half scale, full scale, silence: a quarter each.
    let mut samples = vec![0.0; 44_100 * 2];
    samples.extend(sine(44_100, 1, 2.0, 500.0, 0.5));
    samples.extend(sine(44_100, 1, 2.0, 500.0, 0.99));
    samples.extend(vec![0.0; 44_100 * 2]);
    for kind in &KINDS {
        let waveform = analyse(&bench.code(kind, 44_100, 1, &samples))
            .unwrap()
            .waveform;
        for (part, expected) in [
            (20..230, 0),
            (270..480, 127),
            (520..730, 252),
            (770..980, 0),
        ] {
            for value in &waveform[part] {
                assert!(
                    value.abs_diff(expected) <= 20,
                    "{}: {value}, {expected}",
                    kind.name
                );
            }
        }
    }
}
