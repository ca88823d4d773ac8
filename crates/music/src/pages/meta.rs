//! The metadata of music's pages for machines: Open Graph, players, feeds and
//! schema.org, as the sites and readers of this field expect them.

use serde_json::{Value, json};
use wing_ui::view::{ImageSet, TrackItem};
use wing_ui::{Meta, Page};

use super::view;
use crate::model::{Album, Artist, Track};

/// Pixels of the picture that is shared.
const SHARED: u32 = 1024;

fn picture(image: Option<&ImageSet>) -> Option<String> {
    image.map(|image| image.src(SHARED))
}

fn group(page: &Page, slug: &str, name: &str) -> Value {
    json!({ "@type": "MusicGroup", "name": name, "url": page.absolute(format!("/artists/{slug}")) })
}

/// ISO 8601, in whole seconds.
fn length(ms: i64) -> String {
    format!("PT{}S", ms / 1000)
}

/// Where oEmbed answers for a page of ours.
pub fn oembed_url(page: &Page, path: &str) -> String {
    let url = page.absolute(path);
    format!("/oembed?url={}", wing_kit::http::links::encode(&url))
}

/// A track's page.
pub fn track(page: &Page, track: &Track, item: &TrackItem) -> Meta {
    let url = item.url();
    let image = picture(item.cover.as_ref());
    let mut recording = json!({
        "@context": "https://schema.org",
        "@type": "MusicRecording",
        "name": item.title,
        "url": page.absolute(&url),
        "duration": length(item.duration_ms),
        "genre": page.genre(track.genre.as_str()),
        "byArtist": group(page, &item.artist_slug, &item.artist),
        "audio": { "@type": "AudioObject", "contentUrl": page.absolute(item.stream_url()) },
        "interactionStatistic": [
            counter("ListenAction", item.plays),
            counter("LikeAction", item.likes),
        ],
    });
    if let (Some(title), Some(album)) = (&item.album, item.album_url()) {
        recording["inAlbum"] =
            json!({ "@type": "MusicAlbum", "name": title, "url": page.absolute(album) });
    }
    if let Some(image) = &image {
        recording["image"] = page.absolute(image).into();
    }
    if let Some(at) = track.published_at {
        recording["datePublished"] = page.iso(at.0).into();
    }
    Meta {
        og_type: Some("music.song"),
        image,
        audio: Some(item.stream_url()),
        musician: Some(item.artist_url()),
        album: item.album_url(),
        duration_ms: Some(item.duration_ms),
        player: Some(format!("{url}/embed")),
        oembed: Some(oembed_url(page, &url)),
        feed: Some((
            item.artist.clone(),
            format!("{}/feed.xml", item.artist_url()),
        )),
        json_ld: vec![recording],
        noindex: track.status != crate::model::TrackStatus::Published,
    }
}

fn counter(action: &str, count: i64) -> Value {
    json!({
        "@type": "InteractionCounter",
        "interactionType": { "@type": action },
        "userInteractionCount": count,
    })
}

/// An album's page with its tracks.
pub fn album(page: &Page, album: &Album, tracks: &[TrackItem]) -> Meta {
    let image = picture(view::image(album.cover.as_ref()).as_ref());
    let mut release = json!({
        "@context": "https://schema.org",
        "@type": "MusicAlbum",
        "name": album.text.title,
        "url": page.absolute(format!("/albums/{}", album.slug)),
        "byArtist": group(page, &album.artist.slug, &album.artist.name),
        "numTracks": tracks.len(),
        "track": tracks.iter().map(|track| json!({
            "@type": "MusicRecording",
            "name": track.title,
            "url": page.absolute(track.url()),
            "duration": length(track.duration_ms),
        })).collect::<Vec<_>>(),
    });
    if let Some(day) = &album.text.released_on {
        release["datePublished"] = day.as_str().into();
    }
    if let Some(image) = &image {
        release["image"] = page.absolute(image).into();
    }
    let artist = format!("/artists/{}", album.artist.slug);
    Meta {
        og_type: Some("music.album"),
        image,
        audio: tracks.first().map(TrackItem::stream_url),
        feed: Some((album.artist.name.clone(), format!("{artist}/feed.xml"))),
        musician: Some(artist),
        json_ld: vec![release],
        noindex: album.published_at.is_none(),
        ..Meta::default()
    }
}

/// An artist's page.
pub fn artist(page: &Page, artist: &Artist) -> Meta {
    let image = picture(view::image(artist.portrait.as_ref()).as_ref());
    let url = format!("/artists/{}", artist.slug);
    let mut described = group(page, &artist.slug, &artist.text.name);
    described["@context"] = "https://schema.org".into();
    described["genre"] = artist
        .genres
        .iter()
        .map(|genre| page.genre(genre.as_str()))
        .collect();
    described["sameAs"] = artist
        .text
        .links
        .as_slice()
        .iter()
        .map(|link| Value::from(link.url.as_str()))
        .collect();
    if let Some(day) = &artist.text.debut_on {
        described["foundingDate"] = day.as_str().into();
    }
    if let Some(image) = &image {
        described["image"] = page.absolute(image).into();
    }
    Meta {
        og_type: Some("profile"),
        image,
        feed: Some((artist.text.name.clone(), format!("{url}/feed.xml"))),
        json_ld: vec![described],
        ..Meta::default()
    }
}

/// The beginning of a text as one line, for descriptions.
pub fn summary(text: &str) -> String {
    let line = wing_kit::text::clean_line(text);
    let mut short: String = line.chars().take(160).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}
