//! Covers that look out of a window.

use super::canvas::Canvas;
use super::forms::{arc, leaf, ridge};
use super::palette::Palette;
use crate::rng::Rng;

/// Hills of cut paper, a road, a low sun, and letters flying over them.
pub(super) fn hills(canvas: &mut Canvas, palette: &Palette, rng: &mut Rng) {
    let [loud, green, pale, sand] = palette.accents;
    canvas.sky(palette.paper, sand);
    canvas.circle(loud, rng.range(600.0, 760.0), 330.0, 150.0);
    let shades = [
        pale,
        pale.toward(green, 0.5),
        green,
        green.toward(palette.ink, 0.45),
        palette.ink,
    ];
    for (i, shade) in shades.into_iter().enumerate() {
        let points = ridge(430.0 + 118.0 * i as f32, 52.0 + 6.0 * i as f32, rng);
        let shadow: Vec<_> = points.iter().map(|&(x, y)| (x + 6.0, y - 9.0)).collect();
        canvas.faint(0.16, |canvas| canvas.polygon(palette.ink, &shadow));
        canvas.polygon(shade, &points);
    }
    // One flies behind the other, up and away.
    for i in 0..7 {
        let way = i as f32 / 6.0;
        let x = 90.0 + 520.0 * way + rng.range(-22.0, 22.0);
        let y = 380.0 - 270.0 * way.powf(0.8) + rng.range(-36.0, 36.0);
        let (size, tilt) = (50.0 - 30.0 * way, rng.range(-0.4, 0.4));
        envelope(canvas, palette, x, y, size, tilt);
    }
    for _ in 0..26 {
        let x = rng.range(0.0, 1000.0);
        let y = rng.range(930.0, 1010.0);
        let length = rng.range(50.0, 120.0);
        let turn = -0.25 + rng.range(-0.07, 0.07);
        canvas.polygon(green.toward(sand, 0.2), &leaf(x, y, length, 22.0, turn));
    }
}

fn envelope(canvas: &mut Canvas, palette: &Palette, x: f32, y: f32, size: f32, tilt: f32) {
    let (sin, cos) = tilt.sin_cos();
    let at = |dx: f32, dy: f32| {
        (
            x + (dx * cos - dy * sin) * size,
            y + (dx * sin + dy * cos) * size,
        )
    };
    let white = palette.paper.toward(super::palette::Ink(0xFFFFFF), 0.7);
    canvas.polygon(
        white,
        &[
            at(-1.0, -0.65),
            at(1.0, -0.65),
            at(1.0, 0.65),
            at(-1.0, 0.65),
        ],
    );
    canvas.line(
        palette.ink,
        3.0,
        &[at(-1.0, -0.65), at(0.0, 0.12), at(1.0, -0.65)],
    );
}

/// A white field, one red thing, tracks that lead to it.
pub(super) fn snowfield(canvas: &mut Canvas, palette: &Palette, rng: &mut Rng) {
    let [red, blue, mist, snow] = palette.accents;
    canvas.sky(mist, palette.paper);
    for i in 0..3 {
        let shade = mist.toward(blue, 0.55 - 0.2 * i as f32);
        canvas.polygon(shade, &ridge(400.0 + 55.0 * i as f32, 38.0, rng));
    }
    canvas.polygon(snow, &ridge(600.0, 22.0, rng));
    for _ in 0..34 {
        let (x, size) = (rng.range(-20.0, 1020.0), rng.range(26.0, 88.0));
        let y = 590.0 + rng.range(-28.0, 18.0);
        let shade = palette.ink.toward(blue, rng.range(0.0, 0.6));
        for tier in 0..3 {
            let t = tier as f32;
            let (half, top) = (size * (0.34 - 0.07 * t), y - size * 0.5 * t - size * 0.9);
            canvas.polygon(
                shade,
                &[
                    (x, top),
                    (x + half, top + size * 0.95),
                    (x - half, top + size * 0.95),
                ],
            );
        }
    }
    // A letter box, alone.
    let x = rng.range(600.0, 740.0);
    canvas.faint(0.25, |canvas| {
        canvas.polygon(
            blue,
            &[
                (x, 798.0),
                (x + 60.0, 798.0),
                (x + 260.0, 850.0),
                (x + 190.0, 850.0),
            ],
        );
    });
    canvas.rect(palette.ink, x + 24.0, 700.0, 16.0, 100.0);
    canvas.rect(red, x - 28.0, 610.0, 120.0, 104.0);
    canvas.polygon(red, &arc(x + 32.0, 612.0, 60.0, 0.5, 1.0));
    canvas.rect(palette.ink, x - 2.0, 630.0, 68.0, 10.0);
    for i in 0..26 {
        let way = i as f32 / 25.0;
        let side = if i % 2 == 0 { 14.0 } else { -14.0 };
        let (px, py) = (120.0 + (x - 130.0) * way.sqrt(), 1000.0 - 190.0 * way);
        let size = 11.0 - 7.0 * way;
        canvas.faint(0.6, |canvas| {
            canvas.circle(blue, px + side * (1.0 - 0.7 * way), py, size);
        });
    }
    for _ in 0..260 {
        let (x, y, size) = (
            rng.range(0.0, 1000.0),
            rng.range(0.0, 1000.0),
            rng.range(1.5, 6.5),
        );
        canvas.faint(0.9, |canvas| canvas.circle(snow, x, y, size));
    }
}

/// A sun sliced by the sea.
pub(super) fn low_sun(canvas: &mut Canvas, palette: &Palette, rng: &mut Rng) {
    let [orange, red, plum, gold] = palette.accents;
    canvas.sky(palette.paper, plum);
    let (x, y, radius) = (500.0, 470.0, 330.0);
    // Slices of one disc, thinner towards the bottom.
    let slices = 15;
    for i in 0..slices {
        let from = i as f32 / slices as f32;
        let thick = 2.0 * radius / slices as f32 * (1.0 - 0.62 * from);
        let top = y - radius + 2.0 * radius * from;
        let shade = if from < 0.4 {
            gold.toward(orange, from / 0.4)
        } else {
            orange.toward(red, (from - 0.4) / 0.6)
        };
        canvas.fill(shade, |path| {
            let rows = 10;
            let edge = |row: usize| {
                let at = top + thick * row as f32 / rows as f32;
                ((radius * radius - (at - y) * (at - y)).max(0.0).sqrt(), at)
            };
            let right = (0..=rows).map(|row| {
                let (half, at) = edge(row);
                (x + half, at)
            });
            let left = (0..=rows).rev().map(|row| {
                let (half, at) = edge(row);
                (x - half, at)
            });
            super::canvas::trace(path, &right.chain(left).collect::<Vec<_>>());
        });
    }
    for i in 0..46 {
        let way = i as f32 / 45.0;
        let at = 800.0 + 190.0 * way;
        let reach = 60.0 + 330.0 * rng.unit() * (0.4 + way);
        let drift = rng.range(-60.0, 60.0);
        canvas.faint(0.75, |canvas| {
            canvas.line(
                orange.toward(red, rng.unit()),
                3.0 + 5.0 * way,
                &[(x + drift - reach, at), (x + drift + reach, at)],
            );
        });
    }
    let pane = palette.paper.toward(super::palette::Ink(0), 0.35);
    canvas.polygon(
        pane,
        &[(0.0, 0.0), (62.0, 0.0), (62.0, 1000.0), (0.0, 1000.0)],
    );
    canvas.polygon(
        pane,
        &[
            (938.0, 0.0),
            (1000.0, 0.0),
            (1000.0, 1000.0),
            (938.0, 1000.0),
        ],
    );
    for i in 0..22 {
        let at = 12.0 + 9.0 * i as f32 + 0.9 * (i * i) as f32 * 0.3;
        canvas.faint(0.9, |canvas| canvas.rect(pane, 62.0, at, 876.0, 3.5));
    }
}

/// Rows of waves over waves, one of them red.
pub(super) fn waves(canvas: &mut Canvas, palette: &Palette, rng: &mut Rng) {
    let [red, deep, sea, foam] = palette.accents;
    canvas.ground(palette.paper);
    let rows = 13;
    let red_row = 3 + rng.below(4);
    for row in 0..rows {
        let size = 62.0 + 9.0 * row as f32;
        let y = 120.0 + 74.0 * row as f32;
        let shift = if row % 2 == 0 { 0.0 } else { size };
        let count = (1000.0 / size) as i32 + 4;
        for i in -1..count {
            let x = i as f32 * size * 2.0 + shift - size;
            let shades: &[_] = if row == red_row && i == 2 {
                &[red, palette.paper, red, palette.paper]
            } else {
                match row % 3 {
                    0 => &[palette.ink, palette.paper, palette.ink, foam],
                    1 => &[deep, foam, deep, palette.paper],
                    _ => &[sea, palette.paper, palette.ink, foam],
                }
            };
            for (ring, &shade) in shades.iter().enumerate() {
                canvas.circle(shade, x, y + size, size * (1.0 - 0.24 * ring as f32));
            }
        }
    }
}
