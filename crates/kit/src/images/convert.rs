//! From an uploaded file to the files that are served; blocking.

use std::io::Cursor;

use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::error::LimitErrorKind;
use image::imageops::FilterType;
use image::{
    DynamicImage, ImageDecoder as _, ImageError as Decoding, ImageFormat, ImageReader, Limits,
    RgbImage,
};

use super::{ImageError, MAX_PIXELS, WIDTHS};

const JPEG_QUALITY: u8 = 82;
const WEBP_QUALITY: f32 = 80.0;
/// What decoding may take: the pixels at 8 bytes each (16-bit RGBA).
const MAX_ALLOC: u64 = MAX_PIXELS * 8;

/// One file to store.
pub(super) struct File {
    pub width: u32,
    pub ext: &'static str,
    pub bytes: Bytes,
}

/// Every width in both formats, the WebP of the largest last.
pub(super) fn all_widths(bytes: &[u8]) -> Result<Vec<File>, ImageError> {
    let square = square(bytes)?;
    let mut files = Vec::with_capacity(WIDTHS.len() * 2);
    for width in WIDTHS {
        let side = width.min(square.width());
        let picture = if side == square.width() {
            square.clone()
        } else {
            image::imageops::resize(&square, side, side, FilterType::Lanczos3)
        };
        let (jpg, webp) = (jpeg(&picture)?, webp(&picture)?);
        for (ext, bytes) in [("jpg", jpg), ("webp", webp)] {
            files.push(File { width, ext, bytes });
        }
    }
    Ok(files)
}

/// The picture's middle as a square of at most the largest width, upright,
/// without transparency.
fn square(bytes: &[u8]) -> Result<RgbImage, ImageError> {
    let format = recognise(bytes)?;
    if format == ImageFormat::Jpeg && !jpeg_has_its_end(bytes) {
        return Err(ImageError::Corrupt("the end is missing".into()));
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_ALLOC);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| refused(&error))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(ImageError::TooLarge);
    }
    if width == 0 || height == 0 {
        return Err(ImageError::Corrupt("no pixels".into()));
    }
    // A broken orientation is no reason to refuse the picture.
    let orientation = decoder.orientation().ok();
    let whole = DynamicImage::from_decoder(decoder).map_err(|error| refused(&error))?;

    let side = width.min(height);
    let middle = whole.crop_imm((width - side) / 2, (height - side) / 2, side, side);
    drop(whole);
    let largest = side.min(WIDTHS[WIDTHS.len() - 1]);
    let mut picture = if side == largest {
        middle
    } else {
        middle.resize_exact(largest, largest, FilterType::Lanczos3)
    };
    // Turning a square turns the same middle, and a small one is turned faster.
    if let Some(orientation) = orientation {
        picture.apply_orientation(orientation);
    }
    Ok(on_white(picture))
}

fn recognise(bytes: &[u8]) -> Result<ImageFormat, ImageError> {
    use ImageFormat::{Gif, Jpeg, Png, WebP};
    match image::guess_format(bytes) {
        Ok(format @ (Jpeg | Png | WebP | Gif)) => Ok(format),
        Ok(_) | Err(_) => Err(ImageError::NotRecognised),
    }
}

fn refused(error: &Decoding) -> ImageError {
    match error {
        Decoding::Limits(limit)
            if matches!(
                limit.kind(),
                LimitErrorKind::DimensionError | LimitErrorKind::InsufficientMemory
            ) =>
        {
            ImageError::TooLarge
        }
        other => ImageError::Corrupt(other.to_string()),
    }
}

/// Whether a JPEG (ITU-T T.81, B.2) has an end-of-image marker after its first
/// scan. Decoders fill what is missing with grey, which nobody wants as a cover.
fn jpeg_has_its_end(bytes: &[u8]) -> bool {
    const START_OF_SCAN: u8 = 0xDA;
    let mut at = 2;
    // Segments before the scan say how long they are; a thumbnail inside one
    // of them has an end marker of its own.
    while let Some(&[0xFF, marker]) = bytes.get(at..at + 2) {
        match marker {
            START_OF_SCAN => {
                return bytes[at..].windows(2).any(|pair| pair == [0xFF, 0xD9]);
            }
            0xFF => at += 1,
            0x01 | 0xD0..=0xD7 => at += 2,
            _ => {
                let Some(&[high, low]) = bytes.get(at + 2..at + 4) else {
                    return false;
                };
                at += 2 + usize::from(u16::from_be_bytes([high, low])).max(2);
            }
        }
    }
    false
}

/// JPEG has no transparency; what shows through is white.
fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [r, g, b, alpha] = picture.get_pixel(x, y).0;
        let over = |channel: u8| {
            let (channel, alpha) = (u16::from(channel), u16::from(alpha));
            u8::try_from((channel * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
        };
        image::Rgb([over(r), over(g), over(b)])
    })
}

fn jpeg(picture: &RgbImage) -> Result<Bytes, ImageError> {
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, JPEG_QUALITY)
        .encode_image(picture)
        .map_err(|error| ImageError::Corrupt(error.to_string()))?;
    Ok(out.into())
}

/// The `image` crate writes WebP without loss only, several times as large;
/// this is libwebp.
fn webp(picture: &RgbImage) -> Result<Bytes, ImageError> {
    let encoder = webp::Encoder::from_rgb(picture, picture.width(), picture.height());
    let memory = encoder
        .encode_simple(false, WEBP_QUALITY)
        .map_err(|error| ImageError::Corrupt(format!("{error:?}")))?;
    Ok(Bytes::copy_from_slice(&memory))
}
