//! Words that come from the translations, and how a crate gets its own.

use std::borrow::Cow;
use std::fmt;

/// A translated text, shown as it is or after its `%{name}` places are filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(Cow<'static, str>);

impl Text {
    /// A text from a translation; `key` is shown when there is none, so that a
    /// missing word is visible rather than an empty page.
    pub fn found(text: Option<Cow<'static, str>>, key: &str) -> Self {
        Self(text.unwrap_or_else(|| Cow::Owned(key.to_owned())))
    }

    /// Fills every `%{name}` with `value`. The value is not looked at again, so
    /// a title that itself contains `%{…}` stays as it was typed if filled last.
    #[must_use]
    pub fn with(self, name: &str, value: impl fmt::Display) -> Self {
        let place = format!("%{{{name}}}");
        if self.0.contains(&place) {
            Self(Cow::Owned(self.0.replace(&place, &value.to_string())))
        } else {
            self
        }
    }

    /// The text as a string slice.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.0.into_owned()
    }
}

/// Loads the calling crate's `locales/*.yml` and defines `crate::t(lang, key)`.
///
/// Call it once, at the crate root; the crate needs `rust-i18n` as a dependency.
#[macro_export]
macro_rules! translations {
    ($dir:literal) => {
        ::rust_i18n::i18n!($dir);

        /// A text of this crate in `lang`.
        pub(crate) fn t(lang: impl Into<$crate::Lang>, key: &str) -> $crate::Text {
            let lang: $crate::Lang = lang.into();
            $crate::Text::found(_rust_i18n_try_translate(lang.code(), key), key)
        }
    };
}
