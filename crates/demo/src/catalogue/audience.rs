//! Fans, and what they like and play: a few favourites and a long tail, so
//! that charts and recommendations have something to say.

use super::{Artist, Genre, TrackPlan};
use crate::rng::Rng;

/// Somebody of the demo. The id is fixed, so that domains in different processes
/// fill themselves without asking each other.
#[derive(Clone, Debug)]
pub struct Account {
    /// The bits of a UUIDv7 (RFC 9562) of the year 1970.
    pub id: u128,
    /// Obviously fictional, such as "Listener Two".
    pub name: String,
    /// Unique, in a domain that never receives mail (RFC 2606).
    pub email: String,
}

impl Account {
    fn new(number: u64, name: &str, email: String) -> Self {
        Self {
            id: 0x0000_0000_0000_7000_8000_0000_0000_0000 | u128::from(number),
            name: name.to_owned(),
            email,
        }
    }
}

/// A listener.
#[derive(Clone, Debug)]
pub struct Fan {
    /// Who it is.
    pub account: Account,
    /// Slugs of liked tracks, without repetition.
    pub likes: Vec<String>,
    /// What the fan played, oldest first.
    pub plays: Vec<Play>,
}

/// One listening.
#[derive(Clone, Debug, PartialEq)]
pub struct Play {
    /// Slug of the track.
    pub track: String,
    /// How long before "now", in minutes; up to 30 days.
    pub minutes_ago: u32,
    /// Seconds that sounded, from 5 to the length of the track.
    pub seconds: u32,
}

const NAMES: &str = include_str!("../../content/fans.txt");
const DAYS: f32 = 30.0;

/// Who manages all of the demo's artists.
pub(super) fn musician() -> Account {
    Account::new(0, "Demo Musician", "musician@demo.example".to_owned())
}

pub(super) fn fans(artists: &[Artist]) -> Vec<Fan> {
    let tracks: Vec<&TrackPlan> = artists
        .iter()
        .flat_map(|artist| &artist.albums)
        .flat_map(|album| &album.tracks)
        .collect();
    NAMES
        .lines()
        .zip(1..)
        .map(|(name, number)| fan(name, number, &tracks))
        .collect()
}

fn fan(name: &str, number: u64, tracks: &[&TrackPlan]) -> Fan {
    let mut rng = Rng::new(number, "fan");
    let tastes = [
        *rng.pick(&Genre::ALL),
        *rng.pick(&Genre::ALL),
        *rng.pick(&Genre::ALL),
    ];
    let mut likes = Vec::new();
    let mut plays = Vec::new();
    for track in tracks {
        let fondness = popularity(track)
            * if tastes.contains(&track.genre) {
                1.0
            } else {
                0.22
            };
        let liked = rng.chance(fondness * 0.75);
        if liked {
            likes.push(track.slug.clone());
        }
        let times = (fondness * rng.range(0.0, 5.0) + if liked { 2.0 } else { 0.0 }) as u32;
        plays.extend((0..times).map(|_| play(track, &mut rng)));
    }
    plays.sort_by_key(|play| std::cmp::Reverse(play.minutes_ago));
    Fan {
        account: Account::new(number, name, format!("fan-{number}@demo.example")),
        likes,
        plays,
    }
}

/// How much people in general take to a track, 0.1 to 1: few hits, long tail.
fn popularity(track: &TrackPlan) -> f32 {
    let draw = Rng::new(track.seed, "popularity").unit();
    0.1 + 0.9 * draw * draw
}

fn play(track: &TrackPlan, rng: &mut Rng) -> Play {
    // Squared: more plays in the last days than a month ago.
    let age = rng.unit();
    let length = track.seconds() as u32;
    let seconds = if rng.chance(0.7) {
        length
    } else {
        rng.range(5.0, length as f32) as u32
    };
    Play {
        track: track.slug.clone(),
        minutes_ago: (age * age * DAYS * 24.0 * 60.0) as u32,
        seconds,
    }
}
