//! True peak (ITU-R BS.1770-4 Annex 2), through the interpolator of the ebur128 crate.

use ebur128::{EbuR128, Mode};

/// The highest level the reconstructed wave reaches between samples.
pub(super) struct TruePeak {
    inner: Option<EbuR128>,
    channels: u32,
}

impl TruePeak {
    pub(super) fn new(rate: u32, channels: usize) -> Self {
        let channels = channels as u32;
        TruePeak { inner: EbuR128::new(channels, rate, Mode::TRUE_PEAK).ok(), channels }
    }

    pub(super) fn add(&mut self, planes: &[&[f32]]) {
        if let Some(inner) = &mut self.inner {
            let _ = inner.add_frames_planar_f32(planes);
        }
    }

    pub(super) fn finish(self) -> f32 {
        self.inner.map_or(0.0, |inner| {
            (0..self.channels).filter_map(|n| inner.true_peak(n).ok()).fold(0.0, f64::max) as f32
        })
    }
}
