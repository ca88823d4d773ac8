//! Bands, posed.

use super::canvas::Canvas;
use super::forms::{arc, leaf, polar};
use super::heads::{self, Head};
use super::palette::{self, Ink, Palette};
use crate::rng::Rng;

struct Sitting {
    name: &'static str,
    palette: &'static Palette,
    head: Head,
    backdrop: fn(&mut Canvas, &Palette, &mut Rng),
    /// (x, y of the head, its size) of each figure, from back to front.
    figures: &'static [(f32, f32, f32)],
}

const SITTINGS: [Sitting; 8] = [
    Sitting { name: "sandglass", palette: &palette::MEADOW, head: heads::sandglass, backdrop: stamp, figures: &[(340.0, 400.0, 130.0), (650.0, 470.0, 150.0)] },
    Sitting { name: "tangerine", palette: &palette::TANGERINE, head: heads::tangerine, backdrop: spotlight, figures: &[(230.0, 380.0, 100.0), (770.0, 370.0, 100.0), (400.0, 470.0, 120.0), (640.0, 540.0, 135.0)] },
    Sitting { name: "medusa", palette: &palette::ABYSS, head: heads::medusa, backdrop: deep, figures: &[(250.0, 330.0, 120.0), (740.0, 290.0, 130.0), (500.0, 440.0, 180.0)] },
    Sitting { name: "doorway", palette: &palette::ALLEY, head: heads::doorway, backdrop: stairs, figures: &[(300.0, 410.0, 135.0), (690.0, 390.0, 145.0)] },
    Sitting { name: "umbrella", palette: &palette::STORM, head: heads::umbrella, backdrop: rain, figures: &[(200.0, 380.0, 115.0), (790.0, 400.0, 120.0), (510.0, 340.0, 125.0), (360.0, 560.0, 135.0), (660.0, 580.0, 130.0)] },
    Sitting { name: "laundry", palette: &palette::MOON, head: heads::drum_door, backdrop: bars, figures: &[(230.0, 430.0, 125.0), (770.0, 430.0, 125.0), (500.0, 380.0, 150.0)] },
    Sitting { name: "fern", palette: &palette::FERN, head: heads::fern, backdrop: panes, figures: &[(500.0, 430.0, 190.0)] },
    Sitting { name: "thermometer", palette: &palette::AUGUST, head: heads::thermometer, backdrop: halves, figures: &[(320.0, 440.0, 150.0), (680.0, 440.0, 150.0)] },
];

/// Draws the sitting called `name`.
pub(super) fn draw(canvas: &mut Canvas, name: &str, rng: &mut Rng) {
    let sitting = SITTINGS.iter().find(|sitting| sitting.name == name).unwrap_or(&SITTINGS[0]);
    let palette = sitting.palette;
    (sitting.backdrop)(canvas, palette, rng);
    for (i, &(x, y, size)) in sitting.figures.iter().enumerate() {
        let cloth = cloth(palette, sitting.name, i);
        body(canvas, palette, cloth, x, y, size, rng);
        (sitting.head)(canvas, palette, x, y, size, rng);
    }
}

fn cloth(palette: &Palette, name: &str, figure: usize) -> Ink {
    let dark = Ink(0x14121C);
    match name {
        "medusa" => palette.paper.toward(palette.accents[2], 0.3 + 0.2 * figure as f32),
        "umbrella" => [palette.ink, palette.accents[3], palette.ink][figure % 3],
        "tangerine" => [palette.accents[2], palette.accents[1], palette.accents[1].toward(dark, 0.45), palette.ink][figure % 4],
        "doorway" => [palette.accents[1], palette.accents[2]][figure % 2],
        _ => [palette.ink, palette.accents[1], palette.accents[2]][figure % 3],
    }
}

/// Neck, shoulders and a garment.
fn body(canvas: &mut Canvas, palette: &Palette, cloth: Ink, x: f32, y: f32, size: f32, rng: &mut Rng) {
    let top = y + size * 1.25;
    let reach = size * rng.range(1.5, 1.75);
    canvas.rect(cloth.toward(palette.paper, 0.35), x - size * 0.26, y + size * 0.6, size * 0.52, size * 1.1);
    canvas.fill(cloth, |path| {
        path.move_to(x - size * 0.34, top);
        path.cubic_to(x - reach * 0.8, top + size * 0.12, x - reach, top + size * 0.5, x - reach * 1.06, 1010.0);
        path.line_to(x + reach * 1.06, 1010.0);
        path.cubic_to(x + reach, top + size * 0.5, x + reach * 0.8, top + size * 0.12, x + size * 0.34, top);
        path.quad_to(x, top + size * 0.32, x - size * 0.34, top);
        path.close();
    });
    let trim = cloth.toward(palette.paper, 0.45);
    match rng.below(4) {
        0 => {
            for i in 0..3 {
                canvas.circle(trim, x, top + size * (0.6 + 0.45 * i as f32), size * 0.07);
            }
        }
        1 => canvas.line(trim, size * 0.06, &[(x - size * 0.34, top), (x, top + size * 0.7), (x + size * 0.34, top)]),
        2 => {
            for i in 0..5 {
                let at = top + size * (0.5 + 0.34 * i as f32);
                canvas.line(trim, size * 0.06, &[(x - reach * 0.62, at), (x + reach * 0.62, at)]);
            }
        }
        _ => canvas.line(trim, size * 0.09, &[(x - size * 0.75, top + size * 0.1), (x + size * 0.65, top + size * 1.9)]),
    }
}

/// A postage stamp with a perforated edge.
fn stamp(canvas: &mut Canvas, palette: &Palette, _: &mut Rng) {
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
            .map(|s| (120.0 + 15.2 * s as f32, 190.0 + 22.0 * i as f32 + 9.0 * (s as f32 * 0.42).sin()))
            .collect();
        canvas.faint(0.5, |canvas| canvas.line(palette.accents[0], 5.0, &points));
    }
}

fn spotlight(canvas: &mut Canvas, palette: &Palette, _: &mut Rng) {
    canvas.sky(palette.paper, palette.accents[2]);
    for (i, radius) in [470.0, 390.0, 310.0].into_iter().enumerate() {
        let ink = palette.accents[2].toward(palette.accents[1], 0.25 + 0.3 * i as f32);
        canvas.circle(ink, 500.0, 480.0, radius);
    }
}

fn deep(canvas: &mut Canvas, palette: &Palette, rng: &mut Rng) {
    canvas.sky(palette.accents[2].toward(palette.paper, 0.55), palette.paper);
    for _ in 0..90 {
        let (x, y, size) = (rng.range(0.0, 1000.0), rng.range(0.0, 1000.0), rng.range(1.5, 5.0));
        let ink = palette.accents[rng.below(3)];
        canvas.faint(0.7, |canvas| canvas.circle(ink, x, y, size));
    }
}

fn stairs(canvas: &mut Canvas, palette: &Palette, _: &mut Rng) {
    canvas.ground(palette.paper);
    canvas.circle(palette.accents[0], 500.0, 190.0, 120.0);
    for i in 0..11 {
        let ink = palette.accents[3].toward(palette.accents[1], 0.06 * i as f32);
        canvas.rect(ink, 0.0, 330.0 + 62.0 * i as f32, 110.0 + 90.0 * i as f32, 70.0);
    }
}

fn rain(canvas: &mut Canvas, palette: &Palette, rng: &mut Rng) {
    canvas.ground(palette.accents[0]);
    canvas.circle(palette.paper, 500.0, 470.0, 400.0);
    for _ in 0..120 {
        let (x, y, length) = (rng.range(0.0, 1100.0), rng.range(-40.0, 1000.0), rng.range(30.0, 80.0));
        canvas.faint(0.75, |canvas| canvas.line(palette.ink, 4.0, &[(x, y), (x - length * 0.35, y + length)]));
    }
}

/// The bars of a vibraphone.
fn bars(canvas: &mut Canvas, palette: &Palette, _: &mut Rng) {
    canvas.ground(palette.paper);
    for i in 0..13 {
        let length = 760.0 - 36.0 * i as f32;
        let ink = if i % 5 == 2 { palette.accents[3] } else { palette.accents[2] };
        canvas.rect(ink, 24.0 + 74.0 * i as f32, 60.0, 56.0, length);
        canvas.circle(palette.paper, 52.0 + 74.0 * i as f32, 100.0, 9.0);
    }
}

fn panes(canvas: &mut Canvas, palette: &Palette, rng: &mut Rng) {
    canvas.sky(Ink(0xCFE3DC), palette.paper);
    for column in 0..4 {
        for row in 0..5 {
            let shade = Ink(0xFFFFFF);
            let opacity = rng.range(0.1, 0.5);
            canvas.faint(opacity, |canvas| {
                canvas.rect(shade, 20.0 + 245.0 * column as f32, 20.0 + 200.0 * row as f32, 225.0, 180.0);
            });
        }
    }
    for _ in 0..70 {
        let (x, y, length) = (rng.range(0.0, 1000.0), rng.range(0.0, 760.0), rng.range(20.0, 120.0));
        canvas.faint(0.35, |canvas| canvas.line(palette.accents[0], 3.0, &[(x, y), (x, y + length)]));
    }
    for (x, turn) in [(0.0, -0.18), (60.0, -0.12), (1000.0, -0.32), (940.0, -0.38)] {
        canvas.polygon(palette.accents[2], &leaf(x, 1000.0, 480.0, 120.0, turn));
    }
}

fn halves(canvas: &mut Canvas, palette: &Palette, _: &mut Rng) {
    canvas.ground(palette.accents[2]);
    canvas.rect(palette.accents[1], 500.0, 0.0, 500.0, 1000.0);
    canvas.polygon(palette.accents[0], &arc(500.0, 440.0, 340.0, 0.25, 0.75));
    canvas.polygon(palette.paper, &arc(500.0, 440.0, 340.0, -0.25, 0.25));
    for i in 0..24 {
        let turn = i as f32 / 24.0;
        let ink = if (6..18).contains(&i) { palette.accents[0] } else { palette.paper };
        canvas.line(ink, 9.0, &[polar(500.0, 440.0, 372.0, turn), polar(500.0, 440.0, 410.0, turn)]);
    }
}
