//! Slow, wide sounds that carry the harmony.

use super::filter::Svf;
use super::hertz;
use super::instrument::Voice;
use super::tone::{Envelope, Tone};
use super::wave::{Osc, Shape};
use crate::rng::Rng;

/// Detuned oscillators through a low-pass that opens and closes.
struct Sweep {
    shape: Shape,
    /// Detune of each oscillator in cents, for the left; the right mirrors it.
    cents: &'static [f32],
    /// Low-pass at the start and at its widest, in multiples of the note.
    from: f32,
    to: f32,
    /// Seconds from start to widest.
    opening: f32,
    resonance: f32,
    envelope: Envelope,
}

const CONTROL: usize = 64;

impl Sweep {
    fn render(&self, voice: &Voice, rng: &mut Rng) -> Tone {
        let length = self.envelope.length(voice.gate);
        let mut side = |sign: f32| {
            let f = hertz(voice.pitch);
            let mut oscs: Vec<Osc> = self
                .cents
                .iter()
                .map(|cents| Osc::new(self.shape, f * 2f32.powf(sign * cents / 1200.0), rng.unit()))
                .collect();
            let mut filter = Svf::new(f * self.from, self.resonance);
            let mut out = vec![0.0; length];
            for (block, chunk) in out.chunks_mut(CONTROL).enumerate() {
                let seconds = (block * CONTROL) as f32 / super::RATE;
                let open = 1.0 - (-3.0 * seconds / self.opening).exp();
                filter
                    .tune((f * (self.from + (self.to - self.from) * open)).clamp(150.0, 11_000.0));
                for osc in &mut oscs {
                    for sample in &mut *chunk {
                        *sample += osc.next();
                    }
                }
                for sample in chunk {
                    *sample = filter.low(*sample);
                }
            }
            self.envelope.shape(&mut out, voice.gate);
            out
        };
        let left = side(1.0);
        let right = side(-1.0);
        Tone::stereo(left, right)
    }
}

/// An analogue-like pad.
pub(super) fn warm(voice: &Voice, rng: &mut Rng) -> Tone {
    Sweep {
        shape: Shape::Saw,
        cents: &[-7.0, 6.0],
        from: 1.5,
        to: 4.5,
        opening: 1.6,
        resonance: 0.1,
        envelope: Envelope {
            attack: 0.35,
            decay: 3.0,
            sustain: 0.8,
            release: 1.1,
        },
    }
    .render(voice, rng)
}

/// A string section.
pub(super) fn strings(voice: &Voice, rng: &mut Rng) -> Tone {
    Sweep {
        shape: Shape::Saw,
        cents: &[-11.0, 3.0, 9.0],
        from: 2.5,
        to: 6.0,
        opening: 0.8,
        resonance: 0.0,
        envelope: Envelope {
            attack: 0.22,
            decay: 3.0,
            sustain: 0.85,
            release: 0.6,
        },
    }
    .render(voice, rng)
}

/// Stacked saws for choruses one dances to.
pub(super) fn super_saw(voice: &Voice, rng: &mut Rng) -> Tone {
    Sweep {
        shape: Shape::Saw,
        cents: &[-17.0, -6.0, 5.0, 15.0],
        from: 5.0,
        to: 9.0,
        opening: 0.25,
        resonance: 0.15,
        envelope: Envelope {
            attack: 0.01,
            decay: 1.2,
            sustain: 0.6,
            release: 0.3,
        },
    }
    .render(voice, rng)
}

/// Hollow and still, for ambient music.
pub(super) fn glass(voice: &Voice, rng: &mut Rng) -> Tone {
    Sweep {
        shape: Shape::Square,
        cents: &[-4.0, 5.0],
        from: 0.9,
        to: 2.6,
        opening: 3.5,
        resonance: 0.35,
        envelope: Envelope {
            attack: 1.2,
            decay: 5.0,
            sustain: 0.7,
            release: 2.4,
        },
    }
    .render(voice, rng)
}

/// Voices humming: saws through the resonances of an open throat.
pub(super) fn choir(voice: &Voice, rng: &mut Rng) -> Tone {
    const VOWEL: [(f32, f32, f32); 3] = [
        (520.0, 1.0, 0.80),
        (1050.0, 0.45, 0.85),
        (2500.0, 0.12, 0.88),
    ];
    let envelope = Envelope {
        attack: 0.30,
        decay: 3.0,
        sustain: 0.85,
        release: 0.8,
    };
    let length = envelope.length(voice.gate);
    let mut side = |sign: f32| {
        let f = hertz(voice.pitch);
        let mut singers = [-9.0f32, 2.0, 8.0]
            .map(|cents| Osc::new(Shape::Saw, f * 2f32.powf(sign * cents / 1200.0), rng.unit()));
        let mut throat = VOWEL.map(|(hz, level, resonance)| (Svf::new(hz, resonance), level));
        let mut out: Vec<f32> = (0..length)
            .map(|_| {
                let breath: f32 = singers.iter_mut().map(Osc::next).sum();
                throat
                    .iter_mut()
                    .map(|(band, level)| band.band(breath) * *level)
                    .sum::<f32>()
                    + breath * 0.02
            })
            .collect();
        envelope.shape(&mut out, voice.gate);
        out
    };
    let left = side(1.0);
    let right = side(-1.0);
    Tone::stereo(left, right)
}
