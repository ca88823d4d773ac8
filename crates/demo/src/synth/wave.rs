//! Band-limited wavetables, so that bright sounds do not alias.

use std::sync::OnceLock;

use super::RATE;
use crate::rng::Rng;

const BITS: u32 = 11;
const SIZE: usize = 1 << BITS;
/// Harmonics kept in each table; a note takes the richest one that fits.
const RICHNESS: [usize; 16] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256];
const CEILING_HZ: f32 = 17_500.0;

type Table = Box<[f32]>;

struct Tables {
    sine: Table,
    saws: Vec<Table>,
    squares: Vec<Table>,
}

fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| {
        let sine: Vec<f32> = (0..SIZE)
            .map(|i| (i as f32 / SIZE as f32 * std::f32::consts::TAU).sin())
            .collect();
        let sum = |harmonics: usize, odd_only: bool| -> Table {
            let mut table = vec![0.0; SIZE + 1];
            for harmonic in (1..=harmonics).filter(|h| !odd_only || h % 2 == 1) {
                let level = 0.63 / harmonic as f32;
                for (i, value) in table.iter_mut().enumerate() {
                    *value += level * sine[(i * harmonic) & (SIZE - 1)];
                }
            }
            table.into()
        };
        Tables {
            saws: RICHNESS.iter().map(|&h| sum(h, false)).collect(),
            squares: RICHNESS.iter().map(|&h| sum(h, true)).collect(),
            sine: sum(1, false).iter().map(|v| v / 0.63).collect(),
        }
    })
}

/// The shape an oscillator repeats.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    Sine,
    Saw,
    Square,
}

/// Reads a table at a frequency.
pub(super) struct Osc {
    table: &'static [f32],
    phase: u32,
    step: u32,
}

impl Osc {
    /// An oscillator at `hertz`, starting at `phase` (turns, 0 to 1).
    pub(super) fn new(shape: Shape, hertz: f32, phase: f32) -> Self {
        let fits = RICHNESS
            .iter()
            .rposition(|&h| h as f32 * hertz <= CEILING_HZ)
            .unwrap_or(0);
        let table: &'static [f32] = match shape {
            Shape::Sine => &tables().sine,
            Shape::Saw => &tables().saws[fits],
            Shape::Square => &tables().squares[fits],
        };
        let mut osc = Self {
            table,
            phase: (f64::from(phase) * 4_294_967_296.0) as u64 as u32,
            step: 0,
        };
        osc.tune(hertz);
        osc
    }

    /// Changes the frequency, keeping the phase.
    pub(super) fn tune(&mut self, hertz: f32) {
        self.step = (hertz / RATE * 4_294_967_296.0) as u32;
    }

    /// The next sample, within about -1 to 1.
    #[inline]
    pub(super) fn next(&mut self) -> f32 {
        self.at(0)
    }

    /// The next sample with the phase pushed by `offset` (2^32 is a turn).
    #[inline]
    pub(super) fn at(&mut self, offset: u32) -> f32 {
        let phase = self.phase.wrapping_add(offset);
        let index = (phase >> (32 - BITS)) as usize;
        let rest = (phase & ((1 << (32 - BITS)) - 1)) as f32 * (1.0 / (1u32 << (32 - BITS)) as f32);
        self.phase = self.phase.wrapping_add(self.step);
        let table = &self.table[..=SIZE];
        let low = table[index];
        low + rest * (table[index + 1] - low)
    }
}

/// A stretch of white noise, within -1 to 1.
pub(super) fn noise(frames: usize, rng: &mut Rng) -> Vec<f32> {
    (0..frames).map(|_| rng.signed()).collect()
}
