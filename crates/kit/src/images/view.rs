use serde::Serialize;
use utoipa::ToSchema;

use super::{ImageRef, WIDTHS};

/// A picture in several widths.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImageView {
    /// JPEG, by width in pixels.
    pub jpeg: Vec<ImageWidth>,
    /// WebP, by width in pixels.
    pub webp: Vec<ImageWidth>,
}

/// One width of a picture.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImageWidth {
    /// Pixels; pictures are square.
    #[schema(example = 512)]
    pub width: u32,
    /// Path.
    pub url: String,
}

impl ImageView {
    /// The view of a picture that was stored for a domain; `None` without one.
    pub fn of(space: &str, hash: Option<&str>) -> Option<Self> {
        let image = ImageRef::parse(hash?)?;
        let of = |ext: &str| {
            WIDTHS
                .iter()
                .map(|&width| ImageWidth {
                    width,
                    url: image.url(space, width, ext),
                })
                .collect()
        };
        Some(Self {
            jpeg: of("jpg"),
            webp: of("webp"),
        })
    }
}
