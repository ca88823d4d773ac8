//! Stored images in several widths, and the picture that stands in for none.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hasher as _};

use wing_kit::images::{ImageRef, WIDTHS};

/// A square image stored in several widths, each as WebP and JPEG, under
/// `{base}/{width}.{webp|jpg}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageSet {
    base: String,
    widths: Vec<u32>,
}

impl ImageSet {
    /// An image by the local path its files stand under (without a slash at the
    /// end) and the widths (pixels) it is stored in.
    pub fn new(base: impl Into<String>, widths: &[u32]) -> Self {
        let mut widths = widths.to_vec();
        widths.sort_unstable();
        Self {
            base: base.into(),
            widths,
        }
    }

    /// A picture that was stored for a domain, by its hash; `None` without one.
    pub fn stored(space: &str, hash: Option<&str>) -> Option<Self> {
        ImageRef::parse(hash?).map(|image| Self::new(image.base(space), &WIDTHS))
    }

    /// The address in one width: the smallest that is at least `width`, else the
    /// largest there is.
    pub fn src(&self, width: impl std::borrow::Borrow<u32>) -> String {
        let width = *width.borrow();
        let best = self
            .widths
            .iter()
            .find(|have| **have >= width)
            .or(self.widths.last())
            .copied();
        self.at(best.unwrap_or(width), "jpg")
    }

    /// The `srcset` for one format (`webp` or `jpg`).
    pub fn srcset(&self, format: &str) -> String {
        let each: Vec<_> = self
            .widths
            .iter()
            .map(|width| format!("{} {width}w", self.at(*width, format)))
            .collect();
        each.join(", ")
    }

    fn at(&self, width: u32, format: &str) -> String {
        format!("{}/{width}.{format}", self.base)
    }
}

/// A cover for what has none: bars like the mark's feathers, in heights, slant
/// and colours that follow from `seed`, so that each thing keeps its own face.
/// The answer is SVG made of numbers only; `seed` is never part of it.
pub fn made_cover(seed: &str) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(seed.as_bytes());
    let mut dice = hasher.finish() | 1;
    let mut roll = move |sides: u64| {
        // xorshift64: the little randomness a picture needs.
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        dice % sides
    };
    let (palette, bars, slant) = (roll(8), 5 + roll(5), roll(5) * 8);
    let mut svg = format!(
        "<svg class=\"made made-{palette}\" viewBox=\"0 0 100 100\" preserveAspectRatio=\"xMidYMid slice\" aria-hidden=\"true\" focusable=\"false\"><rect class=\"made-ground\" width=\"100\" height=\"100\"/>"
    );
    let _ = write!(
        svg,
        "<circle class=\"made-sun\" cx=\"{}\" cy=\"{}\" r=\"{}\"/>",
        18 + roll(64),
        18 + roll(40),
        10 + roll(22)
    );
    let _ = write!(
        svg,
        "<g class=\"made-bars\" transform=\"rotate({} 50 50)\">",
        slant as i64 - 16
    );
    let step = 100.0 / (bars as f32);
    for bar in 0..bars {
        let height = 18 + roll(66);
        let (x, width) = (step * bar as f32 + step * 0.16, step * 0.68);
        let _ = write!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{}\" width=\"{width:.1}\" height=\"{}\" rx=\"{:.1}\"/>",
            104 - height,
            height + 30,
            width / 2.0
        );
    }
    svg.push_str("</g></svg>");
    svg
}

#[cfg(test)]
mod tests {
    use super::{ImageSet, made_cover};

    #[test]
    fn offers_every_width_and_takes_the_next_larger() {
        let image = ImageSet::new("/media/music/images/ab12", &[640, 160, 320]);
        assert_eq!(image.src(200), "/media/music/images/ab12/320.jpg");
        assert_eq!(image.src(2000), "/media/music/images/ab12/640.jpg");
        assert_eq!(
            image.srcset("webp"),
            "/media/music/images/ab12/160.webp 160w, /media/music/images/ab12/320.webp 320w, /media/music/images/ab12/640.webp 640w"
        );
    }

    #[test]
    fn made_covers_stay_the_same_and_differ() {
        assert_eq!(made_cover("a"), made_cover("a"));
        assert_ne!(made_cover("a"), made_cover("b"));
        assert!(!made_cover("<script>").contains("script"));
    }
}
