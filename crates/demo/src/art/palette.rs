//! Colours chosen to be printed together.

use tiny_skia::Color;

/// An opaque colour as `0xRRGGBB`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ink(pub(super) u32);

impl Ink {
    pub(super) fn color(self, opacity: f32) -> Color {
        let [_, r, g, b] = self.0.to_be_bytes();
        Color::from_rgba8(r, g, b, (opacity * 255.0) as u8)
    }

    /// The colour `share` of the way to `other`.
    pub(super) fn toward(self, other: Self, share: f32) -> Self {
        let (a, b) = (self.0.to_be_bytes(), other.0.to_be_bytes());
        let mix = |i: usize| {
            (f32::from(a[i]) + (f32::from(b[i]) - f32::from(a[i])) * share).round() as u8
        };
        Self(u32::from_be_bytes([0, mix(1), mix(2), mix(3)]))
    }
}

/// Paper, ink, and four colours that go with both.
pub(super) struct Palette {
    /// The ground.
    pub(super) paper: Ink,
    /// The darkest, or on dark paper the lightest.
    pub(super) ink: Ink,
    /// From the loudest to the quietest.
    pub(super) accents: [Ink; 4],
}

const fn palette(paper: u32, ink: u32, accents: [u32; 4]) -> Palette {
    let [a, b, c, d] = accents;
    Palette {
        paper: Ink(paper),
        ink: Ink(ink),
        accents: [Ink(a), Ink(b), Ink(c), Ink(d)],
    }
}

pub(super) const MEADOW: Palette =
    palette(0xF3E6CF, 0x26332E, [0xD9643A, 0x6E8B5B, 0xA9B98A, 0xE9C58B]);
pub(super) const FROST: Palette =
    palette(0xDDE6EC, 0x1E2A3A, [0xC8433F, 0x5E7F9C, 0x9DB6C7, 0xF6F8F8]);
pub(super) const TANGERINE: Palette =
    palette(0x2B1230, 0xFFE9C7, [0xFF7A2F, 0xE6335A, 0x7A1F5C, 0xFFB74A]);
pub(super) const TIDE: Palette =
    palette(0xF0EDE4, 0x0D2B45, [0xFF5D5D, 0x1F6F8B, 0x49A6A6, 0xA9D6C9]);
pub(super) const ABYSS: Palette =
    palette(0x0A0B1E, 0xE8F7FF, [0x35F0D0, 0xFF3FA4, 0x4B57FF, 0x7C2BD9]);
pub(super) const AUGUST: Palette =
    palette(0xFFF1DC, 0x173F5F, [0xF25C54, 0x2A9D8F, 0xF7B267, 0x8ECAE6]);
pub(super) const FERN: Palette =
    palette(0xEDF1E6, 0x22372B, [0x3F7D58, 0xE5A4A0, 0xB9CFA6, 0xC97B5A]);
pub(super) const ROSE: Palette =
    palette(0xF8E5E0, 0x3A1D34, [0xD64570, 0xF2A65A, 0x7B3B66, 0xF4B8B0]);
pub(super) const STORM: Palette =
    palette(0xE63B2E, 0x14110F, [0xF7F3E8, 0x14110F, 0xF2C14E, 0xB6241B]);
pub(super) const NOON: Palette =
    palette(0xF9D423, 0x1C1B2E, [0xF15A29, 0xFFF6D6, 0x2D7DD2, 0xF28C28]);
pub(super) const MOON: Palette =
    palette(0x1B2A41, 0xF4EBD9, [0xE0B04C, 0x8FA6B2, 0x3E5C76, 0xC8553D]);
pub(super) const ALLEY: Palette =
    palette(0x17151F, 0xF3EFE6, [0xFFD23F, 0xEE4266, 0x3BCEAC, 0x2C2A3A]);
