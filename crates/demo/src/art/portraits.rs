//! Bands, posed.

use super::backdrops;
use super::canvas::Canvas;
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
    Sitting {
        name: "sandglass",
        palette: &palette::MEADOW,
        head: heads::sandglass,
        backdrop: backdrops::stamp,
        figures: &[(340.0, 400.0, 130.0), (650.0, 470.0, 150.0)],
    },
    Sitting {
        name: "tangerine",
        palette: &palette::TANGERINE,
        head: heads::tangerine,
        backdrop: backdrops::spotlight,
        figures: &[
            (230.0, 380.0, 100.0),
            (770.0, 370.0, 100.0),
            (400.0, 470.0, 120.0),
            (640.0, 540.0, 135.0),
        ],
    },
    Sitting {
        name: "medusa",
        palette: &palette::ABYSS,
        head: heads::medusa,
        backdrop: backdrops::deep,
        figures: &[
            (250.0, 330.0, 120.0),
            (740.0, 290.0, 130.0),
            (500.0, 440.0, 180.0),
        ],
    },
    Sitting {
        name: "doorway",
        palette: &palette::ALLEY,
        head: heads::doorway,
        backdrop: backdrops::stairs,
        figures: &[(300.0, 410.0, 135.0), (690.0, 390.0, 145.0)],
    },
    Sitting {
        name: "umbrella",
        palette: &palette::STORM,
        head: heads::umbrella,
        backdrop: backdrops::rain,
        figures: &[
            (190.0, 330.0, 120.0),
            (810.0, 330.0, 120.0),
            (500.0, 300.0, 130.0),
            (330.0, 590.0, 140.0),
            (680.0, 600.0, 140.0),
        ],
    },
    Sitting {
        name: "laundry",
        palette: &palette::MOON,
        head: heads::drum_door,
        backdrop: backdrops::bars,
        figures: &[
            (230.0, 430.0, 125.0),
            (770.0, 430.0, 125.0),
            (500.0, 380.0, 150.0),
        ],
    },
    Sitting {
        name: "fern",
        palette: &palette::FERN,
        head: heads::fern,
        backdrop: backdrops::panes,
        figures: &[(500.0, 430.0, 190.0)],
    },
    Sitting {
        name: "thermometer",
        palette: &palette::AUGUST,
        head: heads::thermometer,
        backdrop: backdrops::halves,
        figures: &[(320.0, 440.0, 150.0), (680.0, 440.0, 150.0)],
    },
];

/// Draws the sitting called `name`.
pub(super) fn draw(canvas: &mut Canvas, name: &str, rng: &mut Rng) {
    let sitting = SITTINGS
        .iter()
        .find(|sitting| sitting.name == name)
        .unwrap_or(&SITTINGS[0]);
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
        "medusa" => [
            palette.accents[3],
            palette.accents[1].toward(palette.paper, 0.35),
            palette.accents[2],
        ][figure % 3],
        "umbrella" => [
            palette.accents[3],
            palette.accents[3],
            palette.paper,
            palette.ink,
            palette.ink.toward(palette.paper, 0.25),
        ][figure % 5],
        "tangerine" => [
            palette.accents[2],
            palette.accents[1],
            palette.accents[1].toward(dark, 0.45),
            palette.ink,
        ][figure % 4],
        "doorway" => [palette.accents[1], palette.accents[2]][figure % 2],
        _ => [palette.ink, palette.accents[1], palette.accents[2]][figure % 3],
    }
}

/// Neck, shoulders and a garment.
fn body(
    canvas: &mut Canvas,
    palette: &Palette,
    cloth: Ink,
    x: f32,
    y: f32,
    size: f32,
    rng: &mut Rng,
) {
    let top = y + size * 1.25;
    let reach = size * rng.range(1.5, 1.75);
    let neck = cloth.toward(palette.ink, 0.3);
    canvas.rect(
        neck,
        x - size * 0.26,
        y + size * 0.6,
        size * 0.52,
        size * 1.1,
    );
    canvas.fill(cloth, |path| {
        path.move_to(x - size * 0.34, top);
        path.cubic_to(
            x - reach * 0.8,
            top + size * 0.12,
            x - reach,
            top + size * 0.5,
            x - reach * 1.06,
            1010.0,
        );
        path.line_to(x + reach * 1.06, 1010.0);
        path.cubic_to(
            x + reach,
            top + size * 0.5,
            x + reach * 0.8,
            top + size * 0.12,
            x + size * 0.34,
            top,
        );
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
        1 => canvas.line(
            trim,
            size * 0.06,
            &[
                (x - size * 0.34, top),
                (x, top + size * 0.7),
                (x + size * 0.34, top),
            ],
        ),
        2 => {
            for i in 0..5 {
                let at = top + size * (0.5 + 0.34 * i as f32);
                canvas.line(
                    trim,
                    size * 0.06,
                    &[(x - reach * 0.62, at), (x + reach * 0.62, at)],
                );
            }
        }
        _ => canvas.line(
            trim,
            size * 0.09,
            &[
                (x - size * 0.75, top + size * 0.1),
                (x + size * 0.65, top + size * 1.9),
            ],
        ),
    }
}
