//! Filters: a state-variable one that may sweep, and one-pole smoothers.

use super::RATE;

/// Trapezoidal state-variable filter (Zavalishin, "The Art of VA Filter Design").
#[derive(Clone, Default)]
pub(super) struct Svf {
    state: [f32; 2],
    damping: f32,
    a: [f32; 3],
}

impl Svf {
    /// A filter at `hertz`; `resonance` from 0 (flat) to just below 1 (ringing).
    pub(super) fn new(hertz: f32, resonance: f32) -> Self {
        let mut filter = Self {
            damping: 2.0 - 1.96 * resonance,
            ..Self::default()
        };
        filter.tune(hertz);
        filter
    }

    /// Moves the corner frequency.
    pub(super) fn tune(&mut self, hertz: f32) {
        let g = (std::f32::consts::PI * hertz.clamp(20.0, RATE * 0.45) / RATE).tan();
        let a1 = 1.0 / (1.0 + g * (g + self.damping));
        self.a = [a1, g * a1, g * g * a1];
    }

    #[inline]
    fn run(&mut self, input: f32) -> (f32, f32) {
        let v3 = input - self.state[1];
        let band = self.a[0] * self.state[0] + self.a[1] * v3;
        let low = self.state[1] + self.a[1] * self.state[0] + self.a[2] * v3;
        self.state = [2.0 * band - self.state[0], 2.0 * low - self.state[1]];
        (low, band)
    }

    /// What lies below the corner.
    #[inline]
    pub(super) fn low(&mut self, input: f32) -> f32 {
        self.run(input).0
    }

    /// What lies around the corner, with unit gain there.
    #[inline]
    pub(super) fn band(&mut self, input: f32) -> f32 {
        self.run(input).1 * self.damping
    }

    /// What lies above the corner.
    #[inline]
    pub(super) fn high(&mut self, input: f32) -> f32 {
        let (low, band) = self.run(input);
        input - self.damping * band - low
    }
}

/// One-pole low-pass.
pub(super) struct Smooth {
    share: f32,
    state: f32,
}

impl Smooth {
    pub(super) fn new(hertz: f32) -> Self {
        Self {
            share: 1.0 - (-std::f32::consts::TAU * hertz / RATE).exp(),
            state: 0.0,
        }
    }

    #[inline]
    pub(super) fn next(&mut self, input: f32) -> f32 {
        self.state += self.share * (input - self.state);
        self.state
    }
}

/// A soft clip close to `tanh`, exact at 0 and bounded by ±1.
#[inline]
pub(super) fn saturate(x: f32) -> f32 {
    let x = x.clamp(-3.0, 3.0);
    x * (27.0 + x * x) / (27.0 + 9.0 * x * x)
}
