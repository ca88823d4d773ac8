use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;
use utoipa::ToSchema;
use wing_kit::problem::Invalid;
use wing_kit::text;

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident = $parse:path, $max:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// The most characters it may have.
            pub const MAX: usize = $max;

            /// Cleans and checks what somebody typed.
            pub fn parse(given: &str) -> Result<Self, Invalid> {
                $parse(given, Self::MAX).map(Self)
            }

            /// The text alone, cleaned and checked: what entities keep.
            pub fn text(given: &str) -> Result<String, Invalid> {
                Self::parse(given).map(|value| value.0)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    )*};
}

texts! {
    /// The name of an artist, a label or a distributor: one line.
    Name = text::line, 100;
    /// The title of a track or an album: one line.
    Title = text::line, 200;
    /// A biography or description: lines; may be empty.
    Description = text::lines, 5_000;
    /// Lyrics: lines; may be empty.
    Lyrics = text::lines, 20_000;
}

impl Name {
    /// One line that may be empty.
    pub fn parse_optional(given: &str) -> Result<String, Invalid> {
        if text::clean_line(given).is_empty() {
            Ok(String::new())
        } else {
            Ok(Self::parse(given)?.0)
        }
    }
}

/// A track's place on its album, 1 to 999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TrackNumber(i32);

impl TrackNumber {
    /// Checks the range.
    pub fn parse(number: i32) -> Result<Self, Invalid> {
        if (1..=999).contains(&number) {
            Ok(Self(number))
        } else {
            Err(Invalid::new(
                "out_of_range",
                "A track number is between 1 and 999.",
            ))
        }
    }

    /// The number.
    pub fn get(self) -> i32 {
        self.0
    }
}

/// A link of an artist to elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// What it is called.
    #[schema(example = "Homepage")]
    pub label: String,
    /// An `http` or `https` address.
    #[schema(example = "https://example.com/band")]
    pub url: String,
}

/// At most ten links, checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links(Vec<Link>);

impl Links {
    /// Checks each link; an empty label becomes the host's name.
    pub fn parse(given: &[Link]) -> Result<Self, Invalid> {
        if given.len() > 10 {
            return Err(Invalid::new("too_many", "There is room for ten links."));
        }
        let links = given.iter().map(|link| {
            let url = web_address(&link.url)?;
            let label = match text::clean_line(&link.label) {
                label if label.is_empty() => url.host_str().unwrap_or_default().to_owned(),
                label => text::line(&label, 60)?,
            };
            Ok(Link {
                label,
                url: url.to_string(),
            })
        });
        links.collect::<Result<_, _>>().map(Self)
    }

    /// The links.
    pub fn as_slice(&self) -> &[Link] {
        &self.0
    }

    /// As stored.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_else(|_| "[]".into())
    }
}

/// A video page of YouTube or Vimeo, or any other `https` address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VideoUrl(String);

impl VideoUrl {
    /// Checks the address; empty is none.
    pub fn parse_optional(given: &str) -> Result<Option<Self>, Invalid> {
        let given = given.trim();
        if given.is_empty() {
            return Ok(None);
        }
        web_address(given).map(|url| Some(Self(url.into())))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address of an embedded player for a stored video address, where the
    /// page's policy allows its host.
    pub fn player(stored: &str) -> Option<String> {
        let url = url::Url::parse(stored).ok()?;
        let plain = |id: &str| {
            let known = id
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
            (known && !id.is_empty() && id.len() <= 20).then(|| id.to_owned())
        };
        let last = || {
            url.path_segments()
                .and_then(|mut parts| parts.next_back().map(ToOwned::to_owned))
        };
        match url
            .host_str()?
            .trim_start_matches("www.")
            .trim_start_matches("m.")
        {
            "youtube.com" => {
                let id = url
                    .query_pairs()
                    .find(|(key, _)| key == "v")
                    .map(|(_, id)| id.into_owned());
                let id = plain(&id.or_else(last)?)?;
                Some(format!("https://www.youtube-nocookie.com/embed/{id}"))
            }
            "youtu.be" => Some(format!(
                "https://www.youtube-nocookie.com/embed/{}",
                plain(&last()?)?
            )),
            "vimeo.com" => Some(format!(
                "https://player.vimeo.com/video/{}",
                plain(&last()?)?
            )),
            _ => None,
        }
    }
}

fn web_address(text: &str) -> Result<url::Url, Invalid> {
    let wrong = Invalid::new(
        "bad_url",
        "An address begins with http:// or https:// and names a host.",
    );
    if text.len() > 500 {
        return Err(wrong);
    }
    let url = url::Url::parse(text.trim()).map_err(|_| wrong.clone())?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some()
        && url.username().is_empty()
        && url.password().is_none();
    if plain { Ok(url) } else { Err(wrong) }
}

/// Text as search compares it: compatibility-decomposed (so that Hangul
/// syllables become jamo and half a syllable is found), lower-cased, accents
/// dropped, everything but letters and digits a single blank.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkd().flat_map(char::to_lowercase) {
        if unicode_normalization::char::is_combining_mark(c) {
            continue;
        }
        if c.is_alphanumeric() {
            folded.push(jamo(c));
        } else if !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// Trailing consonants as leading ones, so that a syllable still being typed
/// matches wherever its consonant ends up (노 + ㄹ finds 놀 and 노래).
fn jamo(c: char) -> char {
    const TAILS: &str = "ᄀᄁᆪᄂᆬᆭᄃᄅᆰᆱᆲᆳᆴᆵᆶᄆᄇᆹᄉᄊᄋᄌᄎᄏᄐᄑᄒ";
    match u32::from(c).checked_sub(0x11A8) {
        Some(index @ 0..=26) => TAILS.chars().nth(index as usize).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_syllable_is_part_of_a_word() {
        for (word, part) in [
            ("밤 산책", "산"),
            ("노래", "노"),
            ("노래", "놀"),
            ("Café del Mar", "cafe"),
            ("밤", "ㅂ"),
        ] {
            assert!(
                fold(word).contains(&fold(part)),
                "{word} {part}: {} {}",
                fold(word),
                fold(part)
            );
        }
        assert_eq!(fold("  A!!  b "), "a b");
        assert!(!fold("밤").contains('%'));
    }

    #[test]
    fn only_web_addresses_are_links() {
        for wrong in [
            "javascript:alert(1)",
            "data:text/html,x",
            "/local",
            "https://u:p@host/",
            "ftp://x",
        ] {
            let link = Link {
                label: String::new(),
                url: wrong.into(),
            };
            assert!(Links::parse(&[link]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn videos_are_embedded_from_hosts_we_know() {
        assert_eq!(
            VideoUrl::player("https://youtu.be/abc_DEF-123").as_deref(),
            Some("https://www.youtube-nocookie.com/embed/abc_DEF-123")
        );
        assert_eq!(VideoUrl::player("https://evil.example/embed/abc"), None);
        assert_eq!(
            VideoUrl::player("https://www.youtube.com/watch?v=a%22onload"),
            None
        );
    }
}
