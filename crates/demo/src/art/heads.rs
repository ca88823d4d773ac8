//! Things that stand where heads would be.

use super::canvas::Canvas;
use super::forms::{arc, leaf, polar};
use super::palette::{Ink, Palette};
use crate::rng::Rng;

/// Draws a head about (x, y) that fits a circle of `size`.
pub(super) type Head = fn(&mut Canvas, &Palette, x: f32, y: f32, size: f32, rng: &mut Rng);

pub(super) fn sandglass(
    canvas: &mut Canvas,
    palette: &Palette,
    x: f32,
    y: f32,
    size: f32,
    rng: &mut Rng,
) {
    let s = size;
    let sand = rng.range(0.25, 0.75);
    let white = Ink(0xFFFDF6);
    canvas.polygon(
        white,
        &[
            (x - 0.62 * s, y - s),
            (x + 0.62 * s, y - s),
            (x + 0.06 * s, y),
            (x + 0.62 * s, y + s),
            (x - 0.62 * s, y + s),
            (x - 0.06 * s, y),
        ],
    );
    let top = y - s * (0.85 - 0.6 * sand);
    let half = 0.56 * s * ((y - top) / s) + 0.04 * s;
    canvas.polygon(
        palette.accents[0],
        &[(x - half, top), (x + half, top), (x, y)],
    );
    let heap = s * (0.25 + 0.45 * sand);
    canvas.polygon(
        palette.accents[0],
        &[
            (x - 0.56 * s, y + s),
            (x + 0.56 * s, y + s),
            (x, y + s - heap),
        ],
    );
    canvas.line(palette.accents[0], 0.035 * s, &[(x, y), (x, y + s * 0.9)]);
    for at in [-1.0, 1.0] {
        canvas.line(
            palette.ink,
            0.16 * s,
            &[(x - 0.7 * s, y + at * s), (x + 0.7 * s, y + at * s)],
        );
    }
}

pub(super) fn tangerine(
    canvas: &mut Canvas,
    palette: &Palette,
    x: f32,
    y: f32,
    size: f32,
    rng: &mut Rng,
) {
    let rind = palette.accents[0];
    let start = rng.unit();
    canvas.circle(rind, x, y, size);
    canvas.circle(palette.ink, x, y, size * 0.86);
    let count = 9;
    for i in 0..count {
        let (from, to) = (
            (i as f32 + 0.1) / count as f32 + start,
            (i as f32 + 0.9) / count as f32 + start,
        );
        let mut slice = arc(x, y, size * 0.8, from, to);
        slice.push(polar(x, y, size * 0.12, (from + to) / 2.0));
        canvas.polygon(
            rind.toward(palette.accents[3], 0.35 + 0.4 * rng.unit()),
            &slice,
        );
    }
    canvas.polygon(
        palette.accents[1],
        &leaf(x, y - size * 0.95, size * 0.8, size * 0.3, -0.08),
    );
}

pub(super) fn medusa(
    canvas: &mut Canvas,
    palette: &Palette,
    x: f32,
    y: f32,
    size: f32,
    rng: &mut Rng,
) {
    let glow = palette.accents[rng.below(3)];
    for i in 0..9 {
        let offset = (i as f32 - 4.0) / 4.0;
        let phase = rng.unit();
        let points: Vec<_> = (0..=40)
            .map(|step| {
                let way = step as f32 / 40.0;
                let sway =
                    0.14 * size * ((way * 1.7 + phase) * std::f32::consts::TAU).sin() * (0.3 + way);
                (
                    x + offset * size * (0.75 - 0.2 * way) + sway,
                    y + size * (0.1 + 1.5 * way),
                )
            })
            .collect();
        canvas.line(
            glow.toward(palette.ink, 0.25 * (i % 3) as f32),
            size * 0.045,
            &points,
        );
    }
    for (step, share) in [(0.0, 1.0f32), (0.14, 0.8), (0.28, 0.55)] {
        let shade = glow.toward(palette.ink, step * 2.0);
        canvas.polygon(shade, &arc(x, y + size * 0.12, size * share, 0.5, 1.0));
    }
    for i in 0..7 {
        let at = x + (i as f32 - 3.0) * size * 0.285;
        canvas.circle(glow, at, y + size * 0.12, size * 0.15);
    }
}

pub(super) fn doorway(
    canvas: &mut Canvas,
    palette: &Palette,
    x: f32,
    y: f32,
    size: f32,
    rng: &mut Rng,
) {
    let inks = [
        palette.accents[2],
        palette.paper,
        palette.accents[0],
        palette.accents[1],
        palette.paper,
    ];
    let turn = rng.below(2);
    for (i, share) in [1.0f32, 0.8, 0.6, 0.4, 0.2].into_iter().enumerate() {
        let half = size * 0.8 * share;
        let ink = inks[(i + turn * usize::from(i % 2 == 0) * 2) % inks.len()];
        canvas.polygon(
            ink,
            &arc(
                x,
                y - size * 0.2 + size * (1.0 - share) * 0.5,
                half,
                0.5,
                1.0,
            ),
        );
        let top = y - size * 0.2 + size * (1.0 - share) * 0.5;
        canvas.rect(ink, x - half, top - 1.0, half * 2.0, y + size - top);
    }
}

pub(super) fn umbrella(
    canvas: &mut Canvas,
    palette: &Palette,
    x: f32,
    y: f32,
    size: f32,
    rng: &mut Rng,
) {
    let (a, b) = if rng.chance(0.5) {
        (palette.accents[0], palette.ink)
    } else {
        (palette.accents[2], palette.ink)
    };
    let base = y + size * 0.35;
    canvas.line(
        palette.accents[2],
        size * 0.09,
        &[(x, base), (x, base + size * 0.95)],
    );
    for i in 0..6 {
        let (from, to) = (0.5 + i as f32 / 12.0, 0.5 + (i + 1) as f32 / 12.0);
        let mut panel = arc(x, base, size * 1.12, from, to);
        panel.push((x, base));
        canvas.polygon(if i % 2 == 0 { a } else { b }, &panel);
    }
    canvas.line(
        palette.ink,
        size * 0.07,
        &[(x, base - size * 1.12), (x, base - size * 1.3)],
    );
}

pub(super) fn drum_door(
    canvas: &mut Canvas,
    palette: &Palette,
    x: f32,
    y: f32,
    size: f32,
    rng: &mut Rng,
) {
    canvas.circle(palette.accents[1], x, y, size);
    canvas.circle(palette.ink, x, y, size * 0.86);
    canvas.circle(palette.paper, x, y, size * 0.7);
    let phase = rng.range(-0.8, 0.8);
    canvas.circle(palette.accents[0], x, y, size * 0.46);
    canvas.circle(
        palette.paper,
        x + size * phase * 0.5,
        y - size * 0.12,
        size * 0.42,
    );
    let mut shine = arc(x, y, size * 0.64, 0.55, 0.7);
    shine.extend(arc(x, y, size * 0.54, 0.7, 0.55));
    canvas.faint(0.35, |canvas| canvas.polygon(palette.ink, &shine));
}

pub(super) fn fern(
    canvas: &mut Canvas,
    palette: &Palette,
    x: f32,
    y: f32,
    size: f32,
    rng: &mut Rng,
) {
    for i in 0..15 {
        let turn = 0.5 + (i as f32 + 0.5) / 30.0;
        let turn = 0.25 + (turn - 0.25) * 1.0 + rng.range(-0.012, 0.012);
        let ink = [
            palette.accents[0],
            palette.accents[2],
            palette.ink,
            palette.accents[0].toward(palette.paper, 0.25),
        ][i % 4];
        canvas.polygon(
            ink,
            &leaf(
                x,
                y + size * 0.9,
                size * rng.range(1.5, 2.2),
                size * 0.42,
                turn,
            ),
        );
    }
    canvas.circle(
        palette.accents[3],
        x + size * 0.35,
        y - size * 0.35,
        size * 0.17,
    );
    canvas.circle(
        palette.accents[1],
        x - size * 0.4,
        y - size * 0.05,
        size * 0.13,
    );
}

pub(super) fn thermometer(
    canvas: &mut Canvas,
    palette: &Palette,
    x: f32,
    y: f32,
    size: f32,
    rng: &mut Rng,
) {
    let level = rng.range(0.3, 0.85);
    canvas.circle(palette.accents[3], x, y, size);
    canvas.line(
        palette.ink,
        size * 0.42,
        &[(x, y - size * 1.15), (x, y + size * 0.5)],
    );
    canvas.circle(palette.ink, x, y + size * 0.55, size * 0.42);
    canvas.line(
        Ink(0xFFFFFF),
        size * 0.26,
        &[(x, y - size * 1.15), (x, y + size * 0.5)],
    );
    canvas.circle(palette.accents[0], x, y + size * 0.55, size * 0.32);
    canvas.line(
        palette.accents[0],
        size * 0.15,
        &[(x, y + size * (0.4 - 1.4 * level)), (x, y + size * 0.5)],
    );
    for i in 0..6 {
        let at = y - size * 1.05 + size * 0.24 * i as f32;
        canvas.line(
            palette.ink,
            size * 0.045,
            &[
                (x + size * 0.3, at),
                (x + size * if i % 2 == 0 { 0.58 } else { 0.45 }, at),
            ],
        );
    }
}
