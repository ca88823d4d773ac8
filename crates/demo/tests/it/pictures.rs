//! Covers and portraits, as an eye compares them.

use image::imageops::FilterType;
use wing_demo::{COVER_SIZE, PORTRAIT_SIZE, catalogue, cover, portrait};

/// Average hash of a picture: 16 by 16 cells in each channel, brighter than the mean or not.
fn hash(jpeg: &[u8], size: u32) -> Vec<bool> {
    let picture = image::load_from_memory(jpeg).expect("a picture");
    assert_eq!((picture.width(), picture.height()), (size, size));
    let small = picture.resize_exact(16, 16, FilterType::Triangle).to_rgb8();
    let mean = small.iter().map(|&v| u32::from(v)).sum::<u32>() / small.len() as u32;
    small.iter().map(|&value| u32::from(value) > mean).collect()
}

fn assert_all_differ(pictures: &[(String, Vec<bool>)]) {
    for (i, (name, one)) in pictures.iter().enumerate() {
        for (other, two) in &pictures[..i] {
            let apart = one.iter().zip(two).filter(|(a, b)| a != b).count();
            assert!(
                apart * 8 > one.len(),
                "{name} resembles {other}: {apart} of {}",
                one.len()
            );
        }
    }
}

#[test]
fn no_two_covers_look_alike() {
    let hashes: Vec<_> = catalogue()
        .albums()
        .map(|(_, album)| {
            (
                album.slug.clone(),
                hash(&cover(album.cover_seed, album), COVER_SIZE),
            )
        })
        .collect();
    assert_all_differ(&hashes);
}

#[test]
fn no_two_portraits_look_alike() {
    let hashes: Vec<_> = catalogue()
        .artists
        .iter()
        .map(|artist| (artist.slug.clone(), hash(&portrait(artist), PORTRAIT_SIZE)))
        .collect();
    assert_all_differ(&hashes);
}

#[test]
fn a_picture_is_the_same_every_time_and_changes_with_its_seed() {
    let catalogue = catalogue();
    let (artist, album) = catalogue.albums().next().unwrap();
    assert_eq!(
        cover(album.cover_seed, album),
        cover(album.cover_seed, album)
    );
    assert_ne!(
        cover(album.cover_seed, album),
        cover(album.cover_seed + 1, album)
    );
    assert_eq!(portrait(artist), portrait(artist));
}
