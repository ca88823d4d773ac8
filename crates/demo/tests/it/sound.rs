//! Rendered tracks, as a listener or a decoder meets them.

use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::default::formats::FlacReader;
use wing_demo::{Genre, Pcm, SAMPLE_RATE, TrackPlan, catalogue, encode_flac, render_track};

/// The first track of each genre.
fn samples() -> Vec<TrackPlan> {
    let catalogue = catalogue();
    Genre::ALL
        .into_iter()
        .filter_map(|genre| {
            catalogue
                .tracks()
                .map(|(_, _, track)| track)
                .find(|track| track.genre == genre)
                .cloned()
        })
        .collect()
}

fn decibels(level: f64) -> f64 {
    20.0 * level.max(1e-9).log10()
}

/// Root mean square of a stretch, of full scale.
fn level(pcm: &Pcm, from: f64, to: f64) -> f64 {
    let at =
        |seconds: f64| ((seconds * f64::from(SAMPLE_RATE)) as usize * 2).min(pcm.samples.len());
    let stretch = &pcm.samples[at(from)..at(to)];
    let sum: f64 = stretch
        .iter()
        .map(|&s| (f64::from(s) / 32_768.0).powi(2))
        .sum();
    (sum / stretch.len().max(1) as f64).sqrt()
}

#[test]
fn every_genre_is_as_long_as_planned_and_neither_clips_nor_falls_silent() {
    for plan in samples() {
        let name = &plan.slug;
        let pcm = render_track(&plan);
        assert!((pcm.seconds() - plan.seconds()).abs() < 0.01, "{name}");
        let peak = pcm
            .samples
            .iter()
            .map(|s| i32::from(*s).abs())
            .max()
            .unwrap_or(0);
        assert!(
            decibels(f64::from(peak) / 32_768.0) < -1.0,
            "{name} peaks at {peak}"
        );
        // Music, second after second, up to the last chord.
        let music = plan.seconds() - 4.0;
        for second in 1..music as usize - 1 {
            let loud = decibels(level(&pcm, second as f64 - 1.0, second as f64 + 1.0));
            assert!(loud > -45.0, "{name} is silent at {second} s: {loud} dB");
        }
        let end = decibels(level(&pcm, plan.seconds() - 0.1, plan.seconds()));
        assert!(end < -50.0, "{name} stops short: {end} dB");
        let left: i64 = pcm.samples.iter().step_by(2).map(|&s| i64::from(s)).sum();
        assert!(
            (left / pcm.frames() as i64).abs() < 30,
            "{name} is off centre"
        );
        let apart = pcm
            .samples
            .chunks_exact(2)
            .any(|frame| frame[0] != frame[1]);
        assert!(apart, "{name} is mono");
    }
}

#[test]
fn loudness_is_what_streaming_services_aim_at() {
    for plan in samples() {
        let pcm = render_track(&plan);
        let mut meter = ebur128::EbuR128::new(2, SAMPLE_RATE, ebur128::Mode::I).unwrap();
        meter.add_frames_i16(&pcm.samples).unwrap();
        let loudness = meter.loudness_global().unwrap();
        assert!(
            (-15.0..=-13.0).contains(&loudness),
            "{}: {loudness} LUFS",
            plan.slug
        );
    }
}

#[test]
fn the_same_plan_gives_the_same_bytes_and_another_seed_another_piece() {
    let plan = samples().remove(0);
    let once = render_track(&plan);
    assert_eq!(
        encode_flac(&once).unwrap(),
        encode_flac(&render_track(&plan)).unwrap()
    );
    let other = TrackPlan {
        seed: plan.seed + 1,
        ..plan
    };
    assert_ne!(once, render_track(&other));
}

#[test]
fn flac_holds_exactly_what_was_rendered() {
    let pcm = Pcm {
        samples: (0..20_000i32)
            .map(|i| ((i * 7_919) % 20_011 - 10_000) as i16)
            .collect(),
    };
    let bytes = encode_flac(&pcm).unwrap();
    assert_eq!(&bytes[..4], b"fLaC");
    assert_eq!(decode(&bytes), pcm.samples);
}

#[test]
fn nothing_to_encode_is_an_error() {
    assert!(
        encode_flac(&Pcm {
            samples: Vec::new()
        })
        .is_err()
    );
}

/// Decodes with another implementation, which also checks the file's own digest.
fn decode(bytes: &[u8]) -> Vec<i16> {
    let source = Box::new(std::io::Cursor::new(bytes.to_vec()));
    let stream = MediaSourceStream::new(source, MediaSourceStreamOptions::default());
    let mut reader =
        FlacReader::try_new(stream, FormatOptions::default()).expect("a file of our own");
    let track = reader
        .default_track(TrackType::Audio)
        .expect("a file of our own");
    let parameters = track
        .codec_params
        .as_ref()
        .expect("a file of our own")
        .audio()
        .expect("a file of our own");
    let options = AudioDecoderOptions::default().verify(true);
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &options)
        .expect("a file of our own");
    let mut samples = Vec::new();
    let mut planes: Vec<Vec<i16>> = Vec::new();
    while let Some(packet) = reader.next_packet().expect("a file of our own") {
        decoder
            .decode(&packet)
            .expect("a file of our own")
            .copy_to_vecs_planar(&mut planes);
        samples.extend(
            planes[0]
                .iter()
                .zip(&planes[1])
                .flat_map(|(&left, &right)| [left, right]),
        );
    }
    assert_eq!(decoder.finalize().verify_ok, Some(true));
    samples
}
