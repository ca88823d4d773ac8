/// Which process answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// `services/user`
    User,
    /// `services/music`
    Music,
    /// `services/visualizer`, which has no domain: it shows operators what runs.
    Visualizer,
    /// Any of them: what all pages share.
    Anyone,
}

impl Owner {
    /// The services that have a domain each, in the order of the table.
    pub const SERVICES: [Self; 2] = [Self::User, Self::Music];

    /// The name of the service.
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Music => "music",
            Self::Visualizer => "visualizer",
            Self::Anyone => "anyone",
        }
    }
}

use Owner::{Anyone, Music, User, Visualizer};

/// Every prefix that the site answers at. A prefix stands for itself and what
/// comes after a slash; `/` is the home page alone.
pub const PREFIXES: &[(&str, Owner)] = &[
    ("/signup", User),
    ("/login", User),
    ("/auth", User),
    ("/me", User),
    ("/api/v1/users", User),
    ("/api/v1/sessions", User),
    ("/.well-known", User),
    ("/media/user", User),
    ("/", Music),
    ("/latest", Music),
    ("/genres", Music),
    ("/artists", Music),
    ("/albums", Music),
    ("/tracks", Music),
    ("/search", Music),
    ("/likes", Music),
    ("/desk", Music),
    ("/feed.xml", Music),
    ("/sitemap.xml", Music),
    ("/robots.txt", Music),
    ("/oembed", Music),
    ("/api/v1/artists", Music),
    ("/api/v1/albums", Music),
    ("/api/v1/tracks", Music),
    ("/api/v1/uploads", Music),
    ("/api/v1/likes", Music),
    ("/api/v1/plays", Music),
    ("/api/v1/search", Music),
    ("/api/v1/genres", Music),
    ("/media/music", Music),
    ("/visualizer", Visualizer),
    ("/assets", Anyone),
    ("/site.webmanifest", Anyone),
    ("/favicon.ico", Anyone),
    ("/favicon.svg", Anyone),
    ("/apple-touch-icon.png", Anyone),
    ("/icon-192.png", Anyone),
    ("/icon-512.png", Anyone),
    ("/lang", Anyone),
    ("/theme", Anyone),
    ("/swagger-ui", Anyone),
    ("/healthz", Anyone),
];

/// Paths, as regular expressions, to which bodies as large as a whole upload may
/// be sent. They go through as they arrive.
pub const LARGE: &[&str] = &["^/api/v1/uploads(/|$)", "^/desk/artists/[^/]+/upload$"];

/// Where tracks are heard, as a regular expression.
pub const SOUND: &str = "^/api/v1/tracks/[^/]+/stream$";
/// Says to music that the edge sends sound that it has kept.
pub const SOUND_KEPT: &str = "X-Edge-Sound";

/// Paths, as regular expressions, whose answers go on for as long as somebody
/// listens.
pub const OPEN_ENDED: &[(&str, Owner)] = &[
    ("^/desk/events$", Music),
    ("^/visualizer/events$", Visualizer),
];

/// Who answers at `path`; none where the site has nothing.
pub fn owner_of(path: &str) -> Option<Owner> {
    PREFIXES
        .iter()
        .filter(|(prefix, _)| {
            path == *prefix
                || (*prefix != "/"
                    && path
                        .strip_prefix(prefix)
                        .is_some_and(|rest| rest.starts_with('/')))
        })
        .max_by_key(|(prefix, _)| prefix.len())
        .map(|(_, owner)| *owner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_where_a_word_ends() {
        assert_eq!(owner_of("/me"), Some(User));
        assert_eq!(owner_of("/me/settings"), Some(User));
        assert_eq!(owner_of("/media/music/images/x"), Some(Music));
        assert_eq!(owner_of("/visualizer/events"), Some(Visualizer));
        assert_eq!(owner_of("/melody"), None);
        assert_eq!(owner_of("/"), Some(Music));
        assert_eq!(owner_of("/internal/users"), None);
    }

    #[test]
    fn each_prefix_has_one_owner() {
        let mut names: Vec<_> = PREFIXES.iter().map(|(prefix, _)| prefix).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PREFIXES.len());
    }
}
