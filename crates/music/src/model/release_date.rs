use std::fmt;

use wing_kit::problem::Invalid;

/// A calendar day, `YYYY-MM-DD` (ISO 8601), between 1900 and 2100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReleaseDate(jiff::civil::Date);

impl ReleaseDate {
    /// Reads `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let wrong = Invalid::new(
            "bad_date",
            "A date is written YYYY-MM-DD, between 1900 and 2100.",
        );
        let date: jiff::civil::Date = text.trim().parse().map_err(|_| wrong.clone())?;
        if (1900..=2100).contains(&date.year()) && text.trim().len() == 10 {
            Ok(Self(date))
        } else {
            Err(wrong)
        }
    }

    /// An empty text is no date.
    pub fn parse_optional(text: &str) -> Result<Option<Self>, Invalid> {
        if text.trim().is_empty() {
            Ok(None)
        } else {
            Self::parse(text).map(Some)
        }
    }

    /// The day as entities keep it; an empty text is none.
    pub fn text_optional(text: &str) -> Result<Option<String>, Invalid> {
        Ok(Self::parse_optional(text)?.map(|date| date.to_string()))
    }
}

impl fmt::Display for ReleaseDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Midnight UTC of a stored `YYYY-MM-DD`, for pages that show days; `None` when
/// it does not read.
pub fn midnight_ms(text: &str) -> Option<i64> {
    let date: jiff::civil::Date = text.parse().ok()?;
    Some(
        date.to_zoned(jiff::tz::TimeZone::UTC)
            .ok()?
            .timestamp()
            .as_millisecond(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_are_not_are_refused() {
        assert_eq!(
            ReleaseDate::parse("2026-02-28")
                .map(|d| d.to_string())
                .ok()
                .as_deref(),
            Some("2026-02-28")
        );
        for wrong in [
            "2026-02-30",
            "26-1-1",
            "1066-10-14",
            "tomorrow",
            "2026-02-28T10:00",
        ] {
            assert!(ReleaseDate::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(midnight_ms("1970-01-02"), Some(86_400_000));
    }
}
