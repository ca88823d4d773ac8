//! The last step: level, limit, fade.

use ebur128::{EbuR128, Mode};

use super::filter::Svf;
use super::mixer::Mix;
use super::{RATE, SAMPLE_RATE};
use crate::TrackPlan;

/// What streaming services aim at; the limiter takes the difference.
const TARGET_LUFS: f64 = -13.7;
/// -1.9 dBFS: leaves room for what lies between samples and for what a lossy codec adds.
const CEILING: f32 = 0.80;
/// Frames over which the limiter changes its gain.
const STEP: usize = 64;

/// Brings a mix to its final level and fades its end.
pub(super) fn finish(mix: &mut Mix, plan: &TrackPlan) {
    remove_rumble(mix);
    fade(mix, (plan.ring_seconds() * 0.8) as f32);
    let gain = gain_to_target(mix);
    mix.iter_mut().for_each(|sample| *sample *= gain);
    limit(mix);
}

fn remove_rumble(mix: &mut [f32]) {
    let mut left = Svf::new(28.0, 0.3);
    let mut right = left.clone();
    for frame in mix.chunks_exact_mut(2) {
        frame[0] = left.high(frame[0]);
        frame[1] = right.high(frame[1]);
    }
}

fn fade(mix: &mut [f32], seconds: f32) {
    let count = ((seconds * RATE) as usize).min(mix.len() / 2);
    for (i, frame) in mix.chunks_exact_mut(2).rev().take(count).enumerate() {
        let level = i as f32 / count as f32;
        let smooth = level * level * (3.0 - 2.0 * level);
        frame[0] *= smooth;
        frame[1] *= smooth;
    }
}

fn gain_to_target(mix: &[f32]) -> f32 {
    let loudness = EbuR128::new(2, SAMPLE_RATE, Mode::I)
        .and_then(|mut meter| {
            meter.add_frames_f32(mix)?;
            meter.loudness_global()
        })
        .ok()
        .filter(|loudness| loudness.is_finite())
        .unwrap_or(TARGET_LUFS);
    10f64.powf((TARGET_LUFS - loudness) / 20.0) as f32
}

/// A look-ahead limiter. Each step has the gain its peak needs; the gain at an
/// edge between steps is the smaller of both sides, so the straight line
/// between two edges never lets a peak through.
fn limit(mix: &mut [f32]) {
    let needs: Vec<f32> = mix
        .chunks(STEP * 2)
        .map(|step| {
            let peak = step
                .iter()
                .fold(0f32, |peak, sample| peak.max(sample.abs()));
            if peak > CEILING { CEILING / peak } else { 1.0 }
        })
        .collect();
    let mut edges = vec![1f32; needs.len() + 1];
    for (i, &need) in needs.iter().enumerate() {
        edges[i] = edges[i].min(need);
        edges[i + 1] = edges[i + 1].min(need);
    }
    // Let go slowly, take hold over a few steps in advance.
    let release = 1.0 - (-(STEP as f32) / (0.08 * RATE)).exp();
    for i in 1..edges.len() {
        let recovered = edges[i - 1] + (1.0 - edges[i - 1]) * release;
        edges[i] = edges[i].min(recovered);
    }
    for i in (0..edges.len() - 1).rev() {
        edges[i] = edges[i].min(edges[i + 1] * 1.12);
    }
    for (i, step) in mix.chunks_mut(STEP * 2).enumerate() {
        let (from, to) = (edges[i], edges[i + 1]);
        for (j, frame) in step.chunks_mut(2).enumerate() {
            let gain = from + (to - from) * (j as f32 / STEP as f32);
            frame.iter_mut().for_each(|sample| *sample *= gain);
        }
    }
}
