//! One rendered note and the helpers that shape it.

use super::RATE;

/// A rendered note, mono or stereo, peaking at 1.
pub(crate) struct Tone {
    /// Left, or the only, channel.
    pub(super) left: Vec<f32>,
    /// Right channel where it differs.
    pub(super) right: Option<Vec<f32>>,
}

impl Tone {
    /// A mono note, brought to a peak of 1.
    pub(super) fn mono(mut left: Vec<f32>) -> Self {
        let level = 1.0 / peak(&left).max(1e-6);
        left.iter_mut().for_each(|sample| *sample *= level);
        Self { left, right: None }
    }

    /// A stereo note, its louder channel brought to a peak of 1.
    pub(super) fn stereo(mut left: Vec<f32>, mut right: Vec<f32>) -> Self {
        let level = 1.0 / peak(&left).max(peak(&right)).max(1e-6);
        left.iter_mut()
            .chain(&mut right)
            .for_each(|sample| *sample *= level);
        Self {
            left,
            right: Some(right),
        }
    }
}

fn peak(samples: &[f32]) -> f32 {
    samples
        .iter()
        .fold(0.0, |peak, sample| peak.max(sample.abs()))
}

/// Frames in `seconds`.
pub(super) fn frames(seconds: f32) -> usize {
    (seconds * RATE) as usize
}

/// Attack, decay to a level, release after the gate; exponential but for the attack.
pub(super) struct Envelope {
    pub(super) attack: f32,
    pub(super) decay: f32,
    pub(super) sustain: f32,
    pub(super) release: f32,
}

impl Envelope {
    /// Shapes `samples`, whose key is let go after `gate` frames.
    pub(super) fn shape(&self, samples: &mut [f32], gate: usize) {
        let attack = frames(self.attack).max(1);
        let fall = decay_factor(self.decay);
        let release = decay_factor(self.release);
        let rise = 1.0 / attack as f32;
        let mut level = 0.0f32;
        for (i, sample) in samples.iter_mut().enumerate() {
            if i >= gate {
                level *= release;
            } else if i < attack {
                level += rise;
            } else {
                level = self.sustain + (level - self.sustain) * fall;
            }
            *sample *= level;
        }
        fade_tail(samples, frames(0.01));
    }

    /// Frames a note of `gate` frames sounds, until it has fallen by 50 dB.
    pub(super) fn length(&self, gate: usize) -> usize {
        gate + frames(self.release * 0.85)
    }
}

/// The factor of each frame that falls by 60 dB in `seconds`.
pub(super) fn decay_factor(seconds: f32) -> f32 {
    (-6.908 / (seconds.max(0.001) * RATE)).exp()
}

/// Fades the last `count` frames to silence, so that no note ends in a click.
pub(super) fn fade_tail(samples: &mut [f32], count: usize) {
    let count = count.min(samples.len());
    for (i, sample) in samples.iter_mut().rev().take(count).enumerate() {
        *sample *= i as f32 / count as f32;
    }
}

/// Eight decaying partials at once: rotations in the complex plane, laid out
/// so that the compiler can use vector instructions.
pub(super) struct Partials {
    re: [f32; 8],
    im: [f32; 8],
    cos: [f32; 8],
    sin: [f32; 8],
}

impl Partials {
    /// From (hertz, level, seconds to fall by 60 dB); partials too high to
    /// hear are left out.
    pub(super) fn new(partials: &[(f32, f32, f32)]) -> Self {
        let mut bank = Self {
            re: [0.0; 8],
            im: [0.0; 8],
            cos: [0.0; 8],
            sin: [0.0; 8],
        };
        for (i, &(hertz, level, seconds)) in partials.iter().take(8).enumerate() {
            if hertz < 16_000.0 {
                let turn = std::f32::consts::TAU * hertz / RATE;
                let fall = decay_factor(seconds);
                bank.re[i] = level;
                bank.cos[i] = turn.cos() * fall;
                bank.sin[i] = turn.sin() * fall;
            }
        }
        bank
    }

    /// The next sample.
    #[inline]
    pub(super) fn next(&mut self) -> f32 {
        let mut sum = 0.0;
        for i in 0..8 {
            let re = self.re[i] * self.cos[i] - self.im[i] * self.sin[i];
            let im = self.im[i] * self.cos[i] + self.re[i] * self.sin[i];
            self.re[i] = re;
            self.im[i] = im;
            sum += im;
        }
        sum
    }
}
