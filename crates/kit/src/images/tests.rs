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
    super::store(media, space, bytes, async |_| Ok(true)).await
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
