//! Basses.

use super::filter::{Svf, saturate};
use super::instrument::Voice;
use super::tone::{Envelope, Partials, Tone, decay_factor, frames};
use super::wave::{Osc, Shape};
use super::{RATE, hertz};
use crate::rng::Rng;

/// A sine with a breath of its octave.
pub(super) fn sub(voice: &Voice) -> Tone {
    let env = Envelope {
        attack: 0.008,
        decay: 2.0,
        sustain: 0.85,
        release: 0.09,
    };
    let f = hertz(voice.pitch);
    let mut low = Osc::new(Shape::Sine, f, 0.0);
    let mut high = Osc::new(Shape::Sine, f * 2.0, 0.0);
    let mut out: Vec<f32> = (0..env.length(voice.gate))
        .map(|_| saturate(1.3 * low.next() + 0.18 * high.next()))
        .collect();
    env.shape(&mut out, voice.gate);
    Tone::mono(out)
}

/// An electric bass played with fingers.
pub(super) fn finger(voice: &Voice) -> Tone {
    let env = Envelope {
        attack: 0.004,
        decay: 2.4,
        sustain: 0.25,
        release: 0.07,
    };
    swept(
        voice,
        Shape::Saw,
        &env,
        0.15,
        2.2,
        7.0 + 6.0 * voice.force(),
        0.16,
    )
}

/// A tight synthesiser bass.
pub(super) fn synth(voice: &Voice) -> Tone {
    let env = Envelope {
        attack: 0.003,
        decay: 0.9,
        sustain: 0.5,
        release: 0.06,
    };
    swept(
        voice,
        Shape::Square,
        &env,
        0.3,
        2.0,
        10.0 + 8.0 * voice.force(),
        0.11,
    )
}

/// A squelching one.
pub(super) fn acid(voice: &Voice) -> Tone {
    let env = Envelope {
        attack: 0.003,
        decay: 0.7,
        sustain: 0.4,
        release: 0.05,
    };
    swept(
        voice,
        Shape::Saw,
        &env,
        0.78,
        1.8,
        14.0 + 16.0 * voice.force(),
        0.13,
    )
}

/// One oscillator over a sine, through a low-pass that closes from `open` to
/// `rest` multiples of the note with time constant `fall` seconds.
fn swept(
    voice: &Voice,
    shape: Shape,
    env: &Envelope,
    resonance: f32,
    rest: f32,
    open: f32,
    fall: f32,
) -> Tone {
    let length = env.length(voice.gate);
    let f = hertz(voice.pitch);
    let mut bright = Osc::new(shape, f, 0.0);
    let mut deep = Osc::new(Shape::Sine, f, 0.0);
    let mut filter = Svf::new(f * open, resonance);
    let mut out = Vec::with_capacity(length);
    for start in (0..length).step_by(32) {
        let closing = (-(start as f32) / RATE / fall).exp();
        filter.tune((f * (rest + (open - rest) * closing)).min(6_000.0));
        for _ in start..(start + 32).min(length) {
            out.push(saturate(
                0.9 * filter.low(bright.next()) + 0.55 * deep.next(),
            ));
        }
    }
    env.shape(&mut out, voice.gate);
    Tone::mono(out)
}

/// A double bass, plucked: a woody knock, then a round note.
pub(super) fn upright(voice: &Voice, rng: &mut Rng) -> Tone {
    let env = Envelope {
        attack: 0.006,
        decay: 30.0,
        sustain: 1.0,
        release: 0.12,
    };
    let length = env.length(voice.gate).min(frames(2.5));
    let f = hertz(voice.pitch);
    let mut string = Partials::new(&[
        (f, 1.0, 2.4),
        (f * 2.003, 0.55, 1.3),
        (f * 3.01, 0.30, 0.8),
        (f * 4.02, 0.16, 0.5),
        (f * 5.04, 0.09, 0.35),
        (f * 6.07, 0.05, 0.25),
    ]);
    let mut wood = Svf::new(900.0, 0.3);
    let (mut knock, fall) = (0.5 + 0.5 * voice.force(), decay_factor(0.06));
    let mut out: Vec<f32> = (0..length)
        .map(|_| {
            knock *= fall;
            string.next() + knock * wood.band(rng.signed())
        })
        .collect();
    env.shape(&mut out, voice.gate);
    Tone::mono(out)
}

/// The long drum-machine bass that hip-hop plays melodies on.
pub(super) fn boom(voice: &Voice) -> Tone {
    let env = Envelope {
        attack: 0.002,
        decay: 3.2,
        sustain: 0.1,
        release: 0.12,
    };
    let length = env.length(voice.gate);
    let f = hertz(voice.pitch);
    let mut body = Osc::new(Shape::Sine, f, 0.0);
    let mut out = Vec::with_capacity(length);
    for start in (0..length).step_by(16) {
        let drop = (-(start as f32) / RATE * 38.0).exp();
        body.tune(f * (1.0 + 2.5 * drop));
        for _ in start..(start + 16).min(length) {
            out.push(saturate(2.2 * body.next()));
        }
    }
    env.shape(&mut out, voice.gate);
    Tone::mono(out)
}
