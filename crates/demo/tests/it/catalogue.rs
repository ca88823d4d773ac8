//! What the demo promises to the one who fills an instance with it.

use std::collections::HashSet;

use wing_demo::{Genre, Language, catalogue};

#[test]
fn is_large_enough_to_look_alive() {
    let catalogue = catalogue();
    assert!(catalogue.artists.len() >= 6);
    assert!(catalogue.albums().count() >= 10);
    assert!(catalogue.tracks().count() >= 40);
    assert!(catalogue.fans.len() >= 20);
    let genres: HashSet<Genre> = catalogue
        .tracks()
        .map(|(_, _, track)| track.genre)
        .collect();
    assert_eq!(genres.len(), Genre::ALL.len());
}

#[test]
fn every_track_lasts_between_one_and_three_minutes() {
    let catalogue = catalogue();
    for (_, _, track) in catalogue.tracks() {
        let seconds = track.seconds();
        assert!(
            (60.0..=180.0).contains(&seconds),
            "{}: {seconds}",
            track.slug
        );
    }
    let minutes: f64 = catalogue
        .tracks()
        .map(|(_, _, track)| track.seconds() / 60.0)
        .sum();
    assert!((45.0..=60.0).contains(&minutes), "{minutes} minutes in all");
}

#[test]
fn slugs_are_unique_and_fit_for_addresses() {
    let catalogue = catalogue();
    let artists = catalogue.artists.iter().map(|artist| artist.slug.as_str());
    let albums = catalogue.albums().map(|(_, album)| album.slug.as_str());
    let tracks = catalogue.tracks().map(|(_, _, track)| track.slug.as_str());
    for slugs in [
        artists.collect::<Vec<_>>(),
        albums.collect(),
        tracks.collect(),
    ] {
        let unique: HashSet<_> = slugs.iter().collect();
        assert_eq!(unique.len(), slugs.len());
        for slug in slugs {
            let fits = slug
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            assert!(fits && !slug.is_empty(), "{slug}");
        }
    }
}

#[test]
fn songs_have_words_in_the_language_they_claim() {
    let catalogue = catalogue();
    let mut counts = [0, 0];
    for (_, _, track) in catalogue.tracks() {
        let Some(lyrics) = track.lyrics else { continue };
        let hangul = lyrics.text.chars().any(|c| ('가'..='힣').contains(&c));
        assert_eq!(
            hangul,
            lyrics.language == Language::Korean,
            "{}",
            track.slug
        );
        assert!(
            lyrics.text.lines().count() >= 8,
            "{} is too short",
            track.slug
        );
        assert!(
            lyrics.text.contains("\n\n"),
            "{} has no stanzas",
            track.slug
        );
        counts[usize::from(hangul)] += 1;
    }
    assert!(
        counts[0] + counts[1] >= 24 && counts[0] >= 10 && counts[1] >= 10,
        "{counts:?}"
    );
}

#[test]
fn artists_lead_nowhere_outside_the_example_domain() {
    for artist in catalogue().artists {
        assert!(!artist.links.is_empty() && !artist.genres.is_empty());
        assert!(
            artist
                .links
                .iter()
                .all(|link| link.url.starts_with("https://example.com/"))
        );
        let first = artist.albums.iter().map(|album| album.released).min();
        assert!(
            first.is_some_and(|released| released >= artist.debut),
            "{}",
            artist.slug
        );
    }
}

#[test]
fn fans_like_and_play_what_exists_and_some_tracks_more_than_others() {
    let catalogue = catalogue();
    let lengths: std::collections::HashMap<&str, f64> = catalogue
        .tracks()
        .map(|(_, _, track)| (track.slug.as_str(), track.seconds()))
        .collect();
    let mut plays = std::collections::HashMap::<&str, usize>::new();
    for fan in &catalogue.fans {
        assert!(fan.account.email.ends_with(".example"));
        let likes: HashSet<_> = fan.likes.iter().collect();
        assert_eq!(
            likes.len(),
            fan.likes.len(),
            "{} likes twice",
            fan.account.name
        );
        assert!(
            fan.likes
                .iter()
                .all(|slug| lengths.contains_key(slug.as_str()))
        );
        assert!(
            fan.plays
                .is_sorted_by(|a, b| a.minutes_ago >= b.minutes_ago)
        );
        for play in &fan.plays {
            let length = lengths[play.track.as_str()];
            assert!(play.seconds >= 5 && f64::from(play.seconds) <= length);
            assert!(play.minutes_ago <= 30 * 24 * 60);
            *plays.entry(play.track.as_str()).or_default() += 1;
        }
    }
    let most = plays.values().max().copied().unwrap_or(0);
    let least = lengths
        .keys()
        .map(|slug| plays.get(slug).copied().unwrap_or(0))
        .min()
        .unwrap_or(0);
    assert!(
        most >= 20 && most >= least * 4,
        "from {least} to {most} plays"
    );
    assert!(catalogue.fans.iter().all(|fan| !fan.plays.is_empty()));
    assert!(
        catalogue
            .fans
            .iter()
            .map(|fan| fan.likes.len())
            .sum::<usize>()
            >= 60
    );
}

#[test]
fn is_the_same_every_time() {
    assert_eq!(format!("{:?}", catalogue()), format!("{:?}", catalogue()));
}
