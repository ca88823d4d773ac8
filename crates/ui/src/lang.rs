//! The reader's language.

use actix_web::HttpRequest;
use actix_web::http::header::{AcceptLanguage, Header as _, Preference};

/// A language that the interface speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Lang {
    /// Korean, the default.
    #[default]
    Ko,
    /// English.
    En,
}

impl Lang {
    /// Both languages, in the order in which the switch offers them.
    pub const ALL: [Self; 2] = [Self::Ko, Self::En];
    /// The cookie that keeps the choice.
    pub const COOKIE: &'static str = "wing_lang";

    /// The BCP 47 code: `ko` or `en`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Ko => "ko",
            Self::En => "en",
        }
    }

    /// The language's own name, for the switch.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::Ko => "한국어",
            Self::En => "English",
        }
    }

    /// The locale for `og:locale`.
    pub fn og_locale(self) -> &'static str {
        match self {
            Self::Ko => "ko_KR",
            Self::En => "en_US",
        }
    }

    /// Reads a code or a longer tag such as `en-GB`; `None` for other languages.
    pub fn parse(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|lang| lang.code().eq_ignore_ascii_case(primary))
    }

    /// The cookie `wing_lang`, else the best of `Accept-Language` (RFC 9110,
    /// 12.5.4), else Korean.
    pub fn of_request(req: &HttpRequest) -> Self {
        let chosen = req
            .cookie(Self::COOKIE)
            .and_then(|cookie| Self::parse(cookie.value()));
        chosen.or_else(|| Self::accepted(req)).unwrap_or_default()
    }

    fn accepted(req: &HttpRequest) -> Option<Self> {
        let ranked = AcceptLanguage::parse(req).ok()?.ranked();
        ranked.into_iter().find_map(|wanted| match wanted {
            Preference::Specific(tag) => Self::parse(tag.as_str()),
            Preference::Any => Some(Self::default()),
        })
    }
}

// Templates pass their variables by reference.
impl From<&Lang> for Lang {
    fn from(lang: &Lang) -> Self {
        *lang
    }
}

impl From<&&Lang> for Lang {
    fn from(lang: &&Lang) -> Self {
        **lang
    }
}

#[cfg(test)]
mod tests {
    use actix_web::cookie::Cookie;
    use actix_web::test::TestRequest;

    use super::Lang;

    fn asked(accept: &str) -> Lang {
        Lang::of_request(
            &TestRequest::default()
                .insert_header(("accept-language", accept))
                .to_http_request(),
        )
    }

    #[test]
    fn speaks_korean_to_a_reader_who_asks_for_nothing() {
        assert_eq!(
            Lang::of_request(&TestRequest::default().to_http_request()),
            Lang::Ko
        );
    }

    #[test]
    fn takes_the_best_language_it_speaks() {
        assert_eq!(asked("fr, en-GB;q=0.8, ko;q=0.5"), Lang::En);
        assert_eq!(asked("en;q=0.4, ko-KR;q=0.9"), Lang::Ko);
        assert_eq!(asked("de, fr"), Lang::Ko);
        assert_eq!(asked(";;;,=,q"), Lang::Ko);
    }

    #[test]
    fn the_choice_of_the_reader_wins() {
        let req = TestRequest::default()
            .insert_header(("accept-language", "ko"))
            .cookie(Cookie::new(Lang::COOKIE, "en"))
            .to_http_request();
        assert_eq!(Lang::of_request(&req), Lang::En);
    }
}
