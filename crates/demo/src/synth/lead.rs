//! Melody instruments.

use super::filter::{Smooth, Svf};
use super::instrument::Voice;
use super::tone::{Envelope, Tone, decay_factor, fade_tail, frames};
use super::wave::{Osc, Shape};
use super::{RATE, hertz};
use crate::rng::Rng;

const CONTROL: usize = 32;

/// Vibrato that sets in after a moment, as singers and players do it.
struct Vibrato {
    hertz: f32,
    cents: f32,
    delay: f32,
}

impl Vibrato {
    /// The factor on the pitch at `frame`; begins a little flat, as a voice
    /// that slides into the note.
    fn at(&self, frame: usize) -> f32 {
        let seconds = frame as f32 / RATE;
        let depth = ((seconds - self.delay) * 3.0).clamp(0.0, 1.0) * self.cents;
        let scoop = -35.0 * (-seconds * 45.0).exp();
        let cents = depth * (std::f32::consts::TAU * self.hertz * seconds).sin() + scoop;
        2f32.powf(cents / 1200.0)
    }
}

/// A short, bright synthesiser note.
pub(super) fn pluck(voice: &Voice) -> Tone {
    let f = hertz(voice.pitch);
    let length = frames(0.55);
    let mut one = Osc::new(Shape::Saw, f * 0.997, 0.1);
    let mut two = Osc::new(Shape::Square, f * 1.003, 0.6);
    let mut filter = Svf::new(8_000.0, 0.35);
    let mut out = Vec::with_capacity(length);
    for start in (0..length).step_by(CONTROL) {
        let seconds = start as f32 / RATE;
        let open = (-seconds * 11.0).exp() * (0.6 + 0.4 * voice.force());
        filter.tune(f * 1.2 + open * 6_500.0);
        for _ in start..(start + CONTROL).min(length) {
            out.push(filter.low(one.next() + 0.7 * two.next()));
        }
    }
    let fall = decay_factor(0.8);
    let mut level = 1.0;
    for sample in &mut out {
        level *= fall;
        *sample *= level;
    }
    fade_tail(&mut out, frames(0.1));
    Tone::mono(out)
}

/// A rounded lead: triangle-like, warm, with vibrato.
pub(super) fn soft(voice: &Voice) -> Tone {
    sung(
        voice,
        Shape::Saw,
        3.2,
        &Vibrato {
            hertz: 5.3,
            cents: 14.0,
            delay: 0.25,
        },
    )
}

/// A hollow lead.
pub(super) fn square(voice: &Voice) -> Tone {
    sung(
        voice,
        Shape::Square,
        5.5,
        &Vibrato {
            hertz: 5.8,
            cents: 10.0,
            delay: 0.2,
        },
    )
}

fn sung(voice: &Voice, shape: Shape, bright: f32, vibrato: &Vibrato) -> Tone {
    let env = Envelope {
        attack: 0.02,
        decay: 0.9,
        sustain: 0.7,
        release: 0.22,
    };
    let length = env.length(voice.gate);
    let f = hertz(voice.pitch);
    let mut one = Osc::new(shape, f, 0.0);
    let mut two = Osc::new(shape, f, 0.37);
    let mut filter = Svf::new(2_000.0, 0.15);
    let mut out = Vec::with_capacity(length);
    for start in (0..length).step_by(CONTROL) {
        let tuned = f * vibrato.at(start);
        one.tune(tuned * 0.9985);
        two.tune(tuned * 1.0015);
        let bite = 1.0 + 1.2 * (-(start as f32) / RATE * 9.0).exp();
        filter.tune((f * bright * bite * (0.8 + 0.4 * voice.force())).min(9_000.0));
        for _ in start..(start + CONTROL).min(length) {
            out.push(filter.low(one.next() + two.next()));
        }
    }
    env.shape(&mut out, voice.gate);
    Tone::mono(out)
}

/// A wooden flute or whistle: nearly pure, with breath.
pub(super) fn flute(voice: &Voice, rng: &mut Rng) -> Tone {
    let env = Envelope {
        attack: 0.06,
        decay: 1.0,
        sustain: 0.85,
        release: 0.14,
    };
    let length = env.length(voice.gate);
    let f = hertz(voice.pitch);
    let vibrato = Vibrato {
        hertz: 5.0,
        cents: 16.0,
        delay: 0.3,
    };
    let mut tones = [1.0, 2.0, 3.0].map(|n| Osc::new(Shape::Sine, f * n, 0.0));
    let mut breath = Svf::new(f * 2.0, 0.6);
    let mut out = Vec::with_capacity(length);
    for start in (0..length).step_by(CONTROL) {
        let tuned = f * vibrato.at(start);
        for (n, tone) in tones.iter_mut().enumerate() {
            tone.tune(tuned * (n + 1) as f32);
        }
        let chiff = 0.05 + 0.25 * (-(start as f32) / RATE * 22.0).exp();
        for _ in start..(start + CONTROL).min(length) {
            let body = tones[0].next() + 0.24 * tones[1].next() + 0.07 * tones[2].next();
            out.push(body + chiff * breath.band(rng.signed()));
        }
    }
    env.shape(&mut out, voice.gate);
    Tone::mono(out)
}

/// Someone singing "oo" that opens to "ah" as the note goes on.
pub(super) fn voice(voice: &Voice, rng: &mut Rng) -> Tone {
    let env = Envelope {
        attack: 0.05,
        decay: 1.5,
        sustain: 0.8,
        release: 0.18,
    };
    let length = env.length(voice.gate);
    let f = hertz(voice.pitch);
    let vibrato = Vibrato {
        hertz: 5.4,
        cents: 22.0,
        delay: 0.28,
    };
    let mut cords = Osc::new(Shape::Saw, f, 0.0);
    let mut tilt = Smooth::new(f * 2.2 + 250.0);
    let mut throat = [
        (Svf::new(350.0, 0.82), 1.0),
        (Svf::new(800.0, 0.86), 0.6),
        (Svf::new(2_600.0, 0.88), 0.28),
    ];
    let mut out = Vec::with_capacity(length);
    for start in (0..length).step_by(CONTROL) {
        cords.tune(f * vibrato.at(start));
        let open = 1.0 - (-(start as f32) / RATE * 5.0).exp();
        throat[0].0.tune((380.0 + 280.0 * open).max(f));
        throat[1].0.tune((820.0 + 300.0 * open).max(f * 1.5));
        for _ in start..(start + CONTROL).min(length) {
            let source = tilt.next(cords.next()) + 0.012 * rng.signed();
            let formed: f32 = throat
                .iter_mut()
                .map(|(band, level)| band.band(source) * *level)
                .sum();
            out.push(formed + 0.12 * source);
        }
    }
    env.shape(&mut out, voice.gate);
    Tone::mono(out)
}

/// A trumpet with a mute in its bell: thin, close, a little nasal.
pub(super) fn muted_trumpet(voice: &Voice) -> Tone {
    let env = Envelope {
        attack: 0.035,
        decay: 0.8,
        sustain: 0.75,
        release: 0.1,
    };
    let length = env.length(voice.gate);
    let f = hertz(voice.pitch);
    let vibrato = Vibrato {
        hertz: 5.1,
        cents: 12.0,
        delay: 0.35,
    };
    let mut lips = Osc::new(Shape::Saw, f, 0.0);
    let mut mute = Svf::new(1_500.0, 0.62);
    let mut air = Svf::new(3_200.0, 0.1);
    let mut out = Vec::with_capacity(length);
    for start in (0..length).step_by(CONTROL) {
        lips.tune(f * vibrato.at(start));
        for _ in start..(start + CONTROL).min(length) {
            let buzz = lips.next();
            out.push(air.low(mute.band(buzz) + 0.25 * buzz));
        }
    }
    env.shape(&mut out, voice.gate);
    Tone::mono(out)
}
