use std::fmt;

use unicode_normalization::UnicodeNormalization as _;
use wing_kit::problem::Invalid;

/// The readable part of a page's address: letters and digits of any script in
/// lower case, with single hyphens between; 1 to 80 characters; no word of the
/// system.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slug(String);

/// Words that pages of ours stand under, now or later; given to nobody.
pub const RESERVED: &[&str] = &[
    "about",
    "admin",
    "album",
    "albums",
    "api",
    "api-docs",
    "artist",
    "artists",
    "assets",
    "auth",
    "card",
    "charts",
    "chat",
    "concert",
    "concerts",
    "create",
    "delete",
    "desk",
    "draft",
    "edit",
    "embed",
    "feed",
    "for-you",
    "frame",
    "genre",
    "genres",
    "health",
    "healthz",
    "help",
    "home",
    "jobs",
    "lang",
    "latest",
    "like",
    "likes",
    "live",
    "lives",
    "login",
    "logout",
    "me",
    "media",
    "metrics",
    "new",
    "notifications",
    "null",
    "oembed",
    "play",
    "playlist",
    "playlists",
    "privacy",
    "readyz",
    "startupz",
    "register",
    "rss",
    "search",
    "settings",
    "signup",
    "stream",
    "support",
    "supports",
    "swagger-ui",
    "system",
    "terms",
    "theme",
    "ticket",
    "tickets",
    "track",
    "tracks",
    "undefined",
    "upload",
    "uploads",
    "user",
    "users",
    "visualizer",
    "well-known",
    "wing",
];

const MAX: usize = 80;

impl Slug {
    /// Accepts a slug as it stands; refuses what is not one.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let slug = Self::fold(text);
        if slug.is_empty() || slug != text.nfc().collect::<String>() {
            return Err(Invalid::new(
                "bad_slug",
                "An address has lower-case letters and digits with single hyphens between, at most 80.",
            ));
        }
        if RESERVED.contains(&slug.as_str()) {
            return Err(Invalid::new(
                "reserved",
                "This address is reserved. Choose another.",
            ));
        }
        Ok(Self(slug))
    }

    /// The slug that a name or title leads to: `untitled` when nothing of it can
    /// stand in an address, and with the `kind` of thing behind it when it is
    /// reserved.
    pub fn of(name: &str, kind: &str) -> Self {
        let slug = Self::fold(name);
        if slug.is_empty() {
            Self("untitled".to_owned())
        } else if RESERVED.contains(&slug.as_str()) {
            Self(format!("{slug}-{kind}"))
        } else {
            Self(slug)
        }
    }

    /// The `n`-th choice when this one is taken: `name-2`, `name-3`, …
    pub fn numbered(&self, n: u32) -> Self {
        let suffix = format!("-{n}");
        let keep = MAX - suffix.len();
        let stem: String = self.0.chars().take(keep).collect();
        Self(format!("{}{suffix}", stem.trim_end_matches('-')))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn fold(text: &str) -> String {
        let mut slug = String::new();
        let mut length = 0;
        for c in text.nfkc().flat_map(char::to_lowercase).nfc() {
            if length >= MAX {
                break;
            }
            if c.is_alphanumeric() {
                slug.push(c);
                length += 1;
            } else if !matches!(c, '\'' | '’') && !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
                length += 1;
            }
        }
        slug.trim_end_matches('-').to_owned()
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_become_addresses() {
        for (name, slug) in [
            ("Blue Room", "blue-room"),
            ("밤  산책", "밤-산책"),
            ("Don’t Stop!", "dont-stop"),
            ("ＦＵＬＬ", "full"),
            ("../../etc", "etc"),
            ("???", "untitled"),
            ("Search", "search-track"),
        ] {
            assert_eq!(Slug::of(name, "track").as_str(), slug, "{name}");
        }
    }

    #[test]
    fn system_words_are_given_to_nobody() {
        assert_eq!(Slug::parse("admin").map_err(|e| e.code), Err("reserved"));
        assert_eq!(Slug::parse("Admin").map_err(|e| e.code), Err("bad_slug"));
    }

    proptest! {
        #[test]
        fn every_name_leads_to_a_valid_slug(name in "\\PC{0,300}") {
            let slug = Slug::of(&name, "track");
            prop_assert!(Slug::parse(slug.as_str()).is_ok(), "{slug}");
            prop_assert!(Slug::parse(slug.numbered(17).as_str()).is_ok(), "{slug}");
            prop_assert!(slug.as_str().chars().count() <= MAX + 10);
        }
    }
}
