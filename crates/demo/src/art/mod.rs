//! Covers and portraits: posters drawn from shapes, with a print's grain.

mod backdrops;
mod canvas;
mod forms;
mod heads;
mod landscapes;
mod palette;
mod patterns;
mod portraits;
mod posters;

use crate::rng::Rng;
use crate::{AlbumPlan, Artist};
use canvas::Canvas;
use palette::Palette;

/// Side of a cover in pixels.
pub const COVER_SIZE: u32 = 1200;
/// Side of a portrait in pixels.
pub const PORTRAIT_SIZE: u32 = 1000;

/// A family of designs.
type Design = fn(&mut Canvas, &Palette, &mut Rng);

/// Every family of covers with the colours that suit it.
const COVERS: [(&str, Design, &Palette); 12] = [
    ("landscape", landscapes::hills, &palette::MEADOW),
    ("snowfield", landscapes::snowfield, &palette::FROST),
    ("sun", landscapes::low_sun, &palette::TANGERINE),
    ("waves", landscapes::waves, &palette::TIDE),
    ("moire", patterns::moire, &palette::ABYSS),
    ("halftone", patterns::halftone, &palette::AUGUST),
    ("terrazzo", patterns::terrazzo, &palette::FERN),
    ("ribbons", patterns::ribbons, &palette::ROSE),
    ("swiss", posters::swiss, &palette::STORM),
    ("rays", posters::rays, &palette::NOON),
    ("discs", posters::discs, &palette::MOON),
    ("grid", posters::windows, &palette::ALLEY),
];

/// Draws the cover of an album: a square JPEG of [`COVER_SIZE`] pixels. The
/// album names the family of designs; `seed` (usually its `cover_seed`)
/// arranges it.
#[must_use]
pub fn cover(seed: u64, album: &AlbumPlan) -> Vec<u8> {
    let (_, design, palette) = COVERS
        .iter()
        .find(|(name, ..)| *name == album.cover_style)
        .unwrap_or(&COVERS[0]);
    let mut rng = Rng::new(seed, "cover");
    let mut canvas = Canvas::new(COVER_SIZE);
    design(&mut canvas, palette, &mut rng);
    canvas.into_jpeg(&mut rng)
}

/// Draws an act: abstract figures with things for heads, a square JPEG of
/// [`PORTRAIT_SIZE`] pixels.
#[must_use]
pub fn portrait(artist: &Artist) -> Vec<u8> {
    let mut rng = Rng::new(artist.portrait_seed, "portrait");
    let mut canvas = Canvas::new(PORTRAIT_SIZE);
    portraits::draw(&mut canvas, &artist.portrait_style, &mut rng);
    canvas.into_jpeg(&mut rng)
}
