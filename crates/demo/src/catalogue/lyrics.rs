//! The words of the songs, embedded from `content/lyrics`.

/// The lyric of a track; `None` when it has none.
pub(super) fn of(slug: &str) -> Option<&'static str> {
    LYRICS
        .iter()
        .find(|(name, _)| *name == slug)
        .map(|(_, text)| text.trim_end())
}

macro_rules! embed {
    ($($slug:literal)*) => {
        &[$(($slug, include_str!(concat!("../../content/lyrics/", $slug, ".txt")))),*]
    };
}

const LYRICS: &[(&str, &str)] = embed![
    "slow-letter"
    "window-seat-orchard"
    "sugar-and-salt"
    "return-to-sender"
    "winter-postmark-song"
    "mittens"
    "the-last-bus-to-snow"
    "afterglow"
    "tangerine-hours"
    "slow-elevator"
    "receipts"
    "jellyfish-rain"
    "moon-engine"
    "zero-forty-two"
    "convenience-store-moon"
    "rooftop-antenna"
    "first-train-home"
    "loud-weather-song"
    "borrowed-umbrella"
    "puddle-astronaut"
    "lightning-rod"
    "side-b-of-the-sun-song"
    "dry-thursday"
    "five-lost-umbrellas"
    "draft-of-summer-song"
    "polaroid-sea"
    "room-temperature"
    "after-the-fireflies"
    "the-reply-song"
    "small-hours-piano"
];
