//! Keyboards and mallets: struck things that ring.

use super::instrument::Voice;
use super::tone::{Envelope, Partials, Tone, decay_factor, fade_tail, frames};
use super::wave::{Osc, Shape};
use super::{RATE, hertz};

/// A piano: slightly stretched partials, two strings beating, a felt thump.
/// `brightness` 1 for an open grand, less for felt between hammer and string.
pub(super) fn piano(voice: &Voice, brightness: f32) -> Tone {
    let f = hertz(voice.pitch);
    let ring = (9.0 - (voice.pitch - 36) as f32 * 0.11).clamp(1.2, 9.0);
    let damper = Envelope {
        attack: 0.002,
        decay: 30.0,
        sustain: 1.0,
        release: 0.35,
    };
    let length = damper.length(voice.gate).min(frames(ring));
    let tilt = 0.75 - 0.22 * brightness - 0.12 * voice.force();
    let string = |detune: f32| {
        let partials: Vec<_> = (1..=8)
            .map(|n| {
                let n = n as f32;
                let stretch = (1.0 + 0.0004 * n * n).sqrt();
                let level = (-tilt * (n - 1.0)).exp() * if n == 7.0 { 0.3 } else { 1.0 };
                (
                    f * detune * n * stretch,
                    level,
                    ring / (1.0 + 0.45 * (n - 1.0)),
                )
            })
            .collect();
        Partials::new(&partials)
    };
    let (mut one, mut two) = (string(0.9996), string(1.0005));
    let mut left = Vec::with_capacity(length);
    let mut right = Vec::with_capacity(length);
    let thump_fall = decay_factor(0.09);
    let mut thump = 0.22 * brightness;
    let mut knock = Osc::new(Shape::Sine, 95.0, 0.0);
    for _ in 0..length {
        let (a, b) = (one.next(), two.next());
        thump *= thump_fall;
        let thud = thump * knock.next();
        left.push(a + 0.45 * b + thud);
        right.push(b + 0.45 * a + thud);
    }
    damper.shape(&mut left, voice.gate);
    damper.shape(&mut right, voice.gate);
    Tone::stereo(left, right)
}

/// A tine piano by frequency modulation, with a slow stereo tremolo.
pub(super) fn electric_piano(voice: &Voice) -> Tone {
    let f = hertz(voice.pitch);
    let env = Envelope {
        attack: 0.003,
        decay: 4.5,
        sustain: 0.0,
        release: 0.25,
    };
    let length = env.length(voice.gate);
    let mut body = Osc::new(Shape::Sine, f, 0.0);
    let mut warm = Osc::new(Shape::Sine, f * 1.0012, 0.0);
    let mut modulator = Osc::new(Shape::Sine, f, 0.0);
    let mut tine = Osc::new(Shape::Sine, f * 14.0, 0.0);
    let has_tine = f * 14.0 < 12_000.0;
    let (mut index, index_fall) = (0.10 + 0.16 * voice.force(), decay_factor(2.2));
    let (mut ping, ping_fall) = (0.10 + 0.10 * voice.force(), decay_factor(0.35));
    let mut mono = Vec::with_capacity(length);
    for _ in 0..length {
        index *= index_fall;
        ping *= ping_fall;
        let push = (modulator.next() * index * 4_294_967_296.0) as i64 as u32;
        let chime = if has_tine { tine.next() * ping } else { 0.0 };
        mono.push(0.7 * body.at(push) + 0.3 * warm.next() + chime);
    }
    env.shape(&mut mono, voice.gate);
    let mut sway = Osc::new(Shape::Sine, 4.6, 0.0);
    let (left, right) = mono
        .iter()
        .map(|sample| {
            let lean = 0.22 * sway.next();
            (sample * (1.0 + lean), sample * (1.0 - lean))
        })
        .unzip();
    Tone::stereo(left, right)
}

/// A drawbar organ with a gentle rotating speaker.
pub(super) fn organ(voice: &Voice) -> Tone {
    const DRAWBARS: [(f32, f32); 7] = [
        (0.5, 0.7),
        (1.0, 1.0),
        (1.5, 0.5),
        (2.0, 0.6),
        (3.0, 0.25),
        (4.0, 0.2),
        (6.0, 0.08),
    ];
    let f = hertz(voice.pitch);
    let env = Envelope {
        attack: 0.012,
        decay: 1.0,
        sustain: 0.9,
        release: 0.12,
    };
    let length = env.length(voice.gate);
    let pipes = DRAWBARS.map(|(ratio, level)| (f * ratio, level, 1e4));
    let mut bank = Partials::new(&pipes);
    let mut mono: Vec<f32> = (0..length).map(|_| bank.next()).collect();
    env.shape(&mut mono, voice.gate);
    let mut rotor = Osc::new(Shape::Sine, 5.8, 0.0);
    let (left, right) = mono
        .iter()
        .map(|sample| {
            let lean = 0.18 * rotor.next();
            (sample * (1.0 + lean), sample * (1.0 - lean))
        })
        .unzip();
    Tone::stereo(left, right)
}

/// Aluminium bars over motor-driven resonators.
pub(super) fn vibraphone(voice: &Voice) -> Tone {
    let f = hertz(voice.pitch);
    let env = Envelope {
        attack: 0.002,
        decay: 30.0,
        sustain: 1.0,
        release: 0.7,
    };
    let length = env.length(voice.gate).min(frames(4.0));
    let hard = 0.6 + 0.8 * voice.force();
    let mut bank = Partials::new(&[
        (f, 1.0, 4.0),
        (f * 3.98, 0.28 * hard, 1.1),
        (f * 9.9, 0.07 * hard, 0.25),
        (f * 2.0, 0.05, 1.5),
    ]);
    let mut motor = Osc::new(Shape::Sine, 5.2, 0.0);
    let mut mono: Vec<f32> = (0..length)
        .map(|_| bank.next() * (1.0 - 0.18 * (1.0 + motor.next())))
        .collect();
    env.shape(&mut mono, voice.gate);
    Tone::mono(mono)
}

/// A soft bell: inharmonic and long.
pub(super) fn bell(voice: &Voice) -> Tone {
    let f = hertz(voice.pitch);
    let length = frames(4.5);
    let bank = |skew: f32| {
        Partials::new(&[
            (f * skew, 1.0, 4.5),
            (f * 2.0, 0.45, 3.2),
            (f * 2.76 * skew, 0.22, 1.8),
            (f * 4.07, 0.14, 1.1),
            (f * 5.4 * skew, 0.08, 0.7),
            (f * 0.5, 0.18, 4.0),
        ])
    };
    let (mut one, mut two) = (bank(0.9992), bank(1.0009));
    let mut left: Vec<f32> = (0..length).map(|_| one.next()).collect();
    let mut right: Vec<f32> = (0..length).map(|_| two.next()).collect();
    fade_tail(&mut left, frames(1.2));
    fade_tail(&mut right, frames(1.2));
    Tone::stereo(left, right)
}

/// A plucked comb of steel.
pub(super) fn music_box(voice: &Voice) -> Tone {
    let f = hertz(voice.pitch);
    let mut bank = Partials::new(&[
        (f, 1.0, 1.6),
        (f * 2.0, 0.12, 0.9),
        (f * 5.2, 0.25, 0.35),
        (f * 9.8, 0.08, 0.12),
    ]);
    let mut mono: Vec<f32> = (0..frames(1.6)).map(|_| bank.next()).collect();
    fade_tail(&mut mono, (RATE * 0.3) as usize);
    Tone::mono(mono)
}
