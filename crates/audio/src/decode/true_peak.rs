//! True peak by fourfold interpolation (ITU-R BS.1770-4, Annex 2).
//!
//! The ebur128 crate has one, but it took more time than decoding FLAC does. This one filters
//! neighbouring outputs at once, which compiles to vector instructions, and passes over
//! stretches that cannot hold a new peak: no output is larger than the largest input times the
//! sum of the filter's absolute coefficients.

/// Coefficients per phase.
const TAPS: usize = 12;
/// Outputs computed together.
const LANES: usize = 4;
/// Outputs per phase between two checks whether they can matter.
const STRETCH: usize = 64;

/// The two outer and the two inner phases are mirror images of each other: the table of the
/// recommendation, first and second phase.
const OUTER: [f32; TAPS] = [
    0.001_708_984_4,
    0.010_986_328,
    -0.019_653_32,
    0.033_203_125,
    -0.059_448_242,
    0.137_329_1,
    0.972_167_97,
    -0.102_294_92,
    0.047_607_42,
    -0.026_611_328,
    0.014_892_578,
    -0.008_300_781,
];
const INNER: [f32; TAPS] = [
    -0.029_174_805,
    0.029_296_875,
    -0.051_757_813,
    0.089_111_33,
    -0.166_503_9,
    0.465_087_9,
    0.779_785_16,
    -0.200_317_38,
    0.101_562_5,
    -0.058_227_54,
    0.033_081_055,
    -0.018_920_898,
];
/// Slightly more than the largest sum of absolute coefficients (that of [`INNER`]).
const MOST_GAIN: f32 = 2.03;

/// The highest level the reconstructed wave reaches between samples.
pub(super) struct TruePeak {
    /// Per channel the last samples, then those being worked on.
    lines: Vec<Vec<f32>>,
    peak: f32,
}

impl TruePeak {
    pub(super) fn new(channels: usize) -> Self {
        TruePeak {
            lines: vec![vec![0.0; TAPS - 1]; channels],
            peak: 0.0,
        }
    }

    /// Adds frames given as one slice per channel.
    pub(super) fn add(&mut self, planes: &[&[f32]]) {
        for (line, plane) in self.lines.iter_mut().zip(planes) {
            line.extend_from_slice(plane);
            self.peak = highest(line, plane.len(), self.peak);
            line.drain(..plane.len());
        }
    }

    /// The peak as a factor of full scale.
    pub(super) fn finish(mut self) -> f32 {
        // The last samples have not passed through the filter yet.
        for line in &mut self.lines {
            line.resize(2 * TAPS, 0.0);
            self.peak = highest(line, TAPS, self.peak);
        }
        self.peak
    }
}

/// The larger of `peak` and the highest of the outputs that start at each of `count` inputs.
fn highest(line: &[f32], count: usize, mut peak: f32) -> f32 {
    let mut at = 0;
    while at < count {
        let outputs = STRETCH.min(count - at);
        let inputs = &line[at..at + outputs + TAPS - 1];
        if super::waveform::abs_peak(inputs) * MOST_GAIN > peak {
            peak = peak.max(filter(inputs, outputs));
        }
        at += outputs;
    }
    peak
}

/// The highest of the four outputs at each input.
///
/// Two mirrored phases share their work. With `A` the part of the filter that is symmetric around
/// its middle and `B` the antisymmetric part, their outputs are `A + B` and `A - B`, the larger of
/// which is `|A| + |B|`.
fn filter(inputs: &[f32], outputs: usize) -> f32 {
    let mut padded = [0.0; STRETCH + TAPS - 1];
    padded[..inputs.len()].copy_from_slice(inputs);
    let mut peaks = [0.0f32; LANES];
    for first in (0..outputs).step_by(LANES) {
        let (mut outer_a, mut outer_b) = ([0.0f32; LANES], [0.0f32; LANES]);
        let (mut inner_a, mut inner_b) = ([0.0f32; LANES], [0.0f32; LANES]);
        for tap in 0..TAPS / 2 {
            let mirror = TAPS - 1 - tap;
            // Arrays of known length are what lets the compiler use vectors.
            let near = padded[first + tap..].first_chunk::<LANES>();
            let far = padded[first + mirror..].first_chunk::<LANES>();
            let (Some(near), Some(far)) = (near, far) else {
                break;
            };
            let sum: [f32; LANES] = std::array::from_fn(|n| near[n] + far[n]);
            let difference: [f32; LANES] = std::array::from_fn(|n| near[n] - far[n]);
            add_scaled(&mut outer_a, &sum, (OUTER[tap] + OUTER[mirror]) / 2.0);
            add_scaled(
                &mut outer_b,
                &difference,
                (OUTER[tap] - OUTER[mirror]) / 2.0,
            );
            add_scaled(&mut inner_a, &sum, (INNER[tap] + INNER[mirror]) / 2.0);
            add_scaled(
                &mut inner_b,
                &difference,
                (INNER[tap] - INNER[mirror]) / 2.0,
            );
        }
        // Lanes beyond the last output have not got all their inputs yet.
        for lane in 0..LANES.min(outputs - first) {
            let outer = outer_a[lane].abs() + outer_b[lane].abs();
            let inner = inner_a[lane].abs() + inner_b[lane].abs();
            let higher = if outer > inner { outer } else { inner };
            peaks[lane] = if higher > peaks[lane] {
                higher
            } else {
                peaks[lane]
            };
        }
    }
    peaks.into_iter().fold(0.0, f32::max)
}

fn add_scaled(to: &mut [f32; LANES], from: &[f32; LANES], factor: f32) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += factor * from;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(samples: &[f32], block: usize) -> f32 {
        let mut meter = TruePeak::new(1);
        for block in samples.chunks(block) {
            meter.add(&[block]);
        }
        meter.finish()
    }

    fn sine(frequency: f64, phase: f64, amplitude: f64) -> Vec<f32> {
        (0..48_000)
            .map(|n| {
                let at = std::f64::consts::TAU * frequency * f64::from(n) / 48_000.0 + phase;
                // Faded in, for a sudden start has overshoots of its own.
                (amplitude * at.sin() * (f64::from(n) / 4800.0).min(1.0)) as f32
            })
            .collect()
    }

    /// EBU Tech 3341, cases 15 to 18: within +0.2 and -0.4 dB.
    #[test]
    fn finds_peaks_between_samples() {
        let eighth = std::f64::consts::FRAC_PI_4;
        for (frequency, phase) in [
            (12_000.0, 0.0),
            (12_000.0, eighth),
            (8_000.0, eighth),
            (6_000.0, eighth / 2.0),
        ] {
            let peak = 20.0 * of(&sine(frequency, phase, 0.5), 1152).log10();
            assert!(
                (-6.42..=-5.82).contains(&peak),
                "{frequency} Hz, {phase}: {peak} dB"
            );
        }
    }

    #[test]
    fn the_size_of_the_blocks_does_not_matter() {
        let samples = sine(11_025.0, 0.3, 0.8);
        let whole = of(&samples, samples.len());
        for block in [1, 7, 64, 4096] {
            assert_eq!(of(&samples, block), whole);
        }
    }

    #[test]
    fn no_gain_is_larger_than_the_bound() {
        for phase in [OUTER, INNER] {
            assert!(phase.iter().map(|factor| factor.abs()).sum::<f32>() < MOST_GAIN);
        }
    }
}
