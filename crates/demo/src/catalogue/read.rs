//! Reads `content/catalogue.json` into plans.

use jiff::civil::Date;
use serde::Deserialize;

use super::{AlbumPlan, Artist, Language, Link, Lyrics, TrackPlan, lyrics};

const CONTENT: &str = include_str!("../../content/catalogue.json");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ArtistEntry {
    slug: String,
    name: String,
    genres: Vec<String>,
    bio_ko: String,
    bio_en: String,
    debut: Date,
    portrait: String,
    links: Vec<Link>,
    albums: Vec<AlbumEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AlbumEntry {
    slug: String,
    title: String,
    released: Date,
    label: String,
    distributor: String,
    description: String,
    cover: String,
    tracks: Vec<TrackEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TrackEntry {
    slug: String,
    title: String,
    genre: String,
    /// `ko`, `en`, or absent for an instrumental.
    lyrics: Option<String>,
    bpm: f64,
    key: String,
    #[serde(default = "four")]
    beats: usize,
    #[serde(default)]
    arrangement: usize,
    /// Sections such as `"I4 V8 C8 O4"`.
    structure: String,
    #[serde(default)]
    downloadable: bool,
}

const fn four() -> usize {
    4
}

pub(super) fn artists() -> Vec<Artist> {
    let entries: Vec<ArtistEntry> =
        serde_json::from_str(CONTENT).expect("content/catalogue.json is well formed");
    entries.into_iter().map(artist).collect()
}

fn artist(entry: ArtistEntry) -> Artist {
    Artist {
        portrait_seed: seed(&entry.slug),
        portrait_style: entry.portrait,
        genres: entry
            .genres
            .iter()
            .map(|genre| known(genre.parse()))
            .collect(),
        bio: format!("{}\n\n{}", entry.bio_ko, entry.bio_en),
        slug: entry.slug,
        name: entry.name,
        debut: entry.debut,
        links: entry.links,
        albums: entry.albums.into_iter().map(album).collect(),
    }
}

fn album(entry: AlbumEntry) -> AlbumPlan {
    AlbumPlan {
        cover_seed: seed(&entry.slug),
        cover_style: entry.cover,
        slug: entry.slug,
        title: entry.title,
        released: entry.released,
        label: entry.label,
        distributor: entry.distributor,
        description: entry.description,
        tracks: (1..)
            .zip(entry.tracks)
            .map(|(number, entry)| track(number, entry))
            .collect(),
    }
}

fn track(number: u32, entry: TrackEntry) -> TrackPlan {
    TrackPlan {
        number,
        genre: known(entry.genre.parse()),
        lyrics: entry.lyrics.map(|language| Lyrics {
            language: match language.as_str() {
                "ko" => Language::Korean,
                "en" => Language::English,
                other => panic!("unknown language {other:?} in content/catalogue.json"),
            },
            text: lyrics::of(&entry.slug)
                .unwrap_or_else(|| panic!("no content/lyrics/{}.txt", entry.slug)),
        }),
        bpm: entry.bpm,
        key: known(entry.key.parse()),
        beats: entry.beats,
        arrangement: entry.arrangement,
        structure: entry
            .structure
            .split(' ')
            .map(|section| known(section.parse()))
            .collect(),
        seed: seed(&entry.slug),
        slug: entry.slug,
        title: entry.title,
        downloadable: entry.downloadable,
    }
}

fn known<T>(parsed: Result<T, String>) -> T {
    parsed.unwrap_or_else(|fault| panic!("content/catalogue.json: {fault}"))
}

/// A seed that survives reordering of the content (FNV-1a of the slug).
fn seed(slug: &str) -> u64 {
    slug.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}
