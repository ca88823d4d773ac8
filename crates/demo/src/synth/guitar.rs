//! Plucked strings (Karplus and Strong, 1983; fractional tuning by Jaffe and
//! Smith, 1983) and what amplifiers do to them.

use super::filter::{Smooth, Svf, saturate};
use super::instrument::Voice;
use super::tone::{Envelope, Tone, fade_tail, frames};
use super::wave::noise;
use super::{RATE, hertz};
use crate::rng::Rng;

struct String {
    /// How much of the pick's noise gets through, 0 dull to 1 bright.
    pick: f32,
    /// Share lost to damping each turn of the loop, 0 to 1: higher is duller.
    dull: f32,
    /// Seconds to fall by 60 dB.
    ring: f32,
    /// Where it is plucked, as a share of its length.
    place: f32,
}

impl String {
    fn pluck(&self, f: f32, length: usize, rng: &mut Rng) -> Vec<f32> {
        // The loop's low-pass delays by `dull / 2`... plus the interpolator's share.
        let period = RATE / f - self.dull * 0.5;
        let size = period as usize;
        let share = period - size as f32;
        let mut burst = noise(size + 2, rng);
        let mut soft = Smooth::new(600.0 + 12_000.0 * self.pick * self.pick);
        for sample in &mut burst {
            *sample = soft.next(*sample);
        }
        // Plucking at a point silences the partials that have a node there.
        let place = ((size as f32 * self.place) as usize).max(1);
        let mut line: Vec<f32> = (0..size + 2)
            .map(|i| burst[i] - burst[(i + place) % (size + 2)])
            .collect();
        let mean = line.iter().sum::<f32>() / line.len() as f32;
        line.iter_mut().for_each(|sample| *sample -= mean);

        let loss = 10f32.powf(-3.0 / (f * self.ring));
        let (mut out, mut at, mut before) = (Vec::with_capacity(length), 0, 0.0);
        let size = size + 1;
        line.truncate(size);
        for _ in 0..length {
            let next = if at + 1 == size { 0 } else { at + 1 };
            let old = line[at];
            // Linear interpolation reads `share` of a frame earlier.
            let value = line[next] * (1.0 - share) + old * share;
            let damped = loss * (value * (1.0 - self.dull * 0.5) + before * self.dull * 0.5);
            before = value;
            line[at] = damped;
            out.push(old);
            at = next;
        }
        out
    }
}

/// Nylon strings, played with the finger.
pub(super) fn nylon(voice: &Voice, rng: &mut Rng) -> Tone {
    let string = String {
        pick: 0.30 + 0.15 * voice.force(),
        dull: 0.75,
        ring: 4.0,
        place: 0.28,
    };
    acoustic(voice, &string, &[(110.0, 0.5), (230.0, 0.35)], rng)
}

/// Steel strings, played with a pick.
pub(super) fn steel(voice: &Voice, rng: &mut Rng) -> Tone {
    let string = String {
        pick: 0.55 + 0.25 * voice.force(),
        dull: 0.45,
        ring: 5.0,
        place: 0.19,
    };
    acoustic(voice, &string, &[(105.0, 0.4), (210.0, 0.3)], rng)
}

/// A string and the wooden body that answers it.
fn acoustic(voice: &Voice, string: &String, body: &[(f32, f32)], rng: &mut Rng) -> Tone {
    let hand = Envelope {
        attack: 0.001,
        decay: 30.0,
        sustain: 1.0,
        release: 0.25,
    };
    let length = hand.length(voice.gate).min(frames(4.0));
    let mut out = string.pluck(hertz(voice.pitch), length, rng);
    let mut modes: Vec<(Svf, f32)> = body
        .iter()
        .map(|&(hz, level)| (Svf::new(hz, 0.75), level))
        .collect();
    for sample in &mut out {
        let dry = *sample;
        *sample += modes
            .iter_mut()
            .map(|(mode, level)| mode.band(dry) * *level)
            .sum::<f32>();
    }
    hand.shape(&mut out, voice.gate);
    Tone::mono(out)
}

/// An electric guitar straight into a clean amplifier.
pub(super) fn clean(voice: &Voice, rng: &mut Rng) -> Tone {
    let string = String {
        pick: 0.45 + 0.2 * voice.force(),
        dull: 0.35,
        ring: 4.5,
        place: 0.14,
    };
    let hand = Envelope {
        attack: 0.001,
        decay: 30.0,
        sustain: 1.0,
        release: 0.18,
    };
    let length = hand.length(voice.gate).min(frames(4.0));
    let mut out = string.pluck(hertz(voice.pitch), length, rng);
    let mut cabinet = Svf::new(4_200.0, 0.15);
    for sample in &mut out {
        *sample = cabinet.low(saturate(*sample * 1.4));
    }
    hand.shape(&mut out, voice.gate);
    Tone::mono(out)
}

/// Root, fifth and octave into a driven amplifier, doubled left and right.
/// They share one distortion, which is what makes a power chord growl.
pub(super) fn power_chord(voice: &Voice, rng: &mut Rng) -> Tone {
    // A short gate is a palm mute.
    let muted = voice.gate < frames(0.16);
    let string = String {
        pick: 0.6,
        dull: if muted { 0.9 } else { 0.5 },
        ring: if muted { 0.5 } else { 6.0 },
        place: 0.12,
    };
    let hand = Envelope {
        attack: 0.001,
        decay: 30.0,
        sustain: 1.0,
        release: 0.09,
    };
    let length = hand.length(voice.gate);
    let mut take = |cents: f32| {
        let f = hertz(voice.pitch) * 2f32.powf(cents / 1200.0);
        let mut out = string.pluck(f, length, rng);
        for ratio in [1.4983, 2.0] {
            for (sample, other) in out.iter_mut().zip(string.pluck(f * ratio, length, rng)) {
                *sample += other * 0.8;
            }
        }
        drive(&mut out, 9.0, 3_600.0);
        hand.shape(&mut out, voice.gate);
        out
    };
    let left = take(-3.0);
    let right = take(4.0);
    Tone::stereo(left, right)
}

/// A singing, sustained single string.
pub(super) fn lead(voice: &Voice, rng: &mut Rng) -> Tone {
    let string = String {
        pick: 0.5,
        dull: 0.3,
        ring: 9.0,
        place: 0.2,
    };
    let hand = Envelope {
        attack: 0.004,
        decay: 30.0,
        sustain: 1.0,
        release: 0.16,
    };
    let length = hand.length(voice.gate);
    let mut out = string.pluck(hertz(voice.pitch), length, rng);
    drive(&mut out, 14.0, 3_000.0);
    // Finger vibrato, late, as a small sway in level: the pitch of the loop is fixed.
    let mut sway = super::wave::Osc::new(super::wave::Shape::Sine, 5.5, 0.0);
    for (i, sample) in out.iter_mut().enumerate() {
        let depth = (i as f32 / (0.5 * RATE)).min(1.0) * 0.12;
        *sample *= 1.0 - depth * (1.0 + sway.next());
    }
    hand.shape(&mut out, voice.gate);
    Tone::mono(out)
}

/// Valve gain, then a loudspeaker that passes little above `top` hertz.
fn drive(samples: &mut [f32], gain: f32, top: f32) {
    let mut rumble = Svf::new(85.0, 0.0);
    let mut push = Svf::new(750.0, 0.1);
    let mut cone = Svf::new(top, 0.25);
    let mut edge = Svf::new(top * 1.3, 0.1);
    for sample in &mut *samples {
        let tight = rumble.high(*sample);
        let hot = saturate((tight + 0.6 * push.band(tight)) * gain);
        *sample = edge.low(cone.low(saturate(hot * 1.3 + 0.08)));
    }
    let mean = samples.iter().sum::<f32>() / samples.len().max(1) as f32;
    samples.iter_mut().for_each(|sample| *sample -= mean);
    fade_tail(samples, frames(0.01));
}
