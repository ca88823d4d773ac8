//! A square to draw on, 1000 units wide whatever its size in pixels.

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};
use tiny_skia::{
    BlendMode, FillRule, GradientStop, LineCap, LineJoin, LinearGradient, Paint, Path, PathBuilder,
    Pixmap, Point, Rect, SpreadMode, Stroke, Transform,
};

use super::palette::Ink;
use crate::rng::Rng;

/// JPEG quality: grain above this costs bytes and shows no difference.
const QUALITY: u8 = 86;
/// How far grain moves a channel, of 255.
const GRAIN: f32 = 7.0;

pub(super) struct Canvas {
    pixmap: Pixmap,
    scale: Transform,
    blend: BlendMode,
    opacity: f32,
}

impl Canvas {
    pub(super) fn new(size: u32) -> Self {
        let scale = size as f32 / 1000.0;
        Self {
            pixmap: Pixmap::new(size, size).expect("a picture has a size"),
            scale: Transform::from_scale(scale, scale),
            blend: BlendMode::SourceOver,
            opacity: 1.0,
        }
    }

    /// Prints what `draw` draws over the rest as translucent ink does.
    pub(super) fn overprint(&mut self, draw: impl FnOnce(&mut Self)) {
        self.blend = BlendMode::Multiply;
        draw(self);
        self.blend = BlendMode::SourceOver;
    }

    /// Draws with `opacity` from 0 to 1.
    pub(super) fn faint(&mut self, opacity: f32, draw: impl FnOnce(&mut Self)) {
        self.opacity = opacity;
        draw(self);
        self.opacity = 1.0;
    }

    fn paint(&self, ink: Ink) -> Paint<'static> {
        let mut paint = Paint {
            anti_alias: true,
            blend_mode: self.blend,
            ..Paint::default()
        };
        paint.set_color(ink.color(self.opacity));
        paint
    }

    pub(super) fn ground(&mut self, ink: Ink) {
        self.pixmap.fill(ink.color(1.0));
    }

    /// Fills the whole canvas with a change of colour from top to bottom.
    pub(super) fn sky(&mut self, top: Ink, bottom: Ink) {
        let stops = vec![
            GradientStop::new(0.0, top.color(1.0)),
            GradientStop::new(1.0, bottom.color(1.0)),
        ];
        let shader = LinearGradient::new(
            Point::from_xy(0.0, 0.0),
            Point::from_xy(0.0, 1000.0),
            stops,
            SpreadMode::Pad,
            Transform::identity(),
        );
        if let (Some(shader), Some(all)) = (shader, Rect::from_xywh(0.0, 0.0, 1000.0, 1000.0)) {
            let paint = Paint {
                shader,
                ..Paint::default()
            };
            self.pixmap.fill_rect(all, &paint, self.scale, None);
        }
    }

    pub(super) fn fill(&mut self, ink: Ink, build: impl FnOnce(&mut PathBuilder)) {
        let mut builder = PathBuilder::new();
        build(&mut builder);
        if let Some(path) = builder.finish() {
            self.fill_path(ink, &path);
        }
    }

    pub(super) fn fill_path(&mut self, ink: Ink, path: &Path) {
        let paint = self.paint(ink);
        self.pixmap
            .fill_path(path, &paint, FillRule::Winding, self.scale, None);
    }

    /// Strokes a path with round caps.
    pub(super) fn stroke(&mut self, ink: Ink, width: f32, build: impl FnOnce(&mut PathBuilder)) {
        let mut builder = PathBuilder::new();
        build(&mut builder);
        if let Some(path) = builder.finish() {
            let stroke = Stroke {
                width,
                line_cap: LineCap::Round,
                line_join: LineJoin::Round,
                ..Stroke::default()
            };
            let paint = self.paint(ink);
            self.pixmap
                .stroke_path(&path, &paint, &stroke, self.scale, None);
        }
    }

    pub(super) fn circle(&mut self, ink: Ink, x: f32, y: f32, radius: f32) {
        self.fill(ink, |path| path.push_circle(x, y, radius));
    }

    pub(super) fn ring(&mut self, ink: Ink, x: f32, y: f32, radius: f32, width: f32) {
        self.stroke(ink, width, |path| path.push_circle(x, y, radius));
    }

    pub(super) fn rect(&mut self, ink: Ink, x: f32, y: f32, width: f32, height: f32) {
        self.fill(ink, |path| {
            if let Some(rect) = Rect::from_xywh(x, y, width, height) {
                path.push_rect(rect);
            }
        });
    }

    pub(super) fn polygon(&mut self, ink: Ink, points: &[(f32, f32)]) {
        self.fill(ink, |path| trace(path, points));
    }

    pub(super) fn line(&mut self, ink: Ink, width: f32, points: &[(f32, f32)]) {
        self.stroke(ink, width, |path| {
            for (i, &(x, y)) in points.iter().enumerate() {
                if i == 0 {
                    path.move_to(x, y);
                } else {
                    path.line_to(x, y);
                }
            }
        });
    }

    /// Adds grain and encodes.
    pub(super) fn into_jpeg(self, rng: &mut Rng) -> Vec<u8> {
        let (width, height) = (self.pixmap.width(), self.pixmap.height());
        let mut rgb = Vec::with_capacity((width * height * 3) as usize);
        for pixel in self.pixmap.pixels() {
            let draw = rng.next();
            // The sum of two uniform draws: most grain is faint.
            let grain = ((draw & 0xFFFF) as f32 + ((draw >> 16) & 0xFFFF) as f32) / 65_535.0 - 1.0;
            for channel in [pixel.red(), pixel.green(), pixel.blue()] {
                rgb.push((f32::from(channel) + grain * GRAIN).clamp(0.0, 255.0) as u8);
            }
        }
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, QUALITY)
            .write_image(&rgb, width, height, ExtendedColorType::Rgb8)
            .expect("writing to memory cannot fail");
        jpeg
    }
}

/// Adds a closed outline through `points`.
pub(super) fn trace(path: &mut PathBuilder, points: &[(f32, f32)]) {
    for (i, &(x, y)) in points.iter().enumerate() {
        if i == 0 {
            path.move_to(x, y);
        } else {
            path.line_to(x, y);
        }
    }
    path.close();
}
