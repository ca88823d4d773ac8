use crate::list::SERVICES;
use crate::service::Service;

/// Stands for whichever service with a domain has time: the owner of what all
/// pages share.
pub const ANYONE: &str = "anyone";

/// The prefixes of what all pages share.
const SHARED: &[&str] = &[
    "/assets",
    "/site.webmanifest",
    "/favicon.ico",
    "/favicon.svg",
    "/apple-touch-icon.png",
    "/icon-192.png",
    "/icon-512.png",
    "/lang",
    "/theme",
    "/swagger-ui",
    "/healthz",
];

/// Announces to a service that the edge sends sound from its cache.
pub(crate) const SOUND_KEPT: &str = "X-Edge-Sound";

/// Every prefix that a site of these services answers at, with the name of the
/// service that answers, or [`ANYONE`].
pub fn prefixes(services: &[Service]) -> impl Iterator<Item = (&'static str, &'static str)> {
    let owned = services.iter().flat_map(|service| {
        service
            .prefixes
            .iter()
            .map(|prefix| (*prefix, service.name))
    });
    owned.chain(SHARED.iter().map(|prefix| (*prefix, ANYONE)))
}

/// The name of the service that answers at `path`, or [`ANYONE`]; none where the
/// site has nothing.
pub fn owner_of(path: &str) -> Option<&'static str> {
    prefixes(SERVICES)
        .filter(|(prefix, _)| {
            path == *prefix
                || (*prefix != "/"
                    && path
                        .strip_prefix(prefix)
                        .is_some_and(|rest| rest.starts_with('/')))
        })
        .max_by_key(|(prefix, _)| prefix.len())
        .map(|(_, owner)| owner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_where_a_word_ends() {
        assert_eq!(owner_of("/me"), Some("user"));
        assert_eq!(owner_of("/me/settings"), Some("user"));
        assert_eq!(owner_of("/media/music/images/x"), Some("music"));
        assert_eq!(owner_of("/visualizer/events"), Some("visualizer"));
        assert_eq!(owner_of("/assets/app.css"), Some(ANYONE));
        assert_eq!(owner_of("/melody"), None);
        assert_eq!(owner_of("/"), Some("music"));
        assert_eq!(owner_of("/internal/users"), None);
    }
}
