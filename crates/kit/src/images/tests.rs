use std::io::Cursor;

use actix_web::http::header;
use actix_web::{App, test};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

use super::*;

/// Red on the left, blue on the right.
fn two_halves(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| {
        if x < width / 2 {
            Rgb([230, 20, 20])
        } else {
            Rgb([20, 20, 230])
        }
    })
}

fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Bytes {
    let mut out = Cursor::new(Vec::new());
    picture
        .into()
        .write_to(&mut out, format)
        .expect("a picture");
    out.into_inner().into()
}

fn store_in_temp() -> (tempfile::TempDir, MediaStore) {
    let dir = tempfile::tempdir().expect("dir");
    let media = MediaStore::directory(dir.path()).expect("store");
    (dir, media)
}

async fn store(
    media: &MediaStore,
    space: &'static str,
    bytes: Bytes,
) -> Result<ImageRef, ImageError> {
    super::store(media, space, None, bytes, async |_| Ok(true)).await
}

async fn code(bytes: Bytes) -> String {
    let (_dir, media) = store_in_temp();
    let error = store(&media, "user", bytes).await.expect_err("refused");
    Problem::from(error).code().to_owned()
}

#[tokio::test]
async fn every_format_is_stored_square_in_every_width() {
    let (_dir, media) = store_in_temp();
    for format in [
        ImageFormat::Jpeg,
        ImageFormat::Png,
        ImageFormat::WebP,
        ImageFormat::Gif,
    ] {
        let bytes = encoded(two_halves(700, 500), format);
        let image = store(&media, "user", bytes).await.expect("stored");
        for width in WIDTHS {
            for ext in ["jpg", "webp"] {
                let file = media
                    .get(&image.key("user", width, ext))
                    .await
                    .expect("file");
                let picture = image::load_from_memory(&file).expect("a picture");
                let side = width.min(500);
                assert_eq!((picture.width(), picture.height()), (side, side));
                let left = picture.to_rgb8().get_pixel(side / 8, side / 2).0;
                assert!(left[0] > 180 && left[2] < 80, "{format:?} {ext} {left:?}");
            }
        }
    }
}

#[tokio::test]
async fn the_same_picture_again_is_the_same_and_can_be_removed() {
    let (_dir, media) = store_in_temp();
    let bytes = encoded(two_halves(300, 300), ImageFormat::Png);
    let first = store(&media, "user", bytes.clone()).await.expect("stored");
    let second = store(&media, "user", bytes.clone()).await.expect("again");
    assert_eq!(first, second);
    remove(&media, "user", &first).await.expect("removed");
    assert!(matches!(
        media.size(&first.key("user", 96, "jpg")).await,
        Err(MediaError::Missing)
    ));
    store(&media, "user", bytes).await.expect("stored anew");
}

#[tokio::test]
async fn transparency_becomes_white() {
    let (_dir, media) = store_in_temp();
    let clear = RgbaImage::from_pixel(120, 120, Rgba([0, 0, 0, 0]));
    let image = store(&media, "user", encoded(clear, ImageFormat::Png))
        .await
        .expect("stored");
    let file = media
        .get(&image.key("user", 96, "jpg"))
        .await
        .expect("file");
    let picture = image::load_from_memory(&file).expect("picture").to_rgb8();
    assert_eq!(picture.get_pixel(40, 40).0, [255, 255, 255]);
}

/// What does not end is as good as a queue: the share is taken before it.
#[tokio::test]
async fn one_account_has_a_share_of_the_pictures_under_way() {
    let (_dir, media) = store_in_temp();
    let owner = Some(UserId::new());
    let picture = encoded(two_halves(20, 20), ImageFormat::Png);
    let (release, _) = tokio::sync::broadcast::channel::<()>(1);
    let mut under_way: Vec<_> = (0..PER_ACCOUNT)
        .map(|_| {
            let mut released = release.subscribe();
            let announce = async move |_: &ImageRef| {
                let _ = released.recv().await;
                Ok::<_, ImageError>(true)
            };
            Box::pin(super::store(
                &media,
                "user",
                owner,
                picture.clone(),
                announce,
            ))
        })
        .collect();
    for one in &mut under_way {
        assert!(futures_util::poll!(one).is_pending());
    }
    let more = super::store(&media, "user", owner, picture.clone(), async |_| Ok(true)).await;
    assert!(matches!(more, Err(ImageError::TooMany)));
    drop(under_way);
    store(&media, "user", picture).await.expect("room again");
}

fn png_of(width: u32, height: u32, colour: png::ColorType, depth: png::BitDepth) -> Bytes {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    let mut writer = encoder.write_header().expect("a header");
    let mut rows = writer.stream_writer().expect("a writer");
    let bits = colour.samples() * usize::from(depth as u8);
    let row = vec![0x80; (width as usize * bits).div_ceil(8)];
    for _ in 0..height {
        std::io::Write::write_all(&mut rows, &row).expect("a row");
    }
    rows.finish().expect("an end");
    drop(writer);
    out.into()
}

#[tokio::test]
async fn what_unfolds_to_more_than_the_budget_is_too_large() {
    use png::{BitDepth, ColorType};
    // 392 MB out of some hundred kilobytes, and 264 MB.
    for (side, colour, depth) in [
        (7000, ColorType::Rgba, BitDepth::Sixteen),
        (6640, ColorType::Rgb, BitDepth::Sixteen),
        (7080, ColorType::Grayscale, BitDepth::Eight),
    ] {
        let bytes = png_of(side, side, colour, depth);
        assert!(bytes.len() < 1_000_000);
        assert_eq!(code(bytes).await, "image_too_large", "{side}");
    }
    let mut progressive = Vec::new();
    progressive.extend([0xFF, 0xD8, 0xFF, 0xC2, 0, 17, 8]);
    progressive.extend(6000_u16.to_be_bytes());
    progressive.extend(6000_u16.to_be_bytes());
    progressive.extend([3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]);
    progressive.extend([0xFF, 0xDA, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, 63, 0, 0xFF, 0xD9]);
    assert_eq!(code(progressive.into()).await, "image_too_large");
}

#[tokio::test]
async fn pictures_of_phones_that_no_browser_shows_are_named() {
    for brand in ["heic", "mif1", "avif"] {
        let mut bytes = vec![0, 0, 0, 24];
        bytes.extend(b"ftyp");
        bytes.extend(brand.as_bytes());
        bytes.extend([0; 200]);
        assert_eq!(code(bytes.into()).await, "image_heif", "{brand}");
    }
}

/// A JPEG whose EXIF says that it lies on its side (orientation 6: turn right).
#[tokio::test]
async fn a_picture_lying_on_its_side_is_set_upright_and_loses_its_exif() {
    let plain = encoded(two_halves(200, 200), ImageFormat::Jpeg);
    let exif: &[u8] = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let mut turned = plain[..2].to_vec();
    turned.extend([0xFF, 0xE1]);
    turned.extend(u16::try_from(exif.len() + 2).expect("short").to_be_bytes());
    turned.extend(exif);
    turned.extend(&plain[2..]);

    let (_dir, media) = store_in_temp();
    let image = store(&media, "user", turned.into()).await.expect("stored");
    let file = media
        .get(&image.key("user", 256, "jpg"))
        .await
        .expect("file");
    let picture = image::load_from_memory(&file).expect("picture").to_rgb8();
    let (top, bottom) = (picture.get_pixel(100, 20).0, picture.get_pixel(100, 180).0);
    assert!(top[0] > 180 && bottom[2] > 180, "{top:?} {bottom:?}");
    assert!(!file.windows(4).any(|window| window == b"Exif"));
}

#[tokio::test]
async fn what_is_no_picture_is_refused_whatever_its_name() {
    for bytes in [
        &b"just some text, called cover.jpg"[..],
        b"",
        b"<html><script>alert(1)</script></html>",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        b"BM000000000000000000000000000000",
    ] {
        assert_eq!(
            code(Bytes::from_static(bytes)).await,
            "image_not_recognised"
        );
    }
}

#[tokio::test]
async fn a_truncated_picture_is_refused() {
    let noise = RgbImage::from_fn(400, 400, |x, y| {
        let n = (x * 7919 + y * 104_729) ^ (x * y);
        Rgb([n as u8, (n >> 3) as u8, (n >> 5) as u8])
    });
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let whole = encoded(noise.clone(), format);
        for part in [whole.len() / 2, 40] {
            assert_eq!(
                code(whole.slice(..part)).await,
                "image_corrupt",
                "{format:?} {part}"
            );
        }
    }
}

/// A PNG of a few bytes that says it has 60,000 × 60,000 pixels.
#[tokio::test]
async fn a_bomb_is_refused_by_its_header() {
    let mut png = encoded(two_halves(8, 8), ImageFormat::Png).to_vec();
    png[16..24].copy_from_slice(&[0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60]);
    let crc = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&crc.to_be_bytes());
    assert_eq!(code(png.into()).await, "image_too_large");
    assert_eq!(
        code(vec![0xFF; MAX_BYTES + 1].into()).await,
        "image_too_large"
    );
}

/// CRC-32 as PNG wants it (RFC 2083, 15), bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

#[actix_web::test]
async fn a_stored_picture_is_served_for_ever_and_nothing_else_is() {
    let (_dir, media) = store_in_temp();
    let bytes = encoded(two_halves(300, 300), ImageFormat::Png);
    let image = store(&media, "user", bytes).await.expect("stored");
    let app = test::init_service(App::new().configure(configure("user", media))).await;
    let get = |path: String| test::TestRequest::get().uri(&path).to_request();

    let path = image.url("user", 256, "webp");
    let answer = test::call_service(&app, get(path.clone())).await;
    assert_eq!(answer.status(), 200);
    let said = |name| answer.headers().get(name).cloned().expect("a header");
    assert_eq!(said(header::CONTENT_TYPE), "image/webp");
    assert_eq!(
        said(header::CACHE_CONTROL),
        "public, max-age=31536000, immutable"
    );
    let tag = said(header::ETAG);
    let again = test::TestRequest::get()
        .uri(&path)
        .insert_header((header::IF_NONE_MATCH, tag))
        .to_request();
    assert_eq!(test::call_service(&app, again).await.status(), 304);
    let head = test::TestRequest::default()
        .method(actix_web::http::Method::HEAD)
        .uri(&path)
        .to_request();
    assert_eq!(test::call_service(&app, head).await.status(), 200);

    for path in [
        image.url("user", 257, "webp"),
        image.url("user", 256, "png"),
        image.url("music", 256, "webp"),
        format!("/media/user/images/{}/256.webp", "0".repeat(64)),
        "/media/user/images/..%2f..%2fx/256.webp".into(),
    ] {
        assert_eq!(
            test::call_service(&app, get(path.clone())).await.status(),
            404,
            "{path}"
        );
    }
}
