//! Outlines that several designs use.

use std::f32::consts::TAU;

use crate::rng::Rng;

/// A point at `turn` (0 to 1, clockwise from the right) round a centre.
pub(super) fn polar(x: f32, y: f32, radius: f32, turn: f32) -> (f32, f32) {
    (
        x + radius * (turn * TAU).cos(),
        y + radius * (turn * TAU).sin(),
    )
}

/// Part of a circle, from turn `from` to turn `to`.
pub(super) fn arc(x: f32, y: f32, radius: f32, from: f32, to: f32) -> Vec<(f32, f32)> {
    let count = 64;
    (0..=count)
        .map(|i| polar(x, y, radius, from + (to - from) * i as f32 / count as f32))
        .collect()
}

/// A blunt stone: a closed outline of `corners` corners.
pub(super) fn shard(x: f32, y: f32, radius: f32, corners: usize, rng: &mut Rng) -> Vec<(f32, f32)> {
    let start = rng.unit();
    (0..corners)
        .map(|i| {
            let turn = start + (i as f32 + rng.range(-0.28, 0.28)) / corners as f32;
            polar(x, y, radius * rng.range(0.65, 1.0), turn)
        })
        .collect()
}

/// A ridge across the canvas: sums of sines about height `y`, closed at the bottom.
pub(super) fn ridge(y: f32, height: f32, rng: &mut Rng) -> Vec<(f32, f32)> {
    let waves: Vec<(f32, f32, f32)> = (1..5)
        .map(|n| {
            (
                n as f32 * rng.range(0.6, 1.2),
                rng.unit(),
                height / n as f32,
            )
        })
        .collect();
    let mut points: Vec<(f32, f32)> = (0..=100)
        .map(|i| {
            let x = i as f32 / 100.0;
            let lift: f32 = waves
                .iter()
                .map(|(f, p, a)| a * ((x * f + p) * TAU).sin())
                .sum();
            (x * 1000.0, y + lift)
        })
        .collect();
    points.extend([(1000.0, 1000.0), (0.0, 1000.0)]);
    points
}

/// A leaf from its stalk at (x, y), `length` long, pointing to `turn`.
pub(super) fn leaf(x: f32, y: f32, length: f32, width: f32, turn: f32) -> Vec<(f32, f32)> {
    let (dx, dy) = ((turn * TAU).cos(), (turn * TAU).sin());
    let at = |along: f32, across: f32| {
        (
            x + dx * along * length - dy * across * width,
            y + dy * along * length + dx * across * width,
        )
    };
    let edge =
        |along: f32| (along * std::f32::consts::PI).sin().max(0.0).powf(0.8) * (1.15 - 0.5 * along);
    let there = (0..=20).map(|i| at(i as f32 / 20.0, edge(i as f32 / 20.0) * 0.5));
    let back = (0..=20)
        .rev()
        .map(|i| at(i as f32 / 20.0, -edge(i as f32 / 20.0) * 0.5));
    there.chain(back).collect()
}
