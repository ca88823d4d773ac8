//! Covers like gig posters.

use super::canvas::Canvas;
use super::forms::{arc, polar};
use super::palette::{Ink, Palette};
use crate::rng::Rng;

/// Black and cream bars at a slant over red: rain as a Swiss poster draws it.
pub(super) fn swiss(canvas: &mut Canvas, palette: &Palette, rng: &mut Rng) {
    let [cream, black, gold, deep] = palette.accents;
    canvas.ground(palette.paper);
    for i in 0..16 {
        let x = -260.0 + 84.0 * i as f32;
        let top = rng.range(-80.0, 300.0);
        let length = rng.range(180.0, 620.0);
        let ink = if i % 4 == 1 { deep } else { black };
        let slant = 0.42;
        let at = |dx: f32, y: f32| (x + dx + (1000.0 - y) * slant, y);
        canvas.polygon(
            ink,
            &[
                at(0.0, top),
                at(34.0, top),
                at(34.0, top + length),
                at(0.0, top + length),
            ],
        );
    }
    // An umbrella: half a disc in panels, and a handle.
    let (x, y, radius) = (430.0, 690.0, 300.0);
    canvas.polygon(cream, &arc(x, y, radius, 0.5, 1.0));
    for (from, to) in [(0.5, 0.58), (0.667, 0.75), (0.833, 0.92)] {
        let mut panel = arc(x, y, radius, from, to);
        panel.push((x, y));
        canvas.polygon(black, &panel);
    }
    canvas.line(cream, 16.0, &[(x, y), (x, y + 190.0)]);
    canvas.line(cream, 16.0, &arc(x + 42.0, y + 190.0, 42.0, 0.5, 0.0));
    canvas.circle(gold, 830.0, 850.0, 78.0);
}

/// Rays of a sun with a record for its face.
pub(super) fn rays(canvas: &mut Canvas, palette: &Palette, rng: &mut Rng) {
    let [orange, cream, blue, amber] = palette.accents;
    canvas.ground(palette.paper);
    let (x, y) = (500.0, 560.0);
    let count = 36;
    for i in 0..count {
        let width = rng.range(0.30, 0.48) / count as f32;
        let turn = i as f32 / count as f32;
        let reach = if i % 2 == 0 {
            900.0
        } else {
            rng.range(380.0, 560.0)
        };
        let ink = [orange, amber, cream][i % 3];
        canvas.polygon(
            ink,
            &[
                (x, y),
                polar(x, y, reach, turn - width),
                polar(x, y, reach, turn + width),
            ],
        );
    }
    canvas.circle(palette.ink, x, y, 270.0);
    for i in 0..13 {
        let grooves = palette.ink.toward(cream, 0.22);
        canvas.ring(grooves, x, y, 118.0 + 11.5 * i as f32, 2.2);
    }
    canvas.circle(blue, x, y, 96.0);
    canvas.circle(cream, x, y, 15.0);
    for turn in [0.04f32, 0.54] {
        let mut shine = arc(x, y, 262.0, turn, turn + 0.07);
        shine.extend(arc(x, y, 112.0, turn + 0.07, turn));
        canvas.faint(0.16, |canvas| canvas.polygon(cream, &shine));
    }
    canvas.rect(palette.ink, 0.0, 940.0, 1000.0, 60.0);
}

/// A moon in the window of a washing machine, and three bars to strike.
pub(super) fn discs(canvas: &mut Canvas, palette: &Palette, rng: &mut Rng) {
    let [gold, silver, slate, rust] = palette.accents;
    canvas.ground(palette.paper);
    canvas.rect(slate, 140.0, 100.0, 720.0, 800.0);
    canvas.rect(silver, 140.0, 100.0, 720.0, 120.0);
    for i in 0..3 {
        canvas.circle(palette.paper, 640.0 + 70.0 * i as f32, 160.0, 22.0);
    }
    canvas.rect(palette.paper, 190.0, 140.0, 240.0, 40.0);
    let (x, y) = (500.0, 560.0);
    canvas.circle(palette.ink, x, y, 290.0);
    canvas.circle(palette.paper, x, y, 240.0);
    // Phases of the moon go round like washing.
    let start = rng.unit();
    for i in 0..8 {
        let (px, py) = polar(x, y, 158.0, start + i as f32 / 8.0);
        let size = 30.0 + 9.0 * (i % 3) as f32;
        canvas.circle(if i % 4 == 3 { rust } else { gold }, px, py, size);
        canvas.circle(
            palette.paper,
            px + size * (i as f32 / 4.0 - 0.9),
            py - size * 0.1,
            size * 0.94,
        );
    }
    canvas.circle(gold, x, y, 78.0);
    canvas.circle(palette.paper, x + 32.0, y - 14.0, 66.0);
    let mut shine = arc(x, y, 226.0, 0.55, 0.68);
    shine.extend(arc(x, y, 196.0, 0.68, 0.55));
    canvas.faint(0.25, |canvas| canvas.polygon(palette.ink, &shine));
    for (i, length) in [300.0, 240.0, 180.0].into_iter().enumerate() {
        canvas.rect(
            palette.ink,
            140.0 + 370.0 - length / 2.0 - 10.0,
            925.0 + 22.0 * i as f32,
            length,
            11.0,
        );
    }
}

/// A block of flats at night; the lit windows are an equaliser.
pub(super) fn windows(canvas: &mut Canvas, palette: &Palette, rng: &mut Rng) {
    let [yellow, red, mint, wall] = palette.accents;
    canvas.sky(palette.paper, Ink(0x3A2440));
    canvas.circle(palette.ink, 770.0, 150.0, 74.0);
    canvas.circle(palette.ink.toward(wall, 0.12), 744.0, 176.0, 17.0);
    canvas.circle(palette.ink.toward(wall, 0.12), 790.0, 150.0, 11.0);
    canvas.rect(wall, 110.0, 260.0, 780.0, 740.0);
    canvas.rect(wall.toward(palette.paper, 0.4), 110.0, 260.0, 780.0, 26.0);
    let (columns, rows) = (9, 10);
    for column in 0..columns {
        let height = 3 + rng.below(rows - 3);
        for row in 0..rows {
            let (x, y) = (146.0 + 80.0 * column as f32, 880.0 - 62.0 * row as f32);
            let lit = row < height;
            let ink = match (lit, row + 1 == height) {
                (true, true) => red,
                (true, false) if rng.chance(0.12) => mint,
                (true, false) => yellow,
                (false, _) => palette.paper,
            };
            canvas.rect(ink, x, y, 62.0, 42.0);
            canvas.faint(0.5, |canvas| canvas.rect(wall, x + 29.0, y, 4.0, 42.0));
        }
    }
    canvas.line(palette.ink, 5.0, &[(240.0, 260.0), (240.0, 110.0)]);
    for i in 0..4 {
        let (half, y) = (64.0 - 12.0 * i as f32, 122.0 + 24.0 * i as f32);
        canvas.line(palette.ink, 4.0, &[(240.0 - half, y), (240.0 + half, y)]);
    }
    canvas.rect(palette.paper, 0.0, 940.0, 1000.0, 60.0);
    for i in 0..12 {
        canvas.rect(yellow, 20.0 + 86.0 * i as f32, 966.0, 46.0, 8.0);
    }
}
