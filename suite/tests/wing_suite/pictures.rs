//! Portraits, covers and profile pictures.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use wing_suite::{spawn_app, text};

/// A PNG of this size with something on it.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    encoded(width, height, ImageFormat::Png)
}

fn encoded(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let picture = RgbImage::from_fn(width, height, |x, y| {
        Rgb([(x % 256) as u8, (y % 256) as u8, ((x * y) % 256) as u8])
    });
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(picture)
        .write_to(&mut bytes, format)
        .expect("encoded");
    bytes.into_inner()
}

#[tokio::test]
async fn a_picture_comes_back_square_in_every_width_and_both_formats() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let artist = musician.artist("Pictured").await;
    let path = format!("/api/v1/artists/{}/portrait", text(&artist["id"]));
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
        let answer = musician
            .put(&path, encoded(700, 500, format))
            .await
            .expect(200)
            .json();
        for (kind, mime) in [("jpeg", "image/jpeg"), ("webp", "image/webp")] {
            let widths = answer["portrait"][kind].as_array().unwrap().clone();
            assert_eq!(widths.len(), 4);
            for width in &widths {
                let file = app.nobody().get(&text(&width["url"])).await.expect(200);
                assert_eq!(file.header("content-type"), mime);
                assert!(file.header("cache-control").contains("immutable"));
                let picture = image::load_from_memory(&file.body).expect("a picture");
                assert_eq!(picture.width(), picture.height());
                assert!(u64::from(picture.width()) <= width["width"].as_u64().unwrap());
            }
        }
    }
    let gone = musician.delete(&path).await.expect(200).json();
    assert_eq!(gone["portrait"], serde_json::Value::Null);
}

#[tokio::test]
async fn albums_tracks_and_accounts_have_pictures_too() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let artist = musician.artist("Covered").await;
    let album = musician.album(&artist, "Covered").await;
    let track = musician.published("Covered Too").await;
    let cover = format!("/api/v1/albums/{}/cover", text(&album["id"]));
    assert!(musician.put(&cover, png(100, 100)).await.expect(200).json()["cover"].is_object());
    let cover = format!("/api/v1/tracks/{}/cover", text(&track["id"]));
    let url = text(&musician.put(&cover, png(120, 120)).await.expect(200).json()["cover_url"]);
    app.nobody().get(&url).await.expect(200);
    let me = musician
        .put("/api/v1/users/me/picture", png(90, 90))
        .await
        .expect(200)
        .json();
    app.nobody()
        .get(&text(&me["picture_url"]))
        .await
        .expect(200);
    let me = musician
        .delete("/api/v1/users/me/picture")
        .await
        .expect(200)
        .json();
    assert_eq!(me["picture_url"], serde_json::Value::Null);
}

#[tokio::test]
async fn what_is_no_picture_is_refused_whatever_it_is_called() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let artist = musician.artist("Judged").await;
    let portrait = format!("/api/v1/artists/{}/portrait", text(&artist["id"]));
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>".to_vec();
    for path in [portrait.as_str(), "/api/v1/users/me/picture"] {
        for not in [svg.clone(), b"GIF is what this is not".to_vec(), Vec::new()] {
            musician
                .put(path, not)
                .await
                .expect_problem(415, "image_not_recognised");
        }
        let mut half = png(200, 200);
        half.truncate(half.len() / 2);
        musician
            .put(path, half)
            .await
            .expect_problem(422, "image_corrupt");
    }
}

#[tokio::test]
async fn a_picture_that_unfolds_without_end_is_refused_unread() {
    let app = spawn_app().await;
    let musician = app.musician().await;
    let artist = musician.artist("Bombed").await;
    let path = format!("/api/v1/artists/{}/portrait", text(&artist["id"]));
    musician
        .put(&path, bomb())
        .await
        .expect_problem(413, "image_too_large");
    musician
        .put(&path, vec![0_u8; 20 * 1024 * 1024 + 1])
        .await
        .expect(413);
}

/// A small PNG that says it is 60,000 pixels wide and high: the size is written
/// into its header, with the checksum made right again.
fn bomb() -> Vec<u8> {
    let mut bytes = png(8, 8);
    bytes[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    bytes[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
    let checksum = crc32(&bytes[12..29]).to_be_bytes();
    bytes[29..33].copy_from_slice(&checksum);
    bytes
}

/// CRC-32 as PNG uses it (ISO 3309).
fn crc32(bytes: &[u8]) -> u32 {
    let folded = bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                0xEDB8_8320 ^ (crc >> 1)
            } else {
                crc >> 1
            }
        })
    });
    !folded
}

#[tokio::test]
async fn pictures_are_set_by_who_manages_alone() {
    let app = spawn_app().await;
    let artist = app.musician().await.artist("Mine").await;
    let path = format!("/api/v1/artists/{}/portrait", text(&artist["id"]));
    app.musician()
        .await
        .put(&path, png(50, 50))
        .await
        .expect_problem(404, "not_found");
    app.nobody()
        .put(&path, png(50, 50))
        .await
        .expect_problem(401, "login_required");
}

#[tokio::test]
async fn media_paths_lead_nowhere_else() {
    let app = spawn_app().await;
    for path in [
        "/media/music/images/../../../../etc/passwd",
        "/media/music/images/%2e%2e/%2e%2e/wing.sqlite3",
        "/media/music/images/0000/256.jpg",
        "/media/../wing.sqlite3",
        "/assets/../Cargo.toml",
        "/assets/%2e%2e%2fCargo.toml",
    ] {
        let answer = app.nobody().get(path).await;
        assert!(
            matches!(answer.status, 400 | 404),
            "{path}: {}",
            answer.status
        );
    }
}
