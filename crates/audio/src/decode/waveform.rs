//! A waveform of fixed size, made in one pass without knowing the length beforehand.

/// Stretches in a finished waveform.
pub const WAVEFORM_BUCKETS: usize = 1000;

/// Cells kept while measuring: when they are full, neighbours merge and each covers twice as much.
/// At least eight cells make a bucket, so that merging costs no visible precision.
const CELLS: usize = 16 * WAVEFORM_BUCKETS;

/// Frames in a cell at the start.
const FIRST_CELL: usize = 32;

/// Collects the highest absolute sample of each stretch.
pub(super) struct Waveform {
    cells: Vec<f32>,
    /// Frames per cell.
    cell: usize,
    /// Frames in the cell being filled, and its peak.
    filled: usize,
    peak: f32,
}

impl Waveform {
    pub(super) fn new() -> Self {
        Waveform {
            cells: Vec::with_capacity(CELLS),
            cell: FIRST_CELL,
            filled: 0,
            peak: 0.0,
        }
    }

    /// Adds frames given as one slice per channel, all of one length. Returns the highest
    /// absolute sample in them; not-a-number makes the answer infinite.
    pub(super) fn add(&mut self, planes: &[&[f32]]) -> f32 {
        let frames = planes.first().map_or(0, |plane| plane.len());
        let (mut at, mut highest) = (0, 0.0f32);
        while at < frames {
            let take = (self.cell - self.filled).min(frames - at);
            let peak = planes
                .iter()
                .map(|plane| abs_peak(&plane[at..at + take]))
                .fold(0.0, f32::max);
            highest = highest.max(peak);
            self.peak = self.peak.max(peak);
            self.filled += take;
            at += take;
            if self.filled == self.cell {
                self.push();
            }
        }
        highest
    }

    fn push(&mut self) {
        self.cells.push(self.peak);
        (self.filled, self.peak) = (0, 0.0);
        if self.cells.len() == CELLS {
            for at in 0..CELLS / 2 {
                self.cells[at] = self.cells[2 * at].max(self.cells[2 * at + 1]);
            }
            self.cells.truncate(CELLS / 2);
            self.cell *= 2;
        }
    }

    /// The waveform, scaled to 0..=255.
    pub(super) fn finish(mut self) -> Vec<u8> {
        if self.filled > 0 {
            // A mostly empty last cell is stretched; it is less than an eighth of a bucket.
            self.cells.push(self.peak);
        }
        let cells = self.cells.len();
        if cells == 0 {
            return vec![0; WAVEFORM_BUCKETS];
        }
        (0..WAVEFORM_BUCKETS)
            .map(|bucket| {
                let from = bucket * cells / WAVEFORM_BUCKETS;
                let to = ((bucket + 1) * cells)
                    .div_ceil(WAVEFORM_BUCKETS)
                    .clamp(from + 1, cells);
                let peak = self.cells[from.min(cells - 1)..to]
                    .iter()
                    .copied()
                    .fold(0.0, f32::max);
                (peak.min(1.0) * 255.0).round() as u8
            })
            .collect()
    }
}

/// Highest absolute value. Written over lanes so that it becomes vector instructions; the integer
/// order of cleared-sign floats is their order, with not-a-number above infinity.
pub(super) fn abs_peak(samples: &[f32]) -> f32 {
    const LANES: usize = 8;
    let mut lanes = [0u32; LANES];
    let chunks = samples.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, sample) in lanes.iter_mut().zip(chunk) {
            *lane = (*lane).max(sample.to_bits() & 0x7fff_ffff);
        }
    }
    let bits = rest
        .iter()
        .map(|sample| sample.to_bits() & 0x7fff_ffff)
        .chain(lanes)
        .max();
    let peak = f32::from_bits(bits.unwrap_or(0));
    if peak.is_nan() { f32::INFINITY } else { peak }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(samples: &[f32]) -> Vec<u8> {
        let mut waveform = Waveform::new();
        for block in samples.chunks(777) {
            waveform.add(&[block]);
        }
        waveform.finish()
    }

    #[test]
    fn follows_the_envelope_whatever_the_length() {
        for frames in [5_000usize, 44_100, 700_001, 5_000_000] {
            let ramp: Vec<f32> = (0..frames)
                .map(|at| at as f32 / frames as f32 * if at % 2 == 0 { 1.0 } else { -1.0 })
                .collect();
            let waveform = of(&ramp);
            assert_eq!(waveform.len(), WAVEFORM_BUCKETS);
            for (bucket, value) in waveform.iter().enumerate() {
                let expected = (bucket + 1) as f32 / WAVEFORM_BUCKETS as f32 * 255.0;
                assert!(
                    (f32::from(*value) - expected).abs() < 4.0,
                    "{frames} {bucket} {value}"
                );
            }
        }
    }

    #[test]
    fn silence_and_nothing_are_flat() {
        assert_eq!(of(&[0.0; 10_000]), vec![0; WAVEFORM_BUCKETS]);
        assert_eq!(of(&[]), vec![0; WAVEFORM_BUCKETS]);
        assert_eq!(of(&[1.0, 0.0]), vec![255; WAVEFORM_BUCKETS]);
    }

    #[test]
    fn not_a_number_is_reported_as_infinite() {
        let samples = [0.5, f32::NAN, 0.2];
        assert_eq!(Waveform::new().add(&[&samples]), f32::INFINITY);
        assert_eq!(Waveform::new().add(&[&samples[..1]]), 0.5);
    }
}
