//! Waveforms as one SVG path, so that they are there without scripts.

use std::fmt::Write as _;

/// The outline of `bars` mirrored bars in a box `bars * 4` wide and 100 high,
/// from peaks of 0 to 255; the loudest peak of each span counts. A silent span
/// keeps a thin line. Empty peaks give a flat line of dots.
pub fn wave_path(peaks: &[u8], bars: usize) -> String {
    let mut path = String::with_capacity(bars * 24);
    for bar in 0..bars {
        let (from, to) = (
            bar * peaks.len() / bars,
            ((bar + 1) * peaks.len()).div_ceil(bars),
        );
        let peak = peaks
            .get(from..to)
            .and_then(|span| span.iter().max())
            .copied()
            .unwrap_or(0);
        let height = 4.0 + f32::from(peak) / 255.0 * 92.0;
        let (x, top) = (bar * 4, 50.0 - height / 2.0);
        let _ = write!(path, "M{x} {top:.0}h3v{height:.0}h-3z");
    }
    path
}

#[cfg(test)]
mod tests {
    use super::wave_path;

    #[test]
    fn draws_as_many_bars_as_asked_from_any_number_of_peaks() {
        for peaks in [vec![], vec![255], vec![7; 50], vec![128; 10_000]] {
            assert_eq!(wave_path(&peaks, 120).matches('M').count(), 120);
        }
        assert!(wave_path(&[255], 1).contains("v96"));
        assert!(wave_path(&[0], 1).contains("v4"));
    }
}
