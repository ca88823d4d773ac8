//! From an uploaded file to the files that are served; blocking.

use std::io::Cursor;

use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::error::LimitErrorKind;
use image::imageops::FilterType;
use image::{
    DynamicImage, GenericImageView as _, ImageDecoder as _, ImageError as Decoding, ImageFormat,
    ImageReader, Limits, RgbImage,
};

use super::{ImageError, MAX_DECODED_BYTES, MAX_PIXELS, WIDTHS};

const JPEG_QUALITY: u8 = 82;
const WEBP_QUALITY: f32 = 80.0;
/// The side that a larger picture is first reduced to, by averaging.
const REDUCED: u32 = 2 * WIDTHS[WIDTHS.len() - 1];

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
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| refused(&error))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(ImageError::TooLarge);
    }
    if width == 0 || height == 0 {
        return Err(ImageError::Corrupt("no pixels".into()));
    }
    if decoder.total_bytes().saturating_mul(copies(format, bytes)) > MAX_DECODED_BYTES {
        return Err(ImageError::TooLarge);
    }
    // A broken orientation is no reason to refuse the picture.
    let orientation = decoder.orientation().ok();
    let whole = DynamicImage::from_decoder(decoder).map_err(|error| refused(&error))?;

    let side = width.min(height);
    let middle = whole.view((width - side) / 2, (height - side) / 2, side, side);
    // Read where it lies: a copy of the largest picture would take as much again, and
    // a filter works on floating point numbers, four times as much.
    let reduced = side.min(REDUCED);
    let middle = image::imageops::thumbnail(&*middle, reduced, reduced);
    drop(whole);
    let largest = side.min(WIDTHS[WIDTHS.len() - 1]);
    let mut picture = DynamicImage::from(if side == largest {
        middle
    } else {
        image::imageops::resize(&middle, largest, largest, FilterType::Lanczos3)
    });
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
        Ok(_) | Err(_) if is_heif(bytes) => Err(ImageError::Heif),
        Ok(_) | Err(_) => Err(ImageError::NotRecognised),
    }
}

/// Whether it is HEIC or AVIF, as phones take pictures: a file of ISO 14496-12 with a
/// brand of ISO 23008-12 (HEIF) or of AV1 Image File Format.
fn is_heif(bytes: &[u8]) -> bool {
    const BRANDS: [&[u8]; 10] = [
        b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis",
    ];
    bytes.get(4..8) == Some(b"ftyp")
        && bytes
            .get(8..12)
            .is_some_and(|brand| BRANDS.contains(&brand))
}

/// How often a decoder holds the decoded picture at most, itself included.
fn copies(format: ImageFormat, bytes: &[u8]) -> u64 {
    match format {
        // Coefficients of two bytes each are kept until the last scan.
        ImageFormat::Jpeg if jpeg_is_progressive(bytes) => 3,
        // A frame that does not cover the canvas, or comes with its transparency apart,
        // is decoded for itself first.
        ImageFormat::Gif | ImageFormat::WebP => 2,
        _ => 1,
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
    jpeg_markers(bytes)
        .find(|(marker, _)| *marker == START_OF_SCAN)
        .is_some_and(|(_, at)| bytes[at..].windows(2).any(|pair| pair == [0xFF, 0xD9]))
}

/// Whether a JPEG comes in several scans, from coarse to fine (ITU-T T.81, G).
fn jpeg_is_progressive(bytes: &[u8]) -> bool {
    const START_OF_PROGRESSIVE_FRAME: u8 = 0xC2;
    jpeg_markers(bytes).any(|(marker, _)| marker == START_OF_PROGRESSIVE_FRAME)
}

/// The markers of a JPEG up to its first scan, and where they stand. Segments say how
/// long they are, so a thumbnail inside one of them is passed over.
fn jpeg_markers(bytes: &[u8]) -> impl Iterator<Item = (u8, usize)> {
    const START_OF_SCAN: u8 = 0xDA;
    let mut at = 2;
    let mut ended = false;
    std::iter::from_fn(move || {
        loop {
            let Some(&[0xFF, marker]) = bytes.get(at..at + 2) else {
                return None;
            };
            if ended {
                return None;
            }
            let here = at;
            match marker {
                START_OF_SCAN => ended = true,
                0xFF => {
                    at += 1;
                    continue;
                }
                0x01 | 0xD0..=0xD7 => at += 2,
                _ => {
                    let length = bytes.get(at + 2..at + 4)?;
                    let length = u16::from_be_bytes([length[0], length[1]]);
                    at += 2 + usize::from(length).max(2);
                }
            }
            return Some((marker, here));
        }
    })
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
