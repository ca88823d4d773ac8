//! Covers made of repetition.

use std::f32::consts::TAU;

use super::canvas::Canvas;
use super::forms::shard;
use super::palette::Palette;
use crate::rng::Rng;

/// Two families of rings that interfere, like light in deep water.
pub(super) fn moire(canvas: &mut Canvas, palette: &Palette, rng: &mut Rng) {
    let [mint, pink, blue, violet] = palette.accents;
    canvas.sky(palette.paper, palette.paper.toward(violet, 0.45));
    let (x, y) = (rng.range(440.0, 560.0), 400.0);
    for (ink, dx, dy) in [(blue, -46.0, 26.0), (pink, 44.0, 30.0), (mint, 0.0, -22.0)] {
        for i in 0..44 {
            let radius = 8.0 + 9.6 * i as f32;
            canvas.faint(0.85 - 0.014 * i as f32, |canvas| {
                canvas.ring(ink, x + dx, y + dy, radius, 3.2);
            });
        }
    }
    for i in 0..17 {
        let start = x - 300.0 + 37.5 * i as f32;
        let phase = rng.unit();
        let ink = [mint, pink, blue][i % 3];
        let points: Vec<_> = (0..=60)
            .map(|step| {
                let way = step as f32 / 60.0;
                let sway = (18.0 + 46.0 * way) * ((way * 2.3 + phase) * TAU).sin();
                (start + sway, 560.0 + 420.0 * way)
            })
            .collect();
        canvas.faint(0.8, |canvas| canvas.line(ink, 4.0, &points));
    }
}

/// A sea and a sun in dots of changing size.
pub(super) fn halftone(canvas: &mut Canvas, palette: &Palette, rng: &mut Rng) {
    let [coral, teal, amber, sky] = palette.accents;
    canvas.ground(palette.paper);
    let (cx, cy) = (rng.range(560.0, 680.0), 350.0);
    canvas.rect(sky, 70.0, 70.0, 860.0, 590.0);
    canvas.circle(amber, cx, cy, 210.0);
    canvas.overprint(|canvas| {
        let pitch = 22.0;
        canvas.fill(coral, |path| {
            for row in 0..48 {
                for column in 0..48 {
                    // A screen turned by 30 degrees, as printers turn it.
                    let (u, v) = ((column as f32 - 24.0) * pitch, (row as f32 - 24.0) * pitch);
                    let (x, y) = (cx + u * 0.866 - v * 0.5, cy + u * 0.5 + v * 0.866);
                    let away = ((x - cx).powi(2) + (y - cy).powi(2)).sqrt();
                    let size = 12.0 * (1.0 - away / 330.0) + 4.0 * ((y - cy) / 210.0);
                    if size > 1.0 && (70.0..930.0).contains(&x) && (70.0..660.0).contains(&y) {
                        path.push_circle(x, y, size);
                    }
                }
            }
        });
        canvas.rect(teal, 70.0, 560.0, 860.0, 370.0);
        canvas.fill(palette.ink, |path| {
            for row in 0..18 {
                let y = 580.0 + 20.0 * row as f32;
                for column in 0..43 {
                    let x = 80.0 + 20.0 * column as f32 + if row % 2 == 0 { 0.0 } else { 10.0 };
                    let swell = 0.5 + 0.5 * (x / 130.0 + (y / 46.0).sin() * 1.6).sin();
                    let size = 1.5 + 7.5 * swell * (row as f32 / 17.0).powf(0.6);
                    if x < 922.0 {
                        path.push_circle(x, y, size);
                    }
                }
            }
        });
    });
    // A small boat.
    let x = rng.range(230.0, 330.0);
    canvas.polygon(palette.paper, &[(x, 380.0), (x, 540.0), (x - 90.0, 540.0)]);
    canvas.polygon(
        coral,
        &[(x + 12.0, 420.0), (x + 12.0, 540.0), (x + 76.0, 540.0)],
    );
    canvas.polygon(
        palette.ink,
        &[
            (x - 110.0, 552.0),
            (x + 100.0, 552.0),
            (x + 66.0, 596.0),
            (x - 76.0, 596.0),
        ],
    );
}

/// Chips of stone in lime, cut by the panes of a greenhouse.
pub(super) fn terrazzo(canvas: &mut Canvas, palette: &Palette, rng: &mut Rng) {
    canvas.ground(palette.paper);
    let mut placed: Vec<(f32, f32, f32)> = Vec::new();
    for attempt in 0..4_000 {
        let size = if attempt < 500 {
            rng.range(38.0, 92.0)
        } else {
            rng.range(7.0, 34.0)
        };
        let (x, y) = (rng.range(-20.0, 1020.0), rng.range(-20.0, 1020.0));
        let free = placed
            .iter()
            .all(|(px, py, ps)| (px - x).hypot(py - y) > (ps + size) * 0.94);
        if free {
            placed.push((x, y, size));
            let ink = match rng.below(10) {
                0..=2 => palette.accents[0],
                3 | 4 => palette.accents[1],
                5 | 6 => palette.accents[2],
                7 => palette.accents[3],
                8 => palette.ink,
                _ => palette.accents[0].toward(palette.paper, 0.5),
            };
            let corners = 5 + rng.below(3);
            canvas.polygon(ink, &shard(x, y, size, corners, rng));
        }
    }
    let pane = super::palette::Ink(0xFFFFFF);
    canvas.faint(0.42, |canvas| {
        canvas.polygon(
            pane,
            &[
                (500.0, 160.0),
                (800.0, 400.0),
                (800.0, 880.0),
                (200.0, 880.0),
                (200.0, 400.0),
            ],
        );
    });
    for points in [
        &[
            (500.0, 160.0),
            (800.0, 400.0),
            (800.0, 880.0),
            (200.0, 880.0),
            (200.0, 400.0),
            (500.0, 160.0),
        ][..],
        &[(500.0, 160.0), (500.0, 880.0)],
        &[(350.0, 280.0), (350.0, 880.0)],
        &[(650.0, 280.0), (650.0, 880.0)],
        &[(200.0, 400.0), (800.0, 400.0)],
        &[(200.0, 640.0), (800.0, 640.0)],
    ] {
        canvas.line(palette.ink, 11.0, points);
    }
}

/// Ribbons of colour that fold over each other.
pub(super) fn ribbons(canvas: &mut Canvas, palette: &Palette, rng: &mut Rng) {
    canvas.sky(palette.paper, palette.paper.toward(palette.accents[3], 0.6));
    let phase = rng.unit();
    let strands = 30;
    for strand in 0..strands {
        let way = strand as f32 / (strands - 1) as f32;
        let ink = if way < 0.5 {
            palette.accents[1].toward(palette.accents[0], way * 2.0)
        } else {
            palette.accents[0].toward(palette.accents[2], way * 2.0 - 1.0)
        };
        let points: Vec<_> = (0..=160)
            .map(|step| {
                let t = step as f32 / 160.0;
                let x = -60.0 + 1120.0 * t;
                let twist = ((t * 1.5 + phase) * TAU).sin();
                let sway = 120.0 * ((t * 0.9 + phase * 0.5) * TAU).sin();
                (
                    x,
                    500.0 + sway + twist * (way - 0.5) * 520.0 + 40.0 * (way - 0.5),
                )
            })
            .collect();
        canvas.line(ink, 13.0, &points);
        canvas.faint(0.35, |canvas| {
            let lifted: Vec<_> = points.iter().map(|&(x, y)| (x, y - 6.0)).collect();
            canvas.line(palette.paper, 1.6, &lifted);
        });
    }
    canvas.circle(palette.ink, 780.0, 210.0, 74.0);
    canvas.circle(
        palette.paper.toward(palette.accents[3], 0.12),
        806.0,
        194.0,
        66.0,
    );
}
