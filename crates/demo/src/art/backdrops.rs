//! What bands pose in front of.

use super::canvas::Canvas;
use super::forms::{arc, leaf, polar};
use super::palette::{Ink, Palette};
use crate::rng::Rng;

/// A postage stamp with a perforated edge.
pub(super) fn stamp(canvas: &mut Canvas, palette: &Palette, _: &mut Rng) {
    canvas.ground(palette.accents[1]);
    canvas.rect(palette.paper, 70.0, 70.0, 860.0, 1000.0);
    for i in 0..18 {
        let at = 70.0 + 50.6 * i as f32;
        canvas.circle(palette.accents[1], at, 70.0, 15.0);
        canvas.circle(palette.accents[1], 70.0, at, 15.0);
        canvas.circle(palette.accents[1], 930.0, at, 15.0);
    }
    canvas.rect(palette.accents[3], 120.0, 120.0, 760.0, 900.0);
    for i in 0..7 {
        let points: Vec<_> = (0..=50)
            .map(|s| {
                (
                    120.0 + 15.2 * s as f32,
                    190.0 + 22.0 * i as f32 + 9.0 * (s as f32 * 0.42).sin(),
                )
            })
            .collect();
        canvas.faint(0.5, |canvas| canvas.line(palette.accents[0], 5.0, &points));
    }
}

pub(super) fn spotlight(canvas: &mut Canvas, palette: &Palette, _: &mut Rng) {
    canvas.sky(palette.paper, palette.accents[2]);
    for (i, radius) in [470.0, 390.0, 310.0].into_iter().enumerate() {
        let ink = palette.accents[2].toward(palette.accents[1], 0.25 + 0.3 * i as f32);
        canvas.circle(ink, 500.0, 480.0, radius);
    }
}

pub(super) fn deep(canvas: &mut Canvas, palette: &Palette, rng: &mut Rng) {
    canvas.sky(
        palette.accents[2].toward(palette.paper, 0.55),
        palette.paper,
    );
    for _ in 0..90 {
        let (x, y, size) = (
            rng.range(0.0, 1000.0),
            rng.range(0.0, 1000.0),
            rng.range(1.5, 5.0),
        );
        let ink = palette.accents[rng.below(3)];
        canvas.faint(0.7, |canvas| canvas.circle(ink, x, y, size));
    }
}

pub(super) fn stairs(canvas: &mut Canvas, palette: &Palette, _: &mut Rng) {
    canvas.ground(palette.paper);
    canvas.circle(palette.accents[0], 500.0, 190.0, 120.0);
    for i in 0..11 {
        let ink = palette.accents[3].toward(palette.accents[1], 0.06 * i as f32);
        canvas.rect(
            ink,
            0.0,
            330.0 + 62.0 * i as f32,
            110.0 + 90.0 * i as f32,
            70.0,
        );
    }
}

pub(super) fn rain(canvas: &mut Canvas, palette: &Palette, rng: &mut Rng) {
    canvas.ground(palette.accents[0]);
    canvas.circle(palette.paper, 500.0, 470.0, 400.0);
    for _ in 0..120 {
        let (x, y, length) = (
            rng.range(0.0, 1100.0),
            rng.range(-40.0, 1000.0),
            rng.range(30.0, 80.0),
        );
        canvas.faint(0.75, |canvas| {
            canvas.line(palette.ink, 4.0, &[(x, y), (x - length * 0.35, y + length)]);
        });
    }
}

/// The bars of a vibraphone.
pub(super) fn bars(canvas: &mut Canvas, palette: &Palette, _: &mut Rng) {
    canvas.ground(palette.paper);
    for i in 0..13 {
        let length = 760.0 - 36.0 * i as f32;
        let ink = if i % 5 == 2 {
            palette.accents[3]
        } else {
            palette.accents[2]
        };
        canvas.rect(ink, 24.0 + 74.0 * i as f32, 60.0, 56.0, length);
        canvas.circle(palette.paper, 52.0 + 74.0 * i as f32, 100.0, 9.0);
    }
}

pub(super) fn panes(canvas: &mut Canvas, palette: &Palette, rng: &mut Rng) {
    canvas.sky(Ink(0xCFE3DC), palette.paper);
    for column in 0..4 {
        for row in 0..5 {
            let shade = Ink(0xFFFFFF);
            let opacity = rng.range(0.1, 0.5);
            canvas.faint(opacity, |canvas| {
                canvas.rect(
                    shade,
                    20.0 + 245.0 * column as f32,
                    20.0 + 200.0 * row as f32,
                    225.0,
                    180.0,
                );
            });
        }
    }
    for _ in 0..70 {
        let (x, y, length) = (
            rng.range(0.0, 1000.0),
            rng.range(0.0, 760.0),
            rng.range(20.0, 120.0),
        );
        canvas.faint(0.35, |canvas| {
            canvas.line(palette.accents[0], 3.0, &[(x, y), (x, y + length)]);
        });
    }
    for (x, turn) in [(0.0, -0.18), (60.0, -0.12), (1000.0, -0.32), (940.0, -0.38)] {
        canvas.polygon(palette.accents[2], &leaf(x, 1000.0, 480.0, 120.0, turn));
    }
}

pub(super) fn halves(canvas: &mut Canvas, palette: &Palette, _: &mut Rng) {
    canvas.ground(palette.accents[2]);
    canvas.rect(palette.accents[1], 500.0, 0.0, 500.0, 1000.0);
    canvas.polygon(palette.accents[0], &arc(500.0, 440.0, 340.0, 0.25, 0.75));
    canvas.polygon(palette.paper, &arc(500.0, 440.0, 340.0, -0.25, 0.25));
    for i in 0..24 {
        let turn = i as f32 / 24.0;
        let ink = if (6..18).contains(&i) {
            palette.accents[0]
        } else {
            palette.paper
        };
        canvas.line(
            ink,
            9.0,
            &[
                polar(500.0, 440.0, 372.0, turn),
                polar(500.0, 440.0, 410.0, turn),
            ],
        );
    }
}
