//! Writes the whole demo to a folder, to be looked at and listened to:
//! `cargo run -p wing-demo --example render -- FOLDER [part of a slug]`.

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("name a folder")?);
    let wanted = arguments.next().unwrap_or_default();
    std::fs::create_dir_all(&folder)?;
    let catalogue = wing_demo::catalogue();
    for artist in catalogue
        .artists
        .iter()
        .filter(|artist| artist.slug.contains(&wanted))
    {
        let begun = Instant::now();
        std::fs::write(
            folder.join(format!("portrait-{}.jpg", artist.slug)),
            wing_demo::portrait(artist),
        )?;
        println!(
            "{:5} ms  portrait {}",
            begun.elapsed().as_millis(),
            artist.slug
        );
    }
    for (_, album) in catalogue
        .albums()
        .filter(|(_, album)| album.slug.contains(&wanted))
    {
        let begun = Instant::now();
        std::fs::write(
            folder.join(format!("cover-{}.jpg", album.slug)),
            wing_demo::cover(album.cover_seed, album),
        )?;
        println!("{:5} ms  cover {}", begun.elapsed().as_millis(), album.slug);
    }
    let (mut seconds, mut count) = (0.0, 0);
    let started = Instant::now();
    for (_, _, track) in catalogue
        .tracks()
        .filter(|(_, _, track)| track.slug.contains(&wanted))
    {
        let begun = Instant::now();
        let pcm = wing_demo::render_track(track);
        let played = begun.elapsed();
        let flac = wing_demo::encode_flac(&pcm)?;
        println!(
            "{:5} ms play {:5} ms encode {:6.1} s {:5} KiB  {} {}",
            played.as_millis(),
            (begun.elapsed() - played).as_millis(),
            pcm.seconds(),
            flac.len() / 1024,
            track.genre,
            track.slug
        );
        std::fs::write(
            folder.join(format!("{}-{}.flac", track.genre, track.slug)),
            flac,
        )?;
        seconds += pcm.seconds();
        count += 1;
    }
    println!(
        "{count} tracks, {:.1} minutes of music in {:.1} s",
        seconds / 60.0,
        started.elapsed().as_secs_f64()
    );
    Ok(())
}
