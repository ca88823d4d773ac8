//! Light, dark, or what the reader's system says.

use actix_web::HttpRequest;

/// The colours a reader chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the system says.
    #[default]
    Auto,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// All three, in the order in which the switch offers them.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];
    /// The cookie that keeps the choice; read by the server so that the first
    /// paint already has the right colours.
    pub const COOKIE: &'static str = "wing_theme";

    /// `auto`, `light` or `dark`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The key of its name in the translations.
    pub fn label_key(self) -> &'static str {
        match self {
            Self::Auto => "ui.theme.auto",
            Self::Light => "ui.theme.light",
            Self::Dark => "ui.theme.dark",
        }
    }

    /// Reads a code; `None` for anything else.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.code() == code)
    }

    /// The cookie `wing_theme`, else automatic.
    pub fn of_request(req: &HttpRequest) -> Self {
        req.cookie(Self::COOKIE)
            .and_then(|cookie| Self::parse(cookie.value()))
            .unwrap_or_default()
    }
}
