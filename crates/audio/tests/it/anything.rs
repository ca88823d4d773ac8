//! Whatever the bytes, there is an answer: no panic, no hang, no flood.

use std::sync::LazyLock;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::common::{Bench, KINDS, music};
use proptest::prelude::*;
use wing_audio::{Limits, Tags, read_tags, recognise, tag_download};

static WHOLE: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let bench = Bench::new();
    let samples = music(22_050, 2, 0.6);
    // ffmpeg's Opus encoder takes no 22.05 kHz.
    let rate = |name: &str| if name == "opus" { 24_000 } else { 22_050 };
    KINDS
        .iter()
        .map(|kind| {
            std::fs::read(bench.code(kind, rate(kind.name), 2, &samples)).expect("a whole file")
        })
        .collect()
});

/// Everything that may be done with a file; ffmpeg is left out to keep hundreds of runs quick.
fn use_it(bytes: &[u8]) -> Result<(), TestCaseError> {
    let bench = Bench::new();
    let path = bench.put("file", bytes);
    let limits = Limits {
        max_duration: Duration::from_secs(30),
        ..Limits::default()
    };
    let recognised = recognise(&path);
    let tags = read_tags(&path);
    prop_assert_eq!(recognised.is_ok(), tags.is_ok());
    let cancel = AtomicBool::new(false);
    if let Ok(found) = wing_audio::analyse(&path, &limits, None, &mut |_| {}, &cancel) {
        prop_assert_eq!(Some(found.format), recognised.ok());
        prop_assert!(found.duration_ms <= 30_000);
        prop_assert!(found.loudness_lufs.is_none_or(f64::is_finite));
        prop_assert!(found.true_peak_dbtp.is_none_or(f64::is_finite));
    }
    let _ = tag_download(
        &path,
        &bench.path("copy"),
        &Tags {
            title: Some("x".into()),
            ..Tags::default()
        },
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_have_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..4096)) {
        use_it(&bytes)?;
    }

    #[test]
    fn random_bytes_behind_each_signature_have_an_answer(
        kind in 0..KINDS.len(),
        keep in 4usize..80,
        bytes in prop::collection::vec(any::<u8>(), 0..4096),
    ) {
        let mut file = WHOLE[kind][..keep].to_vec();
        file.extend(bytes);
        use_it(&file)?;
    }

    #[test]
    fn changed_bytes_have_an_answer(
        kind in 0..KINDS.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..24),
        in_header in any::<bool>(),
    ) {
        let mut file = WHOLE[kind].clone();
        let reach = if in_header { file.len().min(600) } else { file.len() };
        for (at, byte) in changes {
            file[at.index(reach)] = byte;
        }
        use_it(&file)?;
    }

    #[test]
    fn removed_and_doubled_pieces_have_an_answer(
        kind in 0..KINDS.len(),
        from in any::<prop::sample::Index>(),
        len in 1usize..2000,
        double in any::<bool>(),
    ) {
        let mut file = WHOLE[kind].clone();
        let from = from.index(file.len());
        let to = (from + len).min(file.len());
        if double {
            let piece = file[from..to].to_vec();
            file.splice(from..from, piece);
        } else {
            file.drain(from..to);
        }
        use_it(&file)?;
    }
}
