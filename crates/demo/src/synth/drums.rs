//! Drums, made of sweeping sines and filtered noise.

use super::RATE;
use super::filter::{Svf, saturate};
use super::tone::{Partials, Tone, decay_factor, fade_tail, frames};
use super::wave::{Osc, Shape};
use crate::rng::Rng;

/// A drum or cymbal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Drum {
    /// Dance kick: long sweep, hard click.
    KickDance,
    /// Acoustic kick.
    Kick,
    /// Soft kick for jazz and folk.
    KickSoft,
    Snare,
    /// Fat, dusty snare.
    SnareDusty,
    Rim,
    Clap,
    Snap,
    /// A tap with brushes.
    BrushTap,
    /// A brush drawn round the head.
    BrushSweep,
    Hat,
    HatOpen,
    /// Hat closed by the foot.
    HatFoot,
    Ride,
    Crash,
    Tom,
    TomLow,
    Shaker,
    Tambourine,
    /// A foot on wooden boards.
    Stomp,
    /// Noise that rises over a bar.
    Riser,
}

/// Plays `drum`; `touch` from 0 soft to 2 hard.
pub(super) fn hit(drum: Drum, touch: u8, rng: &mut Rng) -> Tone {
    let force = f32::from(touch) * 0.5;
    match drum {
        Drum::KickDance => kick(48.0, 210.0, 42.0, 0.42, 0.5, 2.2, rng),
        Drum::Kick => kick(58.0, 120.0, 34.0, 0.26, 0.35 + 0.3 * force, 1.6, rng),
        Drum::KickSoft => kick(62.0, 60.0, 30.0, 0.30, 0.08, 1.1, rng),
        Drum::Stomp => kick(74.0, 50.0, 40.0, 0.16, 0.5, 1.2, rng),
        Drum::Tom => kick(120.0, 60.0, 14.0, 0.42, 0.2, 1.1, rng),
        Drum::TomLow => kick(82.0, 45.0, 12.0, 0.5, 0.2, 1.1, rng),
        Drum::Snare => snare(190.0, 0.20, 5_200.0, 0.8 + 0.3 * force, rng),
        Drum::SnareDusty => snare(165.0, 0.26, 3_000.0, 0.7, rng),
        Drum::Rim => rim(rng),
        Drum::Clap => clap(1_300.0, 0.24, 3, rng),
        Drum::Snap => clap(2_300.0, 0.12, 1, rng),
        Drum::BrushTap => burst(2_600.0, 0.1, 0.16, 0.004, rng),
        Drum::BrushSweep => burst(3_400.0, 0.05, 0.34, 0.13, rng),
        Drum::Shaker => burst(6_800.0, 0.3, 0.09, 0.022, rng),
        Drum::Tambourine => metal(
            &[6_100.0, 7_900.0, 9_700.0, 11_300.0],
            0.22,
            0.9,
            5_500.0,
            rng,
        ),
        Drum::Hat => metal(&HAT, 0.055 + 0.03 * force, 0.75, 7_000.0, rng),
        Drum::HatOpen => metal(&HAT, 0.38, 0.75, 6_800.0, rng),
        Drum::HatFoot => metal(&HAT, 0.07, 0.6, 5_000.0, rng),
        Drum::Ride => ride(force, rng),
        Drum::Crash => metal(
            &[3_100.0, 4_300.0, 5_200.0, 6_700.0, 8_100.0, 9_900.0],
            1.9,
            0.85,
            3_200.0,
            rng,
        ),
        Drum::Riser => riser(rng),
    }
}

const HAT: [f32; 6] = [4_150.0, 5_430.0, 6_320.0, 7_810.0, 8_990.0, 10_840.0];

/// A sine that falls from `rest + sweep` to `rest` hertz, with a click.
fn kick(
    rest: f32,
    sweep: f32,
    speed: f32,
    length: f32,
    click: f32,
    drive: f32,
    rng: &mut Rng,
) -> Tone {
    let count = frames(length * 1.3);
    let mut body = Osc::new(Shape::Sine, rest, 0.0);
    let (mut level, fall) = (1.0, decay_factor(length * 1.5));
    let (mut tick, tick_fall) = (click, decay_factor(0.012));
    let mut felt = Svf::new(3_200.0, 0.1);
    let mut out = Vec::with_capacity(count);
    for i in 0..count {
        if i % 8 == 0 {
            body.tune(rest + sweep * (-(i as f32) / RATE * speed).exp());
        }
        level *= fall;
        tick *= tick_fall;
        out.push(saturate(drive * body.next() * level) + felt.band(rng.signed()) * tick);
    }
    fade_tail(&mut out, frames(0.05));
    Tone::mono(out)
}

/// Two modes of the head and the rattle of the wires.
fn snare(head: f32, length: f32, bright: f32, wires: f32, rng: &mut Rng) -> Tone {
    let count = frames(length * 1.2);
    let mut skin = Partials::new(&[(head, 0.8, length * 0.7), (head * 1.72, 0.45, length * 0.4)]);
    let mut rattle = Svf::new(bright, 0.0);
    let mut floor = Svf::new(900.0, 0.0);
    let (mut level, fall) = (wires, decay_factor(length));
    let mut out: Vec<f32> = (0..count)
        .map(|_| {
            level *= fall;
            let hiss = floor.high(rng.signed());
            let wire = 0.55 * hiss + 0.8 * rattle.band(hiss);
            saturate(1.4 * (skin.next() + wire * level))
        })
        .collect();
    fade_tail(&mut out, frames(0.03));
    Tone::mono(out)
}

fn rim(rng: &mut Rng) -> Tone {
    let mut stick = Partials::new(&[
        (520.0, 0.6, 0.05),
        (1_680.0, 1.0, 0.045),
        (2_450.0, 0.4, 0.03),
    ]);
    let (mut level, fall) = (0.4, decay_factor(0.012));
    let out = (0..frames(0.09))
        .map(|_| {
            level *= fall;
            stick.next() + level * rng.signed()
        })
        .collect();
    Tone::mono(out)
}

/// Several hands, not quite together.
fn clap(hertz: f32, length: f32, hands: usize, rng: &mut Rng) -> Tone {
    let count = frames(length * 1.1);
    let gap = frames(0.011);
    let mut room = Svf::new(hertz, 0.45);
    let mut air = Svf::new(700.0, 0.0);
    let (fast, slow) = (decay_factor(0.035), decay_factor(length));
    let mut level = 0.0;
    let mut out: Vec<f32> = (0..count)
        .map(|i| {
            if i % gap == 0 && i / gap < hands {
                level = 1.0;
            }
            level *= if i / gap < hands { fast } else { slow };
            air.high(room.band(rng.signed())) * level
        })
        .collect();
    fade_tail(&mut out, frames(0.03));
    Tone::mono(out)
}

/// Noise around `hertz` that swells for `attack` and dies in `length` seconds.
fn burst(hertz: f32, resonance: f32, length: f32, attack: f32, rng: &mut Rng) -> Tone {
    let count = frames(length + attack);
    let rise = frames(attack).max(1);
    let mut tint = Svf::new(hertz, resonance);
    let mut floor = Svf::new(hertz * 0.4, 0.0);
    let fall = decay_factor(length);
    let mut level = 1.0;
    let mut out: Vec<f32> = (0..count)
        .map(|i| {
            let shape = if i < rise {
                i as f32 / rise as f32
            } else {
                level *= fall;
                level
            };
            floor.high(tint.band(rng.signed())) * shape
        })
        .collect();
    fade_tail(&mut out, frames(0.02));
    Tone::mono(out)
}

/// Clashing partials and noise above `floor` hertz.
fn metal(modes: &[f32], length: f32, noise: f32, floor: f32, rng: &mut Rng) -> Tone {
    let count = frames(length * 1.1);
    let partials: Vec<_> = modes
        .iter()
        .map(|&hz| {
            (
                hz * rng.range(0.99, 1.01),
                0.16,
                length * rng.range(0.8, 1.1),
            )
        })
        .collect();
    let mut plate = Partials::new(&partials);
    let mut air = Svf::new(floor, 0.1);
    let (mut level, fall) = (noise, decay_factor(length));
    let mut out: Vec<f32> = (0..count)
        .map(|_| {
            level *= fall;
            air.high(plate.next() + rng.signed() * level)
        })
        .collect();
    fade_tail(&mut out, frames(length * 0.2));
    Tone::mono(out)
}

/// A stick on a ride cymbal: a ping over a wash.
fn ride(force: f32, rng: &mut Rng) -> Tone {
    // Plates ring at many close pitches; each stroke wakes them differently.
    let modes = [
        2_870.0, 3_510.0, 4_130.0, 4_790.0, 5_620.0, 6_480.0, 7_730.0, 9_160.0,
    ]
    .map(|hz: f32| {
        (
            hz * rng.range(0.985, 1.015),
            rng.range(0.03, 0.09),
            rng.range(0.25, 0.6),
        )
    });
    let mut ping = Partials::new(&modes);
    let mut air = Svf::new(5_200.0, 0.05);
    let (mut wash, fall) = (0.34, decay_factor(0.9));
    let (mut stick, stick_fall) = (0.5 + 0.4 * force, decay_factor(0.02));
    let mut out: Vec<f32> = (0..frames(0.9))
        .map(|_| {
            wash *= fall;
            stick *= stick_fall;
            ping.next() + air.high(rng.signed()) * (wash + stick)
        })
        .collect();
    fade_tail(&mut out, frames(0.3));
    Tone::mono(out)
}

/// Two seconds of noise whose colour climbs.
fn riser(rng: &mut Rng) -> Tone {
    let count = frames(1.9);
    let mut tint = Svf::new(500.0, 0.5);
    let mut out: Vec<f32> = Vec::with_capacity(count);
    for i in 0..count {
        let way = i as f32 / count as f32;
        if i % 64 == 0 {
            tint.tune(400.0 + 7_000.0 * way * way);
        }
        out.push(tint.band(rng.signed()) * way * way);
    }
    fade_tail(&mut out, frames(0.02));
    Tone::mono(out)
}
