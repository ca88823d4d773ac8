//! The one list of what the header leads to, and of the genres.

/// The part of the site a page belongs to; marks the current link in the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Nav {
    /// None of the header's links.
    #[default]
    Elsewhere,
    /// Latest music.
    Latest,
    /// Genres.
    Genres,
    /// Search.
    Search,
    /// The musician's desk.
    Desk,
    /// My page.
    Me,
}

/// One link of the header's main list.
#[derive(Debug, Clone, Copy)]
pub struct NavLink {
    /// Which part it leads to.
    pub nav: Nav,
    /// Where it leads.
    pub href: &'static str,
    /// The key of its name in this crate's translations.
    pub label_key: &'static str,
}

impl NavLink {
    /// The main list, in order. A new domain adds its line here, a variant above
    /// and a name in `locales/`.
    pub const MAIN: &'static [Self] = &[
        Self {
            nav: Nav::Latest,
            href: "/latest",
            label_key: "ui.nav.latest",
        },
        Self {
            nav: Nav::Genres,
            href: "/genres",
            label_key: "ui.nav.genres",
        },
    ];
}

/// The genre ids of the catalogue; their names are `genre.{id}` in the translations.
pub const GENRES: [&str; 12] = [
    "electronica",
    "folk",
    "pop",
    "ballad",
    "hip-hop",
    "rock",
    "rnb-soul",
    "jazz",
    "classical",
    "ambient",
    "experimental",
    "other",
];
